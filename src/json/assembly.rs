//! A text put together from many small pieces of others.
//!
//! Copying a few bytes costs most when their number is a surprise each time. So a piece is copied as one block of fixed size, whatever
//! its length, wherever the text it comes from goes on for that long, and what is too much is taken off again. Knows no JSON.
#![expect(
    clippy::inline_always,
    reason = "measured: a call for every piece costs as much as the piece"
)]

use super::span::Span;

/// Bytes of the block.
const BLOCK: usize = 48;

/// Bytes of the block for longer pieces.
const LARGE: usize = 128;

/// Makes room behind the last piece of a text that is to be taken apart.
pub fn pad(text: &mut Vec<u8>) {
    text.extend_from_slice(&[0; LARGE]);
}

/// Takes the room off again, so that the text can go on.
pub fn unpad(text: &mut Vec<u8>) {
    text.truncate(text.len().saturating_sub(LARGE));
}

/// Adds a part of a text.
#[inline(always)]
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

/// Adds a part of a text and one byte more.
#[inline(always)]
pub fn add_part_and(text: &[u8], span: Span, more: u8, out: &mut Vec<u8>) {
    let (start, end) = (span.start(), span.end());
    if let Some(block) = text[start..].first_chunk::<BLOCK>()
        && end < start + BLOCK
    {
        let last = out.len() + (end - start);
        out.extend_from_slice(block);
        out[last] = more;
        out.truncate(last + 1);
    } else {
        out.extend_from_slice(&text[start..end]);
        out.push(more);
    }
}

/// Bytes that are put together before they go out; more than most texts have in front of a long piece.
const ROOM: usize = 4096;

/// Room in which texts are put together.
#[derive(Clone, Debug)]
pub struct Room {
    bytes: Box<[u8; ROOM]>,
}

impl Default for Room {
    fn default() -> Self {
        let bytes = Box::new([0; ROOM]);
        Self { bytes }
    }
}

/// A text that is put together from many pieces, each at little more than the cost of its bytes. Its own place is where nothing else is
/// written, so that a processor need not wait for one piece before it takes the next.
pub struct Assembly<'r> {
    room: &'r mut [u8; ROOM],
    /// How much of the room is used.
    end: usize,
}

impl<'r> Assembly<'r> {
    /// An empty text.
    #[inline]
    pub fn new(room: &'r mut Room) -> Self {
        let (room, end) = (&mut *room.bytes, 0);
        Self { room, end }
    }

    /// Adds a part of a text; it goes to `out` now or with [`Self::flush`].
    #[inline(always)]
    pub fn add(&mut self, text: &[u8], span: Span, out: &mut Vec<u8>) {
        let (start, end) = (span.start(), span.end());
        if let Some(block) = text.get(start..start + BLOCK)
            && let Some(room) = self.room.get_mut(self.end..self.end + BLOCK)
            && end <= start + BLOCK
        {
            room.copy_from_slice(block);
            self.end += end - start;
        } else {
            self.end = add_large(self.room, self.end, (text, span), out);
        }
    }

    /// Adds one byte.
    #[inline]
    pub fn push(&mut self, byte: u8, out: &mut Vec<u8>) {
        if self.end == ROOM {
            self.flush(out);
        }
        self.room[self.end] = byte;
        self.end += 1;
    }

    /// Adds a list of the strings that stand there in a text.
    #[inline]
    pub fn add_list(&mut self, text: &[u8], strings: &[Span], out: &mut Vec<u8>) {
        self.push(b'[', out);
        for (number, string) in strings.iter().enumerate() {
            if number > 0 {
                self.push(b',', out);
            }
            self.add(text, *string, out);
        }
        self.push(b']', out);
    }

    /// Appends to `out` what has not gone there yet.
    #[inline]
    pub fn flush(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.room[..self.end]);
        self.end = 0;
    }
}

/// Adds a piece that does not fit into a small block; says how much of the room is used then.
#[inline(never)]
fn add_large(
    room: &mut [u8; ROOM],
    end: usize,
    (text, span): (&[u8], Span),
    out: &mut Vec<u8>,
) -> usize {
    let length = span.end() - span.start();
    if length <= LARGE
        && let Some(block) = text.get(span.start()..span.start() + LARGE)
        && let Some(room) = room.get_mut(end..end + LARGE)
    {
        room.copy_from_slice(block);
        return end + length;
    }
    add_any(room, end, span.in_text(text), out)
}

/// Adds a piece that is very long or stands at the end of its text; says how much of the room is used then.
#[inline(never)]
fn add_any(room: &mut [u8; ROOM], end: usize, piece: &[u8], out: &mut Vec<u8>) -> usize {
    if let Some(room) = room.get_mut(end..end + piece.len()) {
        room.copy_from_slice(piece);
        return end + piece.len();
    }
    out.extend_from_slice(&room[..end]);
    out.extend_from_slice(piece);
    0
}

#[cfg(test)]
mod tests {
    use super::{Assembly, BLOCK, ROOM, Room, add_part, pad};
    use crate::json::span::Span;

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

    #[test]
    fn a_list_of_strings_has_a_comma_between_any_two_wherever_the_room_ends() {
        let text = vec![b'x'; 3 * ROOM];
        let mut room = Room::default();
        for before in (0..20).chain(ROOM - 20..ROOM + 20) {
            for lengths in [&[][..], &[3], &[3, BLOCK, 1], &[7, 2 * ROOM, 5]] {
                let (mut out, mut assembly) = (Vec::new(), Assembly::new(&mut room));
                assembly.add(&text, Span::of(0, before), &mut out);
                let strings: Vec<_> = lengths
                    .iter()
                    .map(|length| Span::of(1, 1 + length))
                    .collect();
                assembly.add_list(&text, &strings, &mut out);
                assembly.flush(&mut out);
                let strings: Vec<_> = lengths.iter().map(|length| "x".repeat(*length)).collect();
                let expected = format!("{}[{}]", "x".repeat(before), strings.join(","));
                assert!(out == expected.as_bytes(), "{before} {lengths:?}");
            }
        }
    }

    #[test]
    fn an_assembly_has_all_its_pieces_and_nothing_else() {
        let mut text: Vec<u8> = (0..=255).cycle().take(3 * ROOM).collect();
        pad(&mut text);
        let mut room = Room::default();
        let (mut out, mut expected) = (b"before".to_vec(), b"before".to_vec());
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..100 {
            let mut assembly = Assembly::new(&mut room);
            for _ in 0..random.usize(..200) {
                let start = random.usize(..=text.len());
                let most = *random.choice(&[4, BLOCK, 4 * BLOCK, ROOM]).expect("some");
                let end = text.len().min(start + random.usize(..=most));
                assembly.add(&text, Span::of(start, end), &mut out);
                expected.extend_from_slice(&text[start..end]);
            }
            assembly.flush(&mut out);
            assert_eq!(out, expected);
        }
    }
}
