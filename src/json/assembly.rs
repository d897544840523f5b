//! A text put together from many small pieces of others.
//!
//! Copying a few bytes costs most when their number is a surprise each time. So a piece is copied as one block of fixed size, whatever
//! its length, wherever there is room for that behind it on both sides. Knows no JSON.

use super::edits::Span;

/// Bytes of the block.
const BLOCK: usize = 48;

/// The text so far; the memory is used again for the next.
#[derive(Clone, Debug, Default)]
pub struct Assembly {
    /// Longer than the text.
    bytes: Vec<u8>,
    length: usize,
}

/// A short text with room behind it.
#[derive(Clone, Debug)]
pub struct Padded {
    block: [u8; BLOCK],
    length: usize,
}

impl Padded {
    /// Of a text.
    ///
    /// # Panics
    /// When the text is longer than a block.
    pub fn new(text: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        block[..text.len()].copy_from_slice(text);
        let length = text.len();
        Self { block, length }
    }

    /// The text.
    pub fn text(&self) -> &[u8] {
        &self.block[..self.length]
    }
}

/// Makes room behind the last piece of a text that is to be taken apart.
pub fn pad(text: &mut Vec<u8>) {
    text.extend_from_slice(&[0; BLOCK]);
}

impl Assembly {
    /// Begins a new text.
    pub fn begin(&mut self) {
        self.length = 0;
    }

    /// The text.
    pub fn text(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Adds a short text.
    #[inline]
    pub fn add_padded(&mut self, text: &Padded) {
        self.block_at_end(&text.block);
        self.length += text.length;
    }

    /// Adds a part of a text.
    #[inline]
    pub fn add_part(&mut self, text: &[u8], span: Span) {
        let (start, end) = (span.start(), span.end());
        if let Some(block) = text
            .get(start..start + BLOCK)
            .and_then(|block| block.first_chunk())
            && end <= start + BLOCK
        {
            self.block_at_end(block);
            self.length += end - start;
        } else {
            self.add(&text[start..end]);
        }
    }

    /// Adds a text.
    pub fn add(&mut self, text: &[u8]) {
        let end = self.length + text.len();
        if end > self.bytes.len() {
            self.grow(text.len());
        }
        self.bytes[self.length..end].copy_from_slice(text);
        self.length = end;
    }

    /// Takes the last byte off.
    pub fn pop(&mut self) {
        self.length -= 1;
    }

    #[inline]
    fn block_at_end(&mut self, block: &[u8; BLOCK]) {
        if self.length + BLOCK > self.bytes.len() {
            self.grow(BLOCK);
        }
        if let Some(room) = self.bytes.get_mut(self.length..self.length + BLOCK) {
            room.copy_from_slice(block);
        }
    }

    #[cold]
    fn grow(&mut self, by: usize) {
        let needed = self.length + by;
        self.bytes.resize(needed + needed / 2, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::{Assembly, BLOCK, Padded, pad};
    use crate::json::edits::Span;

    #[test]
    fn pieces_of_every_length_stand_behind_each_other() {
        let mut text: Vec<u8> = (0..200).collect();
        let mut assembly = Assembly::default();
        for _ in 0..2 {
            let mut expected = Vec::new();
            assembly.begin();
            for start in 0..=200 {
                let end = 200.min(start + start * 7 % (2 * BLOCK));
                assembly.add_part(&text, Span::of(start, end));
                expected.extend_from_slice(&text[start..end]);
                let short = &text[..start % (BLOCK + 1)];
                assembly.add_padded(&Padded::new(short));
                expected.extend_from_slice(short);
                assembly.add(b"xy");
                assembly.pop();
                expected.push(b'x');
            }
            assert_eq!(assembly.text(), expected);
            pad(&mut text);
        }
    }
}
