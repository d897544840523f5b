//! The millisecond in which one slice ends and the next one begins: both may return its events, or one of them a part.
//!
//! They are written where the next slice returns them, so that their order is the one of a single walk (`docs/insights-api.md`
//! section 5). What the next slice does not return is written behind it: nothing that was received is dropped.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::failure::Result;
use crate::insights::digest;
use crate::store::{Digest, Spool};
use crate::time::Window;

/// What is held back at the seams.
#[derive(Debug)]
pub struct Seam {
    /// Where the slice that is delivered now ends and another begins.
    end: Option<DateTime<Utc>>,
    /// Events of this slice that the next one should return.
    held: Crowd,
    /// Events of the slice before that this one should return.
    owed: Crowd,
}

/// Events that wait to be returned again.
#[derive(Debug)]
pub struct Crowd {
    texts: Spool,
    /// How many of each text have not been returned.
    left: HashMap<Digest, usize>,
}

impl Crowd {
    /// Nobody; who comes waits beside what waits in `spool`, and is bounded with it.
    fn beside(spool: &Spool) -> Self {
        Self {
            texts: spool.another(),
            left: HashMap::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    fn take(&mut self) -> Self {
        let nobody = Self::beside(&self.texts);
        std::mem::replace(self, nobody)
    }

    fn push(&mut self, text: &[u8]) -> Result<()> {
        self.texts.push(text)?;
        self.texts.keep_page();
        *self.left.entry(digest(text)).or_default() += 1;
        Ok(())
    }

    fn settle(&mut self, text: &[u8]) {
        if self.is_empty() {
            return;
        }
        let digest = digest(text);
        if let Some(left) = self.left.get_mut(&digest) {
            *left -= 1;
            if *left == 0 {
                self.left.remove(&digest);
            }
        }
    }

    /// Hands on those that were not returned, in order.
    pub fn each(mut self, mut deliver: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let Self { texts, left } = &mut self;
        if left.is_empty() {
            return Ok(());
        }
        texts.drain(|text| {
            let waits = left.get_mut(&digest(text)).filter(|left| **left > 0);
            let Some(waits) = waits else { return Ok(()) };
            *waits -= 1;
            deliver(text)
        })
    }
}

impl Seam {
    /// Nothing is held back; what will be waits where `spool` does.
    pub fn beside(spool: &Spool) -> Self {
        Self {
            end: None,
            held: Crowd::beside(spool),
            owed: Crowd::beside(spool),
        }
    }

    /// A slice begins; `another` if one is asked for from its end on. Gives what has to be written before it.
    pub fn begin(&mut self, slice: Window, another: bool) -> [Crowd; 2] {
        let overdue = self.owed.take();
        let mut held = self.held.take();
        if self.end == Some(slice.start) {
            self.owed = held.take();
        }
        self.end = another.then_some(slice.end);
        [overdue, held]
    }

    /// Whether an event of this slice is held back for the next one. In the order of a walk what follows an event of the seam is
    /// of the seam, too, whatever its time says.
    pub fn holds(&mut self, text: &[u8], instant: Option<DateTime<Utc>>) -> Result<bool> {
        let millisecond = TimeDelta::milliseconds(1);
        let Some(end) = self.end else {
            return Ok(false);
        };
        let is_of_it = instant.is_some_and(|at| at >= end && at < end + millisecond);
        if self.held.is_empty() && !is_of_it {
            return Ok(false);
        }
        self.held.push(text).map(|()| true)
    }

    /// This slice has returned an event, perhaps one that the slice before returned, too.
    pub fn settle(&mut self, text: &[u8]) {
        self.owed.settle(text);
    }

    /// A slice ends behind which its target is closed: what it still owes.
    pub fn overdue(&mut self) -> Crowd {
        self.owed.take()
    }
}

#[cfg(test)]
mod tests {
    use super::{Crowd, Seam};
    use crate::store::{Budget, Spool};
    use crate::time::Window;
    use chrono::{DateTime, TimeDelta, Utc};

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("a time")
    }

    fn slice(start: i64, end: i64) -> Window {
        let (start, end) = (at(start), at(end));
        Window { start, end }
    }

    fn seam() -> Seam {
        Seam::beside(&Spool::new(&std::env::temp_dir(), &Budget::new(0)))
    }

    fn holds(seam: &mut Seam, text: &[u8], instant: Option<DateTime<Utc>>) -> bool {
        seam.holds(text, instant).expect("kept")
    }

    fn texts(crowds: impl IntoIterator<Item = Crowd>) -> Vec<Vec<u8>> {
        let mut texts = Vec::new();
        for crowd in crowds {
            let each = crowd.each(|text| {
                texts.push(text.to_vec());
                Ok(())
            });
            each.expect("read");
        }
        texts
    }

    #[test]
    fn what_stands_at_a_seam_is_left_to_the_next_slice() {
        let mut seam = seam();
        assert!(texts(seam.begin(slice(0, 10), true)).is_empty());
        assert!(!holds(&mut seam, b"a", Some(at(9))) && !holds(&mut seam, b"a", None));
        let behind = at(10) + TimeDelta::milliseconds(1);
        assert!(!holds(&mut seam, b"a", Some(behind)));
        assert!(holds(&mut seam, b"b", Some(at(10))) && holds(&mut seam, b"c", None));
        assert!(holds(&mut seam, b"b", Some(at(10))));
        assert!(texts(seam.begin(slice(10, 20), false)).is_empty());
        seam.settle(b"c");
        seam.settle(b"b");
        seam.settle(b"d");
        assert!(!holds(&mut seam, b"e", Some(at(20))), "the run ends here");
        assert_eq!(texts([seam.overdue()]), [b"b".to_vec()]);
    }

    #[test]
    fn nothing_is_kept_for_a_slice_that_begins_elsewhere() {
        let mut seam = seam();
        seam.begin(slice(0, 10), true);
        assert!(holds(&mut seam, b"b", Some(at(10))));
        assert_eq!(texts(seam.begin(slice(20, 30), true)), [b"b".to_vec()]);
        assert!(texts([seam.overdue()]).is_empty());
    }

    #[test]
    fn a_crowd_waits_on_disk() {
        let mut seam = seam();
        seam.begin(slice(0, 10), true);
        let large: Vec<Vec<u8>> = (0..9).map(|number| vec![number; 1 << 20]).collect();
        for text in &large {
            assert!(holds(&mut seam, text, Some(at(10))));
        }
        seam.begin(slice(10, 20), true);
        for text in &large[..8] {
            seam.settle(text);
        }
        assert!(texts([seam.overdue()]) == large[8..]);
    }
}
