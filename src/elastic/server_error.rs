//! An error as both engines word it: a type, a reason, and what caused it.

use serde_json::Value;

use super::redaction::{error_type, harmless, redacted};
use super::repair;

/// The `error` member of an item or of a whole answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerError {
    /// Such as `mapper_parsing_exception`; empty where the server gave only a text.
    pub kind: String,
    /// The reason, whole: it may quote the document.
    pub reason: String,
}

/// Errors of an item whose reasons speak of queues, shards and blocks.
const ABOUT_THE_SERVER: [&str; 6] = [
    "es_rejected_execution_exception",
    "rejected_execution_exception",
    "circuit_breaking_exception",
    "cluster_block_exception",
    "unavailable_shards_exception",
    "process_cluster_event_timeout_exception",
];

/// The one of them that may come behind a first try of the server's own, which wrote: its primary shard is gone since.
const BEHIND_A_TRY: &str = "unavailable_shards_exception";

impl ServerError {
    /// Of an `error` member: an object, or a text as some handlers give it.
    pub fn of(error: &Value) -> Self {
        if let Some(text) = error.as_str() {
            return Self {
                kind: String::new(),
                reason: text.to_owned(),
            };
        }
        let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let mut reason = text(error, "reason");
        let mut cause = &error["caused_by"];
        while cause.is_object() {
            let deeper = text(cause, "reason");
            if !deeper.is_empty() && !reason.contains(&deeper) {
                reason = format!("{reason}; caused by: {deeper}");
            }
            cause = &cause["caused_by"];
        }
        Self {
            kind: text(error, "type"),
            reason,
        }
    }

    /// Whether it speaks of the server, and of no document.
    pub fn is_about_server(&self) -> bool {
        ABOUT_THE_SERVER.contains(&self.kind.as_str())
    }

    /// Whether the server did not even begin to write the document that this is the error of.
    pub fn wrote_nothing(&self) -> bool {
        self.is_about_server() && self.kind != BEHIND_A_TRY
    }

    /// Whether there is no such ingest pipeline: the engines say so only in words.
    pub fn lacks_pipeline(&self) -> bool {
        self.reason.starts_with("pipeline with id [") && self.reason.contains("] does not exist")
    }

    /// Of a whole answer; `None` where it is no error as these engines word it.
    pub fn in_body(body: &[u8]) -> Option<Self> {
        let value: Value = repair::parse(body).ok()?;
        let error = value.get("error")?;
        (error.is_object() || error.is_string()).then(|| Self::of(error))
    }

    /// The same of an error that one document met: its reason is shown only where it is known to be about the server.
    pub fn shown_of_item(&self) -> String {
        if self.is_about_server() {
            return self.shown();
        }
        match harmless(&self.reason) {
            Some(part) => format!("{}: {part}", error_type(&self.kind)),
            None => error_type(&self.kind).to_owned(),
        }
    }

    /// Type and reason for a person, without quoted text.
    pub fn shown(&self) -> String {
        let reason = redacted(&self.reason);
        match (self.kind.is_empty(), reason.is_empty()) {
            (true, true) => "no reason given".to_owned(),
            (true, false) => reason,
            (false, true) => self.kind.clone(),
            (false, false) => format!("{}: {reason}", self.kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ServerError;

    #[test]
    fn both_shapes_of_an_error_are_read() {
        let body = br#"{"error":{"type":"a_exception","reason":"r","caused_by":{"reason":"c 'text'","caused_by":{"reason":"deepest"}}},"status":400}"#;
        let error = ServerError::in_body(body).expect("an error");
        assert_eq!(error.reason, "r; caused by: c 'text'; caused by: deepest");
        assert_eq!(
            error.shown(),
            "a_exception: r; caused by: c '…'; caused by: deepest"
        );
        let error = ServerError::in_body(br#"{"error":"no handler found"}"#).expect("an error");
        assert_eq!(error.shown(), "no handler found");
    }

    #[test]
    fn other_answers_are_no_error() {
        for body in [&b"<html>"[..], b"{}", b"{\"error\":7}", b"", b"[]"] {
            assert_eq!(ServerError::in_body(body), None);
        }
    }
}
