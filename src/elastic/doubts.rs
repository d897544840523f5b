//! What a search may not show yet, so that a target has to be refreshed before its answer counts.
//!
//! Either anything, since the target's indices changed, or documents that this run stored. Knows ids as hashes only: one
//! too many in it costs a refresh.

use super::id_hash::{IdHash, IdHashes};

/// So many ids are noted before they give way to a doubt about everything.
const MOST: usize = 1 << 20;

/// Doubts, and those that a refresh under way will dispel.
pub(super) struct Doubts {
    raised: u64,
    dispelled: u64,
    recent: IdHashes,
    renewed: IdHashes,
}

/// What a refresh that begins now will dispel.
#[derive(Clone, Copy)]
pub(super) struct Renewal(u64);

impl Doubts {
    /// Nothing was refreshed yet.
    pub fn new() -> Self {
        Self {
            raised: 1,
            dispelled: 0,
            recent: IdHashes::default(),
            renewed: IdHashes::default(),
        }
    }

    /// From now on until the next refresh no search shows everything.
    pub fn raise(&mut self) {
        self.raised += 1;
    }

    /// These documents are stored, or may be.
    pub fn note(&mut self, ids: impl Iterator<Item = IdHash>) {
        self.recent.extend(ids);
        if self.recent.len() > MOST {
            self.raise();
            self.recent.clear();
        }
    }

    /// Whether a search for these ids may leave one out that is there.
    pub fn concern(&self, mut ids: impl Iterator<Item = IdHash>) -> bool {
        self.dispelled < self.raised
            || ids.any(|id| self.recent.contains(&id) || self.renewed.contains(&id))
    }

    /// A refresh begins. Until it ends, what it is for stays in doubt.
    pub fn begin(&mut self) -> Renewal {
        self.renewed.extend(self.recent.drain());
        Renewal(self.raised)
    }

    /// It has ended, well or not.
    pub fn end(&mut self, renewal: Renewal, well: bool) {
        let renewed = std::mem::take(&mut self.renewed);
        if well {
            self.dispelled = renewal.0;
        } else {
            self.recent.extend(renewed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Doubts, IdHash, MOST};

    fn id(number: u64) -> IdHash {
        IdHash::of(&number.to_string())
    }

    fn concerns(doubts: &Doubts, number: u64) -> bool {
        doubts.concern([id(number)].into_iter())
    }

    #[test]
    fn everything_is_doubted_until_the_first_refresh_has_ended_well() {
        let mut doubts = Doubts::new();
        assert!(concerns(&doubts, 1));
        let renewal = doubts.begin();
        doubts.end(renewal, false);
        assert!(concerns(&doubts, 1));
        let renewal = doubts.begin();
        assert!(concerns(&doubts, 1), "it has not ended");
        doubts.end(renewal, true);
        assert!(!concerns(&doubts, 1));
    }

    #[test]
    fn what_is_stored_while_a_refresh_is_under_way_is_not_shown_by_it() {
        let mut doubts = Doubts::new();
        let renewal = doubts.begin();
        doubts.end(renewal, true);
        doubts.note([id(1)].into_iter());
        assert!(concerns(&doubts, 1) && !concerns(&doubts, 2));
        let renewal = doubts.begin();
        doubts.note([id(2)].into_iter());
        assert!(concerns(&doubts, 1), "not before it has ended");
        doubts.end(renewal, true);
        assert!(!concerns(&doubts, 1) && concerns(&doubts, 2));
        let renewal = doubts.begin();
        doubts.raise();
        doubts.end(renewal, true);
        assert!(concerns(&doubts, 3), "raised meanwhile");
    }

    #[test]
    fn too_many_to_note_are_a_doubt_about_all() {
        let mut doubts = Doubts::new();
        let renewal = doubts.begin();
        doubts.end(renewal, true);
        doubts.note((0..=MOST as u64).map(id));
        assert!(concerns(&doubts, u64::MAX));
        assert!(doubts.recent.is_empty());
    }
}
