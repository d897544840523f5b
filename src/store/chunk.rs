//! Some whole lines of one input, in a buffer that is filled again and again.
//!
//! Made so that reading allocates nothing once it is under way. What fills it is `chunks`.

use std::io::{Read, Result};
use std::sync::Arc;

/// What a buffer may keep when it is filled anew; one that grew further for a huge line shrinks.
const KEPT: usize = 1 << 20;

/// Some whole lines of one input, or one line that is too long to be taken in.
#[derive(Debug)]
pub struct Chunk {
    source: Arc<str>,
    /// Its length is what was ever used of it, so that reading has not to clear it first.
    buffer: Vec<u8>,
    filled: usize,
    first_line: u64,
    first_offset: u64,
    overlong: Option<Overlong>,
}

/// A line that is too long to be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlong {
    /// Its bytes, without the newline.
    pub length: u64,
    /// Whether a newline ended it.
    pub terminated: bool,
}

/// One line of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number in the input, from 1.
    pub number: u64,
    /// Where it begins in [`Chunk::bytes`].
    pub start: usize,
    /// The text without its newline.
    pub text: &'a [u8],
    /// Whether a newline ended it; only the last line of an input can lack it.
    pub terminated: bool,
}

impl Default for Chunk {
    fn default() -> Self {
        Self {
            source: Arc::from(""),
            buffer: Vec::new(),
            filled: 0,
            first_line: 1,
            first_offset: 0,
            overlong: None,
        }
    }
}

impl Chunk {
    /// The input's name.
    pub fn source(&self) -> &Arc<str> {
        &self.source
    }

    /// The lines with their newlines; empty where the line was too long.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// Set instead of [`Chunk::bytes`] for one line over [`super::MAX_LINE`].
    pub fn overlong(&self) -> Option<Overlong> {
        self.overlong
    }

    /// Number of the first line, from 1.
    pub fn first_line(&self) -> u64 {
        self.first_line
    }

    /// Offset of the first line in the (unpacked) input.
    pub fn first_offset(&self) -> u64 {
        self.first_offset
    }

    /// Bytes of the input that it stands for.
    pub fn length(&self) -> u64 {
        self.overlong.map_or(self.filled as u64, |line| line.length)
    }

    /// The lines that hold anything but white space.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let bytes = self.bytes();
        let ends = memchr::memchr_iter(b'\n', bytes).map(|at| (at, true));
        let is_open = bytes.last().is_some_and(|last| *last != b'\n');
        let ends = ends.chain(is_open.then_some((bytes.len(), false)));
        let mut start = 0;
        let lines = ends.zip(self.first_line..);
        lines.filter_map(move |((end, terminated), number)| {
            let line = Line {
                number,
                start,
                text: &bytes[start..end],
                terminated,
            };
            start = end + 1;
            (!line.text.trim_ascii_start().is_empty()).then_some(line)
        })
    }

    /// Empties it for the lines from here on.
    pub(super) fn begin(&mut self, source: &Arc<str>, line: u64, offset: u64) {
        if !Arc::ptr_eq(&self.source, source) {
            self.source = Arc::clone(source);
        }
        if self.buffer.len() > KEPT {
            self.buffer.truncate(KEPT);
            self.buffer.shrink_to_fit();
        }
        self.filled = 0;
        self.first_line = line;
        self.first_offset = offset;
        self.overlong = None;
    }

    /// Takes bytes that were read before.
    pub(super) fn take_over(&mut self, rest: &mut Vec<u8>) {
        self.make_room(rest.len());
        self.buffer[self.filled..self.filled + rest.len()].copy_from_slice(rest);
        self.filled += rest.len();
        rest.clear();
    }

    /// Appends what one read gives, `most` bytes at most.
    pub(super) fn read_from(&mut self, reader: &mut impl Read, most: usize) -> Result<usize> {
        self.make_room(most);
        let got = reader.read(&mut self.buffer[self.filled..self.filled + most])?;
        self.filled += got;
        Ok(got)
    }

    /// Forgets what lies behind `end`.
    pub(super) fn cut(&mut self, end: usize) {
        self.filled = self.filled.min(end);
    }

    /// Says that there was one line, which is not kept.
    pub(super) fn set_overlong(&mut self, line: Overlong) {
        self.filled = 0;
        self.overlong = Some(line);
    }

    fn make_room(&mut self, more: usize) {
        let needed = self.filled + more;
        if self.buffer.len() < needed {
            self.buffer.resize(needed, 0);
        }
    }

    /// Bytes of memory that it holds on to.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.buffer.capacity()
    }
}
