//! The pass through one scalar: strings with their escapes, numbers, words; and what is said when it cannot go on.
//!
//! A string's end is found by its marks; only what is no plain string is looked at byte by byte.
#![expect(
    clippy::inline_always,
    reason = "measured: see the module beside this one"
)]

use super::pass::{Step, Stop, Walk};
use super::{MAX_DIGITS, malformed};
use crate::json::marks::next_mark;
use crate::json::number;
use crate::json::span::Span;

impl Walk<'_, '_> {
    /// The place of the quote that ends the string whose text begins at `start`, and whether there are escapes before it.
    #[inline(always)]
    pub(super) fn string(&mut self, start: usize) -> Step<(usize, bool)> {
        let end = next_mark(self.marks, start);
        if self.text.get(end) == Some(&b'"') {
            return Ok((end, false));
        }
        self.odd_string(end).map(|end| (end, true))
    }

    /// The same from the first mark on that is no quote.
    #[cold]
    #[inline(never)]
    fn odd_string(&mut self, mut at: usize) -> Step<usize> {
        loop {
            self.at = at;
            match self.text.get(at) {
                Some(b'"') => return Ok(at),
                Some(b'\\') => at += self.escape()?,
                Some(_) => return self.fail("a control character inside a string"),
                None => return self.fail("the text ends inside a string"),
            }
            at = next_mark(self.marks, at.min(self.text.len()));
        }
    }

    /// The length of the escape that stands here.
    fn escape(&mut self) -> Step<usize> {
        let rest = &self.text[self.at + 1..];
        match rest.first() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
            Some(b'u') if rest.len() > 4 && rest[1..5].iter().all(u8::is_ascii_hexdigit) => Ok(6),
            _ => self.fail("an escape that JSON does not know"),
        }
    }

    #[inline]
    pub(super) fn number(&mut self) -> Step<bool> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let mut digits = if self.peek() == Some(b'0') {
            self.at += 1;
            if let Some(b'0'..=b'9') = self.peek() {
                return self.fail("a number with a leading zero");
            }
            1
        } else {
            self.digits()?
        };
        let whole = digits;
        if self.peek() == Some(b'.') {
            self.at += 1;
            digits += self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            digits += self.digits()?;
        }
        if digits > MAX_DIGITS {
            self.at = start;
            return self.fail("a number of more than 1000 digits");
        }
        let raw = &self.text[start..self.at];
        if (digits > whole || raw[0] == b'-') && !number::is_canonical(raw) {
            self.edits.rewrite(Span::of(start, self.at));
        }
        Ok(true)
    }

    /// How many digits stand here; at least one.
    #[inline]
    fn digits(&mut self) -> Step<usize> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start {
            return self.unexpected("a digit");
        }
        Ok(self.at - start)
    }

    #[inline]
    pub(super) fn word(&mut self, word: &[u8], something: bool) -> Step<bool> {
        if !self.text[self.at..].starts_with(word) {
            return self.unexpected("a value");
        }
        self.at += word.len();
        Ok(something)
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Passes over white space, which hardly ever stands there.
    #[inline]
    pub(super) fn pass_space(&mut self) {
        if self.peek().is_some_and(|byte| byte <= b' ') {
            self.skip_space();
        }
    }

    /// Passes over white space.
    #[cold]
    pub(super) fn skip_space(&mut self) {
        let start = self.at;
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
        self.spaced |= self.at > start;
    }

    #[cold]
    pub(super) fn fail<T>(&mut self, reason: &str) -> Step<T> {
        self.malformed = Some(malformed(reason, self.at));
        Err(Stop)
    }

    #[cold]
    pub(super) fn unexpected<T>(&mut self, wanted: &str) -> Step<T> {
        let rest = String::from_utf8_lossy(&self.text[self.at..]);
        let reason = match rest.chars().next() {
            Some(found) => format!("{found:?} where {wanted} belongs"),
            None => format!("the text ends where {wanted} belongs"),
        };
        self.fail(&reason)
    }
}
