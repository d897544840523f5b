//! How far a walk has come in time, so that its rest can be walked by others: told by its latest events, and by its cursor where
//! that can be read.
//!
//! Clocks of events may be wrong. Where they contradict each other nothing is told: the walk goes on, and the next page may tell.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

use crate::event::Facts;
use crate::failure::Result;
use crate::store::Spool;
use crate::time::Window;

/// The seconds of a walk's latest events that have one inside its window.
#[derive(Debug, Default)]
pub struct Reach {
    view: VecDeque<i64>,
}

/// Events that are looked at.
const VIEW: usize = 50;
/// Events that have to say so.
const WITNESSES: usize = 10;
/// Seconds by which they may differ: what lies further back is not remembered.
const REMEMBERED: i64 = 5;

impl Reach {
    /// Looks at the last events of a page of so many, which stands last in the spool.
    pub fn see(&mut self, events: u64, spool: &mut Spool, window: Window) -> Result<()> {
        let seen = usize::try_from(events).unwrap_or(usize::MAX).min(VIEW);
        if seen == VIEW {
            self.view.clear();
        }
        spool.tail(seen, |text| {
            let instant = Facts::of(text).instant;
            let inside = instant.filter(|at| *at >= window.start && *at < window.end);
            self.note(inside.map(|at| at.timestamp()));
        })
    }

    fn note(&mut self, second: Option<i64>) {
        self.view.extend(second);
        if self.view.len() > VIEW {
            self.view.pop_front();
        }
    }

    /// The second before which everything was returned, if that is sure.
    pub fn second(&self, cursor: Option<&RawValue>) -> Option<DateTime<Utc>> {
        let place = cursor.and_then(place_of);
        DateTime::from_timestamp(self.reached(place)?, 0)
    }

    fn reached(&self, place: Option<i64>) -> Option<i64> {
        let mut latest_first: Vec<i64> = self.view.iter().copied().collect();
        latest_first.sort_unstable_by(|one, other| other.cmp(one));
        let witnesses = self.view.iter().rev().take(WITNESSES);
        let reached = *witnesses.min()?;
        // Of events in order the last ones are the latest ones. One behind its time would lead back to what is forgotten.
        if reached + REMEMBERED < *latest_first.get(WITNESSES - 1)? {
            return None;
        }
        match place {
            Some(place) => (reached <= place + REMEMBERED).then_some(reached.min(place)),
            // The events alone have to tell: all of them, and none against another.
            None if self.is_in_order() => latest_first.last().copied(),
            None => None,
        }
    }

    fn is_in_order(&self) -> bool {
        let neighbours = self.view.iter().zip(self.view.iter().skip(1));
        neighbours
            .into_iter()
            .all(|(one, next)| *one <= *next + REMEMBERED)
    }
}

/// The second that a cursor stands at, a number or a text that is one; a hint alone, the cursor itself goes back as it came.
fn place_of(cursor: &RawValue) -> Option<i64> {
    let parts: Vec<serde_json::Value> = serde_json::from_str(cursor.get()).ok()?;
    let first = parts.first()?;
    let written = first
        .as_str()
        .map_or_else(|| first.to_string(), str::to_owned);
    let milliseconds: f64 = written.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole milliseconds of our time are exact in a double, and others are no seconds of events"
    )]
    Some((milliseconds / 1000.0).floor() as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::{Reach, place_of};

    fn reach(seconds: impl IntoIterator<Item = i64>) -> Reach {
        let mut reach = Reach::default();
        seconds
            .into_iter()
            .for_each(|second| reach.note(Some(second)));
        reach
    }

    #[test]
    fn ten_events_and_the_cursor_tell() {
        assert_eq!(reach(100..109).reached(Some(108)), None, "too few");
        assert_eq!(reach(100..110).reached(Some(109)), Some(100));
        assert_eq!(reach(100..130).reached(Some(129)), Some(120));
        assert_eq!(
            reach([100; 30]).reached(Some(97)),
            Some(97),
            "the cursor is behind"
        );
        assert_eq!(reach([100; 30]).reached(Some(90)), None, "too far");
    }

    #[test]
    fn wrong_clocks_do_not_lead_astray() {
        let ahead = (100..130).chain([9000]);
        assert_eq!(reach(ahead.clone()).reached(Some(130)), Some(121));
        let behind = (100..130).chain([7]);
        assert_eq!(reach(behind.clone()).reached(Some(130)), None);
        assert_eq!(reach(behind.chain(130..140)).reached(Some(139)), Some(130));
        assert_eq!(reach((100..130).chain([9000; 20])).reached(Some(130)), None);
        assert_eq!(reach(ahead.chain([130])).reached(None), None);
    }

    #[test]
    fn without_a_cursor_that_can_be_read_all_events_have_to_tell() {
        assert_eq!(reach(100..130).reached(None), Some(100));
        assert_eq!(reach(100..230).reached(None), Some(230 - 50));
    }

    #[test]
    fn a_cursor_begins_with_milliseconds_in_some_spelling() {
        for (text, second) in [
            ("[1576181718000,\"x\"]", Some(1_576_181_718)),
            ("[\"1576181718999\",\"x\"]", Some(1_576_181_718)),
            (
                "[1576181718000.00000000000000000001e0, \"x\"]",
                Some(1_576_181_718),
            ),
            ("[\"x\"]", None),
            ("[]", None),
            ("{}", None),
        ] {
            let cursor = RawValue::from_string(text.to_owned()).expect("JSON");
            assert_eq!(place_of(&cursor), second, "{text}");
        }
    }
}
