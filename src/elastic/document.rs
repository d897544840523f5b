//! A line as a document: its `_id` and the stream it names, and its own bytes without the `@metadata` it travels with.
//!
//! The document's other bytes are sent as they were read. What no server could take, or what would refuse a whole
//! request, is found here, before anything is sent (`docs/elasticsearch-bulk.md` section 1).

use std::ops::Range;

use crate::json::check::check;
use crate::json::members::{Member, key_is, members, string_of, value_of};

/// Longest `_id` that both engines take, in bytes; a longer one refuses the whole request.
pub(super) const LONGEST_ID: usize = 512;

/// The member that `jcx map` puts in front, after the convention of Beats and Logstash.
const METADATA: &str = "@metadata";

/// The kind of a line that is not JSON: one without its end may have been cut off.
pub const NOT_JSON: &str = "not_json";

/// What some editors put in front of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What a line says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The `_id` to be stored under.
    pub id: Option<String>,
    /// The data stream it names.
    pub stream: Option<String>,
    /// Whether it names one in a form that cannot be used.
    pub unusable_stream: bool,
    kept: [Range<usize>; 2],
}

/// Why a line is no document that can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The word for it, as a dead letter's `type`.
    pub kind: &'static str,
    /// What is wrong, without the document's text.
    pub reason: String,
}

impl Flaw {
    /// A flaw of a whole line.
    pub fn new(kind: &'static str, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
        }
    }
}

impl Document {
    /// Reads a line.
    ///
    /// # Errors
    /// [`Flaw`] where it is not one JSON object, or its `@metadata` cannot be used.
    pub fn parse(text: &[u8]) -> Result<Self, Flaw> {
        check(text).map_err(|invalid| {
            Flaw::new(
                NOT_JSON,
                if text.starts_with(BYTE_ORDER_MARK) {
                    "the line begins with a byte order mark".to_owned()
                } else {
                    format!("{} at byte {}", invalid.reason, invalid.offset)
                },
            )
        })?;
        let start = text.trim_ascii_start();
        if start.first() != Some(&b'{') {
            return Err(Flaw::new("not_an_object", "the line holds no JSON object"));
        }
        let whole = text.len() - start.len()..text.trim_ascii_end().len();
        let all: Vec<Member<'_>> = members(text).collect();
        let mut found = (0..all.len()).filter(|at| key_is(all[*at].key, METADATA));
        let Some(at) = found.next() else {
            let end = whole.end;
            let kept = [whole, end..end];
            return Ok(Self {
                id: None,
                stream: stream_fields(&all),
                unusable_stream: false,
                kept,
            });
        };
        if found.next().is_some() {
            return Err(Flaw::new("bad_metadata", "two members are named @metadata"));
        }
        let metadata = all[at].value;
        if !metadata.starts_with(b"{") && metadata != b"null" {
            return Err(Flaw::new("bad_metadata", "its @metadata is no object"));
        }
        let named = text_member(metadata, "raw_index");
        Ok(Self {
            id: usable_id(metadata)?,
            unusable_stream: named.is_err(),
            stream: named.ok().flatten().or_else(|| stream_fields(&all)),
            kept: without(&all, at, &whole),
        })
    }

    /// One that names its `_id` and stream in its `@metadata`, without which it stands at `kept`.
    pub(super) fn mapped(id: &str, stream: &str, kept: [Range<usize>; 2]) -> Self {
        Self {
            id: Some(id.to_owned()),
            stream: Some(stream.to_owned()),
            unusable_stream: false,
            kept,
        }
    }

    /// Why it cannot go to a data stream, whichever that is.
    pub fn stream_flaw(&self) -> Option<Flaw> {
        self.unusable_stream.then(|| no_text("raw_index"))
    }

    /// Where the document's own bytes stand in its line: before its `@metadata`, and behind it.
    pub(super) fn kept(&self) -> &[Range<usize>; 2] {
        &self.kept
    }

    /// How many bytes they are.
    pub fn len(&self) -> usize {
        self.kept.iter().map(Range::len).sum()
    }

    /// Whether there are none; an object has at least its braces.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What stays of `whole` without member `at` and one comma.
fn without(all: &[Member<'_>], at: usize, whole: &Range<usize>) -> [Range<usize>; 2] {
    let (start, end) = if at > 0 {
        (all[at - 1].end, all[at].end)
    } else {
        let next = all.get(1).map_or(all[0].end, |next| next.start);
        (all[0].start, next)
    };
    [whole.start..start, end..whole.end]
}

fn usable_id(metadata: &[u8]) -> Result<Option<String>, Flaw> {
    let id = text_member(metadata, "_id")?;
    match id.as_deref().map(str::len) {
        Some(0) => Err(Flaw::new("empty_id", "its _id is empty")),
        Some(length) if length > LONGEST_ID => Err(Flaw::new(
            "id_too_long",
            format!("its _id has {length} bytes, more than the {LONGEST_ID} that a server takes"),
        )),
        _ => Ok(id),
    }
}

/// A text of `@metadata`; `null` counts as absent.
fn text_member(metadata: &[u8], key: &str) -> Result<Option<String>, Flaw> {
    match value_of(metadata, key) {
        None | Some(b"null") => Ok(None),
        Some(value) => string_of(value).map(Some).ok_or_else(|| no_text(key)),
    }
}

fn no_text(key: &str) -> Flaw {
    let reason = format!("{key} in its @metadata is no usable text");
    Flaw::new("bad_metadata", reason)
}

/// The stream that `data_stream.{type,dataset,namespace}` name together.
fn stream_fields(all: &[Member<'_>]) -> Option<String> {
    let fields = all
        .iter()
        .find(|member| key_is(member.key, "data_stream"))?;
    let part = |key: &str| string_of(value_of(fields.value, key)?);
    let (kind, dataset, namespace) = (part("type")?, part("dataset")?, part("namespace")?);
    Some(format!("{kind}-{dataset}-{namespace}"))
}

#[cfg(test)]
mod tests {
    use super::Document;

    fn own(text: &str) -> String {
        let document = Document::parse(text.as_bytes()).expect("a document");
        let pieces = document.kept().clone().map(|range| &text.as_bytes()[range]);
        let own = pieces.concat();
        assert_eq!(own.len(), document.len());
        String::from_utf8(own).expect("text")
    }

    #[test]
    fn metadata_is_taken_off_wherever_it_stands_and_nothing_else_changes() {
        for (line, expected) in [
            (r#"{"@metadata":{"_id":"a"},"x":1.0}"#, r#"{"x":1.0}"#),
            (
                r#"{"@metadata":{"_id":"a"} , "x" : 1e400 }"#,
                r#"{"x" : 1e400 }"#,
            ),
            (
                r#"{"x":1,"@metadata":{"_id":"a"},"y":2}"#,
                r#"{"x":1,"y":2}"#,
            ),
            (r#" {"x":1 , "@metadata":{} } "#, r#"{"x":1 }"#),
            (r#"{"@metadata":{"_id":"a"}}"#, "{}"),
            (
                r#"{"\u0040metadata":{"_id":"a"},"x":"\ud800"}"#,
                r#"{"x":"\ud800"}"#,
            ),
            ("{\"x\":1}\r", r#"{"x":1}"#),
            (r#"{"x":{"@metadata":1}}"#, r#"{"x":{"@metadata":1}}"#),
        ] {
            assert_eq!(own(line), expected, "{line}");
        }
    }

    #[test]
    fn the_stream_is_what_raw_index_or_the_fields_name() {
        let stream = |text: &str| Document::parse(text.as_bytes()).expect("a document").stream;
        let fields = r#""data_stream":{"type":"logs","dataset":"d","namespace":"n"}"#;
        assert_eq!(
            stream(&format!("{{{fields}}}")).as_deref(),
            Some("logs-d-n")
        );
        let both = format!(r#"{{"@metadata":{{"raw_index":"logs-x-y"}},{fields}}}"#);
        assert_eq!(stream(&both).as_deref(), Some("logs-x-y"));
        assert_eq!(stream(r#"{"data_stream":{"type":"logs"}}"#), None);
    }

    #[test]
    fn what_cannot_be_sent_says_why() {
        let long = format!(r#"{{"@metadata":{{"_id":"{}"}}}}"#, "x".repeat(513));
        for (line, kind) in [
            ("{\"a\":", "not_json"),
            ("{", "not_json"),
            ("{\"a\"}", "not_json"),
            ("[1]", "not_an_object"),
            ("12", "not_an_object"),
            (r#"{"@metadata":{"_id":""}}"#, "empty_id"),
            (&long, "id_too_long"),
            (r#"{"@metadata":{"_id":7}}"#, "bad_metadata"),
            (r#"{"@metadata":{"_id":"\ud800"}}"#, "bad_metadata"),
            (r#"{"@metadata":{},"@metadata":{}}"#, "bad_metadata"),
            (r#"{"@metadata":5}"#, "bad_metadata"),
            (r#"{"@metadata":"str"}"#, "bad_metadata"),
            (r#"{"@metadata":[]}"#, "bad_metadata"),
        ] {
            let flaw = Document::parse(line.as_bytes()).expect_err(line);
            assert_eq!(flaw.kind, kind, "{line}");
        }
        let fits = format!(r#"{{"@metadata":{{"_id":"{}"}}}}"#, "é".repeat(256));
        assert!(Document::parse(fits.as_bytes()).is_ok());
    }

    #[test]
    fn an_unusable_stream_is_told_and_left_to_whoever_knows_the_target() {
        let document = Document::parse(br#"{"@metadata":{"_id":"a","raw_index":7}}"#);
        let document = document.expect("a document");
        assert_eq!(document.stream_flaw().expect("a flaw").kind, "bad_metadata");
        assert!(
            Document::parse(b"{}")
                .expect("a document")
                .stream_flaw()
                .is_none()
        );
    }

    #[test]
    fn a_byte_order_mark_is_named() {
        let flaw = Document::parse("\u{feff}{}".as_bytes()).expect_err("a flaw");
        assert_eq!(flaw.kind, "not_json");
        assert!(flaw.reason.contains("byte order mark"));
    }

    #[test]
    fn a_missing_or_null_id_is_no_flaw() {
        for line in ["{}", r#"{"@metadata":{"_id":null}}"#, r#"{"@metadata":{}}"#] {
            assert_eq!(
                Document::parse(line.as_bytes()).expect("a document").id,
                None
            );
        }
    }
}
