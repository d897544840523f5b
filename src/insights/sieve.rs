//! Which of the received events are delivered: window, seams and duplicates (`docs/insights-api.md` sections 5 and 8).
//!
//! A duplicate is dropped only when `id` and whole text are equal; nothing without an id is ever dropped as one. What two walks both
//! return at their seam, or a walk reads again on purpose, is told by whole texts with their multiplicity ([`super::recent`]).

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

use super::again::Again;
use super::filter::Filters;
use super::recent::Recent;
use super::seen::{Known, Lately, Seen};
use crate::event::Facts;
use crate::store::Digest;
use crate::time::{Place, Window, day_number};

/// What became of the events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SieveCounts {
    /// Delivered.
    pub events: u64,
    /// Dropped at the edge of the window: they belong to its neighbour.
    pub out_of_window: u64,
    /// Left out because a filter of this side matched them.
    pub excluded: u64,
    /// Dropped because id and text were delivered before.
    pub duplicates_dropped: u64,
    /// Delivered although their id came with another text.
    pub id_conflicts: u64,
    /// Delivered although they lie outside the window or have no timestamp.
    pub unexplained: u64,
    /// Instant of the earliest delivered event inside the window.
    pub first: Option<DateTime<Utc>>,
    /// Instant of the latest one.
    pub last: Option<DateTime<Utc>>,
}

/// How many events were received on a day, before any was dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// All of them.
    pub all: u64,
    /// Those of what is settled, its end included.
    pub settled: u64,
    /// Those of its last second and its end.
    pub at_end: u64,
}

/// Judges one event after the other, in the order of the API.
#[derive(Debug)]
pub struct Sieve {
    /// Of the whole run.
    run: Window,
    /// Whose events are delivered now: the run's, or a day's.
    window: Window,
    /// Texts of the latest milliseconds.
    lately: Lately,
    /// Texts outside the order of time.
    strays: Seen,
    recent: Recent,
    again: Again,
    /// The second of the walk's latest event that has one.
    walked: Option<i64>,
    /// What does not change any more.
    settled: Window,
    /// What earlier runs received, and this one has not met yet.
    earlier: Again,
    received: BTreeMap<i64, Received>,
    /// The day of the event before.
    day: i64,
    counts: SieveCounts,
}

/// How long events are remembered for the sake of a seam.
const SEAM: TimeDelta = TimeDelta::seconds(10);

impl Sieve {
    /// A sieve for the window of the whole run, of which the `settled` part does not change any more.
    pub fn new(window: Window, settled: Window) -> Self {
        Self {
            run: window,
            window,
            lately: Lately::default(),
            strays: Seen::default(),
            recent: Recent::new(SEAM),
            again: Again::default(),
            walked: None,
            settled,
            earlier: Again::default(),
            received: BTreeMap::new(),
            day: day_number(window.start),
            counts: SieveCounts::default(),
        }
    }

    /// The same, with what earlier runs received; it will remember as much time itself.
    #[must_use]
    pub fn remembering(mut self, recent: Recent) -> Self {
        self.earlier = recent.all();
        self.recent = recent;
        self
    }

    /// What earlier runs received from here on is taken for received, because the walk goes on behind it.
    pub fn skip(&mut self, start: DateTime<Utc>) {
        let start = start.timestamp();
        for (second, digest) in self.recent.between(start, i64::MAX) {
            if self.earlier.take(&digest) {
                self.receive(DateTime::from_timestamp(second, 0));
            }
        }
    }

    /// A walk begins here: what was received of this time before may come again, and is dropped then.
    pub fn begin(&mut self, start: DateTime<Utc>) {
        let again = self.recent.again_from(start);
        self.again = again.with_rest_of(&self.again, start);
        self.walked = None;
    }

    /// A walk of an earlier run goes on here: nothing comes again.
    pub fn go_on(&mut self) {
        self.again = Again::default();
    }

    /// The day of the latest event that has a time, or of the part's start; its number since 1970.
    pub fn day(&self) -> i64 {
        self.day
    }

    /// The window of the whole run.
    pub fn run(&self) -> Window {
        self.run
    }

    /// From here on this part of the run's window is delivered, for itself.
    pub fn narrow(&mut self, window: Window) {
        self.window = window;
        self.day = day_number(window.start);
    }

    /// Whether this event is to be delivered; not where one of `exclude` matches it.
    pub fn passes(&mut self, text: &[u8], facts: &Facts, exclude: &Filters) -> bool {
        let digest = digest(text);
        let place = self.window.place(facts.instant);
        let dated = facts.instant.filter(|_| place != Place::Unexplained);
        let came_again = match dated {
            Some(at) => {
                self.walked = Some(at.timestamp());
                self.again.take(&digest)
            }
            None => self.again.take_undated(&digest, self.walked),
        };
        if came_again {
            // What came in this run already is not received a second time.
            if self.earlier.take(&digest) {
                self.receive(dated);
            }
            return false;
        }
        if place == Place::Seam {
            // What belongs to another part is received with that one.
            if self.run.place(dated) == Place::Seam {
                self.receive(dated);
                self.counts.out_of_window += 1;
            }
            return false;
        }
        self.receive(dated);
        let inside = facts.instant.filter(|_| place == Place::Inside);
        self.recent.note(inside, digest);
        if exclude.match_any(text) {
            self.counts.excluded += 1;
            return false;
        }
        let known = match (&facts.id, inside) {
            (None, _) => Known::New,
            (Some(id), Some(instant)) => self.lately.note(instant, id.clone(), digest),
            (Some(id), None) => self.strays.note(id.clone(), digest),
        };
        match known {
            Known::SameText => {
                self.counts.duplicates_dropped += 1;
                return false;
            }
            Known::SameId => self.counts.id_conflicts += 1,
            Known::New => {}
        }
        self.count(place, facts.instant);
        true
    }

    /// Counts what came for the day it belongs to; what has no time belongs to the day of the event before.
    fn receive(&mut self, instant: Option<DateTime<Utc>>) {
        if let Some(instant) = instant {
            // What stands at an edge belongs to this part: the server counts it there.
            let Window { start, end } = self.window;
            let last = (end - TimeDelta::nanoseconds(1)).max(start);
            self.day = day_number(instant.clamp(start, last));
        }
        let received = self.received.entry(self.day).or_default();
        received.all += 1;
        let (start, end) = (self.settled.start, self.settled.end.timestamp_millis());
        let milliseconds = instant.map(|at| at.timestamp_millis());
        // What a walk returns of a window that is settled as a whole is settled wherever it says it stands.
        let whole = self.settled.end >= self.run.end;
        let settled = milliseconds.is_none_or(|at| at <= end || whole);
        if instant.is_none_or(|at| at >= start) && settled {
            received.settled += 1;
            let end = end.min(self.window.end.timestamp_millis());
            received.at_end += u64::from(milliseconds.is_some_and(|at| at > end - 1000));
        }
    }

    fn count(&mut self, place: Place, instant: Option<DateTime<Utc>>) {
        self.counts.events += 1;
        if place == Place::Unexplained {
            self.counts.unexplained += 1;
            return;
        }
        self.counts.first = self.counts.first.min(instant).or(instant);
        self.counts.last = self.counts.last.max(instant);
    }

    /// What became of the events so far.
    pub fn counts(&self) -> &SieveCounts {
        &self.counts
    }

    /// What was received on each day, by the day's number since 1970.
    pub fn received(&self) -> &BTreeMap<i64, Received> {
        &self.received
    }

    /// What was received lately.
    pub fn recent(&self) -> &Recent {
        &self.recent
    }
}

/// What stands for an event's text.
pub fn digest(text: &[u8]) -> Digest {
    let whole: [u8; 32] = Sha256::digest(text).into();
    let mut digest = Digest::default();
    digest.copy_from_slice(&whole[..size_of::<Digest>()]);
    digest
}

#[cfg(test)]
mod tests {
    use super::{Received, Sieve};
    use crate::event::Facts;
    use crate::insights::Filters;
    use crate::time::{Window, parse_timestamp};

    fn sieve() -> Sieve {
        let at = |text| parse_timestamp(text).expect("a time");
        let window = Window {
            start: at("2026-03-01T00:00:00Z"),
            end: at("2026-03-02T00:00:00Z"),
        };
        let settled = Window {
            end: at("2026-03-01T12:00:00Z"),
            ..window
        };
        Sieve::new(window, settled)
    }

    fn passes(sieve: &mut Sieve, text: &[u8]) -> bool {
        sieve.passes(text, &Facts::of(text), &Filters::default())
    }

    fn event(id: &str, timestamp: &str, rest: &str) -> Vec<u8> {
        format!("{{\"id\":{id},\"timestamp\":\"{timestamp}\",\"rest\":\"{rest}\"}}").into_bytes()
    }

    #[test]
    fn only_equal_texts_with_an_id_are_duplicates() {
        let mut sieve = sieve();
        let at = "2026-03-01T10:00:00.123Z";
        assert!(passes(&mut sieve, &event("\"a\"", at, "x")));
        assert!(passes(&mut sieve, &event("\"b\"", at, "x")));
        assert!(
            !passes(&mut sieve, &event("\"a\"", at, "x")),
            "the same again"
        );
        assert!(
            passes(&mut sieve, &event("\"a\"", at, "y")),
            "same id, other text"
        );
        assert!(passes(&mut sieve, &event("null", at, "x")));
        assert!(
            passes(&mut sieve, &event("null", at, "x")),
            "no id: never a duplicate"
        );
        let counts = sieve.counts();
        assert_eq!(
            (
                counts.events,
                counts.duplicates_dropped,
                counts.id_conflicts
            ),
            (5, 1, 1)
        );
    }

    #[test]
    fn neighbours_go_and_strays_stay() {
        let mut sieve = sieve();
        assert!(!passes(
            &mut sieve,
            &event("\"a\"", "2026-03-02T00:00:00Z", "end")
        ));
        assert!(!passes(
            &mut sieve,
            &event("\"b\"", "2026-02-28T23:59:59.5Z", "rounding")
        ));
        assert!(passes(
            &mut sieve,
            &event("\"c\"", "2029-01-01T00:00:00Z", "future")
        ));
        assert!(
            !passes(
                &mut sieve,
                &event("\"c\"", "2029-01-01T00:00:00Z", "future")
            ),
            "kept once"
        );
        assert!(passes(&mut sieve, b"{\"id\":\"d\"}"));
        assert!(passes(&mut sieve, b"\xff not json"));
        let counts = sieve.counts();
        assert_eq!(
            (counts.out_of_window, counts.unexplained, counts.events),
            (2, 3, 3)
        );
        assert_eq!(
            (counts.first, counts.last),
            (None, None),
            "strays move no edge"
        );
    }

    #[test]
    fn what_the_next_walk_returns_again_is_dropped_once_for_each() {
        let mut sieve = sieve();
        let texts = [
            event("\"a\"", "2026-03-01T11:59:58Z", ""),
            event("null", "2026-03-01T12:00:00.001Z", ""),
            event("null", "2026-03-01T12:00:00.001Z", ""),
            b"{\"id\":null}".to_vec(),
        ];
        for text in &texts {
            assert!(passes(&mut sieve, text));
        }
        sieve.begin(parse_timestamp("2026-03-01T11:59:58Z").expect("a time"));
        for text in &texts {
            assert!(!passes(&mut sieve, text));
        }
        assert!(passes(&mut sieve, &texts[1]), "a third one is new");
        let received: Vec<Received> = sieve.received().values().copied().collect();
        assert_eq!(
            received,
            [Received {
                all: 5,
                settled: 2,
                at_end: 0
            }]
        );
        assert_eq!(sieve.counts().duplicates_dropped, 0);
    }
}
