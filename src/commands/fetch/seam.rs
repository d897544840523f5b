//! The millisecond in which one slice ends and the next one begins: both may return its events, or one of them a part.
//!
//! They are written where the next slice returns them, so that their order is the one of a single walk (`docs/insights-api.md`
//! section 5). What the next slice does not return is written behind it: nothing that was received is dropped.

use chrono::{DateTime, TimeDelta, Utc};

use crate::time::Window;

/// What is held back at the seams.
#[derive(Debug, Default)]
pub struct Seam {
    /// Where the slice that is delivered now ends and another begins.
    end: Option<DateTime<Utc>>,
    /// Events of this slice that the next one should return.
    held: Vec<Vec<u8>>,
    bytes: usize,
    /// Events of the slice before that this one should return.
    owed: Vec<Vec<u8>>,
}

/// More than this is not held back in memory; then the order inside the millisecond is left to chance.
const MOST_BYTES: usize = 1 << 20;

impl Seam {
    /// A slice begins; `another` if one is asked for from its end on. Gives what has to be written before it.
    pub fn begin(&mut self, slice: Window, another: bool) -> Vec<Vec<u8>> {
        let mut overdue = std::mem::take(&mut self.owed);
        let held = std::mem::take(&mut self.held);
        if self.end == Some(slice.start) {
            self.owed = held;
        } else {
            overdue.extend(held);
        }
        self.bytes = 0;
        self.end = another.then_some(slice.end);
        overdue
    }

    /// Whether an event of this slice is held back for the next one. In the order of a walk what follows an event of the seam is
    /// of the seam, too, whatever its time says.
    pub fn holds(&mut self, text: &[u8], instant: Option<DateTime<Utc>>) -> bool {
        let millisecond = TimeDelta::milliseconds(1);
        let Some(end) = self.end else {
            return false;
        };
        if self.held.is_empty() && instant.is_none_or(|at| at < end || at >= end + millisecond) {
            return false;
        }
        self.bytes += text.len();
        self.held.push(text.to_vec());
        true
    }

    /// What is held back, where it is too much; what follows is not held back any more.
    pub fn crowd(&mut self) -> Vec<Vec<u8>> {
        if self.bytes <= MOST_BYTES {
            return Vec::new();
        }
        self.end = None;
        std::mem::take(&mut self.held)
    }

    /// This slice has returned an event, perhaps one that the slice before returned, too.
    pub fn settle(&mut self, text: &[u8]) {
        if let Some(found) = self.owed.iter().position(|owed| owed == text) {
            self.owed.remove(found);
        }
    }

    /// A slice ends behind which its target is closed: what it still owes.
    pub fn overdue(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.owed)
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_BYTES, Seam};
    use crate::time::Window;
    use chrono::{DateTime, TimeDelta, Utc};

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("a time")
    }

    fn slice(start: i64, end: i64) -> Window {
        let (start, end) = (at(start), at(end));
        Window { start, end }
    }

    #[test]
    fn what_stands_at_a_seam_is_left_to_the_next_slice() {
        let mut seam = Seam::default();
        assert!(seam.begin(slice(0, 10), true).is_empty());
        assert!(!seam.holds(b"a", Some(at(9))) && !seam.holds(b"a", None));
        assert!(!seam.holds(b"a", Some(at(10) + TimeDelta::milliseconds(1))));
        assert!(seam.holds(b"b", Some(at(10))) && seam.holds(b"c", None));
        assert!(seam.begin(slice(10, 20), false).is_empty());
        seam.settle(b"c");
        assert!(!seam.holds(b"e", Some(at(20))), "the run ends here");
        assert_eq!(seam.overdue(), [b"b".to_vec()]);
    }

    #[test]
    fn nothing_is_kept_for_a_slice_that_begins_elsewhere() {
        let mut seam = Seam::default();
        seam.begin(slice(0, 10), true);
        assert!(seam.holds(b"b", Some(at(10))));
        assert_eq!(seam.begin(slice(20, 30), true), [b"b".to_vec()]);
        assert!(seam.overdue().is_empty());
    }

    #[test]
    fn a_crowd_is_not_held_back() {
        let mut seam = Seam::default();
        seam.begin(slice(0, 10), true);
        let large = vec![0; MOST_BYTES];
        assert!(seam.holds(&large, Some(at(10))) && seam.crowd().is_empty());
        assert!(seam.holds(b"b", Some(at(10))));
        assert_eq!(seam.crowd().len(), 2);
        assert!(!seam.holds(b"c", Some(at(10))));
    }
}
