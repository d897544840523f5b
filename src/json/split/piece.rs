//! A piece of a body, walked through block by block, and how far the walk is.
//!
//! Knows no structure: what its places mean is the splitter's.

use super::blocks::{BLOCK, Block};

/// A piece of a body. All places are those of its bytes.
pub struct Piece<'a> {
    pub bytes: &'a [u8],
    /// What is found in the block that is looked at.
    pub block: Block,
    /// Where that block begins.
    pub base: usize,
    /// Where the tokens begin that were not kept yet.
    pub run: usize,
    /// Bytes of the body before it.
    start: u64,
    /// Up to where line ends were counted.
    counted: usize,
}

impl<'a> Piece<'a> {
    /// The piece that so many bytes stand before.
    pub fn new(bytes: &'a [u8], start: u64) -> Self {
        Self {
            bytes,
            block: Block::default(),
            base: 0,
            run: 0,
            start,
            counted: 0,
        }
    }

    pub fn has_block(&self) -> bool {
        self.base < self.bytes.len()
    }

    /// The block and what lies behind it.
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.base..]
    }

    pub fn next_block(&mut self) {
        self.base += BLOCK;
    }

    /// Where a place lies in the body.
    pub fn offset(&self, at: usize) -> u64 {
        self.start + at as u64
    }

    /// The line ends before a place that were not counted yet.
    pub fn lines_up_to(&mut self, at: usize) -> u64 {
        let part = &self.bytes[self.counted..at];
        self.counted = at;
        memchr::memchr_iter(b'\n', part).count() as u64
    }
}
