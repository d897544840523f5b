//! Some whole lines of one input, in a buffer that is filled again and again.
//!
//! Made so that reading allocates nothing once it is under way. What fills it is `chunks`.

use std::io::{Read, Result};
use std::sync::Arc;

use crate::json::split::Element;

/// What a buffer may keep when it is filled anew; one that grew further for a huge line shrinks.
const KEPT: usize = 1 << 20;

/// Some whole lines of one input, or elements of an array in their place, or one line that is too long to be taken in.
#[derive(Debug)]
pub struct Chunk {
    source: Arc<str>,
    input: usize,
    /// Its length is what was ever used of it, so that reading has not to clear it first.
    buffer: Vec<u8>,
    filled: usize,
    /// Where its lines end, but for a last one that has no end.
    ends: Vec<u32>,
    first_line: u64,
    first_offset: u64,
    length: u64,
    /// The one line, of which nothing is kept, and whether a newline ended it.
    overlong: Option<(Overlong, bool)>,
    elements: Vec<Piece>,
    cut: Option<String>,
}

/// An element of an array, in the buffer.
#[derive(Debug)]
struct Piece {
    number: u64,
    line: u64,
    start: usize,
    end: usize,
    overlong: Option<Overlong>,
}

/// Where a line stands that is too long to be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlong {
    /// Bytes of the (unpacked) input before it.
    pub offset: u64,
    /// Its bytes, without the newline.
    pub length: u64,
}

/// One line of a chunk, or one element of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number in the input, from 1; of an element the number of the line that it begins in.
    pub number: u64,
    /// The number of an element in its array, from 1.
    pub element: Option<u64>,
    /// Where it begins in [`Chunk::bytes`].
    pub start: usize,
    /// The text without its newline; nothing for one that is too long.
    pub text: &'a [u8],
    /// Whether a newline ended it; only the last line of an input can lack it.
    pub terminated: bool,
    /// Set for one over [`super::MAX_LINE`].
    pub overlong: Option<Overlong>,
}

/// The lines of a chunk.
struct Lines<'a> {
    chunk: &'a Chunk,
    /// Bytes before the next line, or elements before the next one.
    done: usize,
    /// Lines before the next one.
    passed: usize,
}

impl Default for Chunk {
    fn default() -> Self {
        Self {
            source: Arc::from(""),
            input: 0,
            buffer: Vec::new(),
            filled: 0,
            ends: Vec::new(),
            first_line: 1,
            first_offset: 0,
            length: 0,
            overlong: None,
            elements: Vec::new(),
            cut: None,
        }
    }
}

impl Chunk {
    /// The input's name.
    pub fn source(&self) -> &Arc<str> {
        &self.source
    }

    /// The input's number in the run, from 0.
    pub fn input(&self) -> usize {
        self.input
    }

    /// How many bytes of the (unpacked) input stand before its lines.
    pub fn offset(&self) -> u64 {
        self.first_offset
    }

    /// The text that the lines are parts of.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// Bytes of the (unpacked) input that were read for it.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The lines that hold anything but white space; all of the elements.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let lines = Lines {
            chunk: self,
            done: 0,
            passed: 0,
        };
        lines.filter(|line| line.overlong.is_some() || !line.text.trim_ascii_start().is_empty())
    }

    /// In words, that the input is cut off behind these lines, where only the reader can know.
    pub fn cut_off(&self) -> Option<&str> {
        self.cut.as_deref()
    }

    /// Says which input its lines are from.
    pub(super) fn set_input(&mut self, number: usize) {
        self.input = number;
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
        self.ends.clear();
        self.first_line = line;
        self.first_offset = offset;
        self.length = 0;
        self.overlong = None;
        self.elements.clear();
        self.cut = None;
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

    /// Looks for the ends of its lines, once it is whole; says how many there are.
    pub(super) fn find_ends(&mut self) -> u64 {
        let ends = memchr::memchr_iter(b'\n', &self.buffer[..self.filled]);
        let ends = ends.map(|end| u32::try_from(end).expect("a chunk is far smaller than 4 GiB"));
        self.ends.extend(ends);
        self.ends.len() as u64
    }

    /// Counts bytes of the input that were read for it.
    pub(super) fn add_length(&mut self, bytes: u64) {
        self.length += bytes;
    }

    /// Says that there was one line, which is not kept.
    pub(super) fn set_overlong(&mut self, length: u64, terminated: bool) {
        let offset = self.first_offset;
        self.filled = 0;
        self.length = length;
        self.overlong = Some((Overlong { offset, length }, terminated));
    }

    /// Appends the element of this number of an array that this many lines and bytes stand before.
    pub(super) fn push_element(&mut self, number: u64, lines: u64, bytes: u64, element: Element) {
        let text = element.text.unwrap_or_default();
        let start = self.filled;
        self.make_room(text.len());
        self.filled += text.len();
        self.buffer[start..self.filled].copy_from_slice(text);
        let too_long = Overlong {
            offset: bytes + element.offset,
            length: element.length,
        };
        self.elements.push(Piece {
            number,
            line: lines + element.line,
            start,
            end: self.filled,
            overlong: element.text.is_none().then_some(too_long),
        });
    }

    /// Whether there are elements of an array.
    pub(super) fn has_elements(&self) -> bool {
        !self.elements.is_empty()
    }

    /// Says that the input is cut off here, or not.
    pub(super) fn set_cut(&mut self, place: Option<String>) {
        self.cut = place;
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

impl<'a> Lines<'a> {
    fn element(&mut self) -> Option<Line<'a>> {
        let element = self.chunk.elements.get(self.done)?;
        self.done += 1;
        Some(Line {
            number: element.line,
            element: Some(element.number),
            start: element.start,
            text: &self.chunk.bytes()[element.start..element.end],
            terminated: true,
            overlong: element.overlong,
        })
    }

    fn line(&mut self, end: usize, terminated: bool) -> Line<'a> {
        let start = self.done;
        let number = self.chunk.first_line + self.passed as u64;
        self.done = end + 1;
        self.passed += 1;
        Line {
            number,
            element: None,
            start,
            text: &self.chunk.bytes()[start..end],
            terminated,
            overlong: None,
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.chunk.has_elements() {
            return self.element();
        }
        if let Some((overlong, terminated)) = self.chunk.overlong {
            let line = (self.done == 0).then(|| self.line(0, terminated));
            return line.map(|line| Line {
                overlong: Some(overlong),
                ..line
            });
        }
        let all = self.chunk.bytes().len();
        let end = self.chunk.ends.get(self.passed).map(|end| *end as usize);
        (self.done < all).then(|| self.line(end.unwrap_or(all), end.is_some()))
    }
}
