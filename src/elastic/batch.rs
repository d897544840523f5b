//! Documents that travel in one request, and the two lines each becomes (`docs/elasticsearch-bulk.md` sections 1 and 9).
//!
//! A batch keeps the lines as they were read, so that what is refused can be written down as it came.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::document::Document;

/// Where a line stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The input's name.
    pub source: Arc<str>,
    /// The line's number, from 1.
    pub line: u64,
}

/// One document and the line it came in.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it stood.
    pub place: Place,
    /// The line as read, without its newline.
    pub text: Vec<u8>,
    /// What it says about itself.
    pub document: Document,
}

/// Documents for one request, in the order they were read.
#[derive(Debug)]
pub struct Batch {
    /// From 0, in the order of the input.
    pub number: u64,
    /// The documents.
    pub entries: Vec<Entry>,
}

/// When a batch is full.
#[derive(Clone)]
pub struct Limits {
    /// Bytes of the uncompressed body.
    pub bytes: SizeLimit,
    /// Documents.
    pub documents: usize,
    /// Whether documents keep their `_id`.
    pub ids: bool,
}

/// The largest body to send; whoever learns that a server takes less lowers it for the rest of the run.
#[derive(Clone)]
pub struct SizeLimit(Arc<AtomicUsize>);

/// A batch that is being filled.
pub struct Filling {
    limits: Limits,
    number: u64,
    bytes: usize,
    entries: Vec<Entry>,
}

impl SizeLimit {
    /// A limit in bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    /// The limit now.
    pub fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Never above this from now on.
    pub fn lower(&self, bytes: usize) {
        self.0.fetch_min(bytes.max(1), Ordering::Relaxed);
    }
}

impl Entry {
    /// The bytes of its two lines.
    pub fn size(&self) -> usize {
        let action = self.document.id.as_deref().map_or(EMPTY_ACTION, |id| {
            EMPTY_ACTION + r#""_id":"#.len() + quoted(id).len()
        });
        action + self.document.len() + 1
    }

    fn write(&self, body: &mut Vec<u8>) {
        body.extend_from_slice(b"{\"create\":{");
        if let Some(id) = &self.document.id {
            body.extend_from_slice(b"\"_id\":");
            body.extend_from_slice(quoted(id).as_bytes());
        }
        body.extend_from_slice(b"}}\n");
        for piece in self.document.pieces(&self.text) {
            body.extend_from_slice(piece);
        }
        body.push(b'\n');
    }
}

/// Bytes of `{"create":{}}` and its newline.
const EMPTY_ACTION: usize = r#"{"create":{}}"#.len() + 1;

fn quoted(id: &str) -> String {
    serde_json::Value::from(id).to_string()
}

impl Batch {
    /// How many documents are in it.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The `_id` of the document at this position.
    pub fn id(&self, position: usize) -> Option<Cow<'_, str>> {
        let id = self.entries[position].document.id.as_deref();
        id.map(Cow::Borrowed)
    }

    /// The body of a request for the entries at these positions.
    pub fn body(&self, positions: &[usize]) -> Vec<u8> {
        let mut body = Vec::with_capacity(self.size(positions));
        for position in positions {
            self.entries[*position].write(&mut body);
        }
        body
    }

    /// How many bytes that is.
    pub fn size(&self, positions: &[usize]) -> usize {
        positions
            .iter()
            .map(|position| self.entries[*position].size())
            .sum()
    }
}

impl Filling {
    /// An empty batch; the first has number 0.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            number: 0,
            bytes: 0,
            entries: Vec::new(),
        }
    }

    /// Whether the entry fits. An empty batch has room for any entry.
    pub fn has_room(&self, entry: &Entry) -> bool {
        self.entries.is_empty()
            || (self.bytes + entry.size() <= self.limits.bytes.bytes()
                && self.entries.len() < self.limits.documents)
    }

    /// Adds an entry.
    pub fn add(&mut self, mut entry: Entry) {
        if !self.limits.ids {
            entry.document.id = None;
        }
        self.bytes += entry.size();
        self.entries.push(entry);
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The batch; the next one begins.
    pub fn close(&mut self) -> Batch {
        let batch = Batch {
            number: self.number,
            entries: std::mem::take(&mut self.entries),
        };
        self.number += 1;
        self.bytes = 0;
        batch
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Batch, Entry, Filling, Limits, Place, SizeLimit};
    use crate::elastic::Document;

    fn entry(text: &str) -> Entry {
        Entry {
            place: Place {
                source: Arc::from("x"),
                line: 1,
            },
            text: text.as_bytes().to_vec(),
            document: Document::parse(text.as_bytes()).expect("a document"),
        }
    }

    #[test]
    fn a_document_becomes_two_lines_and_its_size_is_known() {
        let entries = vec![
            entry(r#"{"@metadata":{"_id":"+a/=\"é\u0001"},"x":1}"#),
            entry(r#"{"y":2}"#),
        ];
        let batch = Batch { number: 0, entries };
        let body = batch.body(&[0, 1]);
        assert_eq!(
            String::from_utf8_lossy(&body),
            "{\"create\":{\"_id\":\"+a/=\\\"é\\u0001\"}}\n{\"x\":1}\n{\"create\":{}}\n{\"y\":2}\n"
        );
        assert_eq!(batch.size(&[0, 1]), body.len());
        assert_eq!(batch.body(&[1]), b"{\"create\":{}}\n{\"y\":2}\n");
    }

    #[test]
    fn a_batch_closes_at_documents_or_bytes_and_a_larger_document_travels_alone() {
        let limits = |bytes, documents| Limits {
            bytes: SizeLimit::new(bytes),
            documents,
            ids: true,
        };
        let each = entry("{}").size();
        let fits = |filling: &mut Filling, text: &str| {
            let entry = entry(text);
            let room = filling.has_room(&entry);
            if room {
                filling.add(entry);
            }
            room
        };
        let mut filling = Filling::new(limits(1 << 20, 2));
        assert!(fits(&mut filling, "{}") && fits(&mut filling, "{}"));
        assert!(!fits(&mut filling, "{}"));
        assert_eq!(filling.close().entries.len(), 2);
        assert!(filling.is_empty());

        let mut filling = Filling::new(limits(2 * each, 100));
        assert!(fits(&mut filling, "{}"));
        assert!(!fits(&mut filling, r#"{"a":1}"#), "one byte too many");
        assert!(fits(&mut filling, "{}"), "exactly full");
        let batch = filling.close();
        assert_eq!((batch.number, batch.entries.len()), (0, 2));
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(500));
        assert!(fits(&mut filling, &large));
        assert!(!fits(&mut filling, "{}"));
        assert_eq!(filling.close().number, 1);
    }

    #[test]
    fn a_lowered_limit_holds_for_everybody() {
        let limit = SizeLimit::new(100);
        let other = limit.clone();
        other.lower(40);
        limit.lower(60);
        assert_eq!((limit.bytes(), other.bytes()), (40, 40));
    }
}
