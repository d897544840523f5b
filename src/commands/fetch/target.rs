//! Where events go: a stream or file that is whole or absent, a file that grows, or an archive of days.

use chrono::{DateTime, Utc};

use super::append::Append;
use super::days::Days;
use crate::commands::run::Run;
use crate::event::Facts;
use crate::failure::Result;
use crate::store::{Ledger, SharedSink, Ticket};
use crate::time::Window;

use super::delivery::{Known, Standing};

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
}

impl Single {
    /// Nothing is written yet.
    pub fn new(sink: SharedSink) -> Self {
        Self {
            sink,
            ledger: Ledger::new(0),
            tickets: Vec::new(),
            written: 0,
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

    /// Everything up to the window's end was delivered: what is whole gets its name.
    pub fn finish(self, run: &Run, known: &Known<'_>, end: DateTime<Utc>) -> Result<()> {
        match self {
            Self::Single(single) => single.sink.publish(single.tickets, single.ledger),
            Self::Append(append) => append.finish(run, known, end),
            Self::Days(_) => Ok(()),
        }
    }

    /// Bytes written, before packing.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Single(single) => single.written,
            Self::Append(append) => append.bytes(),
            Self::Days(days) => days.bytes(),
        }
    }
}
