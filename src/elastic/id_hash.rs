//! Ids as hashes, for what has to be remembered of many of them: one that two ids share costs a wait or a refresh, never a
//! document.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::num::NonZeroU64;

use crate::hash::murmur3_x64_128;

/// What stands for an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IdHash(NonZeroU64);

/// Some of them.
pub(super) type IdHashes = HashSet<IdHash, BuildHasherDefault<AsItIs>>;

/// A hash of a hash: the same number.
#[derive(Default)]
pub(super) struct AsItIs(u64);

impl IdHash {
    /// Of an `_id`.
    pub fn of(id: &str) -> Self {
        Self(NonZeroU64::new(murmur3_x64_128(id.as_bytes()).0).unwrap_or(NonZeroU64::MIN))
    }
}

impl Hash for IdHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.get());
    }
}

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[cfg(test)]
mod tests {
    use super::{IdHash, IdHashes};

    #[test]
    fn every_id_has_a_hash_and_takes_no_room_where_there_is_none() {
        let ids = ["", "a", "b", "+n2ZBv39b9wASQ0vnepOMg=="];
        let hashes: IdHashes = ids.iter().map(|id| IdHash::of(id)).collect();
        assert_eq!(hashes.len(), ids.len());
        assert!(ids.iter().all(|id| hashes.contains(&IdHash::of(id))));
        assert_eq!(size_of::<Option<IdHash>>(), size_of::<u64>());
    }
}
