//! Whose turn it is: slices are walked at once and delivered one after the other.
//!
//! The first slice that is not delivered is the head. Who walks it delivers its pages as they come; who is early keeps them, and
//! nobody may be early by more than a few slices. Knows neither requests nor outputs.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::failure::Failure;
use crate::insights::Slice;
use crate::store::Spool;

/// A slice is named by its start: no two begin at one instant.
pub type Name = DateTime<Utc>;

/// The slices that are not delivered yet.
pub struct Relay {
    parts: Mutex<Parts>,
    changed: Condvar,
    /// Slices that may be under way or waiting beside the head.
    ahead: usize,
    /// Bytes of a slice that may wait.
    waiting: u64,
    /// Whether what lies behind a hole is worth having.
    beyond_holes: bool,
}

#[derive(Default)]
struct Parts {
    by_name: BTreeMap<Name, Part>,
    /// Workers that found nothing to do.
    idle: usize,
    /// Nobody shall go on.
    stopped: bool,
}

enum Part {
    Open(Slice),
    Walked,
    Ended(Turn),
}

/// A slice whose turn has come, walked to its end or given up.
pub struct Turn {
    /// What it is.
    pub slice: Slice,
    /// Its pages that are not delivered yet.
    pub spool: Spool,
    /// Whether it goes on behind the pages of an earlier run.
    pub resumed: bool,
    /// Whether delivering it has begun.
    pub begun: bool,
    /// Whether its rest was left to others while it was walked.
    pub cut: bool,
    /// What JumpCloud counts in the day that ends with it.
    pub counted: Option<u64>,
    /// Why its rest is missing.
    pub hole: Option<Failure>,
}

/// Where a slice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// Its pages are to be delivered now.
    Head,
    /// Its pages have to wait.
    Early,
    /// Nobody wants it any more.
    Unwanted,
}

/// How long a worker sleeps before it looks whether the run shall stop.
const LOOK: Duration = Duration::from_millis(50);

impl Relay {
    /// These slices, in order of time, none overlapping.
    pub fn new(slices: Vec<Slice>, jobs: usize, beyond_holes: bool) -> Self {
        let named = |slice: Slice| (slice.window.start, Part::Open(slice));
        let parts = Parts {
            by_name: slices.into_iter().map(named).collect(),
            ..Parts::default()
        };
        Self {
            parts: Mutex::new(parts),
            changed: Condvar::new(),
            ahead: jobs * 3,
            waiting: WAITING,
            beyond_holes,
        }
    }

    /// The next slice to be walked; waits while those before are too far behind, ends when nothing will come any more.
    pub fn take(&self, stop: &dyn Fn() -> bool) -> Option<Slice> {
        let mut parts = self.lock();
        parts.idle += 1;
        let taken = loop {
            if parts.stopped || stop() || parts.by_name.is_empty() {
                break None;
            }
            let wanted = parts.wanted(self.beyond_holes);
            if let Some(slice) = parts.take_open(self.ahead, wanted) {
                break Some(slice);
            }
            if !parts.may_grow(wanted) {
                break None;
            }
            parts = self.wait(parts);
        };
        parts.idle -= 1;
        drop(parts);
        self.changed.notify_all();
        taken
    }

    /// How many workers have nothing to do while nothing is left to be taken.
    pub fn idle(&self) -> usize {
        let parts = self.lock();
        let open = parts
            .by_name
            .values()
            .any(|part| matches!(part, Part::Open(_)));
        if open { 0 } else { parts.idle }
    }

    /// Adds slices behind one that was cut short.
    pub fn add(&self, slices: &[Slice]) {
        let mut parts = self.lock();
        for slice in slices {
            parts.by_name.insert(slice.window.start, Part::Open(*slice));
        }
        drop(parts);
        self.changed.notify_all();
    }

    /// Where a slice stands; one that has much to wait for its turn waits here.
    pub fn stand(&self, name: Name, spool: &Spool, stop: &dyn Fn() -> bool) -> Stand {
        let mut parts = self.lock();
        loop {
            if parts.stopped || stop() {
                return Stand::Unwanted;
            }
            if parts
                .by_name
                .first_key_value()
                .is_some_and(|(head, _)| *head == name)
            {
                return Stand::Head;
            }
            if parts
                .wanted(self.beyond_holes)
                .is_some_and(|last| name > last)
            {
                return Stand::Unwanted;
            }
            if spool.bytes() < self.waiting {
                return Stand::Early;
            }
            parts = self.wait(parts);
        }
    }

    /// A slice has come to its end, or to a hole; says whether its turn has come.
    pub fn end(&self, turn: Turn) -> bool {
        let name = turn.slice.window.start;
        let mut parts = self.lock();
        parts.by_name.insert(name, Part::Ended(turn));
        let is_head = parts
            .by_name
            .first_key_value()
            .is_some_and(|(head, _)| *head == name);
        drop(parts);
        self.changed.notify_all();
        is_head
    }

    /// The head, if it has ended. Where nothing behind a hole is wanted, it is the last one: nobody may deliver behind it.
    pub fn pass_on(&self) -> Option<Turn> {
        let mut parts = self.lock();
        if parts.stopped {
            return None;
        }
        let first = parts.by_name.first_entry()?;
        if !matches!(first.get(), Part::Ended(..)) {
            return None;
        }
        let Part::Ended(turn) = first.remove() else {
            return None;
        };
        parts.stopped = turn.hole.is_some() && !self.beyond_holes;
        drop(parts);
        self.changed.notify_all();
        Some(turn)
    }

    /// Whether there is nothing left to be walked.
    pub fn is_over(&self) -> bool {
        let parts = self.lock();
        parts.stopped || parts.by_name.is_empty()
    }

    /// Whether what lies behind a hole is worth having.
    pub fn beyond_holes(&self) -> bool {
        self.beyond_holes
    }

    /// Nobody goes on.
    pub fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'g>(&self, parts: MutexGuard<'g, Parts>) -> MutexGuard<'g, Parts> {
        let waited = self.changed.wait_timeout(parts, LOOK);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// How much of an early slice may wait on disk.
const WAITING: u64 = 256 << 20;

impl Parts {
    /// The first slice with a hole: what lies behind it is not wanted.
    fn wanted(&self, beyond_holes: bool) -> Option<Name> {
        if beyond_holes {
            return None;
        }
        let hole = |part: &Part| matches!(part, Part::Ended(turn) if turn.hole.is_some());
        self.by_name
            .iter()
            .find(|(_, part)| hole(part))
            .map(|(name, _)| *name)
    }

    fn take_open(&mut self, ahead: usize, wanted: Option<Name>) -> Option<Slice> {
        let mut first = self.by_name.iter_mut().take(ahead.max(1));
        let (_, part) = first.find(|(_, part)| matches!(part, Part::Open(_)))?;
        let Part::Open(slice) = *part else {
            return None;
        };
        if wanted.is_some_and(|last| slice.window.start > last) {
            return None;
        }
        *part = Part::Walked;
        Some(slice)
    }

    /// Whether there may still be something to do for one who has nothing now.
    fn may_grow(&self, wanted: Option<Name>) -> bool {
        self.by_name.iter().any(|(name, part)| {
            !matches!(part, Part::Ended(..)) && wanted.is_none_or(|last| *name <= last)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Relay, Stand, Turn};
    use crate::failure::{Failure, Kind};
    use crate::insights::Slice;
    use crate::store::{Budget, Spool};
    use crate::time::Window;
    use chrono::DateTime;

    fn slice(start: i64, end: i64) -> Slice {
        let at = |second| DateTime::from_timestamp(second, 0).expect("a time");
        Slice::unknown(Window {
            start: at(start),
            end: at(end),
        })
    }

    fn spool() -> Spool {
        Spool::new(&std::env::temp_dir(), &Budget::new(0))
    }

    fn ended(slice: Slice) -> Turn {
        Turn {
            slice,
            spool: spool(),
            resumed: false,
            begun: false,
            cut: false,
            counted: None,
            hole: None,
        }
    }

    fn failed(slice: Slice) -> Turn {
        Turn {
            hole: Some(Failure::new(Kind::JumpCloud, "500")),
            ..ended(slice)
        }
    }

    const ON: fn() -> bool = || false;

    #[test]
    fn slices_are_delivered_in_order_whoever_ends_first() {
        let relay = Relay::new((0..9).map(|n| slice(n, n + 1)).collect(), 2, false);
        let mut taken: Vec<_> = (0..6).filter_map(|_| relay.take(&ON)).collect();
        assert_eq!(taken, (0..6).map(|n| slice(n, n + 1)).collect::<Vec<_>>());
        let second = taken.remove(1);
        assert_eq!(
            relay.stand(second.window.start, &spool(), &ON),
            Stand::Early
        );
        assert!(!relay.end(ended(second)));
        assert!(relay.pass_on().is_none(), "the first one is not there");
        assert!(relay.end(ended(taken.remove(0))));
        let turns = std::iter::from_fn(|| relay.pass_on()).map(|turn| turn.slice);
        assert_eq!(turns.collect::<Vec<_>>(), [slice(0, 1), slice(1, 2)]);
        assert_eq!(
            relay.stand(slice(2, 3).window.start, &spool(), &ON),
            Stand::Head
        );
        assert_eq!(relay.take(&ON), Some(slice(6, 7)), "there is room again");
    }

    #[test]
    fn what_lies_behind_a_hole_is_wanted_or_not() {
        for beyond in [false, true] {
            let relay = Relay::new((0..4).map(|n| slice(n, n + 1)).collect(), 1, beyond);
            let taken: Vec<_> = (0..3).filter_map(|_| relay.take(&ON)).collect();
            assert!(!relay.end(failed(taken[1])));
            let behind = relay.stand(taken[2].window.start, &spool(), &ON);
            assert_eq!(behind == Stand::Unwanted, !beyond);
            assert!(relay.end(ended(taken[0])));
            assert!(relay.pass_on().is_some_and(|turn| turn.hole.is_none()));
            assert!(relay.pass_on().is_some_and(|turn| turn.hole.is_some()));
            let next = relay.stand(taken[2].window.start, &spool(), &ON);
            assert_eq!(
                next == Stand::Head,
                beyond,
                "nothing is delivered behind a hole"
            );
            relay.end(ended(taken[2]));
            assert_eq!(relay.pass_on().is_some(), beyond);
        }
    }

    #[test]
    fn a_slice_that_is_cut_short_goes_on_in_its_place() {
        let relay = Relay::new(vec![slice(0, 9), slice(9, 10)], 1, false);
        assert_eq!(relay.take(&ON), Some(slice(0, 9)));
        relay.add(&[slice(3, 6), slice(6, 9)]);
        assert!(relay.end(ended(slice(0, 3))));
        assert!(relay.pass_on().is_some());
        for expected in [slice(3, 6), slice(6, 9), slice(9, 10)] {
            assert_eq!(relay.take(&ON), Some(expected));
            assert!(relay.end(ended(expected)));
            assert!(relay.pass_on().is_some());
        }
        assert_eq!(relay.take(&ON), None);
    }
}
