//! Splits a JSON array that arrives in pieces into its elements, every token as received, white space between tokens gone.
//!
//! By structure only: an element may hold bytes that are not UTF-8 or control characters and is passed on as it is
//! (`docs/insights-api.md` section 8). What is not an array from its first to its last byte is an error, so a body that
//! was cut, and an object or HTML where a list belongs, never look like a short page.

/// What the buffer of an element may keep for the next one.
const KEPT: usize = 1 << 20;

/// Why the bytes are no array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The first byte that is no white space is not `[`.
    NotAnArray,
    /// The array does not follow JSON's structure at this offset.
    Structure(u64),
    /// The input ended inside the array.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Its tokens; `None` where they take more than the limit.
    pub text: Option<&'a [u8]>,
    /// The line of the body that it begins in, from 1.
    pub line: u64,
    /// Where it begins in the body.
    pub offset: u64,
    /// Its bytes in the body.
    pub length: u64,
}

/// Fed with slices of a body; calls back with each element at its end.
#[derive(Default)]
pub struct Splitter {
    state: State,
    /// Openers of the element that is being read.
    open: Vec<u8>,
    /// White space stood between the last byte handed on and the next.
    space: bool,
    last: u8,
    /// Of the byte that is looked at.
    offset: u64,
    /// Line ends before it.
    lines: u64,
    element: Vec<u8>,
    /// The element is longer than the limit, and not kept.
    overlong: bool,
    /// Offset and line of its first byte, the line from 1.
    begins: (u64, u64),
    /// Offset behind its last byte so far.
    ends: u64,
    limit: Option<usize>,
}

impl Splitter {
    /// Keeps no element whose tokens take more than this many bytes.
    pub fn limited(limit: usize) -> Self {
        let limit = Some(limit);
        Self {
            limit,
            ..Self::default()
        }
    }

    /// Takes the next bytes and hands every element that ends in them to `deliver`; fails with
    /// [`Broken`] at the first byte that cannot belong to an array; or what `deliver` returns.
    pub fn feed<E: From<Broken>>(
        &mut self,
        bytes: &[u8],
        deliver: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.feed_elements(bytes, &mut |element: Element| {
            element.text.map_or(Ok(()), &mut *deliver)
        })
    }

    /// The same, with what is known of an element beside its text, and with those that are too long.
    pub fn feed_elements<E: From<Broken>>(
        &mut self,
        bytes: &[u8],
        deliver: &mut dyn FnMut(Element) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut at = 0;
        while at < bytes.len() {
            let taken = match self.state {
                State::String => self.string(&bytes[at..]),
                State::Element if !self.open.is_empty() => self.nested(&bytes[at..])?,
                _ => self.step(bytes[at], deliver)?,
            };
            at += taken;
            self.offset += taken as u64;
        }
        Ok(())
    }

    /// The end of the body.
    ///
    /// # Errors
    /// [`Broken::Cut`] inside the array, [`Broken::NotAnArray`] where none began.
    pub fn finish(&self) -> Result<(), Broken> {
        match self.state {
            State::After => Ok(()),
            State::Before => Err(Broken::NotAnArray),
            _ => Err(Broken::Cut),
        }
    }

    /// How many bytes were taken; after an error the offset of the byte that does not fit.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Where the element begins that is being read: its line, from 1; `None` between elements.
    pub fn within(&self) -> Option<u64> {
        let is_inside = matches!(self.state, State::Element | State::String | State::Escape);
        is_inside.then_some(self.begins.1)
    }

    /// Copies the inside of a string up to its end, an escape, or the end of the slice.
    fn string(&mut self, bytes: &[u8]) -> usize {
        // A line end there is invalid, but no reason to lose count.
        let end = memchr::memchr3(b'"', b'\\', b'\n', bytes);
        let part = &bytes[..end.map_or(bytes.len(), |end| end + 1)];
        self.keep(part);
        self.ends = self.offset + part.len() as u64;
        match end.map(|end| bytes[end]) {
            Some(b'"') => self.state = State::Element,
            Some(b'\\') => self.state = State::Escape,
            Some(_) => self.lines += 1,
            None => {}
        }
        self.last = part.last().copied().unwrap_or(self.last);
        part.len()
    }

    fn step<E: From<Broken>>(
        &mut self,
        byte: u8,
        deliver: &mut dyn FnMut(Element) -> Result<(), E>,
    ) -> Result<usize, E> {
        let blank = is_blank(byte);
        self.lines += u64::from(byte == b'\n');
        match (self.state, byte) {
            (State::Escape, _) => {
                self.keep(&[byte]);
                self.state = State::String;
            }
            (State::Element, _) if blank => self.space = true,
            (State::Element, b',') => self.end_element(State::Next, deliver)?,
            (State::Element, b']') => self.end_element(State::After, deliver)?,
            (State::Element, _) => self.inside(byte)?,
            (_, _) if blank => {}
            (State::Before, b'[') => self.state = State::First,
            (State::Before, _) => return Err(Broken::NotAnArray.into()),
            (State::First, b']') => self.state = State::After,
            (State::First | State::Next, b',' | b']' | b'}' | b':') => {
                return Err(self.wrong().into());
            }
            (State::First | State::Next, _) => {
                self.state = State::Element;
                self.space = false;
                self.last = 0;
                self.begins = (self.offset, self.lines + 1);
                self.inside(byte)?;
            }
            _ => return Err(self.wrong().into()),
        }
        Ok(1)
    }

    fn end_element<E: From<Broken>>(
        &mut self,
        next: State,
        deliver: &mut dyn FnMut(Element) -> Result<(), E>,
    ) -> Result<(), E> {
        let (offset, line) = self.begins;
        deliver(Element {
            text: (!self.overlong).then_some(&self.element),
            line,
            offset,
            length: self.ends - offset,
        })?;
        self.element.clear();
        self.element.shrink_to(KEPT);
        self.overlong = false;
        self.state = next;
        Ok(())
    }

    /// Takes what lies inside an element's brackets, up to a string that does not end here or to their end: what has no
    /// white space in it is kept in one piece.
    fn nested(&mut self, bytes: &[u8]) -> Result<usize, Broken> {
        let (start, mut from, mut at) = (self.offset, 0, 0);
        while at < bytes.len() && self.state == State::Element && !self.open.is_empty() {
            if is_blank(bytes[at]) {
                self.keep_up_to(start, &bytes[..at], from);
                self.lines += u64::from(bytes[at] == b'\n');
                self.space = true;
                from = at + 1;
            } else {
                self.offset = start + at as u64;
                self.token(bytes[at])?;
                if self.state == State::String
                    && let Some(length) = plain_string(&bytes[at + 1..])
                {
                    self.state = State::Element;
                    at += length + 1;
                }
            }
            at += 1;
        }
        self.keep_up_to(start, &bytes[..at], from);
        self.offset = start;
        Ok(at)
    }

    fn keep_up_to(&mut self, start: u64, bytes: &[u8], from: usize) {
        if from < bytes.len() {
            self.keep(&bytes[from..]);
            self.ends = start + bytes.len() as u64;
        }
    }

    /// One byte of an element, outside its strings and no white space.
    fn inside(&mut self, byte: u8) -> Result<(), Broken> {
        self.token(byte)?;
        self.keep(&[byte]);
        self.ends = self.offset + 1;
        Ok(())
    }

    /// What a byte outside strings means; it is still to be kept.
    fn token(&mut self, byte: u8) -> Result<(), Broken> {
        match byte {
            b'{' | b'[' if self.has_room(self.open.len() + 1) => self.open.push(byte),
            b'{' | b'[' => return Err(self.wrong()),
            b'}' | b']' if self.open.pop() != Some(byte - 2) => return Err(self.wrong()),
            b'"' => self.state = State::String,
            _ => {}
        }
        // Two scalars must not grow together: `1 2` is invalid and has to stay so.
        if std::mem::take(&mut self.space) && !structural(self.last) && !structural(byte) {
            self.keep(b" ");
        }
        self.last = byte;
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.overlong {
            return;
        }
        if self.has_room(self.element.len() + bytes.len()) {
            self.element.extend_from_slice(bytes);
        } else {
            self.overlong = true;
            self.element = Vec::new();
        }
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.limit.is_none_or(|limit| bytes <= limit)
    }

    fn wrong(&self) -> Broken {
        Broken::Structure(self.offset)
    }
}

/// The length of a string that ends in these bytes, before its end, if there is nothing in it to be looked at.
fn plain_string(bytes: &[u8]) -> Option<usize> {
    memchr::memchr3(b'"', b'\\', b'\n', bytes).filter(|length| bytes[*length] == b'"')
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn structural(byte: u8) -> bool {
    matches!(byte, 0 | b'{' | b'}' | b'[' | b']' | b',' | b':')
}

#[cfg(test)]
mod tests {
    use super::{Broken, Element, Splitter};

    fn split(pieces: &[&[u8]]) -> Result<Vec<String>, Broken> {
        let mut splitter = Splitter::default();
        let mut found = Vec::new();
        for piece in pieces {
            splitter.feed(piece, &mut |element: &[u8]| {
                found.push(String::from_utf8_lossy(element).into_owned());
                Ok::<(), Broken>(())
            })?;
        }
        splitter.finish()?;
        Ok(found)
    }

    #[test]
    fn elements_keep_their_tokens_and_lose_the_space_between_them() {
        let text =
            b" [ {\"a\" : [1, 2.50],\n \"b c\":\" x \\\" ]\"} , {\"a\":1,\"a\":1e5} ,\"s\", 7 ] \n";
        let expected = vec![
            "{\"a\":[1,2.50],\"b c\":\" x \\\" ]\"}",
            "{\"a\":1,\"a\":1e5}",
            "\"s\"",
            "7",
        ];
        assert_eq!(split(&[text]).expect("an array"), expected);
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(
            split(&bytes).expect("an array"),
            expected,
            "fed byte by byte"
        );
    }

    #[test]
    fn an_empty_array_has_no_elements() {
        assert_eq!(split(&[b"[]"]), Ok(vec![]));
        assert_eq!(split(&[b" [ \n ] "]), Ok(vec![]));
    }

    #[test]
    fn bytes_that_are_no_text_pass_through() {
        assert_eq!(
            split(&[b"[{\"a\":\"\xff\x01\"}]"]).expect("an array").len(),
            1
        );
    }

    #[test]
    fn what_is_invalid_stays_invalid() {
        assert_eq!(
            split(&[b"[{\"a\":1 2}]"]),
            Ok(vec!["{\"a\":1 2}".to_owned()])
        );
        assert_eq!(
            split(&[b"[{\"a\" \"b\"}]"]),
            Ok(vec!["{\"a\" \"b\"}".to_owned()])
        );
    }

    #[test]
    fn every_cut_is_seen() {
        let whole = b"[{\"a\":\"x\\\"\"},{\"b\":[1]},3]";
        for end in 1..whole.len() {
            assert_eq!(split(&[&whole[..end]]), Err(Broken::Cut), "{end}");
        }
        assert_eq!(split(&[b""]), Err(Broken::NotAnArray));
    }

    #[test]
    fn what_is_no_array_is_an_error() {
        assert_eq!(split(&[b"{\"message\":\"x\"}"]), Err(Broken::NotAnArray));
        assert_eq!(split(&[b"<html>"]), Err(Broken::NotAnArray));
        for text in [
            &b"[1,]"[..],
            b"[,1]",
            b"[1,,2]",
            b"[{]",
            b"[{]}",
            b"[1] x",
            b"[1]]",
            b"[}]",
            b"[[1}]",
        ] {
            assert!(
                matches!(split(&[text]), Err(Broken::Structure(_))),
                "{}",
                String::from_utf8_lossy(text)
            );
        }
    }

    /// Line, offset and length of each element, and whether its text is there.
    fn places(splitter: &mut Splitter, pieces: &[&[u8]]) -> Vec<(u64, u64, u64, bool)> {
        let mut found = Vec::new();
        for piece in pieces {
            let fed = splitter.feed_elements(piece, &mut |element: Element| {
                let is_there = element.text.is_some();
                found.push((element.line, element.offset, element.length, is_there));
                Ok::<(), Broken>(())
            });
            fed.expect("an array");
        }
        found
    }

    #[test]
    fn elements_know_their_lines_and_offsets() {
        let text = b"\n[\n {\"a\":\n  [1,\n  2]},\n\n 7, {\"b\":\"x\ny\"}\n,8]";
        let expected = [
            (3, 4, 17, true),
            (7, 25, 1, true),
            (7, 28, 11, true),
            (9, 41, 1, true),
        ];
        let whole = places(&mut Splitter::default(), &[text]);
        assert_eq!(whole, expected);
        for (_, offset, length, _) in whole {
            let at = usize::try_from(offset).expect("small");
            let end = at + usize::try_from(length).expect("small");
            assert!(!text[at].is_ascii_whitespace() && !text[end - 1].is_ascii_whitespace());
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(places(&mut Splitter::default(), &bytes), expected);
    }

    #[test]
    fn an_element_over_the_limit_is_named_and_not_kept() {
        let mut splitter = Splitter::limited(8);
        let text = b"[{\"a\":12}, {\"a\" :123}, [1,2,3]]";
        let found = places(&mut splitter, &[text]);
        assert_eq!(
            found,
            [(1, 1, 8, true), (1, 11, 10, false), (1, 23, 7, true)]
        );
        assert_eq!(splitter.finish(), Ok(()));
        let deep = b"[".repeat(20);
        let mut splitter = Splitter::limited(8);
        let fed = splitter.feed(&deep, &mut |_: &[u8]| Ok::<(), Broken>(()));
        assert_eq!(fed, Err(Broken::Structure(9)));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_offset() {
        for (text, offset) in [(&b"[1] x"[..], 4), (b"[{\"a\":[1}]", 8), (b"[1,,2]", 3)] {
            for size in [1, 2, 100] {
                let pieces: Vec<&[u8]> = text.chunks(size).collect();
                assert_eq!(split(&pieces), Err(Broken::Structure(offset)));
            }
        }
    }
}
