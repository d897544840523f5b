//! Where a string may end: a bitmap of the quotes, backslashes and control characters of a text.
//!
//! Made in one pass without a branch a byte, sixteen bytes at a time, so that the walk over the text jumps from mark to mark instead
//! of looking at every byte. Knows nothing of JSON's structure.

use wide::u8x16;

/// Bytes of the text that are marked together.
const BLOCK: usize = 64;
/// Bytes of the bitmap that are looked at together.
const WINDOW: usize = 8;
/// Bytes that are looked at together.
const LANES: usize = 16;
/// The last control character.
const LAST_CONTROL: u8 = 0x1f;

/// The marks of one text; the memory is used again for the next.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// A bit for each byte, the first byte's lowest; longer than the text by more than a window.
    bitmap: Vec<u8>,
    ascii: bool,
}

impl Marks {
    /// Marks `text`, forgetting the one before. The place behind its last byte is marked too.
    pub fn mark(&mut self, text: &[u8]) {
        let (blocks, rest) = text.as_chunks::<BLOCK>();
        let bytes = (blocks.len() + 1) * WINDOW;
        if self.bitmap.len() < bytes + WINDOW {
            self.bitmap.resize(bytes + WINDOW, 0);
        }
        let mut high = u8x16::splat(0);
        let (words, _) = self.bitmap.as_chunks_mut::<WINDOW>();
        for (block, word) in blocks.iter().zip(words.iter_mut()) {
            *word = marks_of(block, &mut high).to_le_bytes();
        }
        let mut last = [b' '; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        let last = marks_of(&last, &mut high) | 1 << rest.len();
        self.bitmap[bytes - WINDOW..bytes].copy_from_slice(&last.to_le_bytes());
        self.ascii = high.to_bitmask() == 0;
    }

    /// Whether every byte of the text is ASCII.
    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// The bitmap, for [`next_mark`].
    pub fn bitmap(&self) -> &[u8] {
        &self.bitmap
    }
}

/// The first marked place at or behind `at`, which must not lie behind the text's end.
#[inline]
pub fn next_mark(bitmap: &[u8], at: usize) -> usize {
    // The window begins with the byte that `at` has its bit in, so that it nearly always holds the next mark.
    let marks = window(bitmap, at / 8) >> (at % 8);
    if marks != 0 {
        at + marks.trailing_zeros() as usize
    } else {
        far_mark(bitmap, at / 8 + WINDOW)
    }
}

/// The first mark at or behind this byte of the bitmap.
#[inline(never)]
fn far_mark(bitmap: &[u8], mut byte: usize) -> usize {
    loop {
        let marks = window(bitmap, byte);
        if marks != 0 {
            return byte * 8 + marks.trailing_zeros() as usize;
        }
        byte += WINDOW;
    }
}

#[inline]
fn window(bitmap: &[u8], byte: usize) -> u64 {
    let window = bitmap[byte..byte + WINDOW].first_chunk().copied();
    u64::from_le_bytes(window.unwrap_or_default())
}

/// The marks of one block; `high` gathers the high bits of all bytes.
#[inline]
fn marks_of(block: &[u8; BLOCK], high: &mut u8x16) -> u64 {
    let (parts, _) = block.as_chunks::<LANES>();
    let mut marks = 0;
    for (at, part) in parts.iter().enumerate() {
        let bytes = u8x16::new(*part);
        *high |= bytes;
        let hits = bytes.simd_eq(u8x16::splat(b'"'))
            | bytes.simd_eq(u8x16::splat(b'\\'))
            | bytes.min(u8x16::splat(LAST_CONTROL)).simd_eq(bytes);
        marks |= u64::from(hits.to_bitmask()) << (LANES * at);
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::{Marks, next_mark};

    /// All marks, found byte by byte.
    fn slowly(text: &[u8]) -> Vec<usize> {
        let is_mark = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
        let found = text.iter().enumerate().filter(|(_, byte)| is_mark(byte));
        found.map(|(at, _)| at).chain([text.len()]).collect()
    }

    #[test]
    fn every_mark_is_found_at_every_place() {
        let mut marks = Marks::default();
        let mut random = fastrand::Rng::with_seed(1);
        for length in (0..200).chain([1000, 5000]) {
            let text: Vec<u8> = (0..length)
                .map(|_| match random.u8(0..40) {
                    0 => b'"',
                    1 => b'\\',
                    2 => random.u8(0..0x20),
                    3 => random.u8(..),
                    _ => b'x',
                })
                .collect();
            marks.mark(&text);
            let all = slowly(&text);
            for at in 0..=length {
                let expected = all.iter().find(|mark| **mark >= at);
                assert_eq!(
                    Some(&next_mark(marks.bitmap(), at)),
                    expected,
                    "{length} {at}"
                );
            }
            assert_eq!(marks.is_ascii(), text.is_ascii());
        }
    }

    #[test]
    fn bytes_beyond_ascii_are_no_marks() {
        let mut marks = Marks::default();
        let text: Vec<u8> = (0x7f..=0xff).collect();
        marks.mark(&text);
        assert_eq!(next_mark(marks.bitmap(), 0), text.len());
        assert!(!marks.is_ascii());
    }
}
