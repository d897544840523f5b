//! The summary object that every run ends with, as `docs/command-line.md` fixes it.
//!
//! What does not apply to a command stays `None` and is left out; what applies is written even when it is zero.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

/// A part of the window that was not delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// RFC 3339.
    pub start: String,
    /// RFC 3339.
    pub end: String,
    /// Why.
    pub reason: String,
}

/// How many windows came to what end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Windows {
    /// Delivered whole.
    pub done: u64,
    /// Not, or not whole.
    pub failed: u64,
    /// Not asked for.
    pub skipped: u64,
}

/// The window of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WindowText {
    /// RFC 3339.
    pub start: String,
    /// RFC 3339, not included.
    pub end: String,
}

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorText {
    /// What and where.
    pub message: String,
    /// What to type next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What lives on between the runs that a state or an archive joins, for the metrics alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lasting {
    /// Events delivered by all of them.
    pub events: u64,
    /// When a run last reached its end, in seconds since 1970, where that is kept.
    pub succeeded: Option<i64>,
    /// Gaps of which nobody took note.
    pub open_gaps: usize,
}

/// One JSON object at the end of a run. Counters that do not apply to the command are `None`.
#[derive(Clone, Debug, Default, Serialize)]
#[expect(
    missing_docs,
    reason = "the fields are the contract's own words; docs/command-line.md explains them"
)]
pub struct Summary {
    pub message_type: &'static str,
    pub command: &'static str,
    pub ok: bool,
    pub exit: u8,
    pub reasons: Vec<&'static str>,
    pub version: &'static str,
    pub seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicates_dropped: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_window: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unexplained: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gaps: Option<Vec<Gap>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows: Option<Windows>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_timestamp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_timestamp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapped: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline_errors: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_timestamp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_conflicts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letters: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unmapped: Option<BTreeMap<String, u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indexed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retried_items: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batches: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_out: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorText>,
    #[serde(skip)]
    pub lasting: Option<Lasting>,
}

impl Summary {
    /// An empty summary of this command.
    pub fn new(command: &'static str) -> Self {
        Self {
            message_type: "summary",
            command,
            version: env!("CARGO_PKG_VERSION"),
            ..Self::default()
        }
    }

    /// The object's members, without those that do not apply.
    pub fn members(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        }
    }

    /// The object as one line, in the order of the fields above.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Summary;

    #[test]
    fn zero_is_written_and_what_does_not_apply_is_left_out() {
        let mut summary = Summary::new("map");
        summary.mapped = Some(0);
        let line = summary.to_line();
        assert!(line.starts_with("{\"message_type\":\"summary\",\"command\":\"map\",\"ok\":false,\"exit\":0,\"reasons\":[],"));
        assert!(line.contains("\"mapped\":0"));
        assert!(!line.contains("indexed"));
    }
}
