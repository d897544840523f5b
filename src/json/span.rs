//! A part of a text by its places, which stays true while the text does.
//!
//! Knows no text.

/// A part of a text: offset of its first byte, and behind its last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The same of a text of less than 4 GiB, in one word. Who reads it right behind its writer need not wait, as for two halves that are
/// read as a whole.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Packed {
    places: u64,
}

impl Packed {
    /// This part.
    #[inline]
    pub(super) fn of(span: Span) -> Self {
        let places = (span.end as u64) << u32::BITS | span.start as u64;
        Self { places }
    }

    /// The part.
    #[inline]
    pub(super) fn span(self) -> Span {
        let half = |places: u64| usize::try_from(places & u64::from(u32::MAX));
        let (start, end) = (half(self.places), half(self.places >> u32::BITS));
        Span {
            start: start.unwrap_or_default(),
            end: end.unwrap_or_default(),
        }
    }
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
