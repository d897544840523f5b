//! `jcx fetch`: every event of a window, into a pipe, a file, a file that grows, or an archive of days.
//!
//! The window is cut into slices that are walked at once and delivered in order ([`crew`], [`relay`]); what is delivered is judged in
//! one place ([`delivery`]) and compared with what JumpCloud counts ([`proof`]).

mod ahead;
mod append;
mod archived;
mod calendar;
mod continued;
mod course;
mod crew;
mod days;
mod delivery;
mod dry_run;
mod errand;
mod fate;
mod handing;
mod lost;
mod proof;
mod recount;
mod relay;
mod seam;
mod settings;
mod sharing;
mod standing;
mod target;

use self::errand::Errand;
use self::target::{Single, Target};
use super::run::{Ending, Run};
use super::window::{filters, scope};
use crate::cli::FetchArgs;
use crate::exit;
use crate::failure::{Failure, Result};
use crate::insights::{Sieve, Slice};
use crate::store::{Output, Sink};
use crate::term::{Gap, Summary, Windows};
use crate::time::{Window, rfc3339};

/// Fetches the window that the arguments name.
pub fn fetch(args: &FetchArgs, run: &Run) -> Result<Ending> {
    if args.ahead.dry_run {
        return dry_run::dry_run(args, run);
    }
    if let Some(folder) = &args.archive.out_dir {
        return archived::fetch_days(args, folder, run);
    }
    if let Some(state) = &args.state.state {
        return continued::fetch_on(args, state, run);
    }
    fetch_once(args, run)
}

/// One window, into a stream or a file that is whole or absent.
fn fetch_once(args: &FetchArgs, run: &Run) -> Result<Ending> {
    let mut scope = scope(&args.window, run)?;
    scope.selection.exclude = filters("--exclude", &args.excludes)?;
    let window = scope.window;
    note_window(run, false);
    let output = Output::of(args.output.as_deref(), args.force);
    // Opened before the key is looked for: without one, too, a pipe must not end like an empty answer.
    let sink = run.share(Sink::open(&output)?);
    let target = Target::Single(Single::new(sink, output.is_stream()));
    let settled = errand::settled(args, &scope.selection, window, run);
    let errand = Errand {
        args,
        client: None,
        selection: scope.selection,
        window,
        slices: vec![Slice::unknown(window)],
        unfinished: None,
        sieve: Sieve::new(window, settled),
        target,
        organization: None,
        settled,
        days: Vec::new(),
        folder: output.folder(),
        beyond_holes: false,
    };
    let ending = errand.fulfil(run);
    if ending.is_ok() {
        note_window(run, true);
    }
    ending.inspect_err(|failure| note_gap(run, window, output.is_stream(), failure))
}

/// Until a page is there the summary says that nothing was delivered.
pub fn zero(summary: &mut Summary) {
    summary.gaps.get_or_insert_default();
    for counter in [
        &mut summary.events,
        &mut summary.pages,
        &mut summary.requests,
        &mut summary.retries,
        &mut summary.duplicates_dropped,
        &mut summary.out_of_window,
        &mut summary.excluded,
        &mut summary.unexplained,
        &mut summary.id_conflicts,
        &mut summary.bytes_out,
    ] {
        *counter = Some(0);
    }
}

/// The one window of a run, delivered or not.
fn note_window(run: &Run, delivered: bool) {
    let windows = Windows {
        done: delivered.into(),
        failed: (!delivered).into(),
        skipped: 0,
    };
    note_windows(run, windows);
}

fn note_windows(run: &Run, windows: Windows) {
    run.tally.update(|summary| summary.windows = Some(windows));
}

/// What a failed run did not deliver: of a file everything, of a stream what lies behind its last event.
fn note_gap(run: &Run, window: Window, is_stream: bool, failure: &Failure) {
    let reason = exit::reason(failure.kind()).to_owned();
    run.tally.update(|summary| {
        let streamed = summary.last_timestamp.clone().filter(|_| is_stream);
        let gap = Gap {
            start: streamed.unwrap_or_else(|| rfc3339(window.start)),
            end: rfc3339(window.end),
            reason,
        };
        summary.gaps.get_or_insert_default().push(gap);
    });
}
