//! A line of `jcx map`'s dead-letter file: what was read, where, and why it is no event.

use serde::Serialize;

use crate::store::Record;

/// A line that is no event.
#[derive(Serialize)]
pub struct Letter<'a> {
    stage: &'static str,
    source: &'a str,
    line: u64,
    reason: &'a str,
    #[serde(flatten)]
    record: Record,
}

impl<'a> Letter<'a> {
    /// Of a line of an input, from 1.
    pub fn new(source: &'a str, line: u64, reason: &'a str, text: &[u8]) -> Self {
        Self {
            stage: "map",
            source,
            line,
            reason,
            record: Record::of(text),
        }
    }

    /// What is wrong, and where, for people.
    pub fn in_words(&self) -> String {
        let (source, line, reason) = (self.source, self.line, self.reason);
        format!("{source} line {line}: no event: {reason}")
    }
}
