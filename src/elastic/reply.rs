//! What can become of a document, and of a request, as values (`docs/elasticsearch-bulk.md` sections 2 and 3).
//!
//! Which answer means what, [`super::items`] decides.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::server_error::ServerError;
use crate::term::counted;

/// Why a document was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The item's or request's status; `None` where nothing was sent.
    pub status: Option<u16>,
    /// The server's word, or ours.
    pub kind: String,
    /// The reason, whole.
    pub reason: String,
}

impl Refusal {
    /// Of a document that so many connections were closed under, while the server took others.
    pub(super) fn closed_under(times: u32) -> Self {
        Self {
            status: None,
            kind: "connection_closed".to_owned(),
            reason: format!(
                "the connection was closed under it {times} times in a row, while the server took others"
            ),
        }
    }

    /// The same, where it is for the size of a request, with that size.
    pub(super) fn of_size(mut self, bytes: usize) -> Self {
        if self.is_for_size() {
            self.reason = if self.reason.is_empty() {
                format!(
                    "the server takes no request of {}",
                    counted(bytes as u64, "byte")
                )
            } else {
                format!(
                    "{} (a request of {})",
                    self.reason,
                    counted(bytes as u64, "byte")
                )
            };
        }
        self
    }

    /// Whether a request was refused for its size (413).
    pub(super) fn is_for_size(&self) -> bool {
        self.status == Some(413)
    }

    /// Whether another document was refused for the same reason; numbers are those of lines and offsets.
    pub fn is_like(&self, other: &Self) -> bool {
        let words = |reason: &str| reason.replace(|c: char| c.is_ascii_digit(), "");
        (self.status, &self.kind) == (other.status, &other.kind)
            && words(&self.reason) == words(&other.reason)
    }
}

/// What became of a document for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Final {
    /// Stored by this request.
    Stored,
    /// It was there already.
    Duplicate,
    /// It will never be stored as it is. Apart, so that the many that are stored are small.
    Refused(Box<Refusal>),
}

/// What one item means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Settled.
    Final(Final),
    /// Not written, and to be sent again.
    Again(Arc<ServerError>),
    /// To be sent again, although it may be written.
    Unknown(Arc<ServerError>),
    /// The whole run has to end, and no document is to blame.
    Stop(Stop),
}

/// Why the run has to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A privilege is missing.
    Privilege(Box<ServerError>),
    /// The target takes no writes, or is closed.
    Blocked(Box<ServerError>),
    /// There is no such target, and the server makes none.
    NoTarget(Box<ServerError>),
    /// There is no such ingest pipeline.
    NoPipeline(Box<ServerError>),
}

/// Why an answer with status 200 says nothing of the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It ends too early, or counts other documents than were sent: the outcome is unknown.
    Incomplete(&'static str),
    /// It is no bulk answer at all.
    Foreign,
}

/// What an answer says.
#[derive(Debug, PartialEq, Eq)]
pub struct Answered {
    /// The fate of each document, in the order sent.
    pub fates: Vec<Fate>,
    /// The indices that took any, where the answer names them.
    pub indices: BTreeSet<String>,
}

impl Answered {
    /// The refusal that several documents share because a pipeline could not read one of them: OpenSearch then gives it to
    /// each, where Elasticsearch refuses the request.
    pub(super) fn shared_refusal(&self) -> Option<Refusal> {
        let first = self.fates.first()?;
        let Fate::Final(Final::Refused(refusal)) = first else {
            return None;
        };
        let shared = self.fates.len() > 1 && self.fates.iter().all(|fate| fate == first);
        (shared && refusal.kind == "parse_exception").then(|| (**refusal).clone())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Answered, Fate, Final, Refusal};

    fn refused(kind: &str, reason: &str) -> Fate {
        let refusal = Refusal {
            status: Some(400),
            kind: kind.to_owned(),
            reason: reason.to_owned(),
        };
        Fate::Final(Final::Refused(refusal.into()))
    }

    fn is_shared(fates: &[Fate]) -> bool {
        let answered = Answered {
            fates: fates.to_vec(),
            indices: BTreeSet::new(),
        };
        answered.shared_refusal().is_some()
    }

    #[test]
    fn a_fate_is_small_for_there_is_one_for_each_document_of_a_request() {
        assert!(size_of::<Option<Fate>>() <= 24);
        assert!(size_of::<(usize, Final)>() <= 24);
    }

    #[test]
    fn only_what_a_pipeline_cannot_read_is_shared_and_only_by_all() {
        let unread = refused("parse_exception", "twice");
        let other = refused("parse_exception", "broken");
        let typed = refused("mapper_parsing_exception", "twice");
        assert!(is_shared(&[unread.clone(), unread.clone()]));
        for fates in [
            &[][..],
            std::slice::from_ref(&unread),
            &[unread.clone(), other],
            &[unread.clone(), Fate::Final(Final::Stored)],
            &[typed.clone(), typed],
        ] {
            assert!(!is_shared(fates), "{fates:?}");
        }
    }
}
