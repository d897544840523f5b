//! Why a line cannot be sent: the word for it, the reason, and the `_id` that it has all the same.
//!
//! Who finds it says so; what becomes of the line is decided elsewhere.

use crate::json::check::Invalid;

/// The kind of a line that is not JSON: one without its end may have been cut off.
pub const NOT_JSON: &str = "not_json";

/// Longest `_id` that both engines take, in bytes; a longer one refuses the whole request.
pub(super) const LONGEST_ID: usize = 512;

/// Why a line is no document that can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The word for it, as a dead letter's `type`.
    pub kind: &'static str,
    /// What is wrong, without the document's text.
    pub reason: String,
    /// The `_id` that the document has all the same.
    pub id: Option<String>,
}

impl Flaw {
    /// Of a line that is no JSON, and where it goes wrong.
    pub fn not_json(invalid: &Invalid) -> Self {
        let reason = format!("{} at byte {}", invalid.reason, invalid.offset);
        Self::new(NOT_JSON, reason)
    }

    /// A flaw of a whole line.
    pub fn new(kind: &'static str, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
            id: None,
        }
    }

    /// The same of a document with this `_id`, where a server takes that.
    #[must_use]
    pub fn of_id(self, id: Option<String>) -> Self {
        let id = id.filter(|id| (1..=LONGEST_ID).contains(&id.len()));
        Self { id, ..self }
    }
}
