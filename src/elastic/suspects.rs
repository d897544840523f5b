//! Documents that a server refused as whole requests while it had taken no request at all, kept across batches.
//!
//! A refusal of the only document in a request may be that document's fault or the target's. The first request that is
//! taken settles it: then the documents are to blame. Many refusals alike and nothing taken: the target is.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::batch::Entry;
use super::reply::Refusal;

/// So many documents, refused alike while nothing was ever taken, clear the documents.
pub(super) const ALIKE: usize = 16;

/// The same for one search after the server has taken something in this run: a fault of the target that begins in the
/// middle is rare, several bad documents in a row are not.
const ALIKE_LATER: usize = 256;

/// No more documents than these are kept.
const KEPT: usize = 64;

/// A document and why it was refused.
#[derive(Debug)]
pub struct Held {
    /// The number of its batch.
    pub number: u64,
    /// The document.
    pub entry: Entry,
    /// Why it was refused.
    pub refusal: Refusal,
}

/// Whom to believe when nothing is left to be sent.
pub(super) enum Verdict {
    /// These documents are to blame.
    Documents(Vec<Held>),
    /// The target is.
    Target(Refusal),
}

/// What was taken, and who is suspected, in the whole run.
#[derive(Default)]
pub(super) struct Suspects {
    taken: AtomicU64,
    /// Bytes of the largest request that was taken.
    largest: AtomicUsize,
    held: Mutex<Vec<Held>>,
}

impl Suspects {
    /// The server took a request of so many bytes: it answered for each document.
    pub fn note_taken(&self, bytes: usize) {
        self.largest.fetch_max(bytes, Ordering::SeqCst);
        self.taken.fetch_add(1, Ordering::SeqCst);
    }

    /// How many requests it has taken.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::SeqCst)
    }

    /// Whether it has taken a request of this size, or a larger one.
    pub fn has_taken(&self, bytes: usize) -> bool {
        self.largest.load(Ordering::SeqCst) >= bytes
    }

    /// Keeps a document.
    pub fn hold(&self, held: Held) {
        self.list().push(held);
    }

    /// Whether a search goes on in which so many were refused like this one, one by one, and nothing was taken.
    pub fn goes_on(&self, alike: usize, refusal: &Refusal) -> bool {
        if self.taken() > 0 {
            return alike < ALIKE_LATER;
        }
        let held = self.list();
        let before = held.iter().filter(|held| held.refusal.is_like(refusal));
        before.count() + alike < ALIKE
    }

    /// Whether no more are kept: so many different reasons speak for the documents' fault.
    pub fn is_full(&self) -> bool {
        self.list().len() >= KEPT
    }

    /// The documents that are to blame by now; they are handed out once.
    pub fn proven(&self) -> Vec<Held> {
        if self.taken() == 0 {
            return Vec::new();
        }
        std::mem::take(&mut *self.list())
    }

    /// Nothing is left to be sent.
    pub fn end(&self) -> Verdict {
        let mut held = std::mem::take(&mut *self.list());
        let alike = held
            .windows(2)
            .all(|pair| pair[0].refusal.is_like(&pair[1].refusal));
        if self.taken() == 0 && alike && held.len() > 1 {
            return Verdict::Target(held.swap_remove(0).refusal);
        }
        Verdict::Documents(held)
    }

    fn list(&self) -> std::sync::MutexGuard<'_, Vec<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Held, Suspects, Verdict};
    use crate::elastic::{Entry, Place, Refusal};

    fn refusal(reason: &str) -> Refusal {
        Refusal {
            status: Some(400),
            kind: "illegal_argument_exception".to_owned(),
            reason: reason.to_owned(),
        }
    }

    fn held(number: u64, reason: &str) -> Held {
        Held {
            number,
            entry: Entry {
                place: Place {
                    source: Arc::from("x"),
                    line: number,
                },
                text: b"{}".to_vec(),
                id: None,
                wrapped: false,
            },
            refusal: refusal(reason),
        }
    }

    #[test]
    fn suspects_are_kept_until_a_request_is_taken() {
        let suspects = Suspects::default();
        suspects.hold(held(0, "line 1"));
        assert!(suspects.proven().is_empty());
        suspects.note_taken(1);
        assert_eq!(suspects.proven().len(), 1);
        assert!(suspects.proven().is_empty());
    }

    #[test]
    fn many_alike_and_nothing_taken_is_the_targets_fault() {
        let suspects = Suspects::default();
        for number in 0..15 {
            let refusal = refusal(&format!("line {number}"));
            assert!(suspects.goes_on(1, &refusal), "{number}");
            suspects.hold(held(number, &refusal.reason));
        }
        assert!(!suspects.goes_on(1, &refusal("line 99")));
        assert!(suspects.goes_on(1, &refusal("another")));
        suspects.note_taken(1);
        assert!(suspects.goes_on(16, &refusal("line 99")), "in the middle");
        assert!(!suspects.goes_on(256, &refusal("line 99")));
    }

    #[test]
    fn the_largest_request_that_was_taken_is_known() {
        let suspects = Suspects::default();
        assert!(!suspects.has_taken(1));
        suspects.note_taken(7);
        suspects.note_taken(3);
        assert!(suspects.has_taken(7) && !suspects.has_taken(8));
    }

    #[test]
    fn at_the_end_one_is_to_blame_himself_and_several_alike_are_not() {
        for (reasons, to_blame) in [
            (&["a 1"][..], Some(1)),
            (&["a 1", "a 2"], None),
            (&["a", "b"], Some(2)),
            (&[], Some(0)),
        ] {
            let suspects = Suspects::default();
            for reason in reasons {
                suspects.hold(held(0, reason));
            }
            let found = match suspects.end() {
                Verdict::Documents(held) => Some(held.len()),
                Verdict::Target(_) => None,
            };
            assert_eq!(found, to_blame, "{reasons:?}");
        }
    }
}
