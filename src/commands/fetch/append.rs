//! `--state FILE` with `-o FILE --append`: going on after the last run.
//!
//! The state advances only behind what is durable in the file. The time before its position is read again, for events that appeared
//! late; what was delivered before is told by whole texts.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::value::RawValue;

use super::delivery::{Known, Standing};
use super::errand::{self, Errand};
use super::lost::{self, lost};
use super::settings::settings;
use super::target::Target;
use super::{note_windows, proof};
use crate::cli::{FetchArgs, ResumeArgs};
use crate::commands::patience::patience;
use crate::commands::run::{Ending, Run};
use crate::commands::window::{self, filters};
use crate::failure::{Failure, Result};
use crate::insights::{Query, Recent, Selection, Sieve, Slice, Walk};
use crate::store::{
    self, Checkpoint, Ledger, OpenGap, Output, SharedSink, Sink, State, StateFile, check_appendable,
};
use crate::term::Windows;
use crate::time::{Window, rfc3339};

/// How often a position is saved at most.
const PACE: Duration = Duration::from_secs(1);
/// Remembered beyond the overlap, for the seams of walks.
const MARGIN: TimeDelta = TimeDelta::seconds(10);

/// A file that its state vouches for.
pub struct Append {
    sink: SharedSink,
    state: StateFile,
    ledger: Ledger<Checkpoint>,
    overlap: TimeDelta,
    saved: Instant,
    /// Events of this run.
    delivered: u64,
    bytes: u64,
    /// How long the file was before.
    begun: u64,
    /// What is delivered and not saved yet.
    due: Option<Checkpoint>,
}

/// What the arguments and the state come to.
struct Course {
    selection: Selection,
    /// All that may come, the time that is read again included.
    window: Window,
    /// Up to where an earlier run delivered everything.
    position: DateTime<Utc>,
    gap: Option<OpenGap>,
}

/// Fetches what has come since the last run.
pub fn fetch_on(args: &FetchArgs, path: &Path, run: &Run) -> Result<Ending> {
    let output = output(args)?;
    let mut state = open(args, path, output, run)?;
    let course = course(args, Some(state.state()), run)?;
    note_windows(
        run,
        Windows {
            done: 0,
            failed: 1,
            skipped: 0,
        },
    );
    let sink = run.share(Sink::append(Path::new(output), state.state().bytes)?);
    let lost = lost(course.gap.as_slice(), path);
    if let Some(gap) = course.gap.clone() {
        state.open_gap(gap);
    }
    lost::tell_open(run, &state.state().gaps);
    let append = Append::new(args, sink, state, course.position, run);
    let mut ending = go_on(args, course, append, run)?;
    note_windows(
        run,
        Windows {
            done: 1,
            failed: 0,
            skipped: 0,
        },
    );
    ending.lost = lost;
    Ok(ending)
}

fn go_on(args: &FetchArgs, course: Course, append: Append, run: &Run) -> Result<Ending> {
    let Course {
        selection, window, ..
    } = course;
    let state = append.state.state();
    let organization = state
        .organization
        .as_ref()
        .map(|text| text.clone().into_bytes());
    let mut recent = Recent::new(append.overlap + MARGIN);
    for (second, digest) in state.recent.entries() {
        recent.restore(*second, *digest);
    }
    let mut settled = errand::settled(args, &selection, window, run);
    let resumed = resumed(args, state, window, &selection, run);
    let slices = match &resumed {
        None => vec![Slice::unknown(window)],
        Some((slice, _)) => {
            // What the interrupted walk had already is not received again.
            let begins = slice.window.start + TimeDelta::seconds(1);
            let end = window.end.max(begins);
            settled = proof::common(settled, Window { start: begins, end });
            let start = slice.window.end;
            let rest = Window { start, ..window };
            let rest = (!rest.is_empty()).then(|| Slice::unknown(rest));
            [Some(*slice), rest].into_iter().flatten().collect()
        }
    };
    let errand = Errand {
        args,
        selection,
        window,
        slices,
        unfinished: resumed,
        sieve: Sieve::new(window, settled).remembering(recent),
        target: Target::Append(append),
        organization,
        settled,
        days: Vec::new(),
        folder: Output::of(args.output.as_deref(), false).folder(),
        beyond_holes: false,
    };
    errand.fulfil(run)
}

/// The windows that the next run would ask for.
pub fn ahead(args: &FetchArgs, path: &Path, run: &Run) -> Result<(Selection, Vec<Window>)> {
    output(args)?;
    let state = if path.exists() {
        Some(State::read(path)?)
    } else {
        None
    };
    let course = course(args, state.as_ref(), run)?;
    Ok((course.selection, vec![course.window]))
}

/// The file that grows.
fn output(args: &FetchArgs) -> Result<&str> {
    let output = args.output.as_deref().unwrap_or("-");
    if !args.state.append || output == "-" {
        let text =
            "--state needs -o FILE --append: of what goes elsewhere nobody can know what arrived";
        return Err(Failure::usage(text).hint("jcx sync continues a load into Elasticsearch"));
    }
    Ok(output)
}

/// The state of the run, locked; made before any data is written where there is none.
fn open(args: &FetchArgs, path: &Path, output: &str, run: &Run) -> Result<StateFile> {
    let query = settings(args);
    let mut patience = patience(&run.ambient, args.state.lock_wait);
    if let Some(state) = StateFile::open(path, &mut patience)? {
        state.refuse_foreign("fetch", &query)?;
        check_appendable(output, Some(state.state().bytes))?;
        return Ok(state);
    }
    check_appendable(output, None)?;
    let start = course(args, None, run)?.position;
    StateFile::create(path, State::new("fetch", query, start, run.now))
}

fn course(args: &FetchArgs, state: Option<&State>, run: &Run) -> Result<Course> {
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
    let begins = state.map_or(position, |state| again.max(state.since));
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
fn resumed(
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

impl Append {
    fn new(
        args: &FetchArgs,
        sink: SharedSink,
        state: StateFile,
        position: DateTime<Utc>,
        run: &Run,
    ) -> Self {
        let bytes = state.state().bytes;
        let begin = Checkpoint {
            until: position,
            bytes,
            delivered: 0,
            remembered_from: position,
            walk: None,
        };
        Self {
            sink,
            state,
            ledger: Ledger::new(begin),
            overlap: delta(args.state.overlap),
            saved: run.ambient.now(),
            delivered: 0,
            bytes,
            begun: bytes,
            due: None,
        }
    }

    /// Appends an event.
    pub fn write(&mut self, text: &[u8]) -> Result<()> {
        self.delivered += 1;
        self.sink.with(|sink| {
            sink.write(text)?;
            sink.write(b"\n")
        })
    }

    /// Notes what is delivered, and saves it when it is time.
    pub fn page_done(
        &mut self,
        run: &Run,
        known: &Known<'_>,
        standing: Standing<'_>,
    ) -> Result<()> {
        self.bytes = self.sink.with(|sink| Ok(sink.written()))?;
        let before = self.ledger.committed().position().until;
        // A walk through time that is read again is not gone on with: what it passed must be known.
        let walk = standing.walk.filter(|_| standing.position > before);
        self.due = Some(Checkpoint {
            until: standing.position.max(before),
            bytes: self.bytes,
            delivered: self.delivered,
            remembered_from: before,
            walk: walk.and_then(unended),
        });
        if run.ambient.now().saturating_duration_since(self.saved) >= PACE {
            self.save(run, known)?;
        }
        Ok(())
    }

    /// Makes what is delivered durable, then the position behind it.
    pub fn save(&mut self, run: &Run, known: &Known<'_>) -> Result<()> {
        let Some(checkpoint) = self.due.take() else {
            return Ok(());
        };
        let from = checkpoint.until - self.overlap - MARGIN;
        let ticket = self.ledger.enter(checkpoint);
        let proof = self.sink.with(Sink::checkpoint)?;
        self.ledger.settle(ticket, &proof);
        if let Some(organization) = known.organization {
            self.state
                .pin_organization(&String::from_utf8_lossy(organization));
        }
        let mut recent = Vec::new();
        for (second, digests) in known.sieve.recent().since(from) {
            recent.extend(digests.iter().map(|digest| (second, *digest)));
        }
        let now = (run.ambient.wall)();
        self.state
            .save_with(&self.ledger.committed(), store::Recent::of(recent), now)?;
        self.saved = run.ambient.now();
        Ok(())
    }

    /// Everything up to the window's end is delivered.
    pub fn finish(mut self, run: &Run, known: &Known<'_>, end: DateTime<Utc>) -> Result<()> {
        let before = self.ledger.committed().position().until;
        self.due = Some(Checkpoint {
            until: end.max(before),
            bytes: self.bytes,
            delivered: self.delivered,
            remembered_from: before,
            walk: None,
        });
        self.state.succeed(run.now);
        self.save(run, known)?;
        let mut ledger = Ledger::new(self.bytes);
        let ticket = ledger.enter(self.bytes);
        self.sink.publish(vec![ticket], ledger)
    }

    /// Bytes of this run.
    pub fn bytes(&self) -> u64 {
        self.bytes - self.begun
    }
}

/// What is needed to go on with a walk.
fn unended(walk: &Walk) -> Option<store::Walk> {
    let Window { start, end } = walk.query().window;
    Some(store::Walk {
        start,
        end,
        cursor: walk.cursor()?.get().to_owned(),
        page_size: walk.query().page_size,
    })
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
