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

impl Framing {
    /// Appends the line or lines for one document, the last one without its line end; says where the `_id` stands.
    pub(super) fn write(&self, id: &Id, body: &[u8], out: &mut Vec<u8>) -> Option<usize> {
        let start = out.len();
        match self {
            Self::Plain => {
                out.extend_from_slice(body);
                return None;
            }
            Self::Metadata { raw_index } => {
                let index = member("raw_index", raw_index.as_deref());
                let metadata =
                    format!(r#"{{"@metadata":{{"_id":"{id}"{}{index}}},"#, comma(&index));
                out.extend_from_slice(metadata.as_bytes());
                // A document is never empty, so what follows its brace is a member.
                out.extend_from_slice(&body[1..]);
            }
            Self::Bulk { index } => {
                let index = member("_index", index.as_deref());
                let action = format!(r#"{{"create":{{{index}{}"_id":"{id}"}}}}"#, comma(&index));
                out.extend_from_slice(action.as_bytes());
                out.push(b'\n');
                out.extend_from_slice(body);
            }
        }
        let at = memchr::memmem::find(&out[start..], id.as_str().as_bytes())?;
        Some(start + at)
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
    use super::Framing;
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
            framing.write(&id, br#"{"a":1}"#, &mut out);
            assert_eq!(
                String::from_utf8_lossy(&out),
                expected.replace("ID", id.as_str())
            );
        }
    }
}
