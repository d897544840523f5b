//! The books of a load: what became of every document, and up to where there is no hole.
//!
//! A batch is settled in the ledger when the server has acknowledged, or the synced dead-letter file holds, every
//! document of it. Success is what the ledger proves, not what the counters say.

use std::collections::BTreeMap;

use crate::elastic::Place;
use crate::failure::{Failure, Kind, Result};
use crate::store::{Committed, Durable, Ledger, Ticket};

/// How far everything is settled.
#[derive(Clone, Debug, Default)]
pub struct Mark {
    /// This many documents from the start.
    pub documents: u64,
    /// The last of them.
    pub last: Option<Place>,
}

/// What was counted.
#[derive(Default)]
pub struct Counts {
    /// Documents and other lines read.
    pub read: u64,
    /// Stored now.
    pub indexed: u64,
    /// There already.
    pub duplicates: u64,
    /// Refused for good.
    pub rejected: u64,
    /// Those among them without an `_id`.
    pub without_id: u64,
    /// Batches of which the server has said anything.
    pub batches: u64,
    /// Bytes read.
    pub bytes: u64,
}

impl Counts {
    /// Documents whose fate is known.
    pub fn settled(&self) -> u64 {
        self.indexed + self.duplicates + self.rejected
    }
}

struct Open {
    ticket: Ticket,
    documents: usize,
    left: usize,
    answered: bool,
}

/// Counters, and the ledger that vouches for them.
pub struct Books {
    /// The counters.
    pub counts: Counts,
    ledger: Ledger<Mark>,
    open: BTreeMap<u64, Open>,
}

impl Books {
    /// Nothing was read yet.
    pub fn new() -> Self {
        Self {
            counts: Counts::default(),
            ledger: Ledger::new(Mark::default()),
            open: BTreeMap::new(),
        }
    }

    /// Enters a batch of so many documents; batches are entered in the order of the input.
    pub fn enter(&mut self, number: u64, documents: usize, last: Option<Place>) {
        self.counts.read += documents as u64;
        let ticket = self.ledger.enter(Mark {
            documents: self.counts.read,
            last,
        });
        let open = Open {
            ticket,
            documents,
            left: documents,
            answered: false,
        };
        self.open.insert(number, open);
    }

    /// Notes that a server has answered for documents of a batch; whether for the first time.
    pub fn begins(&mut self, number: u64) -> bool {
        self.open
            .get_mut(&number)
            .is_some_and(|open| !std::mem::replace(&mut open.answered, true))
    }

    /// Settles some documents of a batch, on proof; the size of the batch when they were its last ones.
    pub fn settle(&mut self, number: u64, documents: usize, proof: &Durable) -> Option<usize> {
        let open = self.open.get_mut(&number)?;
        open.left = open.left.saturating_sub(documents);
        if open.left > 0 {
            return None;
        }
        let open = self.open.remove(&number)?;
        self.ledger.settle(open.ticket, proof);
        Some(open.documents)
    }

    /// Up to where every document has its fate.
    pub fn mark(&self) -> Mark {
        self.committed().position().clone()
    }

    /// The same with the ledger's word for it.
    pub fn committed(&self) -> Committed<Mark> {
        self.ledger.committed()
    }

    /// Fails unless every document that was read has a proven fate.
    pub fn check(&self) -> Result<()> {
        let proven = self.mark().documents;
        let Counts { read, .. } = self.counts;
        let settled = self.counts.settled();
        if self.ledger.is_settled() && proven == read && settled == read {
            return Ok(());
        }
        Err(Failure::new(
            Kind::Unexpected,
            format!(
                "{read} documents were read, {settled} have a fate, {proven} are proven; this is a defect of jcx"
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::Books;
    use crate::store::Durable;

    #[test]
    fn only_a_load_without_a_hole_balances() {
        let proof = Durable::acknowledged();
        let mut books = Books::new();
        books.enter(0, 2, None);
        books.enter(1, 3, None);
        assert!(books.begins(1) && !books.begins(1) && !books.begins(7));
        assert_eq!(books.settle(1, 2, &proof), None);
        assert_eq!(books.settle(1, 1, &proof), Some(3));
        books.counts.indexed = 3;
        assert_eq!(books.mark().documents, 0);
        assert!(books.check().is_err());
        assert_eq!(books.settle(0, 2, &proof), Some(2));
        books.counts.duplicates = 1;
        assert!(books.check().is_err(), "a document without a fate");
        books.counts.rejected = 1;
        assert_eq!(books.mark().documents, 5);
        assert!(books.check().is_ok());
    }
}
