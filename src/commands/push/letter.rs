//! A refused document as a line of the dead-letter file, and in words for a person.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::buried::{Buried, STAGE};
use super::load::{Flawed, LineKind};
use crate::elastic::{Entry, NOT_JSON, Place, Refusal, error_type, harmless, redacted};
use crate::failure::{Failure, Kind};
use crate::store::Record;

/// A line of the dead-letter file.
pub enum Letter {
    /// Of this run. Its `record` is the line as it was read, so that it can be pushed again.
    Own(Own),
    /// One of another run that holds nothing to be sent, kept as it is.
    Kept(Box<RawValue>, Own),
}

/// What a letter says.
#[derive(Serialize)]
pub struct Own {
    stage: &'static str,
    source: String,
    line: u64,
    status: Option<u16>,
    #[serde(rename = "type")]
    kind: String,
    reason: String,
    #[serde(rename = "_id")]
    id: Option<String>,
    /// Whether the record is a raw event; left out where it is not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    raw: bool,
    #[serde(flatten)]
    record: Option<Record>,
}

impl Serialize for Letter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Own(own) => own.serialize(serializer),
            Self::Kept(text, _) => text.serialize(serializer),
        }
    }
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
        Self::Own(Own {
            status: refusal.status,
            kind: refusal.kind,
            reason: refusal.reason,
            id: entry.id.clone(),
            raw: entry.wrapped,
            record: Some(Record::of(&entry.text)),
            ..Own::at(&entry.place)
        })
    }

    /// Of a line that was not sent.
    pub fn of_flawed(flawed: &Flawed) -> Self {
        let own = Own {
            kind: flawed.flaw.kind.to_owned(),
            reason: flawed.flaw.reason.clone(),
            id: flawed.flaw.id.clone(),
            raw: flawed.kind == LineKind::Raw,
            ..Own::at(&flawed.place)
        };
        let text = flawed.text.as_deref();
        if flawed.kind == LineKind::Letter
            && let Some(kept) = text.and_then(|text| serde_json::from_slice(text).ok())
        {
            return Self::Kept(kept, own);
        }
        Self::Own(Own {
            record: text.map(Record::of),
            ..own
        })
    }

    /// Whether a run that was killed has written it already.
    pub fn is_in(&self, buried: &mut Buried) -> bool {
        // One that is kept has no place in a load that is gone on with.
        let Self::Own(own) = self else {
            return false;
        };
        let record = match &own.record {
            Some(Record::Text(text) | Record::Bytes(text)) => text,
            None => "",
        };
        buried.take(&own.source, own.line, record)
    }

    /// Where it stood and why it was refused, without its text.
    pub fn shown(&self) -> String {
        let (Self::Own(own) | Self::Kept(_, own)) = self;
        let reason = match own.status {
            // Our own words.
            None => Some(own.reason.clone()),
            // About a request's size.
            Some(413 | 429) => Some(redacted(&own.reason)),
            Some(_) => harmless(&own.reason),
        };
        let reason = reason.map(|reason| format!(": {reason}"));
        let status = own.status.map(|status| format!("{status} "));
        format!(
            "line {} of {}: {}{}{}",
            own.line,
            own.source,
            status.unwrap_or_default(),
            error_type(&own.kind),
            reason.unwrap_or_default()
        )
    }
}

impl Letter {
    /// The run ends with the first refused document.
    pub fn failure(&self) -> Failure {
        let (Self::Own(own) | Self::Kept(_, own)) = self;
        // Who gives a table, or something else of which no line is a document, wants no letter for each of them.
        let hint = if own.line == 1 && own.kind == NOT_JSON {
            "jcx push takes one JSON object a line, as jcx map writes them without --format csv; if that line alone is none, name a file for it with --dead-letter FILE"
        } else {
            "name a file for such documents with --dead-letter FILE, which keeps the whole reason too, and go on with the others"
        };
        Failure::new(Kind::Holes, format!("refused: {}", self.shown()))
            .reason("rejected")
            .hint(hint)
    }
}

impl Own {
    fn at(place: &Place) -> Self {
        Self {
            stage: STAGE,
            source: place.source.to_string(),
            line: place.line,
            status: None,
            kind: String::new(),
            reason: String::new(),
            id: None,
            raw: false,
            record: None,
        }
    }
}
