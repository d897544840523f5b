//! Recognises documents that are in the target already, where the server alone would not: it refuses an `_id` twice only
//! inside the index it writes to (`docs/elasticsearch-bulk.md` section 5, where the argument stands).
//!
//! Decides when ids are looked up and when the target is refreshed first. Knows no retries and no fates.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::backing::Backing;
use super::batch::Batch;
use super::claims::{Claim, Claims};
use super::connection::Connection;
use super::dedupe::Dedupe;
use super::doubts::Doubts;
use super::freshness::Freshness;
use super::id_hash::IdHash;
use super::identified::Identified;
use super::lookup::Lookup;
use super::part::Knowledge;
use super::target::Target;
use crate::failure::Result;

/// What has to be done before documents are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watch {
    /// Nothing: a plain index has no second one.
    Nothing,
    /// One index, or none yet: look whether that is still so.
    Rollover,
    /// Several: look the ids up.
    Ids,
    /// The same, of a target whose indices we may not see.
    Unseen,
}

/// Shared by all who send to one target.
pub(super) struct Recognition {
    pub lookup: Lookup,
    freshness: Freshness,
    target: Target,
    claims: Claims,
    inner: Mutex<Inner>,
    /// Held by who makes the target's newest documents findable.
    renewing: Mutex<()>,
}

struct Inner {
    watch: Watch,
    /// The target's indices, in the order in which they were learnt of.
    known: Vec<String>,
    /// Indices that answers name and that are not the target's: a pipeline sends documents there.
    strangers: BTreeSet<String>,
    doubts: Doubts,
}

impl Recognition {
    /// Of a target that was looked at just now.
    pub fn new(target: &Target, dedupe: Dedupe, backing: Backing) -> Self {
        let unseen = backing == Backing::Unseen;
        let (watch, known) = match backing {
            _ if dedupe != Dedupe::Auto => (Watch::Nothing, Vec::new()),
            Backing::Index => (Watch::Nothing, Vec::new()),
            Backing::Unseen => (Watch::Unseen, Vec::new()),
            Backing::Absent => (Watch::Rollover, Vec::new()),
            Backing::Stream(known) | Backing::Alias(known) if known.len() > 1 => {
                (Watch::Ids, known)
            }
            Backing::Stream(known) | Backing::Alias(known) => (Watch::Rollover, known),
        };
        Self {
            lookup: Lookup::new(target.clone(), unseen),
            freshness: Freshness::new(target.clone()),
            target: target.clone(),
            claims: Claims::default(),
            inner: Mutex::new(Inner {
                watch,
                known,
                strangers: BTreeSet::new(),
                doubts: Doubts::new(),
            }),
            renewing: Mutex::new(()),
        }
    }

    /// Whether answers have to say which index took a document.
    pub fn wants_indices(&self) -> bool {
        self.inner().watch != Watch::Nothing
    }

    /// Waits until no other batch with one of these ids is being delivered.
    ///
    /// # Errors
    /// Where the run ends meanwhile.
    pub fn claim(&self, connection: &Connection, batch: &Batch) -> Result<Claim<'_>> {
        let documents = if self.wants_indices() { batch.len() } else { 0 };
        let ids = (0..documents).filter_map(|position| batch.id_hash(position));
        self.claims.take(ids.collect(), &connection.patient.ambient)
    }

    /// To be asked before the documents at these positions are sent; `unknown` where they were, and no answer came. Gives
    /// the positions of those that are there, and notes how the target looked then.
    ///
    /// # Errors
    /// Where it cannot be known which of them are there.
    pub fn before(
        &self,
        connection: &Connection,
        batch: &Batch,
        (positions, unknown): (&[usize], bool),
        knowledge: &mut Knowledge,
    ) -> Result<Vec<usize>> {
        if self.inner().watch == Watch::Rollover {
            self.look_behind(connection)?;
        }
        let (watch, known) = {
            let inner = self.inner();
            (inner.watch, inner.known.len())
        };
        knowledge.assumed = known;
        let mut there = Vec::new();
        if matches!(watch, Watch::Ids | Watch::Unseen) {
            let identified = Identified::of(batch, positions);
            // What has no id cannot be found, however fresh the target is.
            if identified.is_empty() {
                return Ok(there);
            }
            let is_in_doubt = self.renew_for(connection, &identified, unknown)?;
            if is_in_doubt || knowledge.looked_up != Some(known) {
                there = self.look_up(connection, batch, &identified)?;
                knowledge.looked_up = Some(known);
            }
        }
        Ok(there)
    }

    fn look_up(
        &self,
        connection: &Connection,
        batch: &Batch,
        identified: &Identified<'_>,
    ) -> Result<Vec<usize>> {
        let ids = identified.ids();
        let found = self.lookup.there(connection, &ids)?;
        let there = identified.positions_of(&found);
        connection.patient.printer.step(&format!(
            "batch {}: {} ids looked up, {} of them there already",
            batch.number,
            ids.len(),
            there.len()
        ));
        Ok(there)
    }

    /// Makes what may hide from a search findable, where it matters for these ids; whether it did.
    fn renew_for(
        &self,
        connection: &Connection,
        identified: &Identified<'_>,
        unknown: bool,
    ) -> Result<bool> {
        let in_doubt = || self.inner().doubts.concern(identified.hashes());
        if !unknown && !in_doubt() {
            return Ok(false);
        }
        let _alone = self.renewing.lock().unwrap_or_else(PoisonError::into_inner);
        // Who was waited for may have done it.
        if !unknown && !in_doubt() {
            return Ok(true);
        }
        let renewal = self.inner().doubts.begin();
        let renewed = self.freshness.renew(connection, || {
            self.lookup.there(connection, &identified.ids()).map(drop)
        });
        self.inner().doubts.end(renewal, renewed.is_ok());
        renewed.map(|()| true)
    }

    /// These documents are stored, or may be.
    pub fn note_stored(&self, ids: impl Iterator<Item = IdHash>) {
        let mut inner = self.inner();
        // Before there are several indices every one is refreshed once more.
        if matches!(inner.watch, Watch::Ids | Watch::Unseen) {
            inner.doubts.note(ids);
        }
    }

    /// To be told which indices an answer names that stored documents: whether the target rolled over while the request was
    /// on its way.
    ///
    /// # Errors
    /// Where that cannot be known.
    pub fn has_rolled_over(
        &self,
        connection: &Connection,
        indices: &BTreeSet<String>,
        knowledge: Knowledge,
    ) -> Result<bool> {
        let mut rolled_over = false;
        for index in indices {
            if self.is_ours(connection, index)? {
                let known = self.inner().known.iter().position(|known| known == index);
                rolled_over |= known.is_some_and(|known| known >= knowledge.assumed);
            }
        }
        Ok(rolled_over && knowledge.assumed > 0)
    }

    /// The number of these ids that are there twice now.
    ///
    /// # Errors
    /// Where that cannot be known.
    pub fn twice(&self, connection: &Connection, ids: &[&str]) -> Result<usize> {
        if ids.is_empty() {
            return Ok(0);
        }
        self.renew_for(connection, &Identified::default(), true)?;
        self.lookup.twice(connection, ids)
    }

    /// Whether an index is one of the target's; the server is asked about one that is not known.
    fn is_ours(&self, connection: &Connection, index: &str) -> Result<bool> {
        {
            let mut inner = self.inner();
            if inner.watch == Watch::Nothing || inner.strangers.contains(index) {
                return Ok(false);
            }
            if inner.known.iter().any(|known| known == index) {
                return Ok(true);
            }
            if inner.watch == Watch::Unseen {
                inner.learn(vec![index.to_owned()]);
                return Ok(true);
            }
        }
        self.look_behind(connection)?;
        let mut inner = self.inner();
        if inner.known.iter().any(|known| known == index) {
            return Ok(true);
        }
        inner.strangers.insert(index.to_owned());
        Ok(false)
    }

    /// Asks what stands behind the target now.
    fn look_behind(&self, connection: &Connection) -> Result<()> {
        let found = Backing::find_again(connection, &self.target)?;
        let mut inner = self.inner();
        match found {
            Backing::Stream(indices) | Backing::Alias(indices) => {
                let before = inner.known.len();
                inner.learn(indices);
                if before > 0 && inner.known.len() > before {
                    connection.patient.printer.step(&format!(
                        "{} has rolled over; ids are looked up from now on",
                        self.target.name()
                    ));
                }
            }
            Backing::Index => inner.watch = Watch::Nothing,
            Backing::Unseen => inner.watch = Watch::Unseen,
            Backing::Absent => {}
        }
        Ok(())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Notes the target's indices. A new one is a doubt: what was stored in the others just before may not be findable.
    fn learn(&mut self, indices: Vec<String>) {
        for index in indices {
            if !self.known.contains(&index) {
                self.known.push(index);
                self.doubts.raise();
            }
        }
        if self.known.len() > 1 && self.watch == Watch::Rollover {
            self.watch = Watch::Ids;
        }
    }
}
