//! What was received lately, so that what two walks both return is delivered once.
//!
//! Neighbouring walks share the events at their seam, and a walk that goes on after a break reads the time before it again. Whole texts
//! are compared, with their multiplicity, so that equal events that were there twice stay two.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

/// The beginning of a text's SHA-256.
pub type Digest = [u8; 16];

/// Events that tell how far a walk has come: one whose clock is wrong must not.
const WITNESSES: usize = 10;
/// How far before its start a walk may find what the one before had: the server's rounding.
const SEAM: i64 = 1;

/// How far the walk has come in time, judged by several events.
#[derive(Clone, Debug, Default)]
pub struct Frontier(VecDeque<i64>);

impl Frontier {
    /// The next event stands at this second.
    pub fn note(&mut self, second: i64) {
        if self.0.len() == WITNESSES {
            self.0.pop_front();
        }
        self.0.push_back(second);
    }

    /// The second before which nothing more is to be expected.
    pub fn second(&self) -> Option<i64> {
        self.0.iter().min().copied()
    }
}

/// Digests of the events that were received lately, by the second they stand at.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    /// Seconds that are remembered behind the frontier.
    horizon: i64,
    frontier: Frontier,
    seconds: BTreeMap<i64, Vec<Digest>>,
}

impl Recent {
    /// Remembers this much time.
    pub fn new(horizon: TimeDelta) -> Self {
        Self {
            horizon: horizon.num_seconds(),
            ..Self::default()
        }
    }

    /// What an earlier run remembered.
    pub fn restore(&mut self, second: i64, digest: Digest) {
        self.seconds.entry(second).or_default().push(digest);
    }

    /// Remembers an event; `None` for the instant of one that stands nowhere in time.
    pub fn note(&mut self, instant: Option<DateTime<Utc>>, digest: Digest) {
        let own = instant.map(|instant| instant.timestamp());
        if let Some(own) = own {
            self.frontier.note(own);
        }
        let reached = self.frontier.second().unwrap_or(i64::MIN);
        let second = own.map_or(reached, |own| own.max(reached));
        self.seconds.entry(second).or_default().push(digest);
        while let Some(entry) = self.seconds.first_entry()
            && entry.key().saturating_add(self.horizon) < reached
        {
            entry.remove();
        }
    }

    /// What a walk that begins here may return again.
    pub fn again_from(&self, start: DateTime<Utc>) -> Again {
        let first = start.timestamp() - SEAM;
        let mut digests: Vec<_> = self
            .seconds
            .range(first..)
            .flat_map(|(_, digests)| digests.iter().copied())
            .collect();
        digests.sort_unstable();
        let used = vec![false; digests.len()];
        Again { digests, used }
    }

    /// What is remembered of the time from here on, by second.
    pub fn since(&self, start: DateTime<Utc>) -> impl Iterator<Item = (i64, &[Digest])> {
        self.seconds
            .range(start.timestamp()..)
            .map(|(second, digests)| (*second, digests.as_slice()))
    }
}

/// What was received before and may come again, each as often as it was there.
#[derive(Clone, Debug, Default)]
pub struct Again {
    digests: Vec<Digest>,
    used: Vec<bool>,
}

impl Again {
    /// Takes one event with this digest, if there is one left.
    pub fn take(&mut self, digest: &Digest) -> bool {
        let first = self.digests.partition_point(|known| known < digest);
        for (known, used) in self.digests[first..].iter().zip(&mut self.used[first..]) {
            if known != digest {
                break;
            }
            if !*used {
                *used = true;
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::{Again, Digest, Recent};
    use chrono::{DateTime, TimeDelta, Utc};

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("a time")
    }

    fn takes(again: &mut Again, digest: Digest) -> usize {
        (0..9).filter(|_| again.take(&digest)).count()
    }

    #[test]
    fn equal_events_are_known_as_often_as_they_were_there() {
        let mut recent = Recent::new(TimeDelta::seconds(10));
        for digest in [3, 1, 3, 2, 3] {
            recent.note(Some(at(100)), [digest; 16]);
        }
        let mut again = recent.again_from(at(101));
        assert_eq!(takes(&mut again, [3; 16]), 3);
        assert_eq!(takes(&mut again, [1; 16]), 1);
        assert_eq!(takes(&mut again, [4; 16]), 0);
        assert_eq!(
            takes(&mut recent.again_from(at(102)), [3; 16]),
            0,
            "too old"
        );
    }

    #[test]
    fn one_wrong_clock_does_not_make_it_forget() {
        let mut recent = Recent::new(TimeDelta::seconds(10));
        for second in 0..100 {
            recent.note(Some(at(1000 + second)), [1; 16]);
        }
        recent.note(Some(at(999_999)), [2; 16]);
        recent.note(Some(at(7)), [3; 16]);
        recent.note(None, [4; 16]);
        let mut again = recent.again_from(at(1099));
        assert_eq!(takes(&mut again, [1; 16]), 2);
        assert_eq!(takes(&mut again, [2; 16]), 1, "ahead of its time");
        let mut again = recent.again_from(at(8));
        assert_eq!(takes(&mut again, [3; 16]), 1, "behind its time");
        assert_eq!(takes(&mut again, [4; 16]), 1, "without a time");
        assert!(recent.seconds.len() < 40, "{}", recent.seconds.len());
    }
}
