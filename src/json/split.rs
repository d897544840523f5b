//! Splits a JSON array that arrives in pieces into its elements, every token as received, white space between tokens gone.
//!
//! By structure only: an element may hold bytes that are not UTF-8 or control characters and is passed on as it is
//! (`docs/insights-api.md` section 8). What is not an array from its first to its last byte is an error, so a body that
//! was cut, and an object or HTML where a list belongs, never look like a short page.

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

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
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

/// Fed with slices of a body; calls back with the pieces of each element and at its end.
pub struct Splitter {
    state: State,
    /// Openers of the element that is being read.
    open: Vec<u8>,
    /// White space stood between the last byte handed on and the next.
    space: bool,
    last: u8,
    offset: u64,
    element: Vec<u8>,
}

impl Default for Splitter {
    fn default() -> Self {
        Self {
            state: State::Before,
            open: Vec::new(),
            space: false,
            last: 0,
            offset: 0,
            element: Vec::new(),
        }
    }
}

impl Splitter {
    /// Takes the next bytes and hands every element that ends in them to `deliver`.
    ///
    /// # Errors
    /// [`Broken`] at the first byte that cannot belong to an array; or what `deliver` returns.
    pub fn feed<E: From<Broken>>(
        &mut self,
        bytes: &[u8],
        deliver: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut at = 0;
        while at < bytes.len() {
            at += match self.state {
                State::String => self.string(&bytes[at..]),
                _ => self.step(bytes[at], deliver)?,
            };
        }
        self.offset += bytes.len() as u64;
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

    /// Copies the inside of a string up to its end or the end of the slice.
    fn string(&mut self, bytes: &[u8]) -> usize {
        let Some(end) = memchr::memchr2(b'"', b'\\', bytes) else {
            self.element.extend_from_slice(bytes);
            return bytes.len();
        };
        self.element.extend_from_slice(&bytes[..=end]);
        self.state = if bytes[end] == b'"' {
            State::Element
        } else {
            State::Escape
        };
        self.last = bytes[end];
        end + 1
    }

    fn step<E: From<Broken>>(
        &mut self,
        byte: u8,
        deliver: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<usize, E> {
        let blank = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        match (self.state, byte) {
            (State::Escape, _) => {
                self.element.push(byte);
                self.state = State::String;
            }
            (State::Element, _) if blank => self.space = true,
            (State::Element, _) => self.inside(byte, deliver)?,
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
                self.inside(byte, deliver)?;
            }
            _ => return Err(self.wrong().into()),
        }
        Ok(1)
    }

    /// One byte of an element, outside its strings.
    fn inside<E: From<Broken>>(
        &mut self,
        byte: u8,
        deliver: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.open.is_empty() && matches!(byte, b',' | b']') {
            deliver(&self.element)?;
            self.element.clear();
            self.state = if byte == b',' {
                State::Next
            } else {
                State::After
            };
            return Ok(());
        }
        match byte {
            b'{' | b'[' => self.open.push(byte),
            b'}' | b']' if self.open.pop() != Some(byte - 2) => return Err(self.wrong().into()),
            _ => {}
        }
        // Two scalars must not grow together: `1 2` is invalid and has to stay so.
        if std::mem::take(&mut self.space) && !structural(self.last) && !structural(byte) {
            self.element.push(b' ');
        }
        self.element.push(byte);
        self.last = byte;
        if byte == b'"' {
            self.state = State::String;
        }
        Ok(())
    }

    fn wrong(&self) -> Broken {
        Broken::Structure(self.offset)
    }
}

fn structural(byte: u8) -> bool {
    matches!(byte, 0 | b'{' | b'}' | b'[' | b']' | b',' | b':')
}

#[cfg(test)]
mod tests {
    use super::{Broken, Splitter};

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
}
