//! A part of a text by its places, which stays true while the text does.
//!
//! Knows no text.

/// A part of a text: offset of its first byte, and behind its last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    /// From `start` to before `end`.
    #[inline]
    pub fn of(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The part itself.
    #[inline]
    pub fn in_text<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        &text[self.start..self.end]
    }

    /// Offset of the first byte.
    #[inline]
    pub fn start(&self) -> usize {
        self.start
    }

    /// Offset behind the last byte.
    #[inline]
    pub fn end(&self) -> usize {
        self.end
    }
}
