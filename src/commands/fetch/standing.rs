//! What a delivery and its target tell each other beside the events: how far it has come, what is known of them, and which of them are
//! in the output to stay.

use chrono::{DateTime, Utc};

use crate::insights::{Sieve, SieveCounts, Walk};

/// How far the delivery has come.
#[derive(Clone, Copy)]
pub struct Standing<'w> {
    /// Everything before it is delivered.
    pub position: DateTime<Utc>,
    /// The walk that goes on from here.
    pub walk: Option<&'w Walk>,
}

/// What is known of the events that were delivered.
pub struct Known<'d> {
    pub sieve: &'d Sieve,
    pub organization: Option<&'d str>,
}

/// Events that are in the output, whatever becomes of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    pub events: u64,
    /// The instant of the earliest one inside the window.
    pub first: Option<DateTime<Utc>>,
    /// Of the latest one.
    pub last: Option<DateTime<Utc>>,
    /// Their bytes, before packing.
    pub bytes: u64,
}

impl Settled {
    /// All that was delivered.
    pub fn all(counts: &SieveCounts, bytes: u64) -> Self {
        Self {
            events: counts.events,
            first: counts.first,
            last: counts.last,
            bytes,
        }
    }

    /// An event more, of this instant where that lies inside the window.
    pub fn note(&mut self, instant: Option<DateTime<Utc>>) {
        self.events += 1;
        self.first = self.first.min(instant).or(self.first).or(instant);
        self.last = self.last.max(instant);
    }

    /// What came of another part, which lies behind this one.
    pub fn add(&mut self, behind: &Self) {
        self.events += behind.events;
        self.first = self.first.or(behind.first);
        self.last = behind.last.or(self.last);
        self.bytes += behind.bytes;
    }
}
