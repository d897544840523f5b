//! What was received lately, so that what two walks both return is delivered once.
//!
//! Neighbouring walks share the events at their seam, and a walk that goes on after a break reads the time before it again. Whole texts
//! are compared, with their multiplicity, so that equal events that were there twice stay two.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::again::{Again, Known};
use crate::store::Digest;

/// Events that tell what may be forgotten.
const WITNESSES: u64 = 100;
/// How far before its start a walk may find what the one before had: the server's rounding.
const SEAM: i64 = 1;
/// How many of the latest events that stand elsewhere than their time says are known by the event before them.
const ODD: usize = 64;

/// How far a walk has come: the earliest of its latest events that have a time, so that a few wrong clocks do not mislead.
#[derive(Clone, Debug, Default)]
struct Frontier {
    noted: u64,
    /// Those that are earlier than all behind them, by number and second.
    rising: VecDeque<(u64, i64)>,
}

impl Frontier {
    /// The next event stands at this second.
    fn note(&mut self, second: i64) {
        while self.rising.back().is_some_and(|last| last.1 >= second) {
            self.rising.pop_back();
        }
        self.rising.push_back((self.noted, second));
        self.noted += 1;
        let first = self.noted.saturating_sub(WITNESSES);
        while self.rising.front().is_some_and(|early| early.0 < first) {
            self.rising.pop_front();
        }
    }

    /// The second before which nothing more is to be expected, once there are enough witnesses.
    fn proven(&self) -> Option<i64> {
        let earliest = self.rising.front().map(|earliest| earliest.1);
        earliest.filter(|_| self.noted >= WITNESSES)
    }
}

/// Digests of the events that were received lately, by the second they stand at.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    /// Seconds that are remembered behind the frontier.
    horizon: i64,
    frontier: Frontier,
    /// The second of the latest event that has a time.
    last: Option<i64>,
    seconds: BTreeMap<i64, Vec<Digest>>,
    /// The latest second of which something is forgotten.
    forgotten: Option<i64>,
    /// The latest events that have no time, or an earlier one than those before them.
    odd: VecDeque<Odd>,
}

/// An event that stands elsewhere than its time says.
#[derive(Clone, Debug)]
struct Odd {
    digest: Digest,
    /// The second of the event before it that has one.
    behind: Option<i64>,
    /// The second of the next event that is in order, if one came.
    before: Option<i64>,
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
            self.note_odd(self.last, digest);
            return;
        };
        self.frontier.note(own);
        let reached = self.frontier.proven().unwrap_or(i64::MIN);
        let last = self.last.replace(own);
        if last.is_some_and(|last| own < last) {
            self.note_odd(last, digest);
        } else {
            self.note_in_order(own.max(reached), digest);
        }
        while let Some(entry) = self.seconds.first_entry()
            && entry.key().saturating_add(self.horizon) < reached
        {
            self.forgotten = self.forgotten.max(Some(*entry.key()));
            entry.remove();
        }
    }

    fn note_odd(&mut self, last: Option<i64>, digest: Digest) {
        self.odd.push_back(Odd {
            digest,
            behind: last,
            before: None,
        });
    }

    fn note_in_order(&mut self, second: i64, digest: Digest) {
        let odd = self.odd.iter_mut().rev();
        odd.take_while(|odd| odd.before.is_none())
            .for_each(|odd| odd.before = Some(second));
        while self.odd.len() > ODD
            && let Some(odd) = self.odd.pop_front()
        {
            let second = odd.before.unwrap_or(second);
            self.seconds.entry(second).or_default().push(odd.digest);
        }
        self.seconds.entry(second).or_default().push(digest);
    }

    /// What a walk that begins here may return again.
    pub fn again_from(&self, start: DateTime<Utc>) -> Again {
        let second = start.timestamp();
        let known = self.seconds.range(second - SEAM..);
        let until = known.clone().next_back().map_or(second, |(last, _)| *last);
        let dated = known.flat_map(|(at, digests)| digests.iter().map(|digest| (*at, *digest)));
        let dated = dated.map(|(before, digest)| Known {
            digest,
            before,
            behind: None,
        });
        // The walk before ended here, or came to its latest event.
        let open = |odd: &Odd| odd.behind.unwrap_or(second).max(second);
        let odd = self.odd.iter().map(|odd| Known {
            digest: odd.digest,
            before: odd.before.unwrap_or_else(|| open(odd)),
            behind: odd.behind,
        });
        let odd = odd.filter(|odd| odd.before >= second - SEAM);
        Again::of(dated.chain(odd).collect(), until)
    }

    /// Everything that is remembered.
    pub fn all(&self) -> Again {
        let known = self.between(i64::MIN, i64::MAX).into_iter();
        let known = known.map(|(before, digest)| Known {
            digest,
            before,
            behind: None,
        });
        Again::of(known.collect(), i64::MAX)
    }

    /// What is remembered of the time from this second on, each with the second it stands at; what came last out of order stands
    /// at the walk's `end` at the latest.
    pub fn between(&self, start: i64, end: i64) -> Vec<(i64, Digest)> {
        let known = self.seconds.range(start..);
        let dated = known.flat_map(|(at, digests)| digests.iter().map(|digest| (*at, *digest)));
        let odd = self.odd.iter();
        let odd = odd.map(|odd| (odd.before.unwrap_or(end), odd.digest));
        dated.chain(odd.filter(|(at, _)| *at >= start)).collect()
    }

    /// Whether everything that stands at this second or later is remembered.
    pub fn is_whole_from(&self, second: i64) -> bool {
        self.forgotten.is_none_or(|forgotten| forgotten < second)
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
        let mut again = recent.again_from(at(101));
        assert!(
            !again.take_undated(&[3; 16], Some(101)),
            "the walk is past it"
        );
        assert!(again.take_undated(&[3; 16], Some(100)));
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

    #[test]
    fn odd_events_are_known_by_their_neighbours() {
        let mut recent = Recent::new(TimeDelta::seconds(10));
        recent.note(Some(at(100)), [1; 16]);
        recent.note(Some(at(9_999)), [2; 16]);
        recent.note(None, [3; 16]);
        recent.note(Some(at(101)), [4; 16]);
        for (start, walked, known) in [
            (100, None, true),
            (100, Some(100), true),
            (100, Some(9_999), true),
            (9_000, Some(9_999), true),
            (9_000, Some(10_000), false),
        ] {
            let mut again = recent.again_from(at(start));
            assert_eq!(
                again.take_undated(&[3; 16], walked),
                known,
                "{start} {walked:?}"
            );
        }
        recent.note(Some(at(120)), [5; 16]);
        assert_eq!(
            recent.between(110, 500).len(),
            4,
            "what was odd stood before 120"
        );
        let mut again = recent.again_from(at(110));
        assert!(!again.take_undated(&[3; 16], Some(121)));
        assert!(
            again.take_undated(&[3; 16], Some(9_999)),
            "behind a wrong clock"
        );
        assert!(!recent.again_from(at(122)).take_undated(&[3; 16], None));
    }
}
