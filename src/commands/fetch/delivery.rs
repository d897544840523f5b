//! What becomes of the events of each slice, in order: judged, written, and told.
//!
//! One worker at a time is here, the one whose slice is the head. Knows no request.

use chrono::{DateTime, Utc};

use super::proof::{ByDay, Proof};
use super::seam::{Crowd, Seam};
use super::standing::{Known, Settled, Standing};
use super::target::Target;
use crate::commands::run::{Hole, Run};
use crate::event::Facts;
use crate::failure::{Failure, Kind, Result};
use crate::insights::{Filters, Sieve, Slice};
use crate::json::members::string_of;
use crate::store::Spool;
use crate::term::counted;
use crate::time::{Window, rfc3339};

/// The one place that events go through on their way out.
pub struct Delivery {
    pub(super) sieve: Sieve,
    pub(super) target: Target,
    /// The one organization whose events are wanted; the first event that names one says so.
    pub(super) organization: Option<String>,
    /// How the events write it.
    written: Vec<u8>,
    /// What is left out on this side.
    exclude: Filters,
    seam: Seam,
}

/// How a slice's pages stand to those of other walks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// They reach up to its end.
    Whole,
    /// It was cut short, and they reach beyond its end.
    Cut,
    /// They go on behind those of an earlier run.
    Resumed,
}

impl Manner {
    /// As a walk says.
    pub fn of(resumed: bool, cut: bool) -> Self {
        match (resumed, cut) {
            (true, _) => Self::Resumed,
            (false, true) => Self::Cut,
            (false, false) => Self::Whole,
        }
    }
}

impl Delivery {
    /// Nothing is delivered yet; what has to wait at seams waits where `spool` does.
    pub fn new(sieve: Sieve, target: Target, exclude: Filters, spool: &Spool) -> Self {
        Self {
            sieve,
            target,
            organization: None,
            written: Vec::new(),
            exclude,
            seam: Seam::beside(spool),
        }
    }

    /// A slice's first pages are about to come.
    pub fn begin(&mut self, run: &Run, slice: &Slice, manner: Manner) -> Result<()> {
        let another = manner != Manner::Cut && slice.window.end < self.sieve.run().end;
        let overdue = self.seam.begin(slice.window, another);
        for crowd in overdue {
            self.judge_all(crowd)?;
        }
        if manner == Manner::Resumed {
            self.sieve.go_on();
        } else {
            self.sieve.begin(slice.window.start);
        }
        if let Some(day) = self.target.begin(run, slice.window)? {
            self.sieve.narrow(day);
        }
        Ok(())
    }

    /// Delivers the pages that wait, then makes them safe as far as the target wants it.
    pub fn pages(&mut self, run: &Run, spool: &mut Spool, standing: Standing<'_>) -> Result<()> {
        spool.drain(|text| self.event(text))?;
        let known = Known {
            sieve: &self.sieve,
            organization: self.organization.as_deref(),
        };
        self.target.page_done(run, &known, standing)?;
        self.show(run);
        self.tell(run);
        run.ambient.check_stop()
    }

    /// A day of an archive is delivered whole; says what is missing of what JumpCloud counts.
    pub fn end_day(
        &mut self,
        run: &Run,
        proof: &Proof<'_>,
        counted: Option<u64>,
    ) -> Result<Option<Hole>> {
        let overdue = self.seam.overdue();
        self.judge_all(overdue)?;
        let day = self.sieve.day();
        let received: ByDay = self
            .sieve
            .received()
            .range(day..=day)
            .map(|(day, of)| (*day, *of))
            .collect();
        let hole = counted.and_then(|counted| proof.missing(counted, &received));
        self.target.end_day(run, counted, hole.is_some())?;
        self.tell(run);
        Ok(hole)
    }

    /// A run that fails saves how far it has come.
    pub fn save(&mut self, run: &Run) -> Result<()> {
        let known = Known {
            sieve: &self.sieve,
            organization: self.organization.as_deref(),
        };
        let saved = self.target.save(run, &known);
        self.tell(run);
        saved
    }

    /// Everything up to the window's end was delivered: what is whole gets its name.
    pub fn finish(mut self, run: &Run, end: DateTime<Utc>) -> Result<Sieve> {
        let overdue = self.seam.overdue();
        self.judge_all(overdue)?;
        let known = Known {
            sieve: &self.sieve,
            organization: self.organization.as_deref(),
        };
        let settled = self.target.finish(run, &known, end)?;
        tell(run, &self.sieve, &settled);
        Ok(self.sieve)
    }

    /// The rest of a slice is missing.
    pub fn hole(&mut self, window: Window) {
        self.target.hole(window);
    }

    /// An event has come: judged now, or with the next slice's.
    fn event(&mut self, text: &[u8]) -> Result<()> {
        let facts = Facts::of(text);
        if self.seam.holds(text, facts.instant)? {
            return Ok(());
        }
        self.seam.settle(text);
        self.judge(text, &facts)
    }

    fn judge_all(&mut self, crowd: Crowd) -> Result<()> {
        crowd.each(|text| self.judge(text, &Facts::of(text)))
    }

    fn judge(&mut self, text: &[u8], facts: &Facts) -> Result<()> {
        if !self.sieve.passes(text, facts, &self.exclude) {
            return Ok(());
        }
        self.check_organization(facts.organization.as_deref())?;
        self.target.write(text, facts)
    }

    /// A stream has no past, and takes what the key gives; what continues takes one organization's events.
    fn check_organization(&mut self, organization: Option<&[u8]>) -> Result<()> {
        let Some(raw) = organization.filter(|raw| *raw != self.written && self.target.is_of_one())
        else {
            return Ok(());
        };
        let name = string_of(raw).unwrap_or_else(|| String::from_utf8_lossy(raw).into_owned());
        match &self.organization {
            Some(seen) if *seen != name => Err(foreign(seen, &name)),
            _ => {
                self.organization = Some(name);
                self.written = raw.to_vec();
                Ok(())
            }
        }
    }

    /// Brings the progress bar up to date.
    fn show(&self, run: &Run) {
        let (events, last) = (self.sieve.counts().events, self.sieve.counts().last);
        run.printer.progress(move || {
            let until = last.map(|last| format!(", up to {}", rfc3339(last)));
            format!("{}{}", counted(events, "event"), until.unwrap_or_default())
        });
    }

    /// Brings the summary up to date.
    fn tell(&self, run: &Run) {
        tell(run, &self.sieve, &self.target.settled(self.sieve.counts()));
    }
}

/// Notes what was judged, and what of it is in the output.
fn tell(run: &Run, sieve: &Sieve, settled: &Settled) {
    let counts = sieve.counts();
    run.tally.update(|summary| {
        summary.events = Some(settled.events);
        summary.excluded = Some(counts.excluded);
        summary.duplicates_dropped = Some(counts.duplicates_dropped);
        summary.out_of_window = Some(counts.out_of_window);
        summary.unexplained = Some(counts.unexplained);
        summary.id_conflicts = Some(counts.id_conflicts);
        summary.first_timestamp = settled.first.map(rfc3339);
        summary.last_timestamp = settled.last.map(rfc3339);
        summary.bytes_out = Some(settled.bytes);
    });
}

fn foreign(seen: &str, other: &str) -> Failure {
    let text = format!("an event of the organization {other} came; what is there is of {seen}");
    let hint =
        "the key, or --org, is another organization's: give each organization a place of its own";
    Failure::new(Kind::JumpCloud, text).hint(hint)
}
