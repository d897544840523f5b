//! Which days of an archive are to be fetched: everything promised that the manifest does not cover, as far as it can still be had.
//!
//! What becomes of a single day is decided in [`super::fate`]. Pure but for the warning about a shortened window: it reads no file
//! and asks nothing.

use std::collections::VecDeque;

use chrono::NaiveDate;

use super::fate::{Bounds, DayPlan};
use crate::cli::FetchArgs;
use crate::commands::run::Run;
use crate::commands::window::{self, filters};
use crate::failure::{Failure, Result};
use crate::insights::Selection;
use crate::store::{Day, Manifest, OpenGap};
use crate::term::{WindowText, Windows};
use crate::time::{Window, rfc3339, whole_day};

/// What a run does about an archive.
pub struct Calendar {
    /// Which events.
    pub selection: Selection,
    /// Everything that is promised.
    pub window: Window,
    /// Days to be fetched, in order.
    pub days: VecDeque<DayPlan>,
    /// What was promised and cannot be had any more, found by this run.
    pub gaps: Vec<OpenGap>,
    /// How many days are there already.
    pub covered: u64,
    /// Those of them that were written too early for a count to prove them whole, and can be counted now.
    pub uncounted: Vec<Day>,
}

impl Calendar {
    /// Days to be fetched, and days that are there, before anything is done.
    pub fn windows(&self) -> Windows {
        Windows {
            done: 0,
            failed: self.days.len() as u64,
            skipped: self.covered,
        }
    }

    /// A day that is there is to be fetched all the same.
    pub fn fetch_again(&mut self, plan: DayPlan) {
        self.covered -= 1;
        let before = self.days.partition_point(|other| other.date < plan.date);
        self.days.insert(before, plan);
    }
}

/// Decides for every day of the promise.
pub fn plan_days(args: &FetchArgs, manifest: Option<&Manifest>, run: &Run) -> Result<Calendar> {
    let mut selection = window::select(&args.window, run)?;
    selection.exclude = filters("--exclude", &args.excludes)?;
    let window = promise(args, manifest, run)?;
    let text = WindowText {
        start: rfc3339(window.start),
        end: rfc3339(window.end),
    };
    run.printer
        .step(&format!("window {} to {}", text.start, text.end));
    run.tally.update(|summary| summary.window = Some(text));
    let bounds = Bounds {
        manifest,
        kept_from: window::kept_from(&args.window, run),
        refetch: args.archive.refetched(),
    };
    bounds.check_refetch(window)?;
    let mut calendar = Calendar {
        selection,
        window,
        days: VecDeque::new(),
        gaps: Vec::new(),
        covered: 0,
        uncounted: Vec::new(),
    };
    let comparable = !args.no_count && !calendar.selection.is_narrowed();
    for (date, want) in days_of(window) {
        let fate = bounds.fate(date, want);
        if let Some(there) = bounds.there(date).filter(|_| fate.plan.is_none()) {
            calendar.covered += 1;
            let due = comparable && bounds.is_due(there, run.now);
            calendar.uncounted.extend(due.then(|| there.clone()));
        }
        calendar.days.extend(fate.plan);
        for lost in fate.lost {
            bounds.note_lost(&mut calendar.gaps, lost);
        }
    }
    Ok(calendar)
}

/// Everything from the earliest start that was ever promised, or is now, up to the end.
fn promise(args: &FetchArgs, manifest: Option<&Manifest>, run: &Run) -> Result<Window> {
    let since = window::since(&args.window, run)?.ok_or_else(|| {
        Failure::usage("--since is missing").hint("say how far back, for example --since 90d")
    })?;
    let asked = window::in_order(since, window::until(&args.window, run)?)?;
    match manifest.map(|manifest| manifest.head.since) {
        Some(promised) if promised <= asked.start => Ok(Window {
            start: promised,
            end: asked.end,
        }),
        // What is older than ever promised must still be there to be promised.
        promised => {
            let new = Window {
                end: promised.map_or(asked.end, |promised| promised.min(asked.end)),
                ..asked
            };
            let start = window::within_retention(&args.window, run, new)?.start;
            Ok(Window { start, ..asked })
        }
    }
}

/// The days of a window, each with its part of it.
fn days_of(window: Window) -> impl Iterator<Item = (NaiveDate, Window)> {
    let first = window.start.date_naive();
    first.iter_days().map_while(move |date| {
        let day = whole_day(date);
        let start = day.start.max(window.start);
        let end = day.end.min(window.end);
        (start < end).then_some((date, Window { start, end }))
    })
}
