//! What a run with a state asks for: the time since the last one, the time before that is read again, and the walk that broke off.
//!
//! Reads no file and asks nothing.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::value::RawValue;

use crate::cli::{FetchArgs, ResumeArgs};
use crate::commands::run::Run;
use crate::commands::window::{self, filters};
use crate::failure::{Failure, Result};
use crate::insights::{Query, Selection, Slice, Walk};
use crate::store::{OpenGap, State};
use crate::time::{Window, rfc3339};

/// What the arguments and the state come to.
pub struct Course {
    pub selection: Selection,
    /// All that may come, the time that is read again included.
    pub window: Window,
    /// Up to where an earlier run delivered everything.
    pub position: DateTime<Utc>,
    pub gap: Option<OpenGap>,
}

/// Decides it.
pub fn course(args: &FetchArgs, state: Option<&State>, run: &Run) -> Result<Course> {
    let mut selection = window::select(&args.window, run)?;
    selection.exclude = filters("--exclude", &args.excludes)?;
    let until = window::until(&args.window, run)?;
    let end = until.min(run.now - delta(args.state.lag));
    let kept_from = window::kept_from(&args.window, run);
    let (position, gap) = match state {
        None => {
            let since = window::since(&args.window, run)?.ok_or_else(|| {
                Failure::usage("the first run with a state needs --since")
                    .hint("say how far back it begins, for example --since 90d")
            })?;
            let asked = window::in_order(since, until)?;
            (
                window::within_retention(&args.window, run, asked)?.start,
                None,
            )
        }
        Some(state) if state.until < kept_from.min(end) => {
            let gap = OpenGap {
                start: state.until,
                end: kept_from.min(end),
                reason: "retention".to_owned(),
            };
            (gap.end, Some(gap))
        }
        Some(state) => (state.until, None),
    };
    let again = position - delta(args.state.overlap);
    // What is not remembered is not read again.
    let begins = state.map_or(position, |state| {
        again
            .max(state.since)
            .max(state.remembered_from)
            .min(position)
    });
    let start = if end > position {
        begins.max(kept_from.min(position))
    } else {
        end
    };
    let window = Window { start, end };
    let text = crate::term::WindowText {
        start: rfc3339(start),
        end: rfc3339(end),
    };
    run.printer
        .step(&format!("window {} to {}", text.start, text.end));
    run.tally.update(|summary| summary.window = Some(text));
    Ok(Course {
        selection,
        window,
        position,
        gap,
    })
}

/// The walk that an earlier run did not end, if its cursor still leads through the same events: what appeared late before it is
/// not seen on that way, so it is taken only where that was old when it was read.
pub fn resumed(
    args: &FetchArgs,
    state: &State,
    window: Window,
    selection: &Selection,
    run: &Run,
) -> Option<(Slice, Walk)> {
    let walk = state.walk.as_ref()?;
    let ResumeArgs { lag, overlap, .. } = args.state;
    let was_settled = state.until + delta(lag) + delta(overlap) <= state.saved;
    let asked = Window {
        start: walk.start,
        end: walk.end,
    };
    let fits = was_settled
        && walk.page_size == args.page_size
        && asked.end <= window.end
        && asked.start <= state.until
        && state.until < asked.end
        && state.until >= window.start;
    let cursor = RawValue::from_string(walk.cursor.clone())
        .ok()
        .filter(|_| fits)?;
    let query = Query {
        selection: selection.clone(),
        window: asked,
        page_size: walk.page_size,
    };
    let slice = Slice::unknown(Window {
        start: state.until,
        end: asked.end,
    });
    run.printer.step("going on behind the saved cursor");
    Some((slice, Walk::behind(query, cursor)))
}

/// The same, as far as it can be told.
pub fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
