//! Lines in: an input cut into chunks of whole lines, which workers can take apart by themselves.
//!
//! Whole lines that stand before an error are handed on before the error is; the last line counts even without its
//! newline, and says that it had none. A chunk is a buffer that its owner hands in again to be filled anew.

use std::io::ErrorKind;

use super::chunk::Chunk;
use super::elements::Elements;
use super::input::Input;
use crate::failure::{Failure, Kind, Result};

/// The longest line that is taken in, in bytes.
pub const MAX_LINE: usize = 100 << 20;

/// What one read asks for; also how much is gathered before a chunk is handed on, unless the input pauses.
const READ: usize = 256 << 10;

/// Reads an input chunk by chunk.
pub struct Chunks {
    input: Input,
    /// Bytes that were read behind the last chunk.
    rest: Vec<u8>,
    line: u64,
    offset: u64,
    ended: bool,
    failed: Option<std::io::Error>,
    limit: usize,
    array: Array,
}

/// Whether the input is an array.
enum Array {
    /// The first byte decides that is no white space.
    Perhaps,
    No,
    Yes(Box<Elements>),
}

impl Chunks {
    /// Begins at the input's first line. With `arrays` a JSON array gives its elements in the place of lines.
    pub fn new(input: Input, arrays: bool) -> Self {
        Self {
            input,
            rest: Vec::new(),
            line: 1,
            offset: 0,
            ended: false,
            failed: None,
            limit: MAX_LINE,
            array: if arrays { Array::Perhaps } else { Array::No },
        }
    }

    /// Begins behind so many bytes and lines of the input, which were read before.
    pub fn behind(input: Input, bytes: u64, lines: u64) -> Self {
        Self {
            line: lines + 1,
            offset: bytes,
            ..Self::new(input, false)
        }
    }

    /// Fills `chunk` with the next whole lines; `false` at the end.
    ///
    /// # Errors
    /// Reading or unpacking failed, after every whole line before it was handed on.
    pub fn fill(&mut self, chunk: &mut Chunk) -> Result<bool> {
        chunk.begin(&self.input.name, self.line, self.offset);
        if let Array::Yes(elements) = &mut self.array {
            return elements.fill(&mut self.input, chunk);
        }
        chunk.take_over(&mut self.rest);
        let mut whole = behind_last_line(chunk.bytes(), 0);
        let (mut kept_up, mut looked_at) = (true, 0);
        loop {
            if matches!(self.array, Array::Perhaps) && self.turns_out_an_array(chunk, looked_at) {
                return self.fill(chunk);
            }
            if chunk.bytes().len() > self.limit && self.is_overlong(chunk.bytes()) {
                return self.skip_overlong(chunk).map(|()| true);
            }
            let paused = self.ended || self.failed.is_some() || !kept_up;
            if whole > 0 && (paused || chunk.bytes().len() >= READ) {
                self.hand_on(chunk, whole);
                return Ok(true);
            }
            if let Some(error) = self.failed.take() {
                self.ended = true;
                return Err(self.read_failure(error));
            }
            if self.ended {
                let all = chunk.bytes().len();
                self.hand_on(chunk, all);
                return Ok(all > 0);
            }
            looked_at = chunk.bytes().len();
            kept_up = self.read(chunk);
            whole = whole.max(behind_last_line(chunk.bytes(), looked_at));
        }
    }

    /// Looks at the first byte that is no white space, of which there is none before `from`; of an array everything that
    /// was read goes to its own reader.
    fn turns_out_an_array(&mut self, chunk: &Chunk, from: usize) -> bool {
        match chunk.bytes()[from..].trim_ascii_start().first() {
            None => {}
            Some(b'[') => {
                let (line, offset) = (self.line, self.offset);
                let elements = Elements::begin(chunk.bytes(), line, offset, self.limit);
                self.array = Array::Yes(Box::new(elements));
                return true;
            }
            Some(_) => self.array = Array::No,
        }
        false
    }

    /// Whether the first of these lines is longer than the limit.
    fn is_overlong(&self, bytes: &[u8]) -> bool {
        memchr::memchr(b'\n', bytes).is_none_or(|length| length > self.limit)
    }

    /// Reads once. `false` where the input gave less than asked: it may pause, so what is whole goes on its way.
    fn read(&mut self, chunk: &mut Chunk) -> bool {
        let result = chunk.read_from(&mut self.input.reader, READ);
        match result {
            Ok(0) => self.ended = true,
            Err(error) if error.kind() != ErrorKind::Interrupted => self.failed = Some(error),
            Ok(READ) => return true,
            _ => {}
        }
        false
    }

    /// Ends the chunk here; what lies behind it is the next one's.
    fn hand_on(&mut self, chunk: &mut Chunk, end: usize) {
        self.rest.extend_from_slice(&chunk.bytes()[end..]);
        chunk.cut(end);
        chunk.add_length(end as u64);
        self.line += chunk.find_ends();
        self.offset += end as u64;
    }

    /// Passes over a line that is longer than the limit, counting it.
    fn skip_overlong(&mut self, chunk: &mut Chunk) -> Result<()> {
        let mut length = 0_u64;
        loop {
            if let Some(end) = memchr::memchr(b'\n', chunk.bytes()) {
                length += end as u64;
                self.rest.extend_from_slice(&chunk.bytes()[end + 1..]);
                chunk.set_overlong(length, true);
                self.line += 1;
                self.offset += length + 1;
                return Ok(());
            }
            length += chunk.bytes().len() as u64;
            chunk.cut(0);
            if self.ended {
                chunk.set_overlong(length, false);
                return Ok(());
            }
            if let Some(error) = self.failed.take() {
                return Err(self.read_failure(error));
            }
            self.read(chunk);
        }
    }

    fn read_failure(&self, error: std::io::Error) -> Failure {
        let place = format!("reading {} behind line {}", self.input.name, self.line - 1);
        Failure::of(Kind::Local, anyhow::Error::from(error).context(place))
    }
}

/// The offset behind the last line end, of which there is none before `from`; 0 without one.
fn behind_last_line(bytes: &[u8], from: usize) -> usize {
    memchr::memrchr(b'\n', &bytes[from..]).map_or(0, |at| from + at + 1)
}

#[cfg(test)]
mod tests {
    use std::io::{Error, Read, Result as IoResult};
    use std::sync::Arc;

    use super::{Chunks, READ};
    use crate::store::{Chunk, Input, Overlong};

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
        let input = Input {
            name: Arc::from("x"),
            reader: Box::new(Pieces(pieces.to_vec(), fails)),
        };
        Chunks::new(input, false)
    }

    fn lines(mut chunks: Chunks) -> (Vec<(u64, String, bool)>, bool) {
        let (mut found, mut chunk) = (Vec::new(), Chunk::default());
        loop {
            match chunks.fill(&mut chunk) {
                Ok(true) => found.extend(chunk.lines().map(|line| {
                    let text = String::from_utf8_lossy(line.text).into_owned();
                    assert!(chunk.bytes()[line.start..].starts_with(line.text));
                    (line.number, text, line.terminated)
                })),
                Ok(false) => return (found, false),
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
        let (mut seen, mut chunk) = (Vec::new(), Chunk::default());
        while chunks.fill(&mut chunk).expect("read") {
            seen.push((
                chunk.lines().next().map(|line| line.number),
                chunk.lines().next().and_then(|line| line.overlong),
                chunk.bytes().len(),
            ));
        }
        assert_eq!(
            seen,
            [
                (Some(1), None, 2),
                (
                    Some(2),
                    Some(Overlong {
                        offset: 2,
                        length: 12
                    }),
                    0
                ),
                (Some(3), None, 2)
            ]
        );
    }

    /// Gives spaces, a few at a time.
    struct Blanks(usize);

    impl Read for Blanks {
        fn read(&mut self, into: &mut [u8]) -> IoResult<usize> {
            let some = self.0.min(512).min(into.len());
            into[..some].fill(b' ');
            self.0 -= some;
            Ok(some)
        }
    }

    #[test]
    fn white_space_before_the_first_byte_is_looked_at_once() {
        let input = Input {
            name: Arc::from("x"),
            // Looking at all of it after each read would take minutes.
            reader: Box::new(Blanks(48 << 20).chain(&b"[1,2]"[..])),
        };
        let (mut chunks, mut chunk) = (Chunks::new(input, true), Chunk::default());
        assert!(chunks.fill(&mut chunk).expect("read"));
        let elements: Vec<_> = chunk.lines().map(|line| line.element).collect();
        assert_eq!(elements, [Some(1), Some(2)]);
    }

    #[test]
    fn a_buffer_is_filled_again_and_shrinks_behind_a_huge_line() {
        let huge = [vec![b'x'; 5 * READ], b"\n".to_vec()].concat();
        let small = b"a\n".repeat(READ);
        let text = [&small[..], &huge, &small].concat();
        let input = Input {
            name: Arc::from("x"),
            reader: Box::new(std::io::Cursor::new(text.clone())),
        };
        let mut chunks = Chunks::new(input, false);
        let (mut seen, mut chunk, mut sizes) = (Vec::new(), Chunk::default(), Vec::new());
        while chunks.fill(&mut chunk).expect("read") {
            seen.extend_from_slice(chunk.bytes());
            sizes.push(chunk.held());
        }
        assert!(seen == text, "every byte once, in order");
        assert!(sizes.iter().any(|size| *size > 5 * READ));
        assert!(*sizes.last().expect("chunks") <= 4 * READ, "{sizes:?}");
    }
}
