//! What a client asked for, and how evenly it had cut the month: told by the server, not by the client.

use std::collections::BTreeMap;

use crate::call::{Call, Kind};

/// The requests of a run.
#[derive(Clone, Debug)]
pub struct Walks {
    pub pages: usize,
    pub counts: usize,
    pub intervals: usize,
    /// Pages of each slice; a slice is what was asked for from one start.
    slices: Vec<usize>,
}

impl Walks {
    /// Sorts the requests of one run.
    pub fn of(calls: &[Call]) -> Self {
        let number = |kind| calls.iter().filter(|call| call.kind == kind).count();
        let mut slices: BTreeMap<i64, usize> = BTreeMap::new();
        for call in calls.iter().filter(|call| call.kind == Kind::Page) {
            *slices.entry(call.start).or_default() += 1;
        }
        Self {
            pages: number(Kind::Page),
            counts: number(Kind::Count),
            intervals: number(Kind::Interval),
            slices: slices.into_values().collect(),
        }
    }

    /// All of them.
    pub fn requests(&self) -> usize {
        self.pages + self.counts + self.intervals
    }

    /// How many slices there were.
    pub fn slices(&self) -> usize {
        self.slices.len()
    }

    /// Pages of the longest slice.
    pub fn longest(&self) -> usize {
        self.slices.iter().max().copied().unwrap_or(0)
    }

    /// The same, where a slice of mean length has 1.
    pub fn unevenness(&self) -> f64 {
        ratio(self.longest() * self.slices.len(), self.pages)
    }
}

/// One number over another.
#[expect(clippy::cast_precision_loss, reason = "a ratio to be shown")]
pub fn ratio(one: usize, other: usize) -> f64 {
    one as f64 / other.max(1) as f64
}
