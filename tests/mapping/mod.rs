//! The mapping against `docs/ecs-mapping.md`: every row of its tables, byte for byte.

mod extended;
mod failures;
mod golden;
mod ids;
mod steps;
mod switches;
mod values;

use jcx::ecs::{Id, Mapper, Options};

/// A document, and what is known of it.
#[derive(Debug, PartialEq)]
struct Document {
    id: Id,
    body: Vec<u8>,
    pipeline_error: bool,
    has_timestamp: bool,
    text: u64,
}

/// The document of one event, without a data stream and without tags.
fn document(event: &str) -> Document {
    document_with(Options::default(), event)
}

fn document_with(options: Options, event: &str) -> Document {
    let mut body = Vec::new();
    let outcome = Mapper::new(options)
        .map(event.as_bytes(), &mut body)
        .unwrap_or_else(|why| panic!("{event}: {why:?}"));
    Document {
        id: outcome.id,
        body,
        pipeline_error: outcome.pipeline_error,
        has_timestamp: outcome.has_timestamp,
        text: outcome.text,
    }
}

/// The text of that document.
fn body(event: &str) -> String {
    text(&document(event))
}

fn text(document: &Document) -> String {
    String::from_utf8(document.body.clone()).expect("a document is UTF-8")
}

/// One field of that document by its dotted name.
fn field(event: &str, name: &str) -> Option<serde_json::Value> {
    let body: serde_json::Value = serde_json::from_str(&body(event)).expect("a document is JSON");
    body.pointer(&format!("/{}", name.replace('.', "/")))
        .cloned()
}

/// What is left of the event.
fn rest(event: &str) -> String {
    let body = body(event);
    let (_, rest) = body
        .split_once(r#""jumpcloud":{"event":"#)
        .expect("an event");
    balanced(rest).to_owned()
}

/// The object that `text` begins with.
fn balanced(text: &str) -> &str {
    let mut level = 0;
    let mut in_string = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if !escaped => in_string = !in_string,
            b'{' if !in_string => level += 1,
            b'}' if !in_string => level -= 1,
            _ => {}
        }
        escaped = in_string && byte == b'\\' && !escaped;
        if level == 0 {
            return &text[..=at];
        }
    }
    panic!("no object: {text}")
}
