//! What the answer to one bulk request means as a whole.
//!
//! Found out by [`super::loader`], acted upon by [`super::delivery`].

use super::exchange::{Reply, Setback};
use super::reply::{Answered, Fate, Refusal};
use crate::net::Loss;

/// What the answer to one request means.
pub(super) enum Answer {
    /// A fate for each document.
    Items(Answered),
    /// The request as a whole is refused (400): one document may be to blame.
    Refused(Refusal),
    /// Too large for the server or something before it.
    TooLarge(Refusal),
    /// It may go better later.
    Later(Later),
}

/// A request that may go better later.
pub(super) struct Later {
    pub setback: Setback,
    pub cause: Cause,
}

/// Why a request may go better later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// 429: nothing was done, and it is possibly too large for ever.
    Busy,
    /// Another answer that says nothing of the documents, or none.
    Lost(Loss),
}

impl Cause {
    /// Whether documents may be stored all the same.
    pub fn is_unknown(self) -> bool {
        !matches!(self, Self::Busy | Self::Lost(Loss::Unsent))
    }
}

impl Answer {
    /// Whether the server has too much to do.
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Items(answered) => answered
                .fates
                .iter()
                .any(|fate| matches!(fate, Fate::Again(_) | Fate::Unknown(_))),
            Self::Later(later) => later.cause == Cause::Busy,
            Self::Refused(_) | Self::TooLarge(_) => false,
        }
    }
}

/// A refusal of the whole request, as one of the documents in it.
pub(super) fn refusal_of(reply: &Reply) -> Refusal {
    let error = reply.error().unwrap_or_default();
    let too_large = reply.status == 413 && error.kind.is_empty();
    Refusal {
        status: Some(reply.status),
        kind: if too_large {
            "request_too_large".to_owned()
        } else {
            error.kind
        },
        reason: error.reason,
    }
}
