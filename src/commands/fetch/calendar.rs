//! Which days of an archive are to be fetched: everything promised that the manifest does not cover, as far as it can still be had.
//!
//! Pure but for the warning about a shortened window: it reads no file and asks nothing.

use std::collections::VecDeque;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::proof::SETTLED;
use crate::cli::FetchArgs;
use crate::commands::run::Run;
use crate::commands::window::{self, filters};
use crate::failure::{Failure, Result};
use crate::insights::Selection;
use crate::store::{Day, Manifest, OpenGap, SHORT};
use crate::term::{WindowText, Windows};
use crate::time::{Window, rfc3339};

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
}

/// A day to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayPlan {
    /// Which.
    pub date: NaiveDate,
    /// What is asked for.
    pub fetch: Window,
    /// What is kept of it, because it cannot be had again; it ends where the asking begins, or a gap lies between.
    pub kept: Option<Day>,
}

/// What is known before the days are looked at one by one.
struct Bounds<'m> {
    manifest: Option<&'m Manifest>,
    kept_from: DateTime<Utc>,
    refetch: Vec<NaiveDate>,
}

/// What becomes of one day.
#[derive(Debug, Default, PartialEq, Eq)]
struct Fate {
    plan: Option<DayPlan>,
    lost: Vec<Window>,
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
    };
    for (date, want) in days_of(window) {
        let fate = bounds.fate(date, want);
        calendar.covered += u64::from(fate.plan.is_none() && bounds.holds(date));
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
        let day = whole(date);
        let start = day.start.max(window.start);
        let end = day.end.min(window.end);
        (start < end).then_some((date, Window { start, end }))
    })
}

/// Why something promised cannot be had any more.
const RETENTION: &str = "retention";

/// What is left of these windows outside a gap.
fn without(windows: &[Window], gap: &OpenGap) -> Vec<Window> {
    let parts = windows.iter().flat_map(|window| {
        let before = Window {
            end: window.end.min(gap.start),
            ..*window
        };
        let behind = Window {
            start: window.start.max(gap.end),
            ..*window
        };
        [before, behind]
    });
    parts.filter(|part| !part.is_empty()).collect()
}

/// From midnight to midnight, UTC.
fn whole(date: NaiveDate) -> Window {
    let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
    let next = date.checked_add_days(Days::new(1)).unwrap_or(date);
    Window {
        start: midnight(date),
        end: midnight(next),
    }
}

impl Bounds<'_> {
    fn holds(&self, date: NaiveDate) -> bool {
        self.manifest
            .is_some_and(|manifest| manifest.days.contains_key(&date))
    }

    fn check_refetch(&self, window: Window) -> Result<()> {
        for date in &self.refetch {
            let day = whole(*date);
            let start = day.start.max(window.start);
            if day.end <= window.start || day.start >= window.end {
                let text =
                    format!("--refetch {date} lies outside the archive and this run's window");
                return Err(Failure::usage(text).hint("name a day from --since on"));
            }
            if start < self.kept_from {
                let text = format!("--refetch {date} lies before what JumpCloud still keeps");
                let hint = "what is there of it stays; --retention names another plan";
                return Err(Failure::usage(text).hint(hint));
            }
        }
        Ok(())
    }

    /// What is to be done about a day of which this is promised.
    fn fate(&self, date: NaiveDate, want: Window) -> Fate {
        let there = self.manifest.and_then(|manifest| manifest.days.get(&date));
        let again = self.refetch.contains(&date) || self.is_short(want);
        let covers = |day: &Day| day.window.start <= want.start && want.end <= day.window.end;
        let Some(there) = there else {
            return self.fetch_from(date, want);
        };
        let hull = Window {
            start: want.start.min(there.window.start),
            end: want.end.max(there.window.end),
        };
        let past = there.window.start < self.kept_from;
        if covers(there) && (!again || past) {
            return Fate::default();
        }
        // What is missing before it cannot be had either.
        let all =
            there.window.start <= hull.start.max(self.kept_from) && hull.end <= there.window.end;
        if past || (all && !again) {
            self.go_on(date, want, there)
        } else {
            self.fetch_from(date, hull)
        }
    }

    /// Fetches what can still be had of a part of a day.
    fn fetch_from(&self, date: NaiveDate, part: Window) -> Fate {
        let start = part.start.max(self.kept_from).min(part.end);
        let fetch = Window { start, ..part };
        let lost = Window { end: start, ..part };
        let kept = None;
        Fate {
            plan: (!fetch.is_empty()).then_some(DayPlan { date, fetch, kept }),
            lost: [lost].into_iter().filter(|lost| !lost.is_empty()).collect(),
        }
    }

    /// Keeps what is there, which cannot be had again, and fetches what follows it.
    fn go_on(&self, date: NaiveDate, want: Window, there: &Day) -> Fate {
        let before = Window {
            start: want.start,
            end: there.window.start,
        };
        let behind = Window {
            start: there.window.end,
            end: want.end,
        };
        let mut fate = if behind.is_empty() {
            Fate::default()
        } else {
            self.fetch_from(date, behind)
        };
        if let Some(plan) = &mut fate.plan {
            plan.kept = Some(there.clone());
        }
        if !before.is_empty() {
            fate.lost.insert(0, before);
        }
        fate
    }

    /// Whether less of a day came than JumpCloud counted, and nobody took note of it.
    fn is_short(&self, want: Window) -> bool {
        let gaps = self
            .manifest
            .map_or(&[][..], |manifest| &manifest.head.gaps);
        let same_day = |gap: &&OpenGap| gap.start.date_naive() == want.start.date_naive();
        gaps.iter().filter(same_day).any(|gap| gap.reason == SHORT)
    }

    /// Notes a gap that no run has found yet; what follows on the one before is one gap with it.
    fn note_lost(&self, gaps: &mut Vec<OpenGap>, lost: Window) {
        let head = self.manifest.map(|manifest| &manifest.head);
        let known = head
            .iter()
            .flat_map(|head| head.gaps.iter().chain(&head.acknowledged));
        let known = known.filter(|gap| gap.reason == RETENTION);
        let new = known.fold(vec![lost], |new, gap| without(&new, gap));
        for lost in new {
            match gaps.last_mut().filter(|gap| gap.end == lost.start) {
                Some(gap) => gap.end = lost.end,
                None => gaps.push(OpenGap {
                    start: lost.start,
                    end: lost.end,
                    reason: RETENTION.to_owned(),
                }),
            }
        }
    }
}

impl DayPlan {
    /// What of the day is there in the end.
    pub fn whole(&self) -> Window {
        let kept = self.kept.as_ref().map(|kept| kept.window.start);
        Window {
            start: kept.unwrap_or(self.fetch.start),
            ..self.fetch
        }
    }

    /// Whether what JumpCloud counts is the count of the whole file.
    pub fn is_counted_whole(&self, now: DateTime<Utc>) -> bool {
        self.kept.is_none() && self.fetch.end + TimeDelta::seconds(1) <= now - SETTLED
    }
}
