//! The slow, obvious way to take an array apart: one byte after the other, each by what it means where it stands.

/// Why the bytes are no array, and at which offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    NotAnArray,
    Structure(u64),
    Cut,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Before,
    /// Directly behind `[`: an element or the end.
    First,
    /// Behind a comma between elements: an element.
    Next,
    Element,
    String,
    Escape,
    After,
}

/// One element of the array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its tokens; `None` where they take more than the limit.
    pub text: Option<Vec<u8>>,
    /// The line of the body that it begins in, from 1.
    pub line: u64,
    pub offset: u64,
    pub length: u64,
}

/// Fed with bytes of a body; keeps the elements that ended.
#[derive(Default)]
pub struct Splitter {
    pub elements: Vec<Element>,
    state: State,
    open: Vec<u8>,
    /// White space stood between the last byte kept and the next.
    space: bool,
    last: u8,
    offset: u64,
    /// Line ends before the byte that is looked at.
    lines: u64,
    element: Vec<u8>,
    begins: (u64, u64),
    ends: u64,
    limit: Option<usize>,
}

impl Splitter {
    /// Keeps no element of more bytes, and opens no more brackets.
    pub fn new(limit: Option<usize>) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        for byte in bytes {
            self.step(*byte)?;
            self.offset += 1;
        }
        Ok(())
    }

    pub fn finish(&self) -> Result<(), Broken> {
        match self.state {
            State::After => Ok(()),
            State::Before => Err(Broken::NotAnArray),
            _ => Err(Broken::Cut),
        }
    }

    /// How many bytes were taken.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The line in which the element begins that is being read.
    pub fn within(&self) -> Option<u64> {
        let is_inside = matches!(self.state, State::Element | State::String | State::Escape);
        is_inside.then_some(self.begins.1)
    }

    fn step(&mut self, byte: u8) -> Result<(), Broken> {
        let blank = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        let is_open = !self.open.is_empty();
        match (self.state, byte) {
            (State::String, b'\\') => self.inside_string(byte, State::Escape),
            (State::String, b'"') => self.inside_string(byte, State::Element),
            (State::String | State::Escape, _) => self.inside_string(byte, State::String),
            (State::Element, _) if blank => self.space = true,
            (State::Element, b',') if !is_open => self.end_element(State::Next),
            (State::Element, b']') if !is_open => self.end_element(State::After),
            (State::Element, _) => self.token(byte)?,
            (_, _) if blank => {}
            (State::Before, b'[') => self.state = State::First,
            (State::Before, _) => return Err(Broken::NotAnArray),
            (State::First, b']') => self.state = State::After,
            (State::After, _) | (_, b',' | b']' | b'}' | b':') => return Err(self.wrong()),
            (State::First | State::Next, _) => {
                self.state = State::Element;
                self.begins = (self.offset, self.lines + 1);
                self.token(byte)?;
            }
        }
        self.lines += u64::from(byte == b'\n');
        Ok(())
    }

    fn inside_string(&mut self, byte: u8, next: State) {
        self.keep(byte);
        self.state = next;
    }

    /// A byte of an element, outside its strings and no white space.
    fn token(&mut self, byte: u8) -> Result<(), Broken> {
        match byte {
            b'{' | b'[' if self.has_room(self.open.len() + 1) => self.open.push(byte),
            b'{' | b'[' => return Err(self.wrong()),
            b'}' if self.open.pop() != Some(b'{') => return Err(self.wrong()),
            b']' if self.open.pop() != Some(b'[') => return Err(self.wrong()),
            b'"' => self.state = State::String,
            _ => {}
        }
        // Two scalars must not grow together: `1 2` is invalid and has to stay so.
        if self.space && !is_structural(self.last) && !is_structural(byte) {
            self.element.push(b' ');
        }
        self.space = false;
        self.keep(byte);
        Ok(())
    }

    fn keep(&mut self, byte: u8) {
        self.element.push(byte);
        self.last = byte;
        self.ends = self.offset + 1;
    }

    fn end_element(&mut self, next: State) {
        let (offset, line) = self.begins;
        let text = std::mem::take(&mut self.element);
        self.elements.push(Element {
            text: self.has_room(text.len()).then_some(text),
            line,
            offset,
            length: self.ends - offset,
        });
        self.space = false;
        self.state = next;
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.limit.is_none_or(|limit| bytes <= limit)
    }

    fn wrong(&self) -> Broken {
        Broken::Structure(self.offset)
    }
}

fn is_structural(byte: u8) -> bool {
    matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':')
}
