//! What is durable, without a hole before it.
//!
//! Work is entered in order and settled in any order. Only the ledger makes a [`Committed`], and only for a position
//! below which everything is settled, so saving a position before its data is safe does not compile.

use std::collections::VecDeque;

/// Proof that something outlives the process: synced to disk, handed to a reader, or acknowledged by a server.
#[derive(Debug)]
pub struct Durable(());

impl Durable {
    /// For a data file or dead-letter file, after `sync_data` succeeded.
    pub(super) fn synced() -> Self {
        Self(())
    }

    /// For a reply in which a server says of each document that it stores it, or had it already.
    pub fn acknowledged() -> Self {
        Self(())
    }
}

/// A position below which everything is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed<P> {
    position: P,
    pieces: u64,
}

impl<P> Committed<P> {
    /// The position.
    pub fn position(&self) -> &P {
        &self.position
    }

    /// How many pieces of work, from the first one on, lie below it.
    pub fn pieces(&self) -> u64 {
        self.pieces
    }
}

/// One piece of work in the ledger.
#[derive(Debug, PartialEq, Eq)]
pub struct Ticket(u64);

/// Work entered in order, settled out of order, and its contiguous low-water mark.
#[derive(Debug)]
pub struct Ledger<P> {
    low: P,
    first: u64,
    open: VecDeque<(P, bool)>,
}

impl<P: Clone> Ledger<P> {
    /// Nothing is entered yet; `start` is where the work begins.
    pub fn new(start: P) -> Self {
        Self {
            low: start,
            first: 0,
            open: VecDeque::new(),
        }
    }

    /// Enters the next piece of work, which ends at `position`.
    pub fn enter(&mut self, position: P) -> Ticket {
        self.open.push_back((position, false));
        Ticket(self.first + self.open.len() as u64 - 1)
    }

    /// Settles one piece of work, on proof.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the ticket is used up: nothing is settled twice"
    )]
    pub fn settle(&mut self, ticket: Ticket, _proof: &Durable) {
        let Ticket(number) = ticket;
        let index = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
        if let Some(entry) = self.open.get_mut(index) {
            entry.1 = true;
        }
        while self.open.front().is_some_and(|(_, settled)| *settled) {
            if let Some((position, _)) = self.open.pop_front() {
                self.low = position;
                self.first += 1;
            }
        }
    }

    /// The position below which everything is settled.
    pub fn committed(&self) -> Committed<P> {
        Committed {
            position: self.low.clone(),
            pieces: self.first,
        }
    }

    /// Whether everything that was entered is settled.
    pub fn is_settled(&self) -> bool {
        self.open.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Durable, Ledger};

    #[test]
    fn a_hole_holds_the_mark_back() {
        let mut ledger = Ledger::new(0);
        let proof = Durable::acknowledged();
        let [first, second, third] = [10, 20, 30].map(|end| ledger.enter(end));
        ledger.settle(second, &proof);
        ledger.settle(third, &proof);
        assert_eq!(*ledger.committed().position(), 0);
        assert!(!ledger.is_settled());
        assert_eq!(ledger.committed().pieces(), 0);
        ledger.settle(first, &proof);
        assert_eq!(*ledger.committed().position(), 30);
        assert_eq!(ledger.committed().pieces(), 3);
        assert!(ledger.is_settled());
        let fourth = ledger.enter(40);
        assert_eq!(*ledger.committed().position(), 30);
        ledger.settle(fourth, &proof);
        assert_eq!(*ledger.committed().position(), 40);
    }
}
