//! A refused document as a line of the dead-letter file, and in words for a person.

use serde::Serialize;

use super::buried::Buried;
use super::load::Flawed;
use crate::elastic::{Entry, Place, Refusal, error_type, harmless, redacted};
use crate::failure::{Failure, Kind};
use crate::store::Record;

/// Says in a letter which command wrote it.
pub const STAGE: &str = "push";

/// A line of the dead-letter file. Its `record` is the line as it was read, so that it can be pushed again.
#[derive(Serialize)]
pub struct Letter {
    stage: &'static str,
    source: String,
    line: u64,
    status: Option<u16>,
    #[serde(rename = "type")]
    kind: String,
    reason: String,
    #[serde(rename = "_id")]
    id: Option<String>,
    #[serde(flatten)]
    record: Option<Record>,
}

impl std::fmt::Debug for Letter {
    /// Without the record: documents do not belong into logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Letter({})", self.shown())
    }
}

impl Letter {
    /// Of a document that the server refused.
    pub fn of_refused(entry: &Entry, refusal: Refusal) -> Self {
        Self {
            status: refusal.status,
            kind: refusal.kind,
            reason: refusal.reason,
            id: entry.id.clone(),
            record: Some(Record::of(&entry.text)),
            ..Self::at(&entry.place)
        }
    }

    /// Of a line that was not sent.
    pub fn of_flawed(flawed: &Flawed) -> Self {
        Self {
            kind: flawed.flaw.kind.to_owned(),
            reason: flawed.flaw.reason.clone(),
            record: flawed.text.as_deref().map(Record::of),
            ..Self::at(&flawed.place)
        }
    }

    fn at(place: &Place) -> Self {
        Self {
            stage: STAGE,
            source: place.source.to_string(),
            line: place.line,
            status: None,
            kind: String::new(),
            reason: String::new(),
            id: None,
            record: None,
        }
    }

    /// Whether a run that was killed has written it already.
    pub fn is_in(&self, buried: &mut Buried) -> bool {
        let record = match &self.record {
            Some(Record::Text(text) | Record::Bytes(text)) => text,
            None => "",
        };
        buried.take(&self.source, self.line, record)
    }

    /// Where it stood and why it was refused, without its text.
    pub fn shown(&self) -> String {
        let reason = match self.status {
            // Our own words.
            None => Some(self.reason.clone()),
            // About a request's size.
            Some(413 | 429) => Some(redacted(&self.reason)),
            Some(_) => harmless(&self.reason),
        };
        let reason = reason.map(|reason| format!(": {reason}"));
        let status = self.status.map(|status| format!("{status} "));
        format!(
            "line {} of {}: {}{}{}",
            self.line,
            self.source,
            status.unwrap_or_default(),
            error_type(&self.kind),
            reason.unwrap_or_default()
        )
    }
}

/// The run ends with the first refused document.
pub(super) fn refused(letter: &str) -> Failure {
    Failure::new(Kind::Holes, format!("refused: {letter}"))
        .reason("rejected")
        .hint("name a file for such documents with --dead-letter FILE, which keeps the whole reason too, and go on with the others")
}
