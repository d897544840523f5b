//! Ids of documents that are being delivered: no two requests carry the same one at once.
//!
//! Of two such requests the one would go unseen by the look that the other takes first (`docs/elasticsearch-bulk.md`
//! section 5). Knows ids as hashes only: one too many in it costs a wait.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::id_hash::{IdHash, IdHashes};
use crate::failure::Result;
use crate::net::Ambient;

/// How long to wait before asking again for ids that another request carries.
const PAUSE: Duration = Duration::from_millis(20);

/// The ids of all batches that are being delivered.
#[derive(Default)]
pub(super) struct Claims {
    held: Mutex<IdHashes>,
}

/// Ids that no other batch carries as long as this lives.
pub(super) struct Claim<'a> {
    claims: &'a Claims,
    ids: Vec<IdHash>,
}

impl Claims {
    /// Waits until no other batch has one of these ids. All are had at once, so two that wait for each other cannot be.
    ///
    /// # Errors
    /// Where the run ends meanwhile.
    pub fn take(&self, ids: Vec<IdHash>, ambient: &Ambient) -> Result<Claim<'_>> {
        loop {
            let mut held = self.held();
            if !ids.iter().any(|id| held.contains(id)) {
                held.extend(&ids);
                return Ok(Claim { claims: self, ids });
            }
            drop(held);
            ambient.rest(PAUSE);
            ambient.check_stop()?;
        }
    }

    fn held(&self) -> MutexGuard<'_, IdHashes> {
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
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Claims;
    use crate::elastic::id_hash::IdHash;
    use crate::net::Ambient;

    fn ids(ids: &[&str]) -> Vec<IdHash> {
        ids.iter().map(|id| IdHash::of(id)).collect()
    }

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
        let first = claims.take(ids(&["1", "2", "1"]), &ambient).expect("free");
        let other = claims.take(ids(&["3"]), &ambient).expect("free");
        assert_eq!(waited.load(Ordering::SeqCst), 0);
        assert!(claims.take(ids(&["2", "4"]), &ambient).is_err());
        drop(first);
        assert!(claims.take(ids(&["2", "4"]), &ambient).is_ok());
        drop(other);
        assert!(claims.held().is_empty());
    }
}
