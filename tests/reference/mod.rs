//! The slow, obvious mapper: `docs/ecs-mapping.md` read step by step, so that the fast one can be held to it; beside it the
//! splitter of arrays.
//!
//! Shares nothing with the program but that page (not its reader of JSON, not its hash, not its tables), so that a defect
//! cannot hide on both sides. A line in, a document with its `_id` out, or the reason why the line is no event.

pub mod framing;
pub mod geoip;
pub mod json;
pub mod splitter;

mod address;
mod catalogue;
mod extended;
mod fingerprint;
mod layout;
mod murmur;
mod number;
mod rendering;
mod steps;
mod timestamp;

use self::geoip::Databases;
use self::json::compact::compact;
use self::json::read::{Malformed, read};
use self::json::tree::{Object, Value};
use self::steps::{Draft, Failed};

/// The version of the Elastic Common Schema that a document follows.
const ECS_VERSION: &str = "8.11.0";
/// The tag that keeps `event.original`.
const PRESERVE_ORIGINAL: &str = "preserve_original_event";
/// The tag that keeps the fields of `jumpcloud.event` that were copied to ECS.
const PRESERVE_DUPLICATES: &str = "preserve_duplicate_custom_fields";

/// What a document is to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// What Elastic's integration makes of the event.
    #[default]
    Elastic,
    /// That, and section 9.
    Extended,
}

/// What a user may choose about the documents.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub profile: Profile,
    /// Type, dataset and namespace.
    pub data_stream: Option<[String; 3]>,
    pub tags: Vec<String>,
    pub preserve_original: bool,
    pub preserve_duplicates: bool,
    pub databases: Databases,
}

/// An event's document.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The `_id` that this event has when it is alone.
    pub id: String,
    /// The document as JSON.
    pub body: Vec<u8>,
    /// Whether a step failed.
    pub pipeline_error: bool,
    /// Whether there is a `@timestamp`.
    pub has_timestamp: bool,
    /// The event's text: the tokens as received, no white space between them.
    pub text: Vec<u8>,
}

/// Why a line is no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnEvent {
    /// What is wrong, in words.
    pub reason: String,
    /// Bytes of the line before the place, where the line is no JSON.
    pub offset: Option<usize>,
}

/// The document for one line.
pub fn map(line: &[u8], options: &Options) -> Result<Document, NotAnEvent> {
    let event = read_event(line)?;
    let text = compact(line);
    let mut tags = tags(options);
    let mut draft = Draft::new(event.clone());
    let (id, outcome) = match fingerprint::of_event(&event) {
        Ok(id) => {
            let keep_copied = is_among(&tags, PRESERVE_DUPLICATES);
            (id, draft.run(&options.databases, keep_copied))
        }
        Err(failed) => (None, Err(failed)),
    };
    let pipeline_error = outcome.is_err();
    if let Err(failed) = outcome {
        mark_failed(&mut draft, &failed, &mut tags);
    }
    if options.profile == Profile::Extended {
        extended::extend(&mut draft, event, &options.databases, &mut tags);
    }
    surround(&mut draft, options, &tags, &text);
    Ok(Document {
        id: id.unwrap_or_else(|| fingerprint::of_text(&text)),
        pipeline_error,
        has_timestamp: draft.has("@timestamp"),
        body: draft.write(),
        text,
    })
}

/// Section 1: Elastic's two tags first, then the others as they were asked for.
fn tags(options: &Options) -> Vec<String> {
    let asked = |tag: &str, switch: bool| switch || is_among(&options.tags, tag);
    let mut tags = Vec::new();
    if asked(PRESERVE_ORIGINAL, options.preserve_original) {
        tags.push(PRESERVE_ORIGINAL.to_owned());
    }
    if asked(PRESERVE_DUPLICATES, options.preserve_duplicates) {
        tags.push(PRESERVE_DUPLICATES.to_owned());
    }
    for tag in &options.tags {
        if !["", PRESERVE_ORIGINAL, PRESERVE_DUPLICATES].contains(&tag.as_str()) {
            tags.push(tag.clone());
        }
    }
    tags
}

fn is_among(tags: &[String], tag: &str) -> bool {
    tags.iter().any(|other| other == tag)
}

/// Section 4: what every failed document has.
fn mark_failed(draft: &mut Draft<'_>, failed: &Failed, tags: &mut Vec<String>) {
    draft.set("event.kind", Value::text("pipeline_error"));
    let message = Value::owned_text(&failed.reason);
    draft.set("error.message", Value::Array(vec![message]));
    if !is_among(tags, PRESERVE_ORIGINAL) {
        tags.push(PRESERVE_ORIGINAL.to_owned());
    }
}

/// Sections 1 and 7: what stands in a document whether a step failed or not.
fn surround(draft: &mut Draft<'_>, options: &Options, tags: &[String], text: &[u8]) {
    draft.set("ecs.version", Value::text(ECS_VERSION));
    if is_among(tags, PRESERVE_ORIGINAL) {
        let original = std::str::from_utf8(text).expect("it has been read as JSON");
        draft.set("event.original", Value::owned_text(original));
    }
    if !tags.is_empty() {
        let tags = tags.iter().map(|tag| Value::owned_text(tag)).collect();
        draft.set("tags", Value::Array(tags));
    }
    if let Some([kind, dataset, namespace]) = &options.data_stream {
        draft.set("data_stream.type", Value::owned_text(kind));
        draft.set("data_stream.dataset", Value::owned_text(dataset));
        draft.set("data_stream.namespace", Value::owned_text(namespace));
        draft.set("event.dataset", Value::owned_text(dataset));
    }
}

/// Steps 3 to 5: strict JSON, nothing empty in it, and an object with something left.
fn read_event(line: &[u8]) -> Result<Object<'_>, NotAnEvent> {
    let mut value = read(line)?;
    let is_something = drop_empty(&mut value);
    let reason = match value {
        Value::Object(event) if is_something => return Ok(event),
        Value::Object(_) => "an object with nothing in it".to_owned(),
        other => format!("{} instead of an object", other.kind()),
    };
    Err(NotAnEvent {
        reason,
        offset: None,
    })
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

impl From<Malformed> for NotAnEvent {
    fn from(malformed: Malformed) -> Self {
        Self {
            reason: malformed.reason,
            offset: Some(malformed.offset),
        }
    }
}
