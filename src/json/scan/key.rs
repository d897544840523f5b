//! The pass through a key, up to its value, and what is wanted of that.
//!
//! Nearly every key is plain and has its colon at once; the others are read by a function of their own.
#![expect(
    clippy::inline_always,
    reason = "measured: see the module beside this one"
)]

use super::pass::{Step, Walk};
use crate::json::key::{Key, Seen};
use crate::json::marks::next_mark;
use crate::json::text::decode;
use crate::json::wanted::{Entry, Place};

/// What nearly always stands behind a key, its closing quote included.
const BEHIND_KEY: u16 = u16::from_le_bytes(*b"\":");

/// The two bytes that stand there, to be compared at once; zeros at the end of the text.
#[inline(always)]
pub(super) fn two_bytes(text: &[u8], at: usize) -> u16 {
    let two = text.get(at..).and_then(|rest| rest.first_chunk());
    two.map_or(0, |two| u16::from_le_bytes(*two))
}

impl Walk<'_, '_> {
    /// The place of the quote that a key begins with.
    #[inline]
    pub(super) fn opening_quote(&mut self) -> Step<usize> {
        if self.peek() != Some(b'"') {
            return self.unexpected("a key in double quotes");
        }
        Ok(self.at)
    }

    /// A key, which begins at `at`, with its colon: where its value begins and what is wanted of that.
    #[inline(always)]
    pub(super) fn key<const WANTED: bool>(
        &mut self,
        at: usize,
        place: Place,
        seen: &mut Seen,
    ) -> Step<(usize, Entry)> {
        let (text, start) = (self.text, at + 1);
        let end = next_mark(self.marks, start);
        if two_bytes(text, end) != BEHIND_KEY {
            let place = WANTED.then_some(place);
            return self.odd_key(start, place, seen);
        }
        let key = Key::of(text, start, end);
        self.keys.push(key, start, seen);
        let entry = if WANTED {
            self.wanted.find(place, key, &text[start..end])
        } else {
            Entry::NONE
        };
        Ok((end + 2, entry))
    }

    /// The same for a key with escapes, or with white space before its colon.
    #[cold]
    #[inline(never)]
    fn odd_key(
        &mut self,
        start: usize,
        place: Option<Place>,
        seen: &mut Seen,
    ) -> Step<(usize, Entry)> {
        let text = self.text;
        let (end, escaped) = self.string(start)?;
        self.at = end + 1;
        self.colon()?;
        let key = Key::of(text, start, end);
        self.keys.push(key, start, seen);
        if escaped {
            seen.escaped();
        }
        let entry = match place {
            None => Entry::NONE,
            Some(place) if escaped => self.escaped_entry(place, start, end),
            Some(place) => self.wanted.find(place, key, &text[start..end]),
        };
        Ok((self.at, entry))
    }

    /// The colon behind a key, and white space before it.
    fn colon(&mut self) -> Step<()> {
        self.skip_space();
        if self.peek() != Some(b':') {
            return self.unexpected("a colon");
        }
        self.at += 1;
        Ok(())
    }

    /// The entry of a key that must be decoded first.
    fn escaped_entry(&self, place: Place, start: usize, end: usize) -> Entry {
        let raw = String::from_utf8_lossy(&self.text[start..end]);
        let key = decode(&raw, char::REPLACEMENT_CHARACTER);
        let key = key.as_bytes();
        self.wanted.find(place, Key::alone(key), key)
    }
}
