//! Lines in: an input cut into chunks of whole lines, which workers can take apart by themselves.
//!
//! Whole lines that stand before an error are handed on before the error is; the last line counts even without its
//! newline, and says that it had none.

use std::io::{ErrorKind, Read};
use std::sync::Arc;

use super::input::Input;
use crate::failure::{Failure, Kind, Result};

/// The longest line that is taken in, in bytes.
pub const MAX_LINE: usize = 100 << 20;

/// What one read asks for; also how much is gathered before a chunk is handed on, unless the input pauses.
const READ: usize = 256 << 10;

/// Some whole lines of one input.
#[derive(Debug)]
pub struct Chunk {
    /// The input's name.
    pub source: Arc<str>,
    /// The lines with their newlines; empty where the line was too long.
    pub bytes: Vec<u8>,
    /// Number of the first line, from 1.
    pub first_line: u64,
    /// Offset of the first line in the (unpacked) input.
    pub first_offset: u64,
    /// Set instead of `bytes` for one line over [`MAX_LINE`].
    pub overlong: Option<Overlong>,
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
    /// The text without its newline.
    pub text: &'a [u8],
    /// Whether a newline ended it; only the last line of an input can lack it.
    pub terminated: bool,
}

impl Chunk {
    /// The lines that hold anything but white space.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let mut number = self.first_line;
        self.bytes
            .split_inclusive(|byte| *byte == b'\n')
            .filter_map(move |text| {
                let terminated = text.last() == Some(&b'\n');
                let line = Line {
                    number,
                    text: text.strip_suffix(b"\n").unwrap_or(text),
                    terminated,
                };
                number += 1;
                (!line.text.trim_ascii().is_empty()).then_some(line)
            })
    }
}

/// Reads an input chunk by chunk.
pub struct Chunks {
    input: Input,
    /// Bytes read and not yet handed on.
    held: Vec<u8>,
    /// How many of them are whole lines; only new bytes are searched for line ends.
    whole: usize,
    line: u64,
    offset: u64,
    ended: bool,
    failed: Option<std::io::Error>,
    limit: usize,
}

impl Chunks {
    /// Begins at the input's first line.
    pub fn new(input: Input) -> Self {
        Self {
            input,
            held: Vec::new(),
            whole: 0,
            line: 1,
            offset: 0,
            ended: false,
            failed: None,
            limit: MAX_LINE,
        }
    }

    /// The next whole lines; `None` at the end.
    ///
    /// # Errors
    /// Reading or unpacking failed, after every whole line before it was handed on.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>> {
        let mut kept_up = true;
        loop {
            if self.held.len() > self.limit && self.first_line_is_overlong() {
                return self.skip_overlong().map(Some);
            }
            let paused = self.ended || self.failed.is_some() || !kept_up;
            if self.whole > 0 && (paused || self.held.len() >= READ) {
                return Ok(Some(self.hand_on(self.whole)));
            }
            if let Some(error) = self.failed.take() {
                self.ended = true;
                self.held.clear();
                return Err(self.read_failure(error));
            }
            if self.ended {
                let all = self.held.len();
                return Ok((all > 0).then(|| self.hand_on(all)));
            }
            kept_up = self.read();
        }
    }

    fn first_line_is_overlong(&self) -> bool {
        memchr::memchr(b'\n', &self.held).is_none_or(|length| length > self.limit)
    }

    /// Reads once. `false` where the input gave less than asked: it may pause, so what is whole goes on its way.
    fn read(&mut self) -> bool {
        let before = self.held.len();
        self.held.resize(before + READ, 0);
        let result = self.input.reader.read(&mut self.held[before..]);
        let got = *result.as_ref().unwrap_or(&0);
        self.held.truncate(before + got);
        if let Some(at) = memchr::memrchr(b'\n', &self.held[before..]) {
            self.whole = before + at + 1;
        }
        match result {
            Ok(0) => self.ended = true,
            Err(error) if error.kind() != ErrorKind::Interrupted => self.failed = Some(error),
            _ => {}
        }
        got == READ
    }

    fn hand_on(&mut self, end: usize) -> Chunk {
        let rest = self.held.split_off(end);
        self.whole = 0;
        let bytes = std::mem::replace(&mut self.held, rest);
        let chunk = self.chunk(bytes, None);
        self.line += memchr::memchr_iter(b'\n', &chunk.bytes).count() as u64;
        self.offset += chunk.bytes.len() as u64;
        chunk
    }

    fn chunk(&self, bytes: Vec<u8>, overlong: Option<Overlong>) -> Chunk {
        Chunk {
            source: Arc::clone(&self.input.name),
            bytes,
            first_line: self.line,
            first_offset: self.offset,
            overlong,
        }
    }

    /// Passes over a line that is longer than the limit, counting it.
    fn skip_overlong(&mut self) -> Result<Chunk> {
        let mut length = 0_u64;
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.held) {
                length += end as u64;
                self.held.drain(..=end);
                self.whole = self.whole.saturating_sub(end + 1);
                let terminated = true;
                let chunk = self.chunk(Vec::new(), Some(Overlong { length, terminated }));
                self.line += 1;
                self.offset += length + 1;
                return Ok(chunk);
            }
            length += self.held.len() as u64;
            self.held.clear();
            if self.ended {
                let terminated = false;
                return Ok(self.chunk(Vec::new(), Some(Overlong { length, terminated })));
            }
            if let Some(error) = self.failed.take() {
                return Err(self.read_failure(error));
            }
            self.read();
        }
    }

    fn read_failure(&self, error: std::io::Error) -> Failure {
        let place = format!("reading {} behind line {}", self.input.name, self.line - 1);
        Failure::of(Kind::Local, anyhow::Error::from(error).context(place))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, Read, Result as IoResult};
    use std::sync::Arc;

    use super::{Chunks, Line};
    use crate::store::Input;

    /// Hands out its pieces one by one, then fails if it shall.
    struct Pieces(Vec<&'static [u8]>, bool);

    impl Read for Pieces {
        fn read(&mut self, into: &mut [u8]) -> IoResult<usize> {
            if self.0.is_empty() {
                return if self.1 {
                    Err(Error::other("cut"))
                } else {
                    Ok(0)
                };
            }
            let piece = self.0.remove(0);
            into[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn chunks(pieces: &[&'static [u8]], fails: bool) -> Chunks {
        Chunks::new(Input {
            name: Arc::from("x"),
            reader: Box::new(Pieces(pieces.to_vec(), fails)),
        })
    }

    fn lines(mut chunks: Chunks) -> (Vec<(u64, String, bool)>, bool) {
        let mut found = Vec::new();
        loop {
            match chunks.next_chunk() {
                Ok(Some(chunk)) => found.extend(chunk.lines().map(
                    |Line {
                         number,
                         text,
                         terminated,
                     }| {
                        (
                            number,
                            String::from_utf8_lossy(text).into_owned(),
                            terminated,
                        )
                    },
                )),
                Ok(None) => return (found, false),
                Err(_) => return (found, true),
            }
        }
    }

    #[test]
    fn lines_keep_their_numbers_over_chunks_and_blank_ones() {
        let (found, failed) = lines(chunks(&[b"a\n\nb", b"c\n", b"  \r\nd"], false));
        let expected = [(1, "a", true), (3, "bc", true), (5, "d", false)];
        assert_eq!(
            found,
            expected.map(|(number, text, end)| (number, text.to_owned(), end))
        );
        assert!(!failed);
    }

    #[test]
    fn whole_lines_before_an_error_come_first_and_the_rest_does_not() {
        let (found, failed) = lines(chunks(&[b"a\nb\nhal"], true));
        assert_eq!(found.len(), 2);
        assert!(failed);
    }

    #[test]
    fn a_line_over_the_limit_is_named_and_passed_over() {
        let mut chunks = chunks(&[b"a\n", b"bbbbbbbb", b"bbbb\nc\n"], false);
        chunks.limit = 5;
        let mut seen = Vec::new();
        while let Some(chunk) = chunks.next_chunk().expect("read") {
            seen.push((
                chunk.first_line,
                chunk.first_offset,
                chunk.overlong.map(|line| line.length),
                chunk.bytes.len(),
            ));
        }
        assert_eq!(
            seen,
            [(1, 0, None, 2), (2, 2, Some(12), 0), (3, 15, None, 2)]
        );
    }
}
