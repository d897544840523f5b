//! What a walk may return although it was received before: by whole texts, each as often as it was there.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use crate::store::Digest;

/// What was received before and may come again, each as often as it was there.
#[derive(Clone, Debug, Default)]
pub struct Again {
    /// Sorted.
    known: Vec<Known>,
    used: Vec<bool>,
    /// The latest second that was received before.
    until: i64,
    /// The latest ones with a time that were taken: they may stand at the seam to the next walk, too.
    taken: VecDeque<Known>,
}

/// An event that was received before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    /// Of its text.
    pub digest: Digest,
    /// The second that it stands at, or before.
    pub before: i64,
    /// For one that stands elsewhere than its time says: the second of the event before it.
    pub behind: Option<i64>,
}

impl Known {
    /// Whether it may come behind an event of this second.
    fn may_follow(&self, walked: i64) -> bool {
        self.before >= walked || self.behind == Some(walked)
    }
}

impl Again {
    /// These, of which the latest stands at that second.
    pub fn of(known: Vec<Known>, until: i64) -> Self {
        Self {
            until,
            ..Self::default()
        }
        .with(known)
    }

    fn with(mut self, mut more: Vec<Known>) -> Self {
        self.known.append(&mut more);
        self.known.sort_unstable();
        self.used = vec![false; self.known.len()];
        self
    }

    /// Takes one event with this digest, if there is one left.
    pub fn take(&mut self, digest: &Digest) -> bool {
        let Some(found) = self.find(digest, |_| true) else {
            return false;
        };
        self.taken.push_back(self.known[found]);
        if self.taken.len() > TAKEN {
            self.taken.pop_front();
        }
        true
    }

    /// The same for one that has no time, where the walk has come to this second: another one with its text may come later, so what
    /// the walk has passed is none of it.
    pub fn take_undated(&mut self, digest: &Digest, walked: Option<i64>) -> bool {
        let may_follow = |known: &Known| walked.is_none_or(|walked| known.may_follow(walked));
        self.find(digest, may_follow).is_some()
    }

    fn find(&mut self, digest: &Digest, fits: impl Fn(&Known) -> bool) -> Option<usize> {
        let first = self.known.partition_point(|known| known.digest < *digest);
        let equal = self.known[first..]
            .iter()
            .take_while(|known| known.digest == *digest);
        let offset = equal
            .zip(&self.used[first..])
            .position(|(known, used)| !used && fits(known))?;
        self.used[first + offset] = true;
        Some(first + offset)
    }

    /// The same for a walk that begins here, with what the walk before it may have left: what it took last, and, where more was
    /// received than it walked through, what it did not meet.
    #[must_use]
    pub fn with_rest_of(self, before: &Self, start: DateTime<Utc>) -> Self {
        let is_within = start.timestamp() <= before.until;
        let unmet = before.known.iter().zip(&before.used);
        let unmet = unmet.filter(|(_, used)| is_within && !**used);
        let mut rest: Vec<_> = unmet
            .map(|(known, _)| *known)
            .chain(before.taken.iter().copied())
            .collect();
        rest.sort_unstable();
        // What stands in both is the same event.
        let name = |known: &Known| (known.digest, known.before);
        let mut own = self.known.iter().map(name).peekable();
        rest.retain(|known| {
            let known = name(known);
            while own.next_if(|own| *own < known).is_some() {}
            own.next_if_eq(&known).is_none()
        });
        let until = if is_within { before.until } else { self.until };
        Self {
            until: until.max(self.until),
            ..self
        }
        .with(rest)
    }
}

/// How many of the events that came again last may come with the next walk, too.
const TAKEN: usize = 64;

#[cfg(test)]
mod tests {
    use super::Again;
    use crate::insights::recent::Recent;
    use chrono::{DateTime, TimeDelta, Utc};

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("a time")
    }

    fn takes(again: &mut Again, digest: u8) -> usize {
        (0..9).filter(|_| again.take(&[digest; 16])).count()
    }

    #[test]
    fn what_one_walk_did_not_meet_the_next_one_may() {
        let mut recent = Recent::new(TimeDelta::seconds(10));
        for digest in [1, 1, 1, 2, 3] {
            recent.note(Some(at(100 + i64::from(digest))), [digest; 16]);
        }
        let mut first = recent.again_from(at(100));
        assert!(first.take(&[1; 16]) && first.take(&[3; 16]));
        let counts = |mut again: Again| [1, 2, 3].map(|digest| takes(&mut again, digest));
        let next = |start| recent.again_from(at(start)).with_rest_of(&first, at(start));
        assert_eq!(counts(next(103)), [3, 1, 1]);
        assert_eq!(counts(next(104)), [1, 0, 1], "no more was received");
    }
}
