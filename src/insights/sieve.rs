//! Which of the received events are delivered: window, seams and duplicates (`docs/insights-api.md` sections 5 and 8).
//!
//! A duplicate is dropped only when `id` and whole text are equal; nothing without an id is ever dropped as one.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::filter::Filters;
use crate::event::Facts;
use crate::time::{Place, Window};

/// What became of the events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SieveCounts {
    /// Delivered.
    pub events: u64,
    /// Dropped at the edge of the window: they belong to its neighbour.
    pub out_of_window: u64,
    /// Dropped because the user left them out.
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

/// Judges one event after the other, in the order of the API.
pub struct Sieve {
    window: Window,
    /// The millisecond that `seen` is about; equal texts share theirs.
    millisecond: i64,
    seen: Seen,
    /// Texts outside the order of time.
    strays: Seen,
    counts: SieveCounts,
}

#[derive(Default)]
struct Seen {
    texts: HashSet<[u8; 32]>,
    ids: HashMap<Vec<u8>, [u8; 32]>,
}

/// How an event with an id relates to those before it.
enum Known {
    New,
    SameText,
    SameId,
}

impl Seen {
    fn note(&mut self, id: Vec<u8>, text: &[u8]) -> Known {
        let digest: [u8; 32] = Sha256::digest(text).into();
        if !self.texts.insert(digest) {
            return Known::SameText;
        }
        match self.ids.insert(id, digest) {
            Some(_) => Known::SameId,
            None => Known::New,
        }
    }

    fn clear(&mut self) {
        self.texts.clear();
        self.ids.clear();
    }
}

impl Sieve {
    /// A sieve for the window of the whole run.
    pub fn new(window: Window) -> Self {
        Self {
            window,
            millisecond: i64::MIN,
            seen: Seen::default(),
            strays: Seen::default(),
            counts: SieveCounts::default(),
        }
    }

    /// Whether this event is to be delivered; not where one of `exclude` matches it.
    pub fn passes(&mut self, text: &[u8], exclude: &Filters) -> bool {
        let Facts { id, instant } = Facts::of(text);
        let place = self.window.place(instant);
        if place == Place::Seam {
            self.counts.out_of_window += 1;
            return false;
        }
        if exclude.match_any(text) {
            self.counts.excluded += 1;
            return false;
        }
        let known = match (id, instant.filter(|_| place == Place::Inside)) {
            (None, _) => Known::New,
            (Some(id), Some(instant)) => self.note_inside(id, text, instant),
            (Some(id), None) => self.strays.note(id, text),
        };
        match known {
            Known::SameText => {
                self.counts.duplicates_dropped += 1;
                return false;
            }
            Known::SameId => self.counts.id_conflicts += 1,
            Known::New => {}
        }
        self.count(place, instant);
        true
    }

    fn note_inside(&mut self, id: Vec<u8>, text: &[u8], instant: DateTime<Utc>) -> Known {
        let millisecond = instant.timestamp_millis();
        if millisecond != self.millisecond {
            self.millisecond = millisecond;
            self.seen.clear();
        }
        self.seen.note(id, text)
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
}

#[cfg(test)]
mod tests {
    use super::Sieve;
    use crate::insights::Filters;
    use crate::time::{Window, parse_timestamp};

    fn sieve() -> Sieve {
        Sieve::new(Window {
            start: parse_timestamp("2026-03-01T00:00:00Z").expect("a time"),
            end: parse_timestamp("2026-03-02T00:00:00Z").expect("a time"),
        })
    }

    fn passes(sieve: &mut Sieve, text: &[u8]) -> bool {
        sieve.passes(text, &Filters::default())
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
}
