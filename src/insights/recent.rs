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
/// How many of the latest events are known as what may stand at a seam although their times say something else.
const ODD: usize = 64;

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

    /// The second before which nothing more is to be expected.
    fn second(&self) -> Option<i64> {
        self.falling.front().map(|earliest| earliest.1)
    }

    fn is_sure(&self) -> bool {
        self.noted >= WITNESSES
    }
}

/// Digests of the events that were received lately, by the second they stand at.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    /// Seconds that are remembered behind the frontier.
    horizon: i64,
    frontier: Frontier,
    /// The second of the latest event that had one.
    last: Option<i64>,
    seconds: BTreeMap<i64, Vec<Digest>>,
    /// The latest events whose times do not tell where they stand: those that have none, and those behind their time.
    odd: VecDeque<(i64, Digest)>,
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
        let before = self.last;
        if let Some(own) = own {
            self.frontier.note(own);
            self.last = Some(own);
        }
        let reached = self.frontier.second().unwrap_or(i64::MIN);
        let second = own.or(before).unwrap_or(reached).max(reached);
        if own.is_none_or(|own| before.is_some_and(|before| own < before)) {
            self.note_odd(second, digest);
        } else {
            self.seconds.entry(second).or_default().push(digest);
        }
        while let Some(entry) = self.seconds.first_entry()
            && entry.key().saturating_add(self.horizon) < reached
        {
            entry.remove();
        }
    }

    fn note_odd(&mut self, second: i64, digest: Digest) {
        self.odd.push_back((second, digest));
        if self.odd.len() > ODD
            && let Some((second, digest)) = self.odd.pop_front()
        {
            self.seconds.entry(second).or_default().push(digest);
        }
    }

    /// What a walk that begins here may return again.
    pub fn again_from(&self, start: DateTime<Utc>) -> Again {
        let first = start.timestamp() - SEAM;
        let dated = self.seconds.range(first..);
        let mut until = dated.clone().next_back().map_or(first, |(last, _)| *last);
        let mut events: Vec<_> = dated
            .flat_map(|(_, digests)| digests.iter().map(Known::new))
            .collect();
        for (second, digest) in &self.odd {
            until = until.max(*second);
            events.push(Known::new(digest));
        }
        events.sort_unstable_by_key(|event| event.digest);
        Again {
            events,
            until: until + SEAM,
            ..Again::default()
        }
    }

    /// What is remembered of the time from here on, by second.
    pub fn since(&self, start: DateTime<Utc>) -> impl Iterator<Item = (i64, &[Digest])> {
        let first = start.timestamp();
        let dated = self.seconds.range(first..);
        let dated = dated.map(|(second, digests)| (*second, digests.as_slice()));
        let odd = self.odd.iter();
        dated.chain(
            odd.map(move |(second, digest)| ((*second).max(first), std::slice::from_ref(digest))),
        )
    }
}

/// What was received before and may come again, each as often as it was there.
#[derive(Clone, Debug, Default)]
pub struct Again {
    /// Sorted by their digests.
    events: Vec<Known>,
    /// The latest ones that came; they may stand at the seam to the next walk.
    came: VecDeque<Digest>,
    /// The last second in which any of them may come.
    until: i64,
    /// How far the walk has come that may return them.
    frontier: Frontier,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    digest: Digest,
    used: bool,
}

impl Known {
    fn new(digest: &Digest) -> Self {
        Self {
            digest: *digest,
            used: false,
        }
    }
}

impl Again {
    /// Takes one event with this digest, if there is one left.
    pub fn take(&mut self, digest: &Digest) -> bool {
        let first = self.events.partition_point(|known| known.digest < *digest);
        let mut equal = self.events[first..]
            .iter_mut()
            .take_while(|known| known.digest == *digest);
        let Some(found) = equal.find(|known| !known.used) else {
            return false;
        };
        found.used = true;
        self.came.push_back(*digest);
        if self.came.len() > ODD {
            self.came.pop_front();
        }
        true
    }

    /// The same, with what the walk before may have left to this one: what was expected of it and did not come, and what came last.
    #[must_use]
    pub fn and_rest_of(mut self, before: &Self) -> Self {
        let rest = before.events.iter().filter(|known| !known.used);
        let mut rest: Vec<_> = rest
            .map(|known| known.digest)
            .chain(before.came.iter().copied())
            .collect();
        rest.sort_unstable();
        let mut there = 0;
        let mut more = Vec::new();
        for digest in rest {
            while self
                .events
                .get(there)
                .is_some_and(|own| own.digest < digest)
            {
                there += 1;
            }
            // What stands in both is the same event.
            if self
                .events
                .get(there)
                .is_some_and(|own| own.digest == digest)
            {
                there += 1;
            } else {
                more.push(Known::new(&digest));
            }
        }
        if !more.is_empty() {
            self.until = self.until.max(before.until);
            self.events.append(&mut more);
            self.events.sort_by_key(|event| event.digest);
        }
        self
    }

    /// The walk has come to an event of this instant; what lies behind it does not come again, and an equal text is another event.
    pub fn pass(&mut self, instant: DateTime<Utc>) {
        if self.events.is_empty() {
            return;
        }
        self.frontier.note(instant.timestamp());
        let reached = self.frontier.second().filter(|_| self.frontier.is_sure());
        if reached.is_some_and(|reached| reached > self.until) {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Again, Digest, ODD, Recent};
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
    fn some_wrong_clocks_do_not_make_it_forget() {
        let mut recent = Recent::new(TimeDelta::seconds(10));
        for second in 0..1000 {
            recent.note(Some(at(1000 + second)), [1; 16]);
        }
        for _ in 0..99 {
            recent.note(Some(at(999_999)), [2; 16]);
        }
        recent.note(Some(at(7)), [3; 16]);
        recent.note(None, [4; 16]);
        let mut again = recent.again_from(at(1999));
        assert_eq!(takes(&mut again, [1; 16]), 2);
        assert_eq!(takes(&mut again, [2; 16]), 9, "ahead of their time");
        assert_eq!(takes(&mut again, [3; 16]), 1, "behind its time");
        assert_eq!(takes(&mut again, [4; 16]), 1, "without a time");
        assert_eq!(
            takes(&mut recent.again_from(at(1950)), [1; 16]),
            9,
            "and many more"
        );
        assert!(recent.seconds.len() < 130, "{}", recent.seconds.len());
    }

    #[test]
    fn odd_events_are_known_at_any_seam_until_many_others_follow() {
        let mut recent = Recent::new(TimeDelta::seconds(10));
        recent.note(Some(at(100)), [1; 16]);
        recent.note(None, [2; 16]);
        recent.note(Some(at(90)), [3; 16]);
        for digest in [2, 3] {
            assert_eq!(takes(&mut recent.again_from(at(9000)), [digest; 16]), 1);
        }
        for _ in 0..ODD {
            recent.note(None, [4; 16]);
        }
        assert_eq!(takes(&mut recent.again_from(at(9000)), [2; 16]), 0);
        assert_eq!(takes(&mut recent.again_from(at(100)), [2; 16]), 1);
        let kept = recent.since(at(95)).map(|(_, digests)| digests.len());
        assert_eq!(kept.sum::<usize>(), 2 + ODD);
    }

    #[test]
    fn what_did_not_come_again_may_come_with_the_next_walk() {
        let mut recent = Recent::new(TimeDelta::seconds(10));
        for digest in [1, 1, 1, 2, 3] {
            recent.note(Some(at(100 + i64::from(digest))), [digest; 16]);
        }
        let mut first = recent.again_from(at(100));
        assert!(first.take(&[1; 16]) && first.take(&[3; 16]));
        let mut next = recent.again_from(at(104)).and_rest_of(&first);
        assert_eq!(
            [1, 2, 3].map(|digest| takes(&mut next, [digest; 16])),
            [3, 1, 1]
        );
    }

    #[test]
    fn equal_texts_far_behind_a_seam_are_new_events() {
        let mut recent = Recent::new(TimeDelta::seconds(10));
        recent.note(Some(at(100)), [1; 16]);
        recent.note(None, [2; 16]);
        let mut again = recent.again_from(at(100));
        for second in 0..50 {
            again.pass(at(101 + second));
        }
        assert_eq!(takes(&mut again.clone(), [2; 16]), 1);
        for second in 0..60 {
            again.pass(at(151 + second));
        }
        assert_eq!(takes(&mut again, [2; 16]), 0);
    }
}
