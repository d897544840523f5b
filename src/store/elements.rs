//! Events in: a JSON array, as other exporters write them, taken apart into its elements while it is read.
//!
//! The elements take the place of lines, each without the white space between its tokens. What is kept is the element
//! that is being read and no more. Judges structure alone; an element that is no event is a line that is none.

use super::chunk::Chunk;
use super::input::Input;
use crate::failure::{Failure, Kind, Result};
use crate::json::split::{Broken, Splitter};

/// What is read at once.
const READ: usize = 64 << 10;

/// Reads an array element by element.
pub struct Elements {
    splitter: Splitter,
    buffer: Vec<u8>,
    /// How much of the buffer is to be taken apart.
    filled: usize,
    /// Elements so far.
    number: u64,
    /// Bytes of the input before the array's first line.
    offset: u64,
    /// Lines before it.
    lines: u64,
    state: State,
}

enum State {
    Reading,
    /// A `{` stands behind the array: the mark of a writer that failed, unless something follows.
    Marked,
    /// To be told when the elements before are handed on.
    Failed(Failure),
    Ended,
}

impl Elements {
    /// Begins with bytes that were read already, the first of them the first of a line.
    pub fn begin(bytes: &[u8], line: u64, offset: u64, limit: usize) -> Self {
        Self {
            splitter: Splitter::limited(limit),
            buffer: bytes.to_vec(),
            filled: bytes.len(),
            number: 0,
            offset,
            lines: line - 1,
            state: State::Reading,
        }
    }

    /// Fills `chunk`, which is empty, with the next elements; `false` at the end.
    ///
    /// # Errors
    /// Reading failed, or this is no array; after every element before it was handed on.
    pub fn fill(&mut self, input: &mut Input, chunk: &mut Chunk) -> Result<bool> {
        loop {
            if self.filled > 0 {
                self.take_apart(&input.name, chunk);
            }
            if chunk.has_elements() {
                return Ok(true);
            }
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Failed(failure) => return Err(failure),
                State::Ended => return Ok(false),
                state => self.state = state,
            }
            if !self.read(input)? {
                let cut = self.cut_off(&input.name);
                self.state = State::Ended;
                let is_cut = cut.is_some();
                chunk.set_cut(cut);
                return Ok(is_cut);
            }
        }
    }

    /// Reads once; `false` where there is nothing more.
    fn read(&mut self, input: &mut Input) -> Result<bool> {
        self.buffer.resize(READ, 0);
        loop {
            match input.reader.read(&mut self.buffer) {
                Ok(got) => {
                    self.filled = got;
                    return Ok(got > 0);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.state = State::Ended;
                    let place = format!("reading {} behind element {}", input.name, self.number);
                    let cause = anyhow::Error::from(error).context(place);
                    return Err(Failure::of(Kind::Local, cause));
                }
            }
        }
    }

    fn take_apart(&mut self, name: &str, chunk: &mut Chunk) {
        let bytes = &self.buffer[..std::mem::take(&mut self.filled)];
        let (number, lines, offset) = (&mut self.number, self.lines, self.offset);
        let before = self.splitter.offset();
        chunk.add_length(bytes.len() as u64);
        let fed = self.splitter.feed_elements(bytes, &mut |element| {
            *number += 1;
            chunk.push_element(*number, lines, offset, element);
            Ok::<(), Broken>(())
        });
        if fed.is_err() {
            let at = self.splitter.offset();
            let rest = usize::try_from(at - before).map_or(&[][..], |at| &bytes[at..]);
            let is_mark = self.splitter.finish().is_ok() && rest == b"{";
            self.state = match self.state {
                State::Reading if is_mark => State::Marked,
                _ => State::Failed(broken(name, *number, offset + at)),
            };
        }
    }

    /// In words, that the input ended before the array did, if so.
    fn cut_off(&self, name: &str) -> Option<String> {
        if let Some(line) = self.splitter.within() {
            let (number, line) = (self.number + 1, self.lines + line);
            return Some(format!(
                "{name} is cut off in element {number}, which begins in line {line}"
            ));
        }
        let is_whole = matches!(self.state, State::Reading) && self.splitter.finish().is_ok();
        (!is_whole).then(|| format!("{name} is cut off behind element {}", self.number))
    }
}

fn broken(name: &str, number: u64, offset: u64) -> Failure {
    let text = format!(
        "{name} is no JSON array: behind element {number}, at offset {offset}, stands what belongs to none"
    );
    Failure::new(Kind::Holes, text).hint(
        "what is before has been mapped; several arrays in one file: jq -c '.[]' FILE | jcx map",
    )
}
