//! How a document and its `_id` become output: `docs/command-line.md`, `jcx map`.

use super::Document;
use super::json::text::escape;

/// What goes out around a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framing {
    /// The document alone.
    Plain,
    /// One line that begins with `@metadata`, with the target's name where there is one.
    Metadata(Option<String>),
    /// An action line and the document, with the target's name where there is one.
    Bulk(Option<String>),
}

/// The lines for one document, the last one without its line end, and where the `_id` stands in them.
pub fn framed(framing: &Framing, document: &Document) -> (Vec<u8>, Option<usize>) {
    let id = &document.id;
    let before = match framing {
        Framing::Plain => return (document.body.clone(), None),
        Framing::Metadata(target) => {
            let index = member("raw_index", target.as_deref());
            match index {
                Some(index) => format!(r#"{{"@metadata":{{"_id":"{id}",{index}}},"#),
                None => format!(r#"{{"@metadata":{{"_id":"{id}"}},"#),
            }
        }
        Framing::Bulk(target) => {
            let index = member("_index", target.as_deref());
            match index {
                Some(index) => format!("{{\"create\":{{{index},\"_id\":\"{id}\"}}}}\n"),
                None => format!("{{\"create\":{{\"_id\":\"{id}\"}}}}\n"),
            }
        }
    };
    // The metadata is a member of the document, so the document's own brace goes.
    let body = match framing {
        Framing::Metadata(_) => &document.body[1..],
        _ => &document.body[..],
    };
    let member = format!(r#""_id":"{id}""#);
    let at = before.rfind(&member).map(|at| at + r#""_id":""#.len());
    ([before.as_bytes(), body].concat(), at)
}

fn member(key: &str, value: Option<&str>) -> Option<String> {
    value.map(|value| format!(r#""{key}":"{}""#, escape(value)))
}
