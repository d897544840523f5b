//! Ids of documents that are being delivered: no two requests carry the same one at once.
//!
//! Of two such requests the one would go unseen by the look that the other takes first (`docs/elasticsearch-bulk.md`
//! section 5). Knows ids as hashes only: one too many in it costs a wait.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::failure::Result;
use crate::hash::murmur3_x64_128;
use crate::net::Ambient;

/// How long to wait before asking again for ids that another request carries.
const PAUSE: Duration = Duration::from_millis(20);

/// The ids of all batches that are being delivered.
#[derive(Default)]
pub(super) struct Claims {
    held: Mutex<HashSet<u64>>,
}

/// Ids that no other batch carries as long as this lives.
pub(super) struct Claim<'a> {
    claims: &'a Claims,
    ids: HashSet<u64>,
}

/// What stands for an id here.
pub(super) fn hash(id: &str) -> u64 {
    murmur3_x64_128(id.as_bytes()).0
}

impl Claims {
    /// Waits until no other batch has one of these ids. All are had at once, so two that wait for each other cannot be.
    ///
    /// # Errors
    /// Where the run ends meanwhile.
    pub fn take(&self, ids: HashSet<u64>, ambient: &Ambient) -> Result<Claim<'_>> {
        loop {
            let mut held = self.held();
            if held.is_disjoint(&ids) {
                held.extend(&ids);
                return Ok(Claim { claims: self, ids });
            }
            drop(held);
            ambient.rest(PAUSE);
            ambient.check_stop()?;
        }
    }

    fn held(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut held = self.claims.held();
        for id in &self.ids {
            held.remove(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Claims;
    use crate::net::Ambient;

    #[test]
    fn who_shares_an_id_waits_and_a_run_that_ends_waits_no_longer() {
        let mut ambient = Ambient::real();
        let waited = Arc::new(AtomicUsize::new(0));
        let (count, stop) = (Arc::clone(&waited), Arc::clone(&ambient.stop));
        ambient.sleep = Arc::new(move |_| {
            if count.fetch_add(1, Ordering::SeqCst) == 3 {
                stop.store(true, Ordering::SeqCst);
            }
        });
        let claims = Claims::default();
        let first = claims.take(HashSet::from([1, 2]), &ambient).expect("free");
        let other = claims.take(HashSet::from([3]), &ambient).expect("free");
        assert_eq!(waited.load(Ordering::SeqCst), 0);
        assert!(claims.take(HashSet::from([2, 4]), &ambient).is_err());
        drop(first);
        assert!(claims.take(HashSet::from([2, 4]), &ambient).is_ok());
        drop(other);
        assert!(claims.held().is_empty());
    }
}
