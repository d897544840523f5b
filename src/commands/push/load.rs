//! What filling batches gives: a batch with what was read along with it, and how the input ended.

use crate::elastic::{Batch, Flaw, Place};
use crate::failure::Failure;
use crate::store::Reached;

/// A line that cannot be sent.
#[derive(Debug)]
pub struct Flawed {
    /// Where it stood.
    pub place: Place,
    /// The line as read; `None` for one that is too long to keep.
    pub text: Option<Vec<u8>>,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// A batch and what was read along with it.
#[derive(Debug)]
pub struct Load {
    /// The documents to be sent.
    pub batch: Batch,
    /// Lines among them that cannot be.
    pub flawed: Vec<Flawed>,
    /// Bytes read for it.
    pub bytes: u64,
    /// Up to where the inputs were read with it, if that is followed.
    pub reached: Vec<Reached>,
}

/// What the end of the input was like.
#[derive(Debug, Default)]
pub struct Tail {
    /// Inputs that end in the middle of a line, in words.
    pub cut: Vec<String>,
    /// The line that ends the run, because there is no file for such lines.
    pub flawed: Option<Flawed>,
    /// Reading failed.
    pub failure: Option<Failure>,
    /// What no load has said of the inputs.
    pub reached: Vec<Reached>,
}

/// Why filling paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// The batch is full.
    Full,
    /// The input pauses, and something is in the batch.
    Paused,
    /// Nothing more will come.
    Ended,
}
