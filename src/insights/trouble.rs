//! Why a question to JumpCloud was not answered, as data: whoever plans the next step must not read messages.
//!
//! It travels with the failure it explains, so that several walks on one client never see each other's.

use crate::failure::Failure;

/// A question that stayed without a usable answer.
#[derive(Debug)]
pub struct Trouble {
    /// What happened, for people; its kind decides the exit code.
    pub failure: Failure,
    /// What happened, for whoever plans the next step.
    pub cause: Cause,
}

/// Why a question was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The server refuses these very words (400): other words may do.
    Refused,
    /// The server fails on this question (500) and goes on doing so: a smaller one may do.
    ServerError,
    /// The server wants to be asked less often (429).
    RateLimited,
    /// The budget, or the number of tries allowed, is used up.
    Exhausted,
    /// It is of this side: storage, or the wish to stop.
    Local,
    /// Anything else; asking in another way does not help.
    Other,
}

impl Trouble {
    /// A failure of this side.
    pub fn local(failure: Failure) -> Self {
        Self {
            failure,
            cause: Cause::Local,
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        trouble.failure
    }
}
