//! Fills batches, one after the other, up to what the server takes at once (`docs/elasticsearch-bulk.md` section 9).
//!
//! The memory of batches that were delivered is used again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::batch::{Batch, Place};
use super::cuts::taken;
use super::document::Document;

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
    batch: Batch,
    /// Empty ones, whose memory is used again.
    spare: Vec<Batch>,
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

/// The bytes of an action line, at least.
const ACTION: usize = r#"{"create":{}}"#.len() + 1;

impl Filling {
    /// An empty batch; the first has number 0.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            batch: Batch::default(),
            spare: Vec::new(),
        }
    }

    /// Adds a document, which was read from `text`; `false` where there is no room. An empty batch has room for any.
    pub fn add(&mut self, place: &Place, text: &[u8], document: &Document) -> bool {
        let most = self.limits.bytes.bytes();
        if self.batch.is_empty() {
            // Only now, when others had the time to come back.
            let number = self.batch.number;
            if let Some(spare) = self.spare.pop() {
                self.batch = spare;
                self.batch.number = number;
            }
        }
        let batch = &mut self.batch;
        let id = document.id.as_deref().filter(|_| self.limits.ids);
        let id = id.map_or(0, quoted_length);
        let size = ACTION + id + document.len() + 1;
        let beside = batch.beside.len() + taken(&document.cuts);
        let fits = batch.body.len() + size <= most
            && beside <= most.max(BESIDE)
            && batch.len() < self.limits.documents;
        if !fits && !batch.is_empty() {
            return false;
        }
        if batch.is_empty() {
            batch.body.reserve(size.max(most.min(RESERVED)));
        }
        batch.add(place.clone(), text, document, self.limits.ids);
        true
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// The batch; the next one begins.
    pub fn close(&mut self) -> Batch {
        let mut next = Batch::default();
        next.number = self.batch.number + 1;
        std::mem::replace(&mut self.batch, next)
    }

    /// Hands back a batch that was delivered, to be filled anew; one that grew for a large document is let go.
    pub fn hand_back(&mut self, mut batch: Batch) {
        let most = RESERVED.min(self.limits.bytes.bytes() + SLACK);
        if batch.body.capacity() <= most && batch.beside.capacity() <= 2 * most.max(BESIDE) {
            batch.clear();
            self.spare.push(batch);
        }
    }
}

/// What may always be kept of lines beside what is sent of them, however small a server's limit is.
const BESIDE: usize = 1 << 20;

/// What memory may be rounded up by.
const SLACK: usize = 64 << 10;

/// What a body may reserve before it is known how large it becomes; what is never written to costs nothing.
const RESERVED: usize = 16 << 20;

/// Bytes of `"_id":` and the text.
fn quoted_length(id: &str) -> usize {
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    let text = if id.bytes().all(plain) {
        id.len() + 2
    } else {
        serde_json::Value::from(id).to_string().len()
    };
    r#""_id":"#.len() + text
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use super::{Filling, Limits, SizeLimit};
    use crate::elastic::{Batch, Document, Place};

    /// So many bytes and documents.
    pub fn limits(bytes: usize, documents: usize) -> Limits {
        Limits {
            bytes: SizeLimit::new(bytes),
            documents,
            ids: true,
        }
    }

    fn add(filling: &mut Filling, text: &str) -> bool {
        let place = Place {
            source: Arc::from("x"),
            line: 1,
        };
        let document = Document::parse(text.as_bytes()).expect("a document");
        filling.add(&place, text.as_bytes(), &document)
    }

    /// A batch of these lines.
    pub fn batch(texts: &[&str]) -> Batch {
        let mut filling = Filling::new(limits(1 << 20, 100));
        assert!(texts.iter().all(|text| add(&mut filling, text)));
        filling.close()
    }

    #[test]
    fn a_batch_closes_at_documents_or_bytes_and_a_larger_document_travels_alone() {
        let each = batch(&["{}"]).size(&[0]);
        let mut filling = Filling::new(limits(1 << 20, 2));
        assert!(add(&mut filling, "{}") && add(&mut filling, "{}"));
        assert!(!add(&mut filling, "{}"));
        assert_eq!(filling.close().len(), 2);
        assert!(filling.is_empty());

        let mut filling = Filling::new(limits(2 * each, 100));
        assert!(add(&mut filling, "{}"));
        assert!(!add(&mut filling, r#"{"a":1}"#), "one byte too many");
        assert!(add(&mut filling, "{}"), "exactly full");
        let batch = filling.close();
        assert_eq!((batch.number, batch.len()), (0, 2));
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(500));
        assert!(add(&mut filling, &large));
        assert!(!add(&mut filling, "{}"));
        assert_eq!(filling.close().number, 1);
    }

    #[test]
    fn what_is_kept_beside_the_documents_fills_a_batch_too() {
        let line = format!(
            "{{\"@metadata\":{{\"x\":\"{}\"}},\"a\":1}}",
            "x".repeat(400 << 10)
        );
        let mut filling = Filling::new(limits(1000, 100));
        assert!(add(&mut filling, &line) && add(&mut filling, &line));
        assert!(
            !add(&mut filling, &line),
            "more than 1 MiB of what is not sent"
        );
        assert!(add(&mut filling, "{}"));
        assert_eq!(filling.close().len(), 3);
        let mut filling = Filling::new(limits(2 << 20, 100));
        assert!((0..5).all(|_| add(&mut filling, &line)));
        assert!(!add(&mut filling, &line), "more than a body may have");
    }

    #[test]
    fn sizes_are_foretold_to_the_byte() {
        for id in ["a", "+a/=\\\"é\\u0001", "\\ud83d\\ude00"] {
            let text = format!("{{\"@metadata\":{{\"_id\":\"{id}\"}}}}");
            let size = batch(&[&text]).size(&[0]);
            let mut filling = Filling::new(limits(2 * size, 9));
            assert!(add(&mut filling, &text) && add(&mut filling, &text), "{id}");
            let mut filling = Filling::new(limits(2 * size - 1, 9));
            assert!(
                add(&mut filling, &text) && !add(&mut filling, &text),
                "{id}"
            );
        }
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
