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
            match self.read(input) {
                Ok(true) => {}
                Ok(false) => return Ok(self.end(&input.name, chunk)),
                Err(error) => {
                    self.take_last(chunk);
                    self.state = State::Failed(unreadable(&input.name, self.number, error));
                }
            }
        }
    }

    /// Reads once; `false` where there is nothing more.
    fn read(&mut self, input: &mut Input) -> std::io::Result<bool> {
        self.buffer.resize(READ, 0);
        loop {
            match input.reader.read(&mut self.buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                result => {
                    self.filled = result?;
                    return Ok(self.filled > 0);
                }
            }
        }
    }

    /// The input ends here; says whether it is cut off.
    fn end(&mut self, name: &str, chunk: &mut Chunk) -> bool {
        let mut cut = self.cut_off(name);
        if self.take_last(chunk) {
            cut = self.cut_off(name);
        }
        self.state = State::Ended;
        let is_cut = cut.is_some();
        chunk.set_cut(cut);
        is_cut
    }

    /// Takes in the element that the input breaks off behind, if there is one and it shows by itself that it is whole; of a
    /// number nobody can say.
    fn take_last(&mut self, chunk: &mut Chunk) -> bool {
        if self.splitter.within().is_none() {
            return false;
        }
        let (number, lines, offset) = (self.number + 1, self.lines, self.offset);
        let mut is_whole = false;
        // A comma ends an element, and is a byte like any other inside of one.
        let fed = self.splitter.feed_elements(b",", &mut |element| {
            let last = element.text.and_then(<[u8]>::last);
            is_whole = matches!(last, Some(b'}' | b']' | b'"'));
            if is_whole {
                chunk.push_element(number, lines, offset, element);
            }
            Ok::<(), Broken>(())
        });
        self.number += u64::from(is_whole);
        fed.is_ok() && is_whole
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

fn unreadable(name: &str, number: u64, error: std::io::Error) -> Failure {
    let place = format!("reading {name} behind element {number}");
    Failure::of(Kind::Local, anyhow::Error::from(error).context(place))
}

fn broken(name: &str, number: u64, offset: u64) -> Failure {
    let text = format!(
        "{name} is no JSON array: behind element {number}, at offset {offset}, stands what belongs to none"
    );
    Failure::new(Kind::Holes, text).hint(
        "what is before has been mapped; several arrays in one file: jq -c '.[]' FILE | jcx map",
    )
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Error, Read, Result as IoResult};
    use std::sync::Arc;

    use super::Elements;
    use crate::store::{Chunk, Input};

    /// Ends in nothing, or in an error.
    struct End(bool);

    impl Read for End {
        fn read(&mut self, _: &mut [u8]) -> IoResult<usize> {
            if self.0 {
                Err(Error::other("cut"))
            } else {
                Ok(0)
            }
        }
    }

    /// The elements, where they begin, and what was said of the end, of an input of which so much was read before.
    fn read(text: &str, before: usize, fails: bool) -> (Vec<(u64, String)>, String) {
        let (begun, rest) = text.as_bytes().split_at(before);
        let mut input = Input {
            name: Arc::from("x"),
            reader: Box::new(Cursor::new(rest.to_vec()).chain(End(fails))),
        };
        let mut elements = Elements::begin(begun, 1, 0, 1 << 20);
        let (mut found, mut chunk, mut said) = (Vec::new(), Chunk::default(), String::new());
        loop {
            chunk.begin(&input.name, 1, 0);
            match elements.fill(&mut input, &mut chunk) {
                Ok(true) => found.extend(
                    chunk
                        .lines()
                        .map(|line| (line.number, String::from_utf8_lossy(line.text).into_owned())),
                ),
                Ok(false) => return (found, said),
                Err(failure) => return (found, failure.message()),
            }
            said = chunk.cut_off().unwrap_or_default().to_owned();
        }
    }

    #[test]
    fn the_last_element_counts_where_it_shows_that_it_is_whole() {
        let long = format!("{{\"a\":\"{}\"}}", "b".repeat(200_000));
        for (last, is_whole) in [
            ("{\"a\":[1 , 2]}", true),
            ("{\"a\":1} \n\t ", true),
            ("{}", true),
            ("[{}]", true),
            ("\"a,b\"", true),
            (&long, true),
            (&long[..150_000], false),
            ("12", false),
            ("tru", false),
            ("\"a,b", false),
            ("\"a\\", false),
            ("{\"a\":[1,2]", false),
            ("{\"a\":1}{", false),
            ("{", false),
        ] {
            let text = format!("[{{\"n\":1}},\n{last}");
            let places = [1, text.len() - 1, text.len()];
            for (before, fails) in places.into_iter().flat_map(|at| [(at, false), (at, true)]) {
                let (found, said) = read(&text, before, fails);
                let what = format!("{last:.20} {before} {fails}: {said}");
                assert_eq!(found[0], (1, "{\"n\":1}".to_owned()), "{what}");
                assert_eq!(found.len(), 1 + usize::from(is_whole), "{what}");
                let expected = match (fails, is_whole) {
                    (true, true) => "reading x behind element 2: cut",
                    (true, false) => "reading x behind element 1: cut",
                    (false, true) => "x is cut off behind element 2",
                    (false, false) => "x is cut off in element 2, which begins in line 2",
                };
                assert_eq!(said, expected, "{what}");
            }
        }
        let (found, _) = read("[1,\n{\"a\" : 1}\n", 3, false);
        assert_eq!(found[1], (2, "{\"a\":1}".to_owned()));
    }

    #[test]
    fn an_array_that_ends_has_no_last_element_besides() {
        for text in ["[]", "[{}]", "[{}, 1]\n "] {
            let (found, said) = read(text, 1, false);
            assert_eq!(found.len(), text.matches(['{', '1']).count(), "{text}");
            assert_eq!(said, "", "{text}");
        }
        let (found, said) = read("[{},", 1, false);
        assert_eq!(
            (found.len(), &said[..]),
            (1, "x is cut off behind element 1")
        );
    }
}
