//! `--state FILE` with `-o FILE --append`: going on after the last run.
//!
//! The state advances only behind what is durable in the file. The time before its position is read again, for events that appeared
//! late; what was delivered before is told by whole texts.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use super::course::{Course, delta};
use super::standing::{Known, Settled, Standing};
use crate::cli::FetchArgs;
use crate::commands::run::Run;
use crate::failure::Result;
use crate::insights::Walk;
use crate::store::{self, Checkpoint, Ledger, SharedSink, Sink, State, StateFile};
use crate::term::Lasting;
use crate::time::Window;

/// How often a position is saved at most.
const PACE: Duration = Duration::from_secs(1);
/// Remembered beyond the overlap, because what was received last may stand a little before what was received before.
pub const MARGIN: TimeDelta = TimeDelta::seconds(10);
/// Saved beyond the overlap, for what a server rounds.
const ROUNDED: TimeDelta = TimeDelta::seconds(2);

/// A file that its state vouches for.
pub struct Append {
    sink: SharedSink,
    pub(super) state: StateFile,
    ledger: Ledger<Checkpoint>,
    pub(super) overlap: TimeDelta,
    /// Everything that was received from here on was remembered when the run began, or is received anew.
    remembered_from: DateTime<Utc>,
    /// Everything before is delivered.
    reached: DateTime<Utc>,
    /// Where the run ends.
    end: DateTime<Utc>,
    saved: Instant,
    /// Events of this run.
    delivered: u64,
    bytes: u64,
    /// How long the file was before.
    begun: u64,
    /// What the state vouches for of this run: the next one cuts off what lies behind it.
    settled: Settled,
    /// What is delivered and not saved yet.
    due: Option<Checkpoint>,
}

impl Append {
    /// What this run appends to.
    pub fn new(
        args: &FetchArgs,
        sink: SharedSink,
        state: StateFile,
        course: &Course,
        run: &Run,
    ) -> Self {
        let position = course.position;
        let bytes = state.state().bytes;
        let remembered_from = state.state().remembered_from.min(course.window.start);
        let begin = Checkpoint {
            until: position,
            bytes,
            delivered: 0,
            remembered_from,
            walk: None,
        };
        Self {
            remembered_from,
            reached: position,
            end: course.window.end,
            sink,
            state,
            ledger: Ledger::new(begin),
            overlap: delta(args.state.overlap),
            saved: run.ambient.now(),
            delivered: 0,
            bytes,
            begun: bytes,
            settled: Settled::default(),
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
        // A walk through time that is read again is not gone on with: what it passed must be known.
        let walk = standing.walk.filter(|_| standing.position > self.reached);
        self.reached = self.reached.max(standing.position);
        self.due = Some(self.checkpoint(walk.and_then(unended)));
        if run.ambient.now().saturating_duration_since(self.saved) >= PACE {
            self.save(run, known)?;
        }
        Ok(())
    }

    /// What could be saved now.
    fn checkpoint(&self, walk: Option<store::Walk>) -> Checkpoint {
        Checkpoint {
            until: self.reached,
            bytes: self.bytes,
            delivered: self.delivered,
            remembered_from: self
                .remembered_from
                .max(self.reached - self.overlap - ROUNDED),
            walk,
        }
    }

    /// Makes what is delivered durable, then the position behind it.
    pub fn save(&mut self, run: &Run, known: &Known<'_>) -> Result<()> {
        let Some(checkpoint) = self.due.take() else {
            return Ok(());
        };
        let recent = known.sieve.recent();
        let from = checkpoint.remembered_from.timestamp();
        // What was received since would be taken for delivered, and what is forgotten would be delivered again: the position
        // before stays, and what lies behind it is done again.
        if checkpoint.delivered != self.delivered || !recent.is_whole_from(from) {
            return Ok(());
        }
        let recent = recent.between(from, self.end.timestamp());
        let ticket = self.ledger.enter(checkpoint);
        let proof = self.sink.with(Sink::checkpoint)?;
        self.ledger.settle(ticket, &proof);
        if let Some(organization) = known.organization {
            self.state.pin_organization(organization);
        }
        let recent = store::Recent::of(recent);
        let now = (run.ambient.wall)();
        self.state.save(&self.ledger.committed(), recent, now)?;
        note_lasting(run, self.state.state());
        self.settled = Settled::all(known.sieve.counts(), self.bytes());
        self.saved = run.ambient.now();
        Ok(())
    }

    /// Everything up to the window's end is delivered.
    pub fn finish(mut self, run: &Run, known: &Known<'_>, end: DateTime<Utc>) -> Result<()> {
        self.reached = self.reached.max(end);
        self.due = Some(self.checkpoint(None));
        self.state.succeed(run.now);
        self.save(run, known)?;
        let mut ledger = Ledger::new(self.bytes);
        let ticket = ledger.enter(self.bytes);
        self.sink.publish(vec![ticket], ledger)
    }

    /// What stays although the run may fail yet.
    pub fn settled(&self) -> Settled {
        self.settled.clone()
    }

    /// Bytes of this run.
    pub fn bytes(&self) -> u64 {
        self.bytes - self.begun
    }
}

/// Notes what lives on in the state.
pub fn note_lasting(run: &Run, state: &State) {
    let lasting = Lasting {
        events: state.events,
        succeeded: state.succeeded.map(|at| at.timestamp()),
        open_gaps: state.gaps.len(),
    };
    run.tally.update(|summary| summary.lasting = Some(lasting));
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
