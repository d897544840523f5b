//! What the user wants done about documents that are in the target already.
//!
//! Done by [`super::recognition`].

/// How documents that are there already are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dedupe {
    /// By the server's 409, and by looking ids up where the target has more than one index.
    Auto,
    /// By the server's 409 alone.
    Conflict,
    /// Not at all: documents are sent without their `_id`.
    None,
}
