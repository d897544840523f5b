//! Days of an archive that were written before a count could prove them whole: they are counted by a later run, and fetched again where
//! events appeared after the writing.
//!
//! A count that cannot be had proves nothing: the day stays as it is, and the next run asks again.

use chrono::{NaiveDate, TimeDelta};

use super::fate::DayPlan;
use super::proof::{Proof, settled};
use crate::commands::run::Run;
use crate::failure::{Failure, Result};
use crate::insights::{Client, Selection};
use crate::store::{Day, Span};
use crate::term::counted;
use crate::time::Window;

/// What the counts say of days that are there.
#[derive(Debug, Default)]
pub struct Recount {
    /// Days of which everything is there, with their counts.
    pub whole: Vec<(NaiveDate, u64)>,
    /// Days of which more is counted.
    pub short: Vec<DayPlan>,
}

/// Asks for the count of each of these days, as long as there is an answer.
pub fn recount(client: &Client, selection: &Selection, days: &[Day], run: &Run) -> Result<Recount> {
    let mut recount = Recount::default();
    for day in days {
        let Some(date) = day.date() else { continue };
        run.ambient.check_stop()?;
        let Span { start, end } = day.window;
        let window = Window { start, end };
        let proof = Proof {
            client,
            selection,
            settled: settled(window, run.now),
        };
        let count = match proof.counted() {
            Ok(count) => count,
            Err(failure) => {
                run.ambient.check_stop()?;
                warn(run, date, &failure);
                break;
            }
        };
        let here = counted(day.events, "event");
        run.printer
            .step(&format!("{date}: {here}, JumpCloud counts {count}"));
        match proof.shortfall(count, day.events, perhaps_at_end(day)) {
            None => recount.whole.push((date, count)),
            Some(_) => recount.short.push(DayPlan {
                date,
                fetch: window,
                kept: None,
            }),
        }
    }
    Ok(recount)
}

/// How many of a day's events may stand in its last second: that is not known, only whether any does.
fn perhaps_at_end(day: &Day) -> u64 {
    let last_second = day.window.end - TimeDelta::seconds(1);
    let any = day.last.is_some_and(|last| last >= last_second);
    if any { day.events } else { 0 }
}

fn warn(run: &Run, date: NaiveDate, failure: &Failure) {
    let why = failure.message();
    let text = format!(
        "{date} was written too early to be proved whole, and cannot be counted now: {why}"
    );
    let hint = "the next run tries again; --no-count leaves it as it is";
    run.printer.warning(&text, Some(hint));
}
