//! Documents of a batch that have an `_id`, to be asked for.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::batch::Batch;
use super::id_hash::IdHash;

/// Some of a batch's documents, without those that have no `_id`.
#[derive(Default)]
pub(super) struct Identified<'a>(Vec<Identity<'a>>);

/// Where a document stands in its batch, and its `_id`.
struct Identity<'a> {
    position: usize,
    id: Cow<'a, str>,
    hash: IdHash,
}

impl<'a> Identified<'a> {
    /// Of those at these positions.
    pub fn of(batch: &'a Batch, positions: &[usize]) -> Self {
        let identity = |position: &usize| {
            Some(Identity {
                position: *position,
                id: batch.id(*position)?,
                hash: batch.id_hash(*position)?,
            })
        };
        Self(positions.iter().filter_map(identity).collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their ids.
    pub fn ids(&self) -> Vec<&str> {
        self.0.iter().map(|identity| identity.id.as_ref()).collect()
    }

    /// What stands for their ids.
    pub fn hashes(&self) -> impl Iterator<Item = IdHash> {
        self.0.iter().map(|identity| identity.hash)
    }

    /// The positions of those whose ids these are.
    pub fn positions_of(&self, ids: &BTreeSet<String>) -> Vec<usize> {
        let there = self
            .0
            .iter()
            .filter(|identity| ids.contains(identity.id.as_ref()));
        there.map(|identity| identity.position).collect()
    }
}
