//! The pass through the structure: objects, lists, keys, and what of them is kept.
//!
//! The steps that nearly every byte goes through take the place they stand at and give back the one behind, so that it need not be kept
//! in memory; the others move [`Walk::at`].
#![expect(
    clippy::inline_always,
    reason = "measured: a call for every key and value costs a third of the whole pass"
)]

use super::keeping::{Member, Members};
use super::key::two_bytes;
use super::{MAX_LEVELS, MAX_SLOTS, Malformed};
use crate::json::edits::Edits;
use crate::json::key::{Keys, Seen};
use crate::json::slots::Slots;
use crate::json::span::{Packed, Span};
use crate::json::wanted::{Entry, NO_SLOT, NOTHING, Place, TOP, Wanted};

/// The pass itself. Its depth is bounded, so it may call itself.
pub(super) struct Walk<'s, 't> {
    pub(super) text: &'t [u8],
    pub(super) marks: &'s [u8],
    pub(super) wanted: &'s Wanted,
    pub(super) cut: Slots,
    pub(super) keys: &'s mut Keys,
    pub(super) edits: &'s mut Edits,
    pub(super) spans: &'s mut [Packed; MAX_SLOTS],
    pub(super) filled: Slots,
    pub(super) escaped: Slots,
    pub(super) at: usize,
    /// How many containers are open.
    pub(super) level: usize,
    pub(super) spaced: bool,
    pub(super) malformed: Option<Malformed>,
}

/// Why the pass ends; what is wrong stands in [`Walk::malformed`], so that what is returned from step to step stays small.
pub(super) struct Stop;

pub(super) type Step<T> = Result<T, Stop>;

/// What nearly always stands between a value and the next key.
const NEXT_KEY: u16 = u16::from_le_bytes(*b",\"");

impl Walk<'_, '_> {
    /// The one value of the text; says whether it is something.
    pub(super) fn text(&mut self) -> Step<bool> {
        let inside = TOP;
        let (at, something) = self.value(
            0,
            Entry {
                inside,
                ..Entry::NONE
            },
        )?;
        self.at = at;
        self.skip_space();
        match self.peek() {
            None => Ok(something),
            Some(_) => self.fail("more text after the end of the value"),
        }
    }

    /// A value; says whether it is something.
    #[inline(always)]
    fn value(&mut self, at: usize, entry: Entry) -> Step<(usize, bool)> {
        if self.text.get(at) == Some(&b'"') {
            let (end, escaped) = self.string(at + 1)?;
            if escaped && entry.slot != NO_SLOT {
                self.escaped.insert(entry.slot);
            }
            return Ok((end + 1, end > at + 1));
        }
        self.at = at;
        let something = if self.peek() == Some(b'{') {
            self.object(entry.inside)?
        } else {
            self.other_value(entry)?
        };
        Ok((self.at, something))
    }

    #[inline(never)]
    fn other_value(&mut self, entry: Entry) -> Step<bool> {
        self.pass_space();
        match self.peek() {
            Some(b'"') => self.string_behind_space(entry),
            Some(b'{') => self.object(entry.inside),
            Some(b'[') => self.list(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true", true),
            Some(b'f') => self.word(b"false", true),
            Some(b'n') => self.word(b"null", false),
            _ => self.unexpected("a value"),
        }
    }

    #[cold]
    #[inline(never)]
    fn string_behind_space(&mut self, entry: Entry) -> Step<bool> {
        let (end, something) = self.value(self.at, entry)?;
        self.at = end;
        Ok(something)
    }

    /// Not part of what calls it: scalars, which are many, need less room on the stack.
    #[inline(never)]
    fn object(&mut self, inside: u16) -> Step<bool> {
        self.open()?;
        if self.closes_at_once(b'}') {
            return Ok(false);
        }
        if inside == NOTHING {
            self.members::<false>(Place::default())
        } else {
            self.members::<true>(self.wanted.place(inside))
        }
    }

    /// The members of an object from the first one on; made twice, so that where nothing is wanted no key is asked about.
    /// Not to be forced into its caller: unoptimised, both would take their room on the stack at every level.
    #[inline]
    fn members<const WANTED: bool>(&mut self, place: Place) -> Step<bool> {
        let (first_key, first_edit) = (self.keys.len(), self.edits.count());
        let (mut members, mut seen) = (Members::default(), Seen::default());
        let mut at = self.opening_quote()?;
        loop {
            let (start, entry) = self.key::<WANTED>(at, place, &mut seen)?;
            let (end, something) = self.value(start, entry)?;
            let member = Member {
                start: at,
                value: Span::of(start, end),
                something,
            };
            self.settle(&mut members, member, entry);
            if two_bytes(self.text, end) == NEXT_KEY {
                at = end + 1;
                continue;
            }
            self.at = end;
            if !self.goes_on(b'}', "a comma or the end of the object")? {
                break;
            }
            at = self.opening_quote()?;
        }
        if let Err(start) = self.keys.close(first_key, seen, self.text) {
            self.at = start - 1;
            return self.fail("an object has this key twice");
        }
        Ok(self.close(members, first_edit))
    }

    #[inline(never)]
    fn list(&mut self) -> Step<bool> {
        self.open()?;
        if self.closes_at_once(b']') {
            return Ok(false);
        }
        let first_edit = self.edits.count();
        let mut members = Members::default();
        loop {
            let start = self.at;
            let (end, something) = self.value(start, Entry::NONE)?;
            self.at = end;
            let value = Span::of(start, end);
            let member = Member {
                start,
                value,
                something,
            };
            self.settle(&mut members, member, Entry::NONE);
            if !self.goes_on(b']', "a comma or the end of the list")? {
                break;
            }
        }
        Ok(self.close(members, first_edit))
    }

    #[inline]
    fn open(&mut self) -> Step<()> {
        if self.level == MAX_LEVELS {
            return self.fail("more than 1000 levels inside each other");
        }
        self.level += 1;
        self.at += 1;
        Ok(())
    }

    /// Behind the closer of a container; says whether that is something.
    #[inline]
    fn close(&mut self, members: Members, first_edit: usize) -> bool {
        if !members.filled {
            self.edits.forget_from(first_edit);
        }
        self.level -= 1;
        members.filled
    }

    #[inline]
    fn closes_at_once(&mut self, closer: u8) -> bool {
        self.pass_space();
        let is_empty = self.peek() == Some(closer);
        if is_empty {
            self.level -= 1;
            self.at += 1;
        }
        is_empty
    }

    /// Behind a value: passes the comma, up to the next member, or the closer, which is the end.
    #[inline]
    fn goes_on(&mut self, closer: u8, wanted: &str) -> Step<bool> {
        self.pass_space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.pass_space();
                Ok(true)
            }
            Some(byte) if byte == closer => {
                self.at += 1;
                Ok(false)
            }
            _ => self.unexpected(wanted),
        }
    }
}
