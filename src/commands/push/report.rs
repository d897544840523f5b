//! What the threads of a load tell the conductor: batches that were read, fates, and ends.

use super::letter::Letter;
use super::load::{Flawed, Load, Tail};
use crate::elastic::{Batch, Held, Place};
use crate::failure::Failure;
use crate::store::Reached;

/// What the threads tell the conductor.
#[derive(Debug)]
pub enum Report {
    /// A batch was read; those of one run come in order.
    Opened(Opened),
    /// Some of its documents have their fate.
    Settled(Settled),
    /// The run has to end.
    Failed(Failure),
    /// The input has ended; no batch follows.
    Ended(Tail),
}

/// A batch that was read.
#[derive(Debug)]
pub struct Opened {
    /// Its number.
    pub number: u64,
    /// How many documents will be sent.
    pub documents: usize,
    /// Lines that will not.
    pub flawed: Vec<Flawed>,
    /// Bytes read for it.
    pub bytes: u64,
    /// Its last line.
    pub last: Option<Place>,
    /// Up to where the inputs were read with it, if that is followed.
    pub reached: Vec<Reached>,
}

impl Opened {
    /// What the conductor has to know of a load, and what is left to be sent.
    pub fn of(load: Load) -> (Self, Batch) {
        let sent = load.batch.last().cloned();
        let aside = load.flawed.last().map(|flawed| flawed.place.clone());
        let opened = Self {
            number: load.batch.number,
            documents: load.batch.len(),
            flawed: load.flawed,
            bytes: load.bytes,
            last: later(sent, aside),
            reached: load.reached,
        };
        (opened, load.batch)
    }
}

/// Fates from one answer.
#[derive(Debug)]
pub struct Settled {
    /// The batch's number.
    pub number: u64,
    /// Stored now.
    pub stored: u64,
    /// There already.
    pub duplicates: u64,
    /// Documents without an `_id` among all of them.
    pub without_id: u64,
    /// Refused for good.
    pub refused: Vec<Letter>,
}

impl Settled {
    /// Of no document of a batch.
    pub fn none_of(number: u64) -> Self {
        Self {
            number,
            stored: 0,
            duplicates: 0,
            without_id: 0,
            refused: Vec::new(),
        }
    }

    /// Of a document of an earlier batch that is to blame after all.
    pub fn of_held(held: Held) -> Self {
        Self {
            without_id: u64::from(held.entry.id.is_none()),
            refused: vec![Letter::of_refused(&held.entry, held.refusal)],
            ..Self::none_of(held.number)
        }
    }
}

/// The later of two lines; sources come one after the other, so another source's line is no earlier.
fn later(sent: Option<Place>, aside: Option<Place>) -> Option<Place> {
    match (sent, aside) {
        (Some(sent), Some(aside)) if sent.source == aside.source && sent.line < aside.line => {
            Some(aside)
        }
        (sent, aside) => sent.or(aside),
    }
}
