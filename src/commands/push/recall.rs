//! What an earlier run knew of inputs that it read, and what their rest cannot tell: whether one is a bulk body, and which
//! ids raw events were given just before, in the same file or in those before it.

use super::intake::Intake;
use crate::failure::Result;
use crate::store::{Chunk, Inputs, Start};

/// So many lines before the position are looked at for ids: far more than are remembered, as not every line is an event.
const LINES: u64 = 10_000;

/// Reads what is loaded again: of `before`, which is not read any more, the end, and the beginnings of what is gone on
/// with. All were looked at and are those that were read before.
pub fn recall(before: &[Start], starts: &[Start], intake: &mut Intake) -> Result<()> {
    if intake.gives_ids() {
        let own = starts.first().map_or(LINES, |first| first.lines);
        for (start, lines) in ends(before, LINES.saturating_sub(own)) {
            pass(start, lines, intake)?;
        }
    }
    for start in starts.iter().filter(|start| start.bytes > 0) {
        pass(start, LINES, intake)?;
    }
    Ok(())
}

/// The last so many lines of inputs that follow each other: of each input as many as are of them.
fn ends(before: &[Start], mut lines: u64) -> Vec<(&Start, u64)> {
    let mut found = Vec::new();
    for start in before.iter().rev().filter(|start| start.bytes > 0) {
        if lines == 0 {
            break;
        }
        found.push((start, lines));
        lines = lines.saturating_sub(start.lines);
    }
    found.reverse();
    found
}

/// Reads one up to its position, and takes note of so many lines before it.
fn pass(start: &Start, lines: u64, intake: &mut Intake) -> Result<()> {
    let mut inputs = Inputs::new(vec![start.path.clone()]);
    let mut chunk = Chunk::default();
    let mut is_known = false;
    while !is_known && inputs.fill(&mut chunk)? && chunk.offset() < start.bytes {
        for line in chunk.lines() {
            if chunk.offset() + line.start as u64 >= start.bytes {
                break;
            }
            let is_near = line.number + lines > start.lines;
            is_known |= intake.recall(chunk.source(), &line, is_near);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::ends;
    use crate::store::Start;

    #[test]
    fn the_last_lines_of_several_inputs_reach_back_as_far_as_needed() {
        let start = |(path, lines): (&str, u64)| Start {
            bytes: 10 * lines,
            lines,
            ..Start::of(path.to_owned())
        };
        let before = [("a", 50), ("b", 3), ("none", 0), ("c", 4)].map(start);
        for (lines, expected) in [
            (0, &[][..]),
            (4, &[("c", 4)]),
            (6, &[("b", 2), ("c", 6)]),
            (9, &[("a", 2), ("b", 5), ("c", 9)]),
            (99, &[("a", 92), ("b", 95), ("c", 99)]),
        ] {
            let found = ends(&before, lines);
            let found: Vec<_> = found
                .iter()
                .map(|(start, lines)| (&*start.path, *lines))
                .collect();
            assert_eq!(found, expected, "{lines}");
        }
    }
}
