//! What was received lately, so that what two walks both return is delivered once.
//!
//! Neighbouring walks share the events at their seam, and a walk that goes on after a break reads the time before it again. Whole texts
//! are compared, with their multiplicity, so that equal events that were there twice stay two.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

/// The beginning of a text's SHA-256.
pub type Digest = [u8; 16];

/// Events that tell how far a walk has come: some whose clocks are wrong must not.
const WITNESSES: u64 = 100;
/// How far before its start a walk may find what the one before had: the server's rounding.
const SEAM: i64 = 1;

/// How far the walk has come in time: the earliest of its latest events, so that it takes many wrong clocks to mislead it.
#[derive(Clone, Debug, Default)]
struct Frontier {
    /// How many events were noted.
    noted: u64,
    /// Those that are earlier than all behind them, by number and second.
    falling: VecDeque<(u64, i64)>,
}

impl Frontier {
    /// The next event stands at this second.
    fn note(&mut self, second: i64) {
        while self.falling.back().is_some_and(|last| last.1 >= second) {
            self.falling.pop_back();
        }
        self.falling.push_back((self.noted, second));
        self.noted += 1;
        let first = self.noted.saturating_sub(WITNESSES);
        while self.falling.front().is_some_and(|early| early.0 < first) {
            self.falling.pop_front();
        }
    }

    /// The second before which nothing more is to be expected, once there are enough witnesses.
    fn proven(&self) -> Option<i64> {
        let earliest = self.falling.front().map(|earliest| earliest.1);
        earliest.filter(|_| self.noted >= WITNESSES)
    }
}

/// Digests of the events that were received lately, by the second they stand at.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    /// Seconds that are remembered behind the frontier.
    horizon: i64,
    frontier: Frontier,
    seconds: BTreeMap<i64, Vec<Digest>>,
    /// The latest second of which something is forgotten.
    forgotten: Option<i64>,
    /// The second of the latest event that had one.
    last: Option<i64>,
    /// What has no time, or is behind its time, and came last: it stands before what comes next.
    odd: Vec<Digest>,
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
        let Some(own) = instant.map(|instant| instant.timestamp()) else {
            self.odd.push(digest);
            return;
        };
        self.frontier.note(own);
        if self.last.replace(own).is_some_and(|last| own < last) {
            self.odd.push(digest);
            return;
        }
        let reached = self.frontier.proven().unwrap_or(i64::MIN);
        let known = self.seconds.entry(own.max(reached)).or_default();
        known.append(&mut self.odd);
        known.push(digest);
        while let Some(entry) = self.seconds.first_entry()
            && entry.key().saturating_add(self.horizon) < reached
        {
            self.forgotten = self.forgotten.max(Some(*entry.key()));
            entry.remove();
        }
    }

    /// What a walk that begins here may return again.
    pub fn again_from(&self, start: DateTime<Utc>) -> Again {
        let second = start.timestamp() - SEAM;
        Again::of(self.between(second, i64::MAX).into_iter())
    }

    /// Everything that is remembered.
    pub fn all(&self) -> Again {
        Again::of(self.between(i64::MIN, i64::MAX).into_iter())
    }

    /// What is remembered of the time from this second on, each with the second it stands at; what came last and is odd
    /// stands at the walk's `end` at the latest.
    pub fn between(&self, start: i64, end: i64) -> Vec<(i64, Digest)> {
        let known = self.seconds.range(start..);
        let dated = known.flat_map(|(at, digests)| digests.iter().map(|digest| (*at, *digest)));
        let odd = self.odd.iter().map(|digest| (end, *digest));
        dated.chain(odd).collect()
    }

    /// Whether everything that stands at this second or later is remembered.
    pub fn is_whole_from(&self, second: i64) -> bool {
        self.forgotten.is_none_or(|forgotten| forgotten < second)
    }
}

/// What was received before and may come again, each as often as it was there.
#[derive(Clone, Debug, Default)]
pub struct Again {
    /// Each with the second that it stands at, or before.
    known: Vec<(Digest, i64)>,
    used: Vec<bool>,
}

impl Again {
    fn of(entries: impl Iterator<Item = (i64, Digest)>) -> Self {
        let mut known: Vec<_> = entries.map(|(second, digest)| (digest, second)).collect();
        known.sort_unstable();
        let used = vec![false; known.len()];
        Self { known, used }
    }

    /// Takes one event with this digest that stands at this second or later, if there is one left.
    pub fn take(&mut self, digest: &Digest, second: i64) -> bool {
        let first = self
            .known
            .partition_point(|known| *known < (*digest, second));
        for (known, used) in self.known[first..].iter().zip(&mut self.used[first..]) {
            if known.0 != *digest {
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
        (0..9).filter(|_| again.take(&digest, i64::MIN)).count()
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
        let mut again = recent.again_from(at(101));
        assert!(!again.take(&[3; 16], 101), "the walk is past it");
        assert!(again.take(&[3; 16], 100));
        assert_eq!(
            takes(&mut recent.again_from(at(102)), [3; 16]),
            0,
            "too old"
        );
    }

    #[test]
    fn some_wrong_clocks_do_not_make_it_forget() {
        let mut recent = Recent::new(TimeDelta::seconds(10));
        for second in 0..1000 {
            recent.note(Some(at(1000 + second)), [1; 16]);
        }
        for _ in 0..9 {
            recent.note(Some(at(999_999)), [2; 16]);
        }
        recent.note(Some(at(7)), [3; 16]);
        recent.note(None, [4; 16]);
        let mut again = recent.again_from(at(1999));
        assert_eq!(takes(&mut again, [1; 16]), 2);
        assert_eq!(takes(&mut again, [2; 16]), 9, "ahead of their time");
        assert_eq!(takes(&mut again, [3; 16]), 1, "behind its time");
        let mut again = recent.again_from(at(2100));
        assert_eq!(
            takes(&mut again, [4; 16]),
            1,
            "without a time, it may stand anywhere yet"
        );
        assert!(recent.seconds.len() < 130, "{}", recent.seconds.len());
        assert!(!recent.is_whole_from(1800), "forgotten");
        assert!(recent.is_whole_from(1950));
    }
}
