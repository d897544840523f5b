//! The days of an archive as they are written: each whole or not at all.
//!
//! What is to be fetched is decided in [`super::calendar`] and [`super::fate`]. Asks nothing.

use std::collections::VecDeque;

use chrono::{DateTime, NaiveDate, Utc};

use super::fate::DayPlan;
use super::lost::tell_short;
use super::note_windows;
use super::standing::{Known, Settled};
use crate::commands::run::Run;
use crate::event::Facts;
use crate::failure::Result;
use crate::store::{Archive, DayFacts, Ledger, OpenGap, Packing, SHORT, Settings, SharedSink};
use crate::term::{Lasting, Windows};
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
    /// What is to be promised with the first page.
    promise: Option<(Settings, DateTime<Utc>)>,
    windows: Windows,
    /// What this run has fetched of the days that are published.
    settled: Settled,
}

/// A day that is being written.
struct OpenDay {
    plan: DayPlan,
    sink: SharedSink,
    /// What is fetched of it.
    fetched: Settled,
}

/// Notes what lives on in the archive.
pub fn note_lasting(run: &Run, archive: &Archive) {
    let lasting = archive.manifest().map(|manifest| Lasting {
        events: manifest.days.values().map(|day| day.events).sum(),
        succeeded: None,
        open_gaps: manifest.head.gaps.len(),
    });
    run.tally.update(|summary| summary.lasting = lasting);
}

impl Days {
    /// These, none of them written yet.
    pub fn new(
        archive: Archive,
        packing: Packing,
        plans: VecDeque<DayPlan>,
        windows: Windows,
    ) -> Self {
        let head = archive.manifest().map(|manifest| &manifest.head);
        Self {
            organization: head.and_then(|head| head.organization.clone()),
            archive,
            packing,
            plans,
            open: None,
            broken: None,
            promise: None,
            windows,
            settled: Settled::default(),
        }
    }

    /// Promises this before the first day is written: what was never answered is no promise.
    #[must_use]
    pub fn promising(mut self, query: Settings, since: DateTime<Utc>) -> Self {
        self.promise = Some((query, since));
        self
    }

    /// Whose events are there.
    pub fn organization(&self) -> Option<String> {
        self.organization.clone()
    }

    /// A slice's events are about to come; gives the part of its day that is fetched.
    pub fn begin(&mut self, run: &Run, window: Window) -> Result<Window> {
        let holds =
            |plan: &DayPlan| plan.fetch.start <= window.start && window.end <= plan.fetch.end;
        if let Some(open) = self.open.as_ref().filter(|open| holds(&open.plan)) {
            return Ok(open.plan.fetch);
        }
        if let Some((query, since)) = self.promise.take() {
            self.archive.promise(&query, since)?;
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
        if let Some(kept) = &plan.kept {
            self.archive
                .carry_over(kept, |line| sink.with(|sink| sink.write(line)))?;
        }
        let fetched = Settled::default();
        Ok(OpenDay {
            plan,
            sink,
            fetched,
        })
    }

    /// An event of the open day.
    pub fn write(&mut self, text: &[u8], facts: &Facts) -> Result<()> {
        // Of a day with a hole nothing is kept.
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        let fetch = open.plan.fetch;
        let is_inside = |at: &DateTime<Utc>| fetch.start <= *at && *at < fetch.end;
        open.fetched.note(facts.instant.filter(is_inside));
        open.sink.with(|sink| {
            sink.write(text)?;
            sink.write(b"\n")
        })
    }

    /// Notes whose events these are.
    pub fn page_done(&mut self, known: &Known<'_>) {
        if self.organization.is_none() {
            self.organization = known.organization.map(str::to_owned);
        }
    }

    /// A day has come to its end: it is published, with what JumpCloud counts.
    pub fn end_day(&mut self, run: &Run, counted: Option<u64>, short: bool) -> Result<()> {
        let Some(mut open) = self.open.take() else {
            return Ok(());
        };
        let written = open.sink.with(|sink| Ok(sink.written()))?;
        let mut ledger = Ledger::new(0);
        let ticket = ledger.enter(written);
        let (sink, committed) = open.sink.close(vec![ticket], ledger)?;
        let window = open.plan.whole();
        let facts = open.facts(counted.filter(|_| open.plan.is_counted_whole(run.now)));
        let pinned = self
            .archive
            .manifest()
            .and_then(|manifest| manifest.head.organization.as_ref());
        if let (None, Some(organization)) = (pinned, &self.organization) {
            self.archive.pin_organization(organization)?;
        }
        self.archive.publish(sink, &committed, &facts)?;
        self.archive.note_short(window, short)?;
        let day = OpenGap {
            start: window.start,
            end: window.end,
            reason: SHORT.to_owned(),
        };
        tell_short(run, &day, short);
        note_lasting(run, &self.archive);
        open.fetched.bytes = written;
        self.settled.add(&open.fetched);
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

    /// What this run has fetched of the days that are published.
    pub fn settled(&self) -> Settled {
        self.settled.clone()
    }
}

impl OpenDay {
    /// What is known of the day besides its file.
    fn facts(&self, api_count: Option<u64>) -> DayFacts {
        let (kept, fetched) = (self.plan.kept.as_ref(), &self.fetched);
        DayFacts {
            window: self.plan.whole(),
            events: kept.map_or(0, |kept| kept.events) + fetched.events,
            first: kept.and_then(|kept| kept.first).or(fetched.first),
            last: fetched.last.or(kept.and_then(|kept| kept.last)),
            api_count,
        }
    }
}
