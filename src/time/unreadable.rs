//! Why a text is no time, and what to write instead: the two halves of every message about times.

use std::fmt;

/// A text that is no time or duration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What is wrong with it.
    pub what: String,
    /// What to write instead.
    pub write: String,
}

impl Unreadable {
    pub(super) fn new(what: impl Into<String>, write: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            write: write.into(),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.write)
    }
}

impl std::error::Error for Unreadable {}
