//! Several inputs read as one: chunk after chunk, file after file, and what it means when one of them is cut off.

use super::chunk::Chunk;
use super::chunks::Chunks;
use super::input::{open_behind, open_input};
use super::start::Start;
use crate::failure::Result;

/// The inputs, read one after the other.
pub struct Inputs {
    starts: std::vec::IntoIter<Start>,
    /// How many were opened.
    opened: usize,
    open: Option<Chunks>,
    arrays: bool,
}

impl Inputs {
    /// Inputs that [`super::check_inputs`] has let through; each is opened when the one before it is at its end.
    pub fn new(paths: Vec<String>) -> Self {
        Self::starting(paths.into_iter().map(Start::of).collect())
    }

    /// The same, each from where its reading starts.
    pub fn starting(starts: Vec<Start>) -> Self {
        Self {
            starts: starts.into_iter(),
            opened: 0,
            open: None,
            arrays: false,
        }
    }

    /// Takes JSON arrays too: each element in the place of a line.
    #[must_use]
    pub fn with_arrays(mut self) -> Self {
        self.arrays = true;
        self
    }

    /// Fills `chunk` with the next whole lines of one input; `false` at the end of the last one.
    ///
    /// # Errors
    /// An input cannot be read, after every whole line before was handed on. Nothing follows.
    pub fn fill(&mut self, chunk: &mut Chunk) -> Result<bool> {
        loop {
            if let Some(open) = &mut self.open
                && open.fill(chunk)?
            {
                chunk.set_input(self.opened - 1);
                return Ok(true);
            }
            let Some(start) = self.starts.next() else {
                return Ok(false);
            };
            self.opened += 1;
            self.open = Some(match start.bytes {
                0 => Chunks::new(open_input(&start.path)?, self.arrays),
                bytes => Chunks::behind(open_behind(&start.path, bytes)?, bytes, start.lines),
            });
        }
    }
}

/// In words, that an input ends in the middle of this line. `{` alone is the mark of a failed `jcx`.
pub fn cut_off(source: &str, line: u64, text: &[u8]) -> String {
    if text == b"{" {
        let place = match line - 1 {
            0 => "before its first line".to_owned(),
            before => format!("behind line {before}"),
        };
        format!("{source} is cut off {place}: the command that wrote it failed")
    } else {
        format!("{source} is cut off in line {line}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Inputs, cut_off};
    use crate::store::Chunk;

    #[test]
    fn inputs_follow_each_other_and_a_failure_comes_last() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        for name in ["a", "b"] {
            std::fs::write(path(name), format!("{name}\n")).expect("written");
        }
        let mut chunk = Chunk::default();
        let mut inputs = Inputs::new(vec![path("a"), path("b"), path("absent")]);
        for expected in [&b"a\n"[..], b"b\n"] {
            assert!(inputs.fill(&mut chunk).expect("read"));
            assert_eq!(chunk.bytes(), expected);
        }
        assert!(inputs.fill(&mut chunk).is_err());
        let mut inputs = Inputs::new(vec![path("a")]);
        assert!(inputs.fill(&mut chunk).expect("read"));
        for _ in 0..2 {
            assert!(!inputs.fill(&mut chunk).expect("the end"));
        }
    }

    #[test]
    fn the_mark_of_a_failed_run_is_told_from_a_broken_line() {
        assert!(cut_off("stdin", 3, b"{").contains("behind line 2"));
        assert!(cut_off("stdin", 1, b"{").contains("before its first line"));
        assert!(cut_off("stdin", 3, b"{\"a\"").contains("in line 3"));
    }
}
