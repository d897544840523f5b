//! A text put together from many small pieces of others.
//!
//! Copying a few bytes costs most when their number is a surprise each time. So a piece is copied as one block of fixed size, whatever
//! its length, wherever the text it comes from goes on for that long, and what is too much is taken off again. Knows no JSON.

use super::edits::Span;

/// Bytes of the block.
const BLOCK: usize = 48;

/// Makes room behind the last piece of a text that is to be taken apart.
pub fn pad(text: &mut Vec<u8>) {
    text.extend_from_slice(&[0; BLOCK]);
}

/// Adds a part of a text.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "measured: a call costs as much as the copying"
)]
pub fn add_part(text: &[u8], span: Span, out: &mut Vec<u8>) {
    let (start, end) = (span.start(), span.end());
    if let Some(block) = text[start..].first_chunk::<BLOCK>()
        && end <= start + BLOCK
    {
        let all = out.len() + (end - start);
        out.extend_from_slice(block);
        out.truncate(all);
    } else {
        add_long_part(text, span, out);
    }
}

/// Not part of what adds many: copying any number of bytes is a call anyway.
#[inline(never)]
fn add_long_part(text: &[u8], span: Span, out: &mut Vec<u8>) {
    out.extend_from_slice(span.in_text(text));
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, add_part, pad};
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
            }
            assert_eq!(out, expected);
            pad(&mut text);
        }
    }
}
