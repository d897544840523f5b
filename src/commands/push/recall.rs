//! What an earlier run knew of inputs that it read in part, and what their rest cannot tell: whether one is a bulk body,
//! and which ids raw events were given just before.

use super::intake::Intake;
use crate::failure::Result;
use crate::store::{Chunk, Inputs, Start};

/// So many lines before the position are looked at for ids: far more than are remembered, as not every line is an event.
const LINES: u64 = 10_000;

/// Reads the beginnings again. They were looked at and are those that were read before.
pub fn recall(starts: &[Start], intake: &mut Intake) -> Result<()> {
    for start in starts.iter().filter(|start| start.bytes > 0) {
        let mut inputs = Inputs::new(vec![start.path.clone()]);
        let mut chunk = Chunk::default();
        let mut is_known = false;
        while !is_known && inputs.fill(&mut chunk)? && chunk.offset() < start.bytes {
            for line in chunk.lines() {
                if chunk.offset() + line.start as u64 >= start.bytes {
                    break;
                }
                let is_near = line.number + LINES > start.lines;
                is_known |= intake.recall(chunk.source(), &line, is_near);
            }
        }
    }
    Ok(())
}
