//! One pass over one JSON text: strict validity, what is empty in it, and where the wanted members stand.
//!
//! RFC 8259 and no more, with the limits of `docs/ecs-mapping.md`, section 3.2. Builds nothing: the text stays where it is, and
//! what is to be left out of a copy is a list of places ([`super::edits`]). Memory is used again from text to text. Knows no event.

mod keeping;
mod key;
mod pass;
mod scalar;
mod walk;

use self::pass::Walk;
use super::edits::{Edits, MAX_LENGTH};
use super::key::Keys;
use super::marks::{Marks, next_mark};
use super::slots::{LIMIT, Slots};
use super::span::{Packed, Span};
use super::wanted::Wanted;

/// Containers inside each other; the outermost counts as the first.
pub const MAX_LEVELS: usize = 1000;
/// Digits of one number, those of fraction and exponent included.
pub const MAX_DIGITS: usize = 1000;
/// Slots that a text can have.
const MAX_SLOTS: usize = LIMIT as usize;

/// Why a text is not JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong, in words.
    pub reason: String,
    /// Bytes before the place.
    pub offset: usize,
}

/// What a text holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The first byte of its value, which says of what kind it is.
    pub kind: u8,
    /// Whether anything is left of the value when what is empty is dropped.
    pub something: bool,
    /// Whether white space stands between tokens; then neither places nor edits mean anything.
    pub spaced: bool,
}

/// Walks texts, one after the other, and remembers what the last one holds.
#[derive(Clone, Debug)]
pub struct Scanner {
    marks: Marks,
    keys: Keys,
    edits: Edits,
    spans: [Packed; MAX_SLOTS],
    filled: Slots,
    /// Whose value is a string with escapes.
    escaped: Slots,
}

impl Default for Scanner {
    fn default() -> Self {
        Self {
            marks: Marks::default(),
            keys: Keys::default(),
            edits: Edits::default(),
            spans: [Packed::default(); MAX_SLOTS],
            filled: Slots::NONE,
            escaped: Slots::NONE,
        }
    }
}

impl Scanner {
    /// Walks `text`, which has no white space around it. Members of `cut` are to be left out of a copy of the whole.
    pub fn scan(&mut self, text: &[u8], wanted: &Wanted, cut: Slots) -> Result<Found, Malformed> {
        self.keys.clear();
        self.edits.clear();
        self.filled = Slots::NONE;
        if text.len() > MAX_LENGTH {
            return Err(malformed("longer than 2 GiB", MAX_LENGTH));
        }
        self.marks.mark(text);
        if !self.marks.is_ascii()
            && let Err(error) = std::str::from_utf8(text)
        {
            return Err(malformed("not UTF-8", error.valid_up_to()));
        }
        if text.starts_with("\u{feff}".as_bytes()) {
            return Err(malformed("a byte order mark before the text", 0));
        }
        let mut walk = Walk {
            text,
            marks: self.marks.bitmap(),
            wanted,
            cut,
            keys: &mut self.keys,
            edits: &mut self.edits,
            spans: &mut self.spans,
            filled: Slots::NONE,
            escaped: Slots::NONE,
            at: 0,
            level: 0,
            spaced: false,
            malformed: None,
        };
        let something = walk.text();
        let (spaced, filled, escaped) = (walk.spaced, walk.filled, walk.escaped);
        let Ok(something) = something else {
            return Err(walk.malformed.unwrap_or_else(|| malformed("not JSON", 0)));
        };
        self.filled = filled;
        self.escaped = escaped;
        let kind = text.first().copied().unwrap_or_default();
        Ok(Found {
            kind,
            something,
            spaced,
        })
    }

    /// Forgets the last text, and gives back the memory that one of no ordinary size took.
    pub fn shrink(&mut self) {
        self.keys.shrink();
        self.edits.shrink();
        self.filled = Slots::NONE;
    }

    /// Where the value of a slot stands; nothing where it is missing or empty.
    #[inline]
    pub fn span(&self, slot: u8) -> Option<Span> {
        self.filled
            .contains(slot)
            .then(|| self.spans[usize::from(slot)].span())
    }

    /// The slots whose values are neither missing nor empty.
    #[inline]
    pub fn filled(&self) -> Slots {
        self.filled
    }

    /// Whether a slot's value is a string with escapes.
    #[inline]
    pub fn is_escaped(&self, slot: u8) -> bool {
        self.escaped.contains(slot)
    }

    /// The offset behind the string of the text, the last one scanned, that opens at `at`; nothing for one with escapes.
    #[inline]
    pub fn behind_plain_string(&self, text: &[u8], at: usize) -> Option<usize> {
        let end = next_mark(self.marks.bitmap(), at + 1);
        (text.get(end) == Some(&b'"')).then_some(end + 1)
    }

    /// What is to be left out of copies of the text.
    pub fn edits(&self) -> &Edits {
        &self.edits
    }
}

#[cold]
fn malformed(reason: &str, offset: usize) -> Malformed {
    let reason = reason.to_owned();
    Malformed { reason, offset }
}
