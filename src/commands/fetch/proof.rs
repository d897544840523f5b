//! Whether everything came: what was received against what JumpCloud counts, as far as it is settled.
//!
//! The server counts under its own end rule (U13), so events exactly at the end are nobody's loss. A count that cannot be had proves
//! nothing and is no failure.

use std::collections::BTreeMap;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use crate::commands::run::{Hole, Run};
use crate::failure::Result;
use crate::insights::{Client, Interval, Received, Scope, Selection, Tries};
use crate::term::counted;
use crate::time::{Window, day_name, day_number, rfc3339};

/// Events may appear this long after their time; before that a count is no proof.
pub const SETTLED: TimeDelta = TimeDelta::minutes(30);
/// The history that the smallest plan keeps.
const SHORT_RETENTION: TimeDelta = TimeDelta::days(15);
/// Days that a message lists.
const MOST_NAMED: usize = 20;

/// What was received, by the day's number since 1970.
pub type ByDay = BTreeMap<i64, Received>;

/// The part of a window in which nothing is expected to appear any more.
pub fn settled(window: Window, now: DateTime<Utc>) -> Window {
    let second = TimeDelta::seconds(1);
    let floor = |at: DateTime<Utc>| at.duration_trunc(second).unwrap_or(at);
    let (start, mut end) = (floor(window.start), floor(window.end));
    if end < window.end {
        end += second;
    }
    Window {
        start,
        end: end.min(now - SETTLED),
    }
}

/// What two windows have in common; empty where that is nothing.
pub fn common(one: Window, other: Window) -> Window {
    let start = one.start.max(other.start);
    let end = one.end.min(other.end).max(start);
    Window { start, end }
}

/// What is counted and compared.
pub struct Proof<'r> {
    /// Who asks.
    pub client: &'r Client,
    /// What is asked for.
    pub selection: &'r Selection,
    /// The settled part.
    pub settled: Window,
}

impl Proof<'_> {
    /// What JumpCloud counts, if it does.
    pub fn count(&self, run: &Run) -> Option<u64> {
        if self.settled.is_empty() {
            return None;
        }
        let counted = self.ask(self.settled);
        match &counted {
            Some(counted) => run.tally.update(|summary| {
                *summary.api_count.get_or_insert_default() += counted;
            }),
            None if run.ambient.stopping() => {}
            None => run.printer.warning(
                "JumpCloud does not count its events, so nothing proves that all of them came",
                Some("--no-count leaves the comparison out"),
            ),
        }
        counted
    }

    /// What is missing of what was counted.
    pub fn missing(&self, counted_there: u64, received: &ByDay) -> Option<Hole> {
        let here: u64 = received.values().map(|day| day.settled).sum();
        let at_end: u64 = received.values().map(|day| day.at_end).sum();
        let short = self.shortfall(counted_there, here, at_end)?;
        let Window { start, end } = self.settled;
        let (first, last) = (
            day_number(start),
            day_number(end - TimeDelta::nanoseconds(1)),
        );
        let days = if first == last {
            vec![day_name(first)]
        } else {
            self.short_days(received, last)
        };
        let place = if days.is_empty() {
            format!("somewhere from {} to {}", rfc3339(start), rfc3339(end))
        } else {
            days.join(", ")
        };
        let message = format!(
            "JumpCloud counts {} that did not come ({here} of {counted_there}): {place}",
            counted(short, "event")
        );
        Some(Hole {
            reason: "count",
            message,
        })
    }

    /// By how many events what is here is short of what JumpCloud counts, beyond those exactly at the end; of those here `at_end` stand in
    /// the last second or at the end.
    pub fn shortfall(&self, counted_there: u64, here: u64, at_end: u64) -> Option<u64> {
        let short = counted_there.checked_sub(here).filter(|short| *short > 0)?;
        (!self.is_of_the_end(short, here - at_end)).then_some(short)
    }

    /// Whether what is short can all be events exactly at the end, which the server counts and does not return.
    fn is_of_the_end(&self, short: u64, before_last_second: u64) -> bool {
        let Window { start, end } = self.settled;
        let second = TimeDelta::seconds(1);
        let last = Window {
            start: end,
            end: end + second,
        };
        let before = Window {
            start,
            end: end - second,
        };
        let whole_before = before.is_empty()
            || self
                .ask(before)
                .is_some_and(|counted| counted <= before_last_second);
        whole_before && self.ask(last).is_some_and(|at_end| short <= at_end)
    }

    fn ask(&self, window: Window) -> Option<u64> {
        let selection = self.selection.clone();
        self.client
            .count(&Scope { selection, window }, Tries::Few)
            .ok()
    }

    /// What JumpCloud counts in the settled part, or why it does not.
    pub fn counted(&self) -> Result<u64> {
        let (selection, window) = (self.selection.clone(), self.settled);
        let counted = self.client.count(&Scope { selection, window }, Tries::Few);
        Ok(counted?)
    }

    /// What JumpCloud counts on each day of the settled part, if it does.
    pub fn by_day(&self) -> Option<BTreeMap<i64, u64>> {
        let selection = self.selection.clone();
        let window = self.settled;
        let scope = Scope { selection, window };
        let days = self
            .client
            .interval(&scope, Interval::Day, Tries::Few)
            .ok()?;
        let numbered = days
            .into_iter()
            .map(|(start, events)| (day_number(start), events));
        Some(numbered.collect())
    }

    /// The days of which less came than JumpCloud counts, with both numbers.
    fn short_days(&self, received: &ByDay, last: i64) -> Vec<String> {
        let there = self.by_day().unwrap_or_default();
        // What stands exactly at the end is none of the last day's.
        let short = there.range(..=last).filter_map(|(day, counted)| {
            let here = received.get(day).map_or(0, |received| received.settled);
            (here < *counted).then(|| format!("{} ({here} of {counted})", day_name(*day)))
        });
        let mut short: Vec<_> = short.collect();
        if short.len() > MOST_NAMED {
            let more = short.len() - MOST_NAMED;
            short.truncate(MOST_NAMED);
            short.push(format!("and {more} days more"));
        }
        short
    }
}

/// Days without events up to where the smallest plan's history begins, and events from there on: says so.
pub fn suspect_shorter_retention(run: &Run, window: Window, received: &ByDay) {
    let edge = day_number(run.now - SHORT_RETENTION);
    let first = day_number(window.start);
    let Some((begins, _)) = received.iter().find(|(_, received)| received.all > 0) else {
        return;
    };
    let full_behind = received.range(edge..).any(|(_, received)| received.all > 0);
    if first + 1 < edge && (edge..=edge + 1).contains(begins) && full_behind {
        let text = format!(
            "no event came of the days before {}, which is where a history of 15 days begins: this may be all that is kept",
            day_name(*begins)
        );
        let hint = "ask JumpCloud which plan this is; --retention 15d says so to jcx";
        run.printer.warning(&text, Some(hint));
    }
}
