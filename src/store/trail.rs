//! Up to where inputs were read, one after the other, in a form that can be found again in a later run.
//!
//! Knows chunks and lines; what became of them is for the ledger to know.

use super::chunk::{Chunk, Line, Overlong};
use super::imprint::Imprint;
use super::reading::Inputs;
use crate::failure::Result;

/// A place in an input, behind a line; at first its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Bytes of the (unpacked) input before it.
    pub bytes: u64,
    /// Line ends before it.
    pub lines: u64,
    /// How the input begins, where this run read its beginning.
    pub head: Option<Imprint>,
    /// What stands before the place.
    pub tail: Imprint,
}

/// Up to where one input was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The input's number in the run.
    pub input: usize,
    /// Behind its last line that was taken; `None` where none was.
    pub position: Option<Position>,
    /// Whether it ends in the middle of a line, which was not taken.
    pub cut: bool,
}

/// Follows the reading of inputs, where anybody wants to know.
#[derive(Debug, Default)]
pub struct Trail {
    followed: bool,
    head: Option<(usize, Imprint)>,
    reached: Vec<Reached>,
}

impl Trail {
    /// Follows from now on.
    pub fn follow(&mut self) {
        self.followed = true;
    }

    /// The lines of a chunk up to this one were taken.
    pub fn pass(&mut self, chunk: &Chunk, line: &Line<'_>) {
        if !self.followed {
            return;
        }
        if chunk.offset() == 0 {
            self.head = Some((chunk.input(), Imprint::of_beginning(chunk.bytes())));
        }
        let (bytes, lines) = behind(chunk, line);
        let inside = usize::try_from(bytes - chunk.offset()).unwrap_or(usize::MAX);
        let before = chunk.bytes().get(..inside).unwrap_or_default();
        let head = self.head.as_ref();
        let position = Position {
            bytes,
            lines,
            head: head
                .filter(|(input, _)| *input == chunk.input())
                .map(|(_, head)| head.clone()),
            tail: Imprint::of_end(before),
        };
        self.in_input(chunk.input()).position = Some(position);
    }

    /// An input ends in the middle of a line.
    pub fn cut_off(&mut self, input: usize) {
        if self.followed {
            self.in_input(input).cut = true;
        }
    }

    /// What was passed since the last time, in order.
    pub fn take(&mut self) -> Vec<Reached> {
        std::mem::take(&mut self.reached)
    }

    fn in_input(&mut self, input: usize) -> &mut Reached {
        if self.reached.last().is_none_or(|last| last.input != input) {
            self.reached.push(Reached {
                input,
                position: None,
                cut: false,
            });
        }
        self.reached.last_mut().expect("one was pushed")
    }
}

/// How many bytes of the (unpacked) input, and how many of its lines, have gone by behind this line of a chunk.
fn behind(chunk: &Chunk, line: &Line<'_>) -> (u64, u64) {
    let ended = u64::from(line.terminated);
    let end = match line.overlong {
        Some(Overlong { offset, length }) => offset + length,
        None => chunk.offset() + (line.start + line.text.len()) as u64,
    };
    (end + ended, line.number - 1 + ended)
}

/// The place in a file behind this line, or behind the last one before it that holds anything; `None` where neither it nor
/// a later one does.
pub fn find_line(path: &str, number: u64) -> Result<Option<Position>> {
    let mut inputs = Inputs::new(vec![path.to_owned()]);
    let (mut trail, mut chunk) = (Trail::default(), Chunk::default());
    trail.follow();
    while inputs.fill(&mut chunk)? {
        let passed = chunk
            .lines()
            .take_while(|line| line.number <= number)
            .last();
        if let Some(line) = passed {
            trail.pass(&chunk, &line);
        }
        if chunk.lines().any(|line| line.number >= number) {
            let reached = trail.take().pop();
            let position = reached.and_then(|reached| reached.position);
            return Ok(Some(position.unwrap_or_default()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::Trail;
    use crate::store::{Chunk, Inputs};

    #[test]
    fn positions_lie_behind_lines_and_follow_the_inputs() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        for (name, text) in [("a", "first\n\n22\n\n"), ("b", ""), ("c", "third\n4")] {
            std::fs::write(path(name), text).expect("written");
        }
        let mut inputs = Inputs::new(["a", "b", "c"].map(path).to_vec());
        let (mut trail, mut ignored, mut chunk) =
            (Trail::default(), Trail::default(), Chunk::default());
        trail.follow();
        while inputs.fill(&mut chunk).expect("read") {
            let last = chunk.lines().last().expect("a line");
            trail.pass(&chunk, &last);
            ignored.pass(&chunk, &last);
            trail.cut_off(chunk.input());
        }
        let found: Vec<_> = trail
            .take()
            .into_iter()
            .map(|reached| {
                let at = reached.position.expect("a line was taken");
                assert!(reached.cut && at.head.is_some());
                (reached.input, at.bytes, at.lines, at.tail.bytes)
            })
            .collect();
        assert_eq!(found, [(0, 10, 3, 10), (2, 7, 1, 1)]);
        assert!(trail.take().is_empty() && ignored.take().is_empty());
    }
}
