//! `--out-dir DIR`: an archive with a file for each UTC day, which a run brings up to date.
//!
//! What is to be fetched is decided in [`super::calendar`]; here the days are written, each whole or not at all.

use std::collections::VecDeque;
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};

use super::calendar::{Calendar, DayPlan, plan_days};
use super::delivery::Known;
use super::errand::{self, Errand};
use super::lost::{lost, tell_open};
use super::note_windows;
use super::settings::archive_settings;
use super::target::Target;
use crate::cli::{Compress, FetchArgs};
use crate::commands::patience::patience;
use crate::commands::run::{Ending, Run};
use crate::event::Facts;
use crate::failure::Result;
use crate::insights::{Selection, Sieve, Slice};
use crate::store::{Archive, DayFacts, Ledger, Packing, SharedSink, read_manifest};
use crate::term::Windows;
use crate::time::Window;

/// The days of a run on their way into the archive.
pub struct Days {
    archive: Archive,
    packing: Packing,
    plans: VecDeque<DayPlan>,
    open: Option<OpenDay>,
    /// The day that something is missing of.
    broken: Option<NaiveDate>,
    organization: Option<String>,
    windows: Windows,
    /// Bytes of the days that are done.
    bytes: u64,
}

/// A day that is being written.
struct OpenDay {
    plan: DayPlan,
    sink: SharedSink,
    events: u64,
    first: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
}

/// Brings an archive up to date.
pub fn fetch_days(args: &FetchArgs, folder: &Path, run: &Run) -> Result<Ending> {
    let mut archive = Archive::open(folder, &mut patience(&run.ambient, args.state.lock_wait))?;
    let calendar = plan_days(args, archive.manifest(), run)?;
    archive.promise(&archive_settings(args), calendar.window.start)?;
    archive.refuse_damaged(&args.archive.refetch)?;
    for gap in &calendar.gaps {
        archive.open_gap(gap.clone())?;
    }
    let head = archive.manifest().map(|manifest| &manifest.head);
    tell_open(run, head.map_or(&[], |head| &head.gaps));
    let organization = head.and_then(|head| head.organization.clone());
    let lost = lost(&calendar.gaps, folder);
    let mut ending = bring(args, folder, (archive, organization), calendar, run)?;
    ending.lost = lost;
    Ok(ending)
}

fn bring(
    args: &FetchArgs,
    folder: &Path,
    (archive, organization): (Archive, Option<String>),
    calendar: Calendar,
    run: &Run,
) -> Result<Ending> {
    let Calendar {
        selection,
        window,
        days,
        covered,
        ..
    } = calendar;
    let windows = Windows {
        done: 0,
        failed: days.len() as u64,
        skipped: covered,
    };
    note_windows(run, windows);
    let fetched: Vec<Window> = days.iter().map(|day| day.fetch).collect();
    let (Some(first), Some(last)) = (fetched.first(), fetched.last()) else {
        return Ok(errand::ending(run, window, Vec::new()));
    };
    let window = Window {
        start: first.start,
        end: last.end,
    };
    let settled = errand::settled(args, &selection, window, run);
    let errand = Errand {
        args,
        selection,
        window,
        slices: fetched.iter().copied().map(Slice::unknown).collect(),
        unfinished: None,
        sieve: Sieve::new(window, settled),
        target: Target::Days(Days {
            archive,
            packing: packing(args),
            plans: days,
            open: None,
            broken: None,
            organization: organization.clone(),
            windows,
            bytes: 0,
        }),
        organization: organization.map(String::into_bytes),
        settled,
        days: fetched,
        folder: folder.to_owned(),
        beyond_holes: true,
    };
    errand.fulfil(run)
}

/// The windows that a run would ask for.
pub fn missing(args: &FetchArgs, folder: &Path, run: &Run) -> Result<(Selection, Vec<Window>)> {
    let manifest = if folder.exists() {
        read_manifest(folder)?
    } else {
        None
    };
    if let Some(manifest) = &manifest {
        let what = format!("the archive {}", folder.display());
        manifest
            .head
            .query
            .refuse_other(&what, &archive_settings(args))?;
    }
    let calendar = plan_days(args, manifest.as_ref(), run)?;
    let windows = calendar.days.iter().map(|day| day.fetch).collect();
    Ok((calendar.selection, windows))
}

fn packing(args: &FetchArgs) -> Packing {
    match args.archive.compress {
        None => Packing::Plain,
        Some(Compress::Gz) => Packing::Gzip,
        Some(Compress::Zst) => Packing::Zstd,
    }
}

impl Days {
    /// A slice's events are about to come; gives the part of its day that is fetched.
    pub fn begin(&mut self, run: &Run, window: Window) -> Result<Window> {
        let holds =
            |plan: &DayPlan| plan.fetch.start <= window.start && window.end <= plan.fetch.end;
        if let Some(open) = self.open.as_ref().filter(|open| holds(&open.plan)) {
            return Ok(open.plan.fetch);
        }
        self.open = None;
        while self
            .plans
            .front()
            .is_some_and(|plan| plan.fetch.end <= window.start)
        {
            self.plans.pop_front();
        }
        let Some(plan) = self.plans.front().filter(|plan| holds(plan)).cloned() else {
            return Ok(window);
        };
        let fetch = plan.fetch;
        if self.broken != Some(plan.date) {
            self.open = Some(self.open_day(run, plan)?);
        }
        Ok(fetch)
    }

    /// Opens a day; what is kept of it comes first.
    fn open_day(&mut self, run: &Run, plan: DayPlan) -> Result<OpenDay> {
        let sink = run.share(self.archive.open_day(plan.date, self.packing)?);
        let mut open = OpenDay {
            events: 0,
            first: None,
            last: None,
            sink,
            plan,
        };
        if let Some(kept) = &open.plan.kept {
            (open.events, open.first, open.last) = (kept.events, kept.first, kept.last);
            self.archive
                .carry_over(kept, |line| open.sink.with(|sink| sink.write(line)))?;
        }
        Ok(open)
    }

    /// An event of the open day.
    pub fn write(&mut self, text: &[u8], facts: &Facts) -> Result<()> {
        // Of a day with a hole nothing is kept.
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        open.events += 1;
        let fetch = open.plan.fetch;
        let instant = facts
            .instant
            .filter(|at| fetch.start <= *at && *at < fetch.end);
        open.first = open.first.min(instant).or(open.first).or(instant);
        open.last = open.last.max(instant);
        open.sink.with(|sink| {
            sink.write(text)?;
            sink.write(b"\n")
        })
    }

    /// Notes whose events these are.
    pub fn page_done(&mut self, known: &Known<'_>) {
        let text = known
            .organization
            .map(|raw| String::from_utf8_lossy(raw).into_owned());
        self.organization = text.or(self.organization.take());
    }

    /// A day has come to its end: it is published, with what JumpCloud counts.
    pub fn end_day(&mut self, run: &Run, counted: Option<u64>, short: bool) -> Result<()> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let written = open.sink.with(|sink| Ok(sink.written()))?;
        let mut ledger = Ledger::new(0);
        let ticket = ledger.enter(written);
        let (sink, committed) = open.sink.close(vec![ticket], ledger)?;
        let window = open.plan.whole();
        let facts = DayFacts {
            window,
            events: open.events,
            first: open.first,
            last: open.last,
            api_count: counted.filter(|_| open.plan.is_counted_whole(run.now)),
        };
        let pinned = self
            .archive
            .manifest()
            .and_then(|manifest| manifest.head.organization.as_ref());
        if let (None, Some(organization)) = (pinned, &self.organization) {
            self.archive.pin_organization(organization)?;
        }
        self.archive.publish(sink, &committed, &facts)?;
        self.archive.note_short(window, short)?;
        self.bytes += written;
        self.windows.done += 1;
        self.windows.failed -= 1;
        note_windows(run, self.windows);
        let events = crate::term::counted(facts.events, "event");
        run.printer.step(&format!("{}: {events}", open.plan.date));
        Ok(())
    }

    /// Something of a day is missing: its file stays as it was.
    pub fn hole(&mut self, window: Window) {
        if let Some(open) = self.open.take() {
            self.broken = Some(open.plan.date);
            if let Ok(Some(sink)) = open.sink.try_take() {
                sink.abandon(false);
            }
        } else if let Some(plan) = self
            .plans
            .front()
            .filter(|plan| plan.fetch.start <= window.start)
        {
            self.broken = Some(plan.date);
        }
    }

    /// Bytes written, before packing.
    pub fn bytes(&self) -> u64 {
        let open = self
            .open
            .as_ref()
            .map(|open| open.sink.with(|sink| Ok(sink.written())));
        self.bytes + open.and_then(Result::ok).unwrap_or(0)
    }
}
