//! Splits a JSON array that arrives in pieces into its elements, every token as received, white space between tokens gone.
//!
//! By structure only: an element may hold bytes that are not UTF-8 or control characters and is passed on as it is
//! (`docs/insights-api.md` section 8). What is not an array from its first to its last byte is an error, so a body that
//! was cut, and an object or HTML where a list belongs, never look like a short page.

mod blocks;
mod piece;
mod tokens;

use self::blocks::{Strings, behind, first, past};
use self::piece::Piece;
use self::tokens::Tokens;

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

/// What the next byte belongs to.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Before,
    /// Directly behind `[`: an element or the end.
    First,
    /// Behind a comma between elements: an element.
    Next,
    Element,
    /// White space in or behind an element.
    Gap,
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
    place: Place,
    strings: Strings,
    /// Openers of the element that is being read.
    open: Vec<u8>,
    tokens: Tokens,
    /// Of the byte that is looked at, after an error or between two pieces.
    offset: u64,
    /// Line ends before the element, or between two pieces before the next one.
    lines: u64,
    /// Offset and line of the element's first byte, the line from 1.
    begins: (u64, u64),
    /// Offset behind its last byte that is kept.
    ends: u64,
}

impl Splitter {
    /// Keeps no element whose tokens take more than this many bytes.
    pub fn limited(limit: usize) -> Self {
        Self {
            tokens: Tokens::limited(limit),
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
        let mut piece = Piece::new(bytes, self.offset);
        while piece.has_block() {
            piece.block = self.strings.block(piece.rest());
            self.block(&mut piece, deliver)?;
            piece.next_block();
        }
        if self.place == Place::Element {
            self.keep(&piece, bytes.len());
        }
        self.lines += piece.lines_up_to(bytes.len());
        self.offset = piece.offset(bytes.len());
        Ok(())
    }

    /// The end of the body.
    ///
    /// # Errors
    /// [`Broken::Cut`] inside the array, [`Broken::NotAnArray`] where none began.
    pub fn finish(&self) -> Result<(), Broken> {
        match self.place {
            Place::After => Ok(()),
            Place::Before => Err(Broken::NotAnArray),
            _ => Err(Broken::Cut),
        }
    }

    /// How many bytes were taken; after an error the offset of the byte that does not fit.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Where the element begins that is being read: its line, from 1; `None` between elements.
    pub fn within(&self) -> Option<u64> {
        matches!(self.place, Place::Element | Place::Gap).then_some(self.begins.1)
    }

    fn block<E: From<Broken>>(
        &mut self,
        piece: &mut Piece,
        deliver: &mut dyn FnMut(Element) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = piece.block.all;
        while rest != 0 {
            rest = match self.place {
                Place::Element if self.open.is_empty() => self.shallow(piece, rest, deliver)?,
                Place::Element => self.nested(piece, rest)?,
                Place::Gap => self.gap(piece, rest),
                _ => self.between(piece, rest)?,
            };
        }
        Ok(())
    }

    /// Outside elements. Like all that follow, takes a block's bytes that are still to be looked at, and says which are left.
    fn between(&mut self, piece: &mut Piece, rest: u64) -> Result<u64, Broken> {
        let rest = past(rest, piece.block.blanks);
        if rest == 0 {
            return Ok(0);
        }
        let at = piece.base + first(rest);
        self.place = match (self.place, piece.bytes[at]) {
            (Place::Before, b'[') => Place::First,
            (Place::Before, _) => {
                self.offset = piece.offset(at);
                return Err(Broken::NotAnArray);
            }
            (Place::First, b']') => Place::After,
            (Place::After, _) | (_, b',' | b']' | b'}' | b':') => {
                return Err(self.wrong(piece, at));
            }
            _ => {
                self.begin(piece, at);
                return Ok(rest);
            }
        };
        Ok(behind(rest, rest))
    }

    fn begin(&mut self, piece: &mut Piece, at: usize) {
        self.lines += piece.lines_up_to(at);
        self.begins = (piece.offset(at), self.lines + 1);
        piece.run = at;
        self.place = Place::Element;
    }

    /// In an element, outside its brackets: a scalar, or what ends the element.
    fn shallow<E: From<Broken>>(
        &mut self,
        piece: &mut Piece,
        rest: u64,
        deliver: &mut dyn FnMut(Element) -> Result<(), E>,
    ) -> Result<u64, E> {
        let rest = past(rest, piece.block.strings);
        if rest == 0 {
            return Ok(0);
        }
        let at = piece.base + first(rest);
        match piece.bytes[at] {
            b',' => self.end(piece, at, Place::Next, deliver)?,
            b']' => self.end(piece, at, Place::After, deliver)?,
            b'{' | b'[' | b'}' => self.bracket(piece, at)?,
            b' ' | b'\t' | b'\n' | b'\r' => self.pause(piece, at),
            _ => {}
        }
        Ok(behind(rest, rest))
    }

    /// Inside an element's brackets only brackets and white space are looked at.
    #[inline]
    fn nested(&mut self, piece: &mut Piece, rest: u64) -> Result<u64, Broken> {
        let mut marks = rest & (piece.block.brackets | piece.block.blanks);
        while marks != 0 {
            let at = piece.base + first(marks);
            if piece.bytes[at] <= b' ' {
                self.pause(piece, at);
                return Ok(behind(rest, marks));
            }
            self.bracket(piece, at)?;
            if self.open.is_empty() {
                return Ok(behind(rest, marks));
            }
            marks &= marks - 1;
        }
        Ok(0)
    }

    /// White space in an element: it ends where the next token begins.
    fn gap(&mut self, piece: &mut Piece, rest: u64) -> u64 {
        let rest = past(rest, piece.block.blanks);
        if rest != 0 {
            piece.run = piece.base + first(rest);
            self.tokens.join(piece.bytes[piece.run]);
            self.place = Place::Element;
        }
        rest
    }

    fn pause(&mut self, piece: &Piece, at: usize) {
        self.keep(piece, at);
        self.place = Place::Gap;
    }

    #[inline]
    fn bracket(&mut self, piece: &Piece, at: usize) -> Result<(), Broken> {
        let byte = piece.bytes[at];
        let fits = if matches!(byte, b'{' | b'[') {
            self.open.push(byte);
            self.tokens.has_room(self.open.len())
        } else {
            // `{` and `[` stand two before their closers.
            self.open.pop() == Some(byte - 2)
        };
        if fits {
            Ok(())
        } else {
            Err(self.wrong(piece, at))
        }
    }

    fn end<E: From<Broken>>(
        &mut self,
        piece: &Piece,
        at: usize,
        next: Place,
        deliver: &mut dyn FnMut(Element) -> Result<(), E>,
    ) -> Result<(), E> {
        self.offset = piece.offset(at);
        let last = &piece.bytes[piece.run..at];
        if !last.is_empty() {
            self.ends = self.offset;
        }
        let (offset, line) = self.begins;
        deliver(Element {
            text: self.tokens.end(last),
            line,
            offset,
            length: self.ends - offset,
        })?;
        self.tokens.clear();
        self.place = next;
        Ok(())
    }

    /// Keeps what of the element was not kept yet and lies before this place.
    fn keep(&mut self, piece: &Piece, end: usize) {
        if piece.run < end {
            self.tokens.keep(&piece.bytes[piece.run..end]);
            self.ends = piece.offset(end);
        }
    }

    /// No array, because of the byte at this place.
    fn wrong(&mut self, piece: &Piece, at: usize) -> Broken {
        self.offset = piece.offset(at);
        Broken::Structure(self.offset)
    }
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
