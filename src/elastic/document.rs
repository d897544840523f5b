//! A line as a document: its `_id` and the stream it names, and its own bytes without the `@metadata` it travels with.
//!
//! The document's other bytes are sent as they were read. What no server could take, or what would refuse a whole
//! request, is found here, before anything is sent (`docs/elasticsearch-bulk.md` section 1).

use std::borrow::Cow;
use std::ops::Range;

use super::cuts::{Cut, ingested, taken, without};
use super::flaw::{Flaw, LONGEST_ID, NOT_JSON};
use crate::json::check::check;
use crate::json::members::{Member, at_path, key_is, members, skip_string, string_of, value_of};

/// The member that `jcx map` puts in front, after the convention of Beats and Logstash.
const METADATA: &str = "@metadata";

/// What some editors put in front of a file.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The member that no engine stores: the `_id` travels beside the document.
const ID: &str = "_id";

/// The kind of a document that has that member.
const METADATA_FIELD: &str = "metadata_field";

/// What a line says about itself, and what is done to its text to make what is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The `_id` to be stored under.
    pub id: Option<String>,
    /// The data stream it names.
    pub stream: Option<String>,
    /// Whether it names one in a form that cannot be used.
    pub unusable_stream: bool,
    pub(super) cuts: Vec<Cut>,
    /// Where in the text the JSON string begins that says the line as it was read; `None` where the text is that line.
    pub(super) said_at: Option<usize>,
    length: usize,
}

impl Document {
    /// Reads a line.
    ///
    /// # Errors
    /// [`Flaw`] where it is not one JSON object, or its `@metadata` cannot be used.
    pub fn parse(text: &[u8]) -> Result<Self, Flaw> {
        Self::read(text, None)
    }

    /// Reads a line whose `_id` may stand at a dotted path of its own. `_id` itself is then taken out of it.
    ///
    /// # Errors
    /// [`Flaw`] where it is not one JSON object, or its `@metadata` or its id cannot be used.
    pub fn read(text: &[u8], id_field: Option<&str>) -> Result<Self, Flaw> {
        check_object(text)?;
        let all: Vec<Member<'_>> = members(text).collect();
        let (metadata, top_id) =
            special(&all, id_field).map_err(|flaw| named_id(flaw, text, &all, id_field))?;
        let named = metadata.map_or(Ok(None), |at| text_member(all[at].value, "raw_index"));
        let own = match id_field.and_then(|path| at_path(text, path)) {
            Some(value) => field_id(value)?,
            None => None,
        };
        let id = match (own, metadata) {
            (None, Some(at)) => text_member(all[at].value, ID)?,
            (own, _) => own,
        };
        let mut removed: Vec<usize> = metadata.into_iter().chain(top_id).collect();
        removed.sort_unstable();
        let mut document = Self {
            id: usable_id(id)?,
            unusable_stream: named.is_err(),
            stream: named.ok().flatten().or_else(|| stream_fields(&all)),
            cuts: without(text, &all, &removed),
            said_at: None,
            length: 0,
        };
        document.measure(text);
        Ok(document)
    }

    /// Of a text that was made for a line, which the JSON string at this place of it says.
    pub fn saying(text: &[u8], said_at: usize, id: Option<String>) -> Self {
        Self {
            id,
            stream: None,
            unusable_stream: false,
            cuts: Vec::new(),
            said_at: Some(said_at),
            length: text.len(),
        }
    }

    /// Of a text before which something else stands that belongs to the same line but is not sent.
    #[must_use]
    pub fn behind(mut self, before: usize) -> Self {
        for cut in &mut self.cuts {
            cut.taken = cut.taken.start + before..cut.taken.end + before;
        }
        match self.cuts.first_mut() {
            Some(first) if first.taken.start == before && first.put.is_empty() => {
                first.taken.start = 0;
            }
            _ => self.cuts.insert(0, Cut::of(0..before)),
        }
        self
    }

    /// Puts `event.ingested` in, as this JSON text; a document whose `event` is no object stays as it is.
    pub fn ingest(&mut self, text: &[u8], value: &str) {
        let before = self.cuts.first().map(|cut| cut.taken.clone());
        let start = before.filter(|cut| cut.start == 0).map_or(0, |cut| cut.end);
        let Some(cut) = ingested(text, start, &self.cuts, value) else {
            return;
        };
        let at = self
            .cuts
            .iter()
            .position(|other| other.taken.start >= cut.taken.start);
        self.cuts.insert(at.unwrap_or(self.cuts.len()), cut);
        self.measure(text);
    }

    /// Takes out again what was put in.
    pub fn undo(&mut self, text: &[u8]) {
        self.cuts.retain(|cut| cut.put.is_empty());
        self.measure(text);
    }

    /// The line as it was read, of which this text was made.
    pub fn record<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        match self.said_at {
            None => Cow::Borrowed(text),
            Some(at) => Cow::Owned(said(text, at)),
        }
    }

    /// One of this text that names its `_id` and stream in its `@metadata`, which stands there with its comma.
    pub(super) fn mapped(text: &[u8], id: &str, stream: &str, metadata: Range<usize>) -> Self {
        Self {
            id: Some(id.to_owned()),
            stream: Some(stream.to_owned()),
            unusable_stream: false,
            length: text.len() - metadata.len(),
            cuts: vec![Cut::of(metadata)],
            said_at: None,
        }
    }

    /// Why it cannot go to a data stream, whichever that is.
    pub fn stream_flaw(&self) -> Option<Flaw> {
        self.unusable_stream.then(|| no_text("raw_index"))
    }

    fn measure(&mut self, text: &[u8]) {
        let taken = taken(&self.cuts);
        let put: usize = self.cuts.iter().map(|cut| cut.put.len()).sum();
        self.length = text.len() + put - taken;
    }

    /// How many bytes are sent.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none; an object has at least its braces.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What the JSON string at this place of a text says, as bytes.
pub(super) fn said(text: &[u8], at: usize) -> Vec<u8> {
    let end = skip_string(text, at);
    let said = end.and_then(|end| string_of(&text[at..end]));
    said.expect("a string that was written here").into_bytes()
}

const ARRAY: &str =
    "a JSON array, where documents stand one a line (jq -c '.[]' FILE gives its elements so)";

fn check_object(text: &[u8]) -> Result<(), Flaw> {
    check(text).map_err(|invalid| {
        if text.starts_with(BYTE_ORDER_MARK) {
            Flaw::new(NOT_JSON, "the line begins with a byte order mark")
        } else if text.trim_ascii() == b"[" {
            Flaw::new(NOT_JSON, ARRAY)
        } else {
            Flaw::not_json(&invalid)
        }
    })?;
    match text.trim_ascii_start().first() {
        Some(b'{') => Ok(()),
        Some(b'[') => Err(Flaw::new("not_an_object", ARRAY)),
        _ => Err(Flaw::new("not_an_object", "the line holds no JSON object")),
    }
}

/// The places of a document's `@metadata` and of an `_id` beside it, which can only be there to be taken off.
fn special(
    all: &[Member<'_>],
    id_field: Option<&str>,
) -> Result<(Option<usize>, Option<usize>), Flaw> {
    let places = |name| (0..all.len()).filter(move |at| key_is(all[*at].key, name));
    let mut metadata = places(METADATA);
    let found = metadata.next();
    if metadata.next().is_some() {
        return Err(Flaw::new("bad_metadata", "two members are named @metadata"));
    }
    if let Some(value) = found.map(|at| all[at].value)
        && !value.starts_with(b"{")
        && value != b"null"
    {
        return Err(Flaw::new("bad_metadata", "its @metadata is no object"));
    }
    let mut ids = places(ID);
    let id = ids.next();
    if id.is_some() && (id_field != Some(ID) || ids.next().is_some()) {
        let reason =
            "it has a member _id, which no server stores; --id-field _id takes it off and uses it";
        return Err(Flaw::new(METADATA_FIELD, reason));
    }
    Ok((found, id))
}

/// What has a member `_id` beside others is still known by one: what would have been used, else that member.
fn named_id(flaw: Flaw, text: &[u8], all: &[Member<'_>], id_field: Option<&str>) -> Flaw {
    if flaw.kind != METADATA_FIELD {
        return flaw;
    }
    let member = |name| {
        let found = all.iter().find(|member| key_is(member.key, name));
        found.map(|member| member.value)
    };
    let own = id_field.and_then(|path| at_path(text, path));
    let named = member(METADATA).and_then(|metadata| value_of(metadata, ID));
    let values = [own, named, member(ID)].into_iter().flatten();
    let mut ids = values.filter_map(|value| field_id(value).ok().flatten());
    flaw.of_id(ids.next())
}

/// The text of a member that is to be the `_id`; a number's is its token.
fn field_id(value: &[u8]) -> Result<Option<String>, Flaw> {
    match value.first() {
        Some(b'"') => string_of(value),
        Some(b'-' | b'0'..=b'9') => String::from_utf8(value.to_vec()).ok(),
        Some(b'n') => return Ok(None),
        _ => None,
    }
    .map(Some)
    .ok_or_else(|| {
        Flaw::new(
            "bad_id",
            "the member that --id-field names is no usable text and no number",
        )
    })
}

/// An `_id` that a server takes.
///
/// # Errors
/// [`Flaw`] of one that would refuse the whole request, or is none.
pub fn usable_id(id: Option<String>) -> Result<Option<String>, Flaw> {
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

    fn sent(text: &str, document: &Document) -> String {
        let (mut own, mut done) = (Vec::new(), 0);
        for cut in &document.cuts {
            own.extend_from_slice(&text.as_bytes()[done..cut.taken.start]);
            own.extend_from_slice(&cut.put);
            done = cut.taken.end;
        }
        own.extend_from_slice(&text.as_bytes()[done..]);
        assert_eq!(own.len(), document.len(), "{text}");
        String::from_utf8(own).expect("text")
    }

    fn own(text: &str) -> String {
        let document = Document::parse(text.as_bytes()).expect("a document");
        sent(text, &document)
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

    #[test]
    fn a_member_of_the_document_can_be_its_id() {
        let read = |line: &str, field| Document::read(line.as_bytes(), Some(field));
        for (line, field, id) in [
            (r#"{"a":"x"}"#, "a", Some("x")),
            (r#"{"a":{"b":{"c":"x"}}}"#, "a.b.c", Some("x")),
            (r#"{"a.b":{"c":"x"}}"#, "a.b.c", Some("x")),
            (
                r#"{"a":{"b.c":12345678901234567890}}"#,
                "a.b.c",
                Some("12345678901234567890"),
            ),
            (r#"{"a":-1.50}"#, "a", Some("-1.50")),
            (r#"{"a":null}"#, "a", None),
            (r#"{"b":1}"#, "a", None),
            (r#"{"@metadata":{"_id":"m"},"a":"x"}"#, "a", Some("x")),
            (r#"{"@metadata":{"_id":"m"}}"#, "a", Some("m")),
        ] {
            let document = read(line, field).expect(line);
            assert_eq!(document.id.as_deref(), id, "{line}");
        }
        for (line, kind) in [
            (r#"{"a":true}"#, "bad_id"),
            (r#"{"a":{}}"#, "bad_id"),
            (r#"{"a":"\ud800"}"#, "bad_id"),
            (r#"{"a":""}"#, "empty_id"),
            (r#"{"a":1,"_id":"x"}"#, "metadata_field"),
        ] {
            assert_eq!(read(line, "a").expect_err(line).kind, kind, "{line}");
        }
        for (line, expected) in [
            (r#"{"_id":"x","a":1}"#, r#"{"a":1}"#),
            (r#"{"a":1, "_id":"x","@metadata":{} }"#, r#"{"a":1 }"#),
            (
                r#" {"@metadata":{},"_id":"x" ,"a":1,"b":2}"#,
                r#"{"a":1,"b":2}"#,
            ),
            (r#"{"_id":"x","@metadata":{}}"#, "{}"),
        ] {
            let document = read(line, "_id").expect(line);
            assert_eq!(document.id.as_deref(), Some("x"));
            assert_eq!(sent(line, &document), expected, "{line}");
        }
    }

    #[test]
    fn the_time_of_loading_goes_into_the_event_object_and_can_be_taken_out_again() {
        for (line, expected) in [
            ("{}", r#"{"event":{"ingested":"T"}}"#),
            (r#"{"a":1}"#, r#"{"event":{"ingested":"T"},"a":1}"#),
            (
                r#"{"a":1,"event":{}}"#,
                r#"{"a":1,"event":{"ingested":"T"}}"#,
            ),
            (
                r#"{"event":{ "kind":"x"}}"#,
                r#"{"event":{"ingested":"T", "kind":"x"}}"#,
            ),
            (
                r#"{"event":{"kind":"x","ingested" : "old" },"z":1}"#,
                r#"{"event":{"kind":"x","ingested" : "T" },"z":1}"#,
            ),
            (r#"{"event":null}"#, r#"{"event":{"ingested":"T"}}"#),
            (r#"{"event":"x"}"#, r#"{"event":"x"}"#),
            (r#"{"event.ingested":"old"}"#, r#"{"event.ingested":"T"}"#),
            (
                r#" {"@metadata":{"event":{}} ,"a":1}"#,
                r#"{"event":{"ingested":"T"},"a":1}"#,
            ),
            (r#"{ "@metadata":{}}"#, r#"{"event":{"ingested":"T"} }"#),
        ] {
            let mut document = Document::parse(line.as_bytes()).expect(line);
            let plain = sent(line, &document);
            document.ingest(line.as_bytes(), "\"T\"");
            assert_eq!(sent(line, &document), expected, "{line}");
            document.undo(line.as_bytes());
            assert_eq!(sent(line, &document), plain, "{line}");
        }
    }
}
