//! Documents of a batch that travel together, and what became of them so far.
//!
//! Knows of no server: what follows from an answer, [`super::delivery`] decides.

use super::answer::Cause;
use crate::net::{Loss, Retry};

/// Documents of a batch that travel together.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is something that happened to it, independent of the others"
)]
pub(super) struct Part {
    /// Where they stand in the batch.
    pub positions: Vec<usize>,
    pub retry: Retry,
    /// How often in a row the connection was closed under it.
    pub cut_offs: u32,
    /// How many requests of the run had been taken when that began.
    pub taken_before: u64,
    /// Whether it waited until the others were sent, because connections closed under it.
    pub aside: bool,
    /// How often in a row it was refused for pressure.
    pub busy: u32,
    /// Whether it is half of a request that was refused as a whole.
    pub hunted: bool,
    /// Whether it is half of a request that connections were closed under.
    pub closing: bool,
    /// Whether it was sent and no answer said what became of it.
    pub unknown: bool,
    /// What was known of the target when it was looked up and sent.
    pub knowledge: Knowledge,
}

/// What was known of the target when a part's documents were looked up and sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Knowledge {
    /// How many of the target's indices were known when its ids were looked up; `None` before.
    pub looked_up: Option<usize>,
    /// How many were known when it was sent last.
    pub assumed: usize,
}

/// Documents that no request could carry so far, kept until others have shown that the server takes any.
pub struct Deferred(pub(super) Vec<Part>);

impl Part {
    /// The first `documents` of a batch, never sent.
    pub fn whole(documents: usize) -> Self {
        Self {
            positions: (0..documents).collect(),
            ..Self::default()
        }
    }

    /// The only document in it.
    pub fn lone(&self) -> Option<usize> {
        match self.positions[..] {
            [position] => Some(position),
            _ => None,
        }
    }

    /// One more failure. `taken` are the requests of the run that were taken until now.
    pub fn failed(&mut self, cause: Cause, taken: u64) {
        let cut_off = cause == Cause::Lost(Loss::CutOff);
        if cut_off && self.cut_offs == 0 {
            self.taken_before = taken;
        }
        self.cut_offs = if cut_off { self.cut_offs + 1 } else { 0 };
        self.busy = if cause == Cause::Busy {
            self.busy + 1
        } else {
            0
        };
        self.unknown |= cause.is_unknown();
    }

    /// Both halves.
    pub fn halves(&self) -> [Self; 2] {
        let (first, second) = self.positions.split_at(self.positions.len() / 2);
        [first, second].map(|positions| Self {
            positions: positions.to_vec(),
            // What is smaller now is not what failed: waiting does not grow with the depth of the search.
            retry: if self.closing {
                Retry::default()
            } else {
                self.retry.clone()
            },
            closing: self.closing,
            cut_offs: 0,
            taken_before: 0,
            aside: false,
            busy: self.busy,
            hunted: self.hunted,
            unknown: self.unknown,
            knowledge: self.knowledge,
        })
    }

    /// Those of its documents that the server put off; `unknown` where they may be stored all the same.
    pub fn put_off(&self, positions: Vec<usize>, unknown: bool) -> Self {
        Self {
            positions,
            retry: self.retry.clone(),
            unknown,
            knowledge: self.knowledge,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Part;
    use crate::elastic::answer::Cause;
    use crate::net::Loss;

    #[test]
    fn halves_hold_everything_and_begin_anew_with_closed_connections() {
        let mut part = Part::whole(5);
        part.failed(Cause::Lost(Loss::Unsent), 5);
        assert!(!part.unknown, "nothing was sent");
        part.failed(Cause::Lost(Loss::CutOff), 7);
        part.failed(Cause::Lost(Loss::CutOff), 9);
        assert_eq!((part.cut_offs, part.taken_before), (2, 7));
        let [first, second] = part.halves();
        assert_eq!(first.positions, [0, 1]);
        assert_eq!(second.positions, [2, 3, 4]);
        assert_eq!((first.cut_offs, first.unknown), (0, true));
        part.failed(Cause::Busy, 9);
        assert_eq!((part.cut_offs, part.busy), (0, 1));
    }
}
