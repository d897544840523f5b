//! `--raw`: a raw event in a document of its own, for an ingest pipeline that maps it (`docs/command-line.md`, `jcx push`).
//!
//! Its `_id` and its `@timestamp` are those that `jcx map` gives the same event.

use super::memory::empty;
use crate::ecs::{Id, Mapper, NoDocument, Options, RecentIds};
use crate::elastic::{Document, Flaw, NOT_JSON};
use crate::json::check::check;
use crate::json::compact::compact;
use crate::json::members::value_of;
use crate::json::text::write_escaped;

/// Wraps the raw events of a run, in the order of the input.
pub struct RawEvents {
    mapper: Mapper,
    recent: RecentIds,
    mapped: Vec<u8>,
}

impl RawEvents {
    /// No event was seen yet.
    pub fn new() -> Self {
        Self {
            mapper: Mapper::new(Options::default()),
            recent: RecentIds::new(),
            mapped: Vec::new(),
        }
    }

    /// Puts the document for an event into `made`.
    ///
    /// # Errors
    /// [`Flaw`] where the line is no event.
    pub fn wrap(&mut self, line: &[u8], made: &mut Vec<u8>) -> Result<Document, Flaw> {
        for memory in [&mut self.mapped, &mut *made] {
            empty(memory);
        }
        let outcome = self.mapper.map(line, &mut self.mapped);
        let outcome = outcome.map_err(|no_document| no_event(no_document, line))?;
        let given = self.recent.give_out(outcome.id, outcome.text, || {
            let mut text = Vec::new();
            compact(line, &mut text);
            Id::of_text(&text)
        });
        made.push(b'{');
        if let Some(time) = value_of(&self.mapped, "@timestamp") {
            made.extend_from_slice(b"\"@timestamp\":");
            made.extend_from_slice(time);
            made.push(b',');
        }
        made.extend_from_slice(b"\"message\":");
        let said_at = made.len();
        made.push(b'"');
        write_escaped(line, made);
        made.extend_from_slice(b"\"}");
        Ok(Document::saying(made, said_at, Some(given.id.to_string())))
    }
}

fn no_event(no_document: NoDocument, line: &[u8]) -> Flaw {
    let reason = match no_document {
        NoDocument::NotAnEvent(bad) => bad.reason,
        NoDocument::Broken(failure) => failure.message(),
    };
    let kind = if check(line).is_err() {
        NOT_JSON
    } else {
        "not_an_event"
    };
    Flaw::new(kind, reason)
}

#[cfg(test)]
mod tests {
    use super::RawEvents;

    #[test]
    fn an_event_is_said_by_a_document_with_its_own_id_and_time() {
        let mut raw = RawEvents::new();
        let mut made = Vec::new();
        let event = "{\"id\":\"63c264c6c1bd55c1b7e901a4\", \"timestamp\":\"2023-01-14T08:16:06.495Z\",\"a\":\"\\u00e9\\\"\"}\r";
        let document = raw.wrap(event.as_bytes(), &mut made).expect("an event");
        assert_eq!(document.id.as_deref(), Some("+n2ZBv39b9wASQ0vnepOMg=="));
        assert_eq!(*document.record(&made), *event.as_bytes());
        let value: serde_json::Value = serde_json::from_slice(&made).expect("JSON");
        assert_eq!(value["@timestamp"], "2023-01-14T08:16:06.495Z");
        assert_eq!(value["message"], event);
        assert_eq!(document.len(), made.len());
        let document = raw.wrap(b"{\"a\":1}", &mut made).expect("an event");
        assert_eq!(made, br#"{"message":"{\"a\":1}"}"#);
        assert!(document.id.is_some());
        for (line, kind) in [
            ("[1]", "not_an_event"),
            ("{}", "not_an_event"),
            ("{", "not_json"),
        ] {
            assert_eq!(
                raw.wrap(line.as_bytes(), &mut made).expect_err(line).kind,
                kind
            );
        }
    }

    #[test]
    fn another_event_with_the_same_id_gets_one_of_its_own_as_it_does_from_the_mapper() {
        let mut raw = RawEvents::new();
        let mut made = Vec::new();
        let mut id = |n: u32| {
            let event =
                format!("{{\"id\":\"a\",\"timestamp\":\"2023-01-14T08:16:06.495Z\", \"n\":{n}}}");
            raw.wrap(event.as_bytes(), &mut made).expect("an event").id
        };
        let (first, second) = (id(1), id(2));
        assert_ne!(first, second);
        assert_eq!((id(1), id(2)), (first, second));
    }
}
