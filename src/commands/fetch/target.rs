//! Where events go: a stream or file that is whole or absent, a file that grows, or an archive of days.

use chrono::{DateTime, Utc};

use super::append::Append;
use super::days::Days;
use crate::commands::run::Run;
use crate::event::Facts;
use crate::failure::Result;
use crate::insights::SieveCounts;
use crate::store::{Ledger, SharedSink, Ticket};
use crate::time::Window;

use super::standing::{Known, Settled, Standing};

/// One of the three.
pub enum Target {
    /// Stdout, or a file that is whole or absent.
    Single(Single),
    /// A file that a state vouches for.
    Append(Append),
    /// A folder with a file for each day.
    Days(Days),
}

/// Stdout, or a file that is whole or absent.
pub struct Single {
    sink: SharedSink,
    ledger: Ledger<u64>,
    tickets: Vec<Ticket>,
    written: u64,
    /// What is written is gone at once.
    is_stream: bool,
}

impl Single {
    /// Nothing is written yet.
    pub fn new(sink: SharedSink, is_stream: bool) -> Self {
        Self {
            sink,
            ledger: Ledger::new(0),
            tickets: Vec::new(),
            written: 0,
            is_stream,
        }
    }

    fn write(&mut self, text: &[u8]) -> Result<()> {
        self.sink.with(|sink| {
            sink.write(text)?;
            sink.write(b"\n")
        })
    }

    fn page_done(&mut self) -> Result<()> {
        let flushed = self.sink.with(|sink| sink.flush().map(|()| sink.written()));
        self.written = flushed?;
        self.tickets.push(self.ledger.enter(self.written));
        Ok(())
    }
}

impl Target {
    /// Whether it continues what was there, so that another organization's events are none of it.
    pub fn is_of_one(&self) -> bool {
        !matches!(self, Self::Single(_))
    }

    /// A slice's events are about to come; gives the part of the run's window that stands for itself.
    pub fn begin(&mut self, run: &Run, window: Window) -> Result<Option<Window>> {
        match self {
            Self::Single(_) | Self::Append(_) => Ok(None),
            Self::Days(days) => days.begin(run, window).map(Some),
        }
    }

    /// An event is delivered.
    pub fn write(&mut self, text: &[u8], facts: &Facts) -> Result<()> {
        match self {
            Self::Single(single) => single.write(text),
            Self::Append(append) => append.write(text),
            Self::Days(days) => days.write(text, facts),
        }
    }

    /// The events of a page are written.
    pub fn page_done(
        &mut self,
        run: &Run,
        known: &Known<'_>,
        standing: Standing<'_>,
    ) -> Result<()> {
        match self {
            Self::Single(single) => single.page_done(),
            Self::Append(append) => append.page_done(run, known, standing),
            Self::Days(days) => {
                days.page_done(known);
                Ok(())
            }
        }
    }

    /// A day of an archive is delivered whole; `short` if less came than JumpCloud counts.
    pub fn end_day(&mut self, run: &Run, counted: Option<u64>, short: bool) -> Result<()> {
        match self {
            Self::Single(_) | Self::Append(_) => Ok(()),
            Self::Days(days) => days.end_day(run, counted, short),
        }
    }

    /// The rest of a slice will not come.
    pub fn hole(&mut self, window: Window) {
        if let Self::Days(days) = self {
            days.hole(window);
        }
    }

    /// A run that fails saves how far it has come.
    pub fn save(&mut self, run: &Run, known: &Known<'_>) -> Result<()> {
        match self {
            Self::Single(_) | Self::Days(_) => Ok(()),
            Self::Append(append) => append.save(run, known),
        }
    }

    /// Everything up to the window's end was delivered: what is whole gets its name. Gives what is in the output then.
    pub fn finish(self, run: &Run, known: &Known<'_>, end: DateTime<Utc>) -> Result<Settled> {
        let counts = known.sieve.counts();
        match self {
            Self::Single(single) => {
                let settled = Settled::all(counts, single.written);
                single.sink.publish(single.tickets, single.ledger)?;
                Ok(settled)
            }
            Self::Append(append) => {
                let settled = Settled::all(counts, append.bytes());
                append.finish(run, known, end)?;
                Ok(settled)
            }
            Self::Days(days) => Ok(days.settled()),
        }
    }

    /// What is in the output already, although the run may fail yet.
    pub fn settled(&self, counts: &SieveCounts) -> Settled {
        match self {
            // A file that is not whole does not stay.
            Self::Single(single) if !single.is_stream => Settled::default(),
            Self::Single(single) => Settled::all(counts, single.written),
            Self::Append(append) => append.settled(),
            Self::Days(days) => days.settled(),
        }
    }
}
