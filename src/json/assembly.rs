//! A text put together from many small pieces of others.
//!
//! Copying a few bytes costs most when their number is a surprise each time. So a piece is copied as one block of fixed size, whatever
//! its length, wherever the text it comes from goes on for that long, and what is too much is taken off again. Knows no JSON.

use super::edits::Span;

/// Bytes of the block.
const BLOCK: usize = 48;

/// A text that is added often, with room behind it if it is short.
#[derive(Clone, Debug)]
pub struct Padded {
    block: [u8; BLOCK],
    length: usize,
    /// The text where it is longer than a block.
    long: Option<Box<[u8]>>,
}

impl Padded {
    /// Of a text.
    pub fn new(text: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        let length = text.len();
        let long = match block.get_mut(..length) {
            Some(room) => {
                room.copy_from_slice(text);
                None
            }
            None => Some(text.into()),
        };
        Self {
            block,
            length,
            long,
        }
    }

    /// The text.
    pub fn text(&self) -> &[u8] {
        match &self.long {
            Some(long) => long,
            None => &self.block[..self.length],
        }
    }
}

/// Makes room behind the last piece of a text that is to be taken apart.
pub fn pad(text: &mut Vec<u8>) {
    text.extend_from_slice(&[0; BLOCK]);
}

/// Adds such a text.
#[inline]
pub fn add_padded(text: &Padded, out: &mut Vec<u8>) {
    match &text.long {
        None => add_block(&text.block, text.length, out),
        Some(long) => out.extend_from_slice(long),
    }
}

/// Adds a part of a text.
#[inline]
pub fn add_part(text: &[u8], span: Span, out: &mut Vec<u8>) {
    let (start, end) = (span.start(), span.end());
    if let Some(block) = text[start..].first_chunk()
        && end <= start + BLOCK
    {
        add_block(block, end - start, out);
    } else {
        out.extend_from_slice(&text[start..end]);
    }
}

#[inline]
fn add_block(block: &[u8; BLOCK], length: usize, out: &mut Vec<u8>) {
    let end = out.len() + length;
    out.extend_from_slice(block);
    out.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Padded, add_padded, add_part, pad};
    use crate::json::edits::Span;

    #[test]
    fn pieces_of_every_length_stand_behind_each_other() {
        let mut text: Vec<u8> = (0..200).collect();
        for _ in 0..2 {
            let (mut out, mut expected) = (Vec::new(), Vec::new());
            for start in 0..=200 {
                let end = 200.min(start + start * 7 % (2 * BLOCK));
                add_part(&text, Span::of(start, end), &mut out);
                expected.extend_from_slice(&text[start..end]);
                let other = Padded::new(&text[..start % (2 * BLOCK)]);
                add_padded(&other, &mut out);
                expected.extend_from_slice(other.text());
            }
            assert_eq!(out, expected);
            pad(&mut text);
        }
    }
}
