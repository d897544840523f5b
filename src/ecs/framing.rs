//! How a document and its `_id` become lines of output: `docs/command-line.md`, `jcx map`.
//!
//! The `_id` is metadata and never a field of the stored document, so it travels beside it.

use super::id::Id;
use crate::json::text;

/// What goes out for one document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// One line that begins with `@metadata`, the convention of Beats and Logstash; `jcx push` takes it off.
    Metadata {
        /// The data stream or index that the document is for.
        raw_index: Option<String>,
    },
    /// The document alone.
    #[default]
    Plain,
    /// An action line and the document: a body that `_bulk` takes.
    Bulk {
        /// The data stream or index; without it the request's path names the target.
        index: Option<String>,
    },
}

/// A framing made ready: what goes out before and behind the `_id`.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    before: Vec<u8>,
    has_id: bool,
    behind: Vec<u8>,
}

impl Frame {
    /// The frame of every document.
    pub(super) fn new(framing: &Framing) -> Self {
        let (before, behind) = match framing {
            Framing::Plain => ("{".to_owned(), String::new()),
            Framing::Metadata { raw_index } => {
                let index = member("raw_index", raw_index.as_deref());
                let before = r#"{"@metadata":{"_id":""#.to_owned();
                // A document is never empty, so a member follows.
                (before, format!(r#""{}{index}}},"#, comma(&index)))
            }
            Framing::Bulk { index } => {
                let index = member("_index", index.as_deref());
                let before = format!(r#"{{"create":{{{index}{}"_id":""#, comma(&index));
                (before, "\"}}\n{".to_owned())
            }
        };
        Self {
            before: before.into_bytes(),
            has_id: *framing != Framing::Plain,
            behind: behind.into_bytes(),
        }
    }

    /// Appends what stands before a document's first member, its opening brace included; says where the `_id` stands.
    pub(super) fn write(&self, id: &Id, out: &mut Vec<u8>) -> Option<usize> {
        out.extend_from_slice(&self.before);
        let at = out.len();
        if self.has_id {
            out.extend_from_slice(id.bytes());
        }
        out.extend_from_slice(&self.behind);
        self.has_id.then_some(at)
    }
}

fn member(key: &str, value: Option<&str>) -> String {
    value
        .map(|value| format!(r#""{key}":"{}""#, text::escape(value)))
        .unwrap_or_default()
}

fn comma(member: &str) -> &'static str {
    if member.is_empty() { "" } else { "," }
}

#[cfg(test)]
mod tests {
    use super::{Frame, Framing};
    use crate::ecs::Id;

    #[test]
    fn a_document_is_framed_for_its_reader() {
        let name = || Some("logs-a.b-\"c".to_owned());
        let cases = [
            (Framing::Plain, r#"{"a":1}"#),
            (
                Framing::Metadata { raw_index: None },
                r#"{"@metadata":{"_id":"ID"},"a":1}"#,
            ),
            (
                Framing::Metadata { raw_index: name() },
                r#"{"@metadata":{"_id":"ID","raw_index":"logs-a.b-\"c"},"a":1}"#,
            ),
            (
                Framing::Bulk { index: None },
                "{\"create\":{\"_id\":\"ID\"}}\n{\"a\":1}",
            ),
            (
                Framing::Bulk { index: name() },
                "{\"create\":{\"_index\":\"logs-a.b-\\\"c\",\"_id\":\"ID\"}}\n{\"a\":1}",
            ),
        ];
        let id = Id::of_text(b"x");
        for (framing, expected) in cases {
            let mut out = Vec::new();
            let at = Frame::new(&framing).write(&id, &mut out);
            assert_eq!(at, memchr::memmem::find(&out, id.as_str().as_bytes()));
            out.extend_from_slice(br#""a":1}"#);
            assert_eq!(
                String::from_utf8_lossy(&out),
                expected.replace("ID", id.as_str())
            );
        }
    }
}
