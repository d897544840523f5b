//! Memory that is used again from line to line.

/// What such a memory may keep; one that grew further for a huge line shrinks.
const KEPT: usize = 1 << 20;

/// Empties a memory that is used again.
pub fn empty(memory: &mut Vec<u8>) {
    memory.clear();
    memory.shrink_to(KEPT);
}
