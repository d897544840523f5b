//! What a delivery does about documents that are in the target already: they get their fate without being sent.
//!
//! When that is asked, and what the answer is worth, is decided by [`super::recognition`].

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use super::delivery::Delivery;
use super::part::Part;
use super::reply::Final;
use crate::failure::Result;

impl Delivery<'_> {
    /// Settles those of a part's documents that are there, and gives the part back where any are left to be sent.
    pub(super) fn look_first(&mut self, mut part: Part) -> Result<Option<Part>> {
        let assumed = part.knowledge.assumed;
        let there = self.loader.recognition.before(
            &self.loader.connection,
            self.batch,
            (&part.positions, part.unknown),
            &mut part.knowledge,
        )?;
        if there.is_empty() {
            return Ok(Some(part));
        }
        // No answer said where they went, and it may have been an index that nobody knew of.
        if part.unknown && (1..part.knowledge.assumed).contains(&assumed) {
            let lookup = &self.loader.recognition.lookup;
            self.count_twice(&there, |ids| lookup.twice(&self.loader.connection, ids))?;
        }
        let found: BTreeSet<usize> = there.iter().copied().collect();
        part.positions.retain(|position| !found.contains(position));
        let duplicates = there.into_iter();
        self.settle(
            duplicates
                .map(|position| (position, Final::Duplicate))
                .collect(),
        );
        Ok((!part.positions.is_empty()).then_some(part))
    }

    /// Notes documents that are stored, or may be.
    pub(super) fn note_stored(&self, positions: &[usize]) {
        let positions = positions.iter();
        let ids = positions.filter_map(|position| self.batch.id_hash(*position));
        self.loader.recognition.note_stored(ids);
    }

    /// Looks at where an answer's documents were stored. What a rollover has let in twice is said at once and counted;
    /// nothing is ever deleted.
    pub(super) fn landed(
        &self,
        part: &Part,
        indices: &BTreeSet<String>,
        stored: &[usize],
    ) -> Result<()> {
        let connection = &self.loader.connection;
        let recognition = &self.loader.recognition;
        if !recognition.has_rolled_over(connection, indices, part.knowledge)? {
            return Ok(());
        }
        self.count_twice(stored, |ids| recognition.twice(connection, ids))
    }

    /// Counts how many of these documents are there twice, which `ask` finds out.
    fn count_twice(
        &self,
        positions: &[usize],
        ask: impl FnOnce(&[&str]) -> Result<usize>,
    ) -> Result<()> {
        let ids: Vec<Cow<'_, str>> = self.ids(positions).collect();
        let ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
        let twice = ask(&ids)?;
        self.loader.twice.fetch_add(twice as u64, Ordering::Relaxed);
        Ok(())
    }

    /// The ids of those of these documents that have one.
    fn ids<'p>(&'p self, positions: &'p [usize]) -> impl Iterator<Item = Cow<'p, str>> {
        let positions = positions.iter();
        positions.filter_map(|position| self.batch.id(*position))
    }
}
