//! The frame around the steps: a line in, a document with its `_id` out, or the reason why the line is no event.
//!
//! Decides what happens before the first step that can fail ordinarily (steps 1 to 7) and what a failure leaves behind
//! (`docs/ecs-mapping.md`, sections 1, 4 and 7). Knows no other event of the run.

use super::data_stream::DataStream;
use super::fingerprint;
use super::framing::Framing;
use super::geoip::GeoIp;
use super::id::Id;
use super::steps::{Draft, Failed};
use crate::hash::murmur3_x64_128;
use crate::json::compact::compact;
use crate::json::read::{Malformed, read};
use crate::json::tree::{Object, Value};
use std::sync::Arc;

/// The version of the Elastic Common Schema that a document follows.
const ECS_VERSION: &str = "8.11.0";
/// The tag that keeps `event.original`.
const PRESERVE_ORIGINAL: &str = "preserve_original_event";
/// The tag that keeps the fields of `jumpcloud.event` that were copied to ECS.
const PRESERVE_DUPLICATES: &str = "preserve_duplicate_custom_fields";

/// What a user may choose about the documents.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The stream that the documents are for; without it they have no `data_stream` and no `event.dataset`.
    pub data_stream: Option<DataStream>,
    /// Tags for every document; Elastic's two tags mean here what the two switches below mean.
    pub tags: Vec<String>,
    /// Keep the event's text in `event.original`.
    pub preserve_original: bool,
    /// Keep the fields of `jumpcloud.event` that were copied to ECS.
    pub preserve_duplicates: bool,
    /// What goes out around a document.
    pub framing: Framing,
    /// The databases that know where an address is; without them there is no `geo` and no `as`.
    pub geoip: Option<Arc<GeoIp>>,
}

/// Maps events to ECS documents, each for itself.
#[derive(Clone, Debug)]
pub struct Mapper {
    data_stream: Option<DataStream>,
    tags: Vec<String>,
    framing: Framing,
}

/// What a run wants to know about a document that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The `_id` that this event has when it is alone; see [`super::RecentIds`].
    pub id: Id,
    /// Where the `_id` stands in the output, its [`Id::LENGTH`] bytes; `None` where the framing leaves it out.
    pub id_at: Option<usize>,
    /// Whether a step failed; the document says so too and is ordinary output.
    pub pipeline_error: bool,
    /// Whether there is a `@timestamp`, which a data stream asks for.
    pub has_timestamp: bool,
    /// A hash of the event's text (the tokens as received, no white space between them); two texts with one hash are equal.
    pub text: u128,
}

/// Why a line is no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnEvent {
    /// What is wrong, in words.
    pub reason: String,
    /// Bytes of the line before the place, where there is one.
    pub offset: Option<usize>,
}

impl Mapper {
    /// A mapper with these options.
    pub fn new(options: Options) -> Self {
        let is_set = |tag: &str, switch| switch || options.tags.iter().any(|other| other == tag);
        let switches = [
            (
                PRESERVE_ORIGINAL,
                is_set(PRESERVE_ORIGINAL, options.preserve_original),
            ),
            (
                PRESERVE_DUPLICATES,
                is_set(PRESERVE_DUPLICATES, options.preserve_duplicates),
            ),
        ];
        let first = switches
            .into_iter()
            .filter(|(_, set)| *set)
            .map(|(tag, _)| tag.to_owned());
        let is_other = |tag: &String| {
            !tag.is_empty() && tag != PRESERVE_ORIGINAL && tag != PRESERVE_DUPLICATES
        };
        let tags = first
            .chain(options.tags.iter().filter(|tag| is_other(tag)).cloned())
            .collect();
        Self {
            data_stream: options.data_stream,
            tags,
            framing: options.framing,
        }
    }

    /// Appends the document for one line, framed and without line end; white space around and inside the line does not
    /// matter. Nothing is appended where the line is no event.
    pub fn map(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<Outcome, NotAnEvent> {
        let mut draft = Draft::new(read_event(line)?);
        let text = compact(line);
        let (id, outcome) = match fingerprint::of_event(draft.event()) {
            Ok(id) => (id, draft.run(self.has_tag(PRESERVE_DUPLICATES))),
            Err(failed) => (None, Err(failed)),
        };
        let pipeline_error = outcome.is_err();
        let has_timestamp = draft.has("@timestamp");
        let id = id.unwrap_or_else(|| Id::of_text(&text));
        let body = self.finish(draft, outcome, &text);
        let (high, low) = murmur3_x64_128(&text);
        Ok(Outcome {
            id,
            id_at: self.framing.write(&id, &body, out),
            pipeline_error,
            has_timestamp,
            text: u128::from(high) << 64 | u128::from(low),
        })
    }

    /// What stands in the document whether a step failed or not.
    fn finish(&self, mut draft: Draft<'_>, outcome: Result<(), Failed>, text: &[u8]) -> Vec<u8> {
        let mut tags = self.tags.clone();
        if let Err(failed) = outcome {
            draft.set("event.kind", Value::text("pipeline_error"));
            draft.set(
                "error.message",
                Value::Array(vec![Value::owned_text(&failed.reason)]),
            );
            if !self.has_tag(PRESERVE_ORIGINAL) {
                tags.push(PRESERVE_ORIGINAL.to_owned());
            }
        }
        if tags.iter().any(|tag| tag == PRESERVE_ORIGINAL) {
            let original = String::from_utf8_lossy(text);
            draft.set("event.original", Value::owned_text(&original));
        }
        if !tags.is_empty() {
            let tags = tags.iter().map(|tag| Value::owned_text(tag)).collect();
            draft.set("tags", Value::Array(tags));
        }
        draft.set("ecs.version", Value::text(ECS_VERSION));
        if let Some(stream) = &self.data_stream {
            draft.set("data_stream.type", Value::owned_text(stream.kind()));
            draft.set("data_stream.dataset", Value::owned_text(stream.dataset()));
            draft.set(
                "data_stream.namespace",
                Value::owned_text(stream.namespace()),
            );
            draft.set("event.dataset", Value::owned_text(stream.dataset()));
        }
        draft.write()
    }

    fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|other| other == tag)
    }
}

/// Steps 3 to 5: strict JSON, nothing empty in it, and an object with something left.
fn read_event(line: &[u8]) -> Result<Object<'_>, NotAnEvent> {
    let mut value = read(line)?;
    let is_something = drop_empty(&mut value);
    match value {
        Value::Object(event) if is_something => Ok(event),
        Value::Object(_) => Err(NotAnEvent::whole("an object with nothing in it")),
        other => Err(NotAnEvent::whole(&format!(
            "{} instead of an object",
            other.kind()
        ))),
    }
}

/// Drops null, empty texts, and what is or becomes empty, from inside the value; says whether the value itself is to be
/// kept. In place, so that a level of nesting costs little stack.
fn drop_empty(value: &mut Value<'_>) -> bool {
    match value {
        Value::Null => false,
        Value::String(raw) => !raw.is_empty(),
        Value::Array(elements) => {
            elements.retain_mut(drop_empty);
            !elements.is_empty()
        }
        Value::Object(object) => {
            object.0.retain_mut(|(_, member)| drop_empty(member));
            !object.0.is_empty()
        }
        Value::Bool(_) | Value::Number(_) => true,
    }
}

impl NotAnEvent {
    fn whole(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            offset: None,
        }
    }
}

impl From<Malformed> for NotAnEvent {
    fn from(malformed: Malformed) -> Self {
        Self {
            reason: malformed.reason,
            offset: Some(malformed.offset),
        }
    }
}
