//! An output that two threads can end: the worker that publishes it, and the main thread that leaves early.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use super::ledger::{Committed, Ledger, Ticket};
use super::sink::Sink;
use crate::failure::{Failure, Kind, Result};

/// A worker is writing to the sink at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// A sink that the main thread can end while a worker still holds on to it.
#[derive(Clone)]
pub struct SharedSink(Arc<Mutex<Option<Sink>>>);

impl SharedSink {
    /// Shares an open sink.
    pub fn new(sink: Sink) -> Self {
        Self(Arc::new(Mutex::new(Some(sink))))
    }

    /// Does something with the sink; fails once it has been ended.
    pub fn with<T>(&self, action: impl FnOnce(&mut Sink) -> Result<T>) -> Result<T> {
        match self.lock().as_mut() {
            Some(sink) => action(sink),
            None => Err(Failure::new(Kind::Unexpected, "the output has been ended")),
        }
    }

    /// Ends the stream, settles what was written to it, and gives a file its name if the ledger vouches for every byte.
    pub fn publish(&self, tickets: Vec<Ticket>, ledger: Ledger<u64>) -> Result<()> {
        let (sink, committed) = self.close(tickets, ledger)?;
        sink.publish(&committed)
    }

    /// Writes a text that is all there is, and ends the stream.
    pub fn publish_text(&self, text: &str) -> Result<()> {
        let mut ledger = Ledger::new(0);
        let ticket = self.with(|sink| {
            sink.write(text.as_bytes())?;
            Ok(ledger.enter(sink.written()))
        })?;
        self.publish(vec![ticket], ledger)
    }

    /// Ends the stream, settles what was written to it, and hands out the sink with the position up to which it is
    /// durable, for an archive to publish.
    pub fn close(
        &self,
        tickets: Vec<Ticket>,
        mut ledger: Ledger<u64>,
    ) -> Result<(Sink, Committed<u64>)> {
        let proof = self.with(Sink::sync)?;
        for ticket in tickets {
            ledger.settle(ticket, &proof);
        }
        let sink = self.lock().take().ok_or_else(Failure::interrupted)?;
        Ok((sink, ledger.committed()))
    }

    /// Takes the sink out without waiting; fails while a worker writes to it.
    pub fn try_take(&self) -> std::result::Result<Option<Sink>, Busy> {
        match self.0.try_lock() {
            Ok(mut sink) => Ok(sink.take()),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner().take()),
            Err(TryLockError::WouldBlock) => Err(Busy),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Sink>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
