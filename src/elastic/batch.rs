//! Documents that travel in one request, as the body they travel in (`docs/elasticsearch-bulk.md` sections 1 and 9).
//!
//! A line is copied once, from where it was read into the body. What of it is not sent is kept beside, so that a line
//! that is refused can be written down as it came.

use std::borrow::Cow;
use std::sync::Arc;

use super::document::{Document, said};
use super::id_hash::IdHash;
use super::seams::{Piece, Seam, pieces};

/// Where a line stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The input's name.
    pub source: Arc<str>,
    /// The line's number, from 1.
    pub line: u64,
}

/// One document by itself, as it was read.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it stood.
    pub place: Place,
    /// The line as read, without its newline; of a bulk body both lines.
    pub text: Vec<u8>,
    /// Its `_id`.
    pub id: Option<String>,
    /// Whether a document was made to say the line.
    pub wrapped: bool,
}

/// Documents for one request, in the order they were read.
#[derive(Debug, Default)]
pub struct Batch {
    /// From 0, in the order of the input.
    pub number: u64,
    /// Two lines for each document.
    pub(super) body: Vec<u8>,
    /// What the lines held beside the documents, one after the other.
    pub(super) beside: Vec<u8>,
    seams: Vec<Seam>,
    spans: Vec<Span>,
    streams: Vec<Named>,
}

/// A data stream that a document names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub stream: String,
    /// The first line that names it.
    pub place: Place,
}

/// Where a document stands in the body, and what belongs to its line.
#[derive(Debug)]
struct Span {
    place: Place,
    /// Where its action line begins.
    action: usize,
    /// Where the document begins.
    document: usize,
    /// Behind its newline.
    end: usize,
    /// Of its `_id`, where it has one.
    id: Option<IdHash>,
    /// The first of its seams, and where what they took begins in `beside`.
    seams: usize,
    rest: usize,
    said_at: Option<usize>,
}

/// So many streams tell whether all documents are for one.
const STREAMS: usize = 2;

impl Batch {
    /// An empty one.
    pub(super) fn numbered(number: u64) -> Self {
        Self {
            number,
            ..Self::default()
        }
    }

    /// How many documents are in it.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The body of a request for the documents at these positions, which rise.
    pub fn body(&self, positions: &[usize]) -> Cow<'_, [u8]> {
        let (Some(&first), Some(&last)) = (positions.first(), positions.last()) else {
            return Cow::Borrowed(&[]);
        };
        if last - first + 1 == positions.len() {
            return Cow::Borrowed(&self.body[self.spans[first].action..self.spans[last].end]);
        }
        let mut body = Vec::with_capacity(self.size(positions));
        for position in positions {
            let Span { action, end, .. } = self.spans[*position];
            body.extend_from_slice(&self.body[action..end]);
        }
        Cow::Owned(body)
    }

    /// How many bytes that is.
    pub fn size(&self, positions: &[usize]) -> usize {
        let size = |position: &usize| self.spans[*position].end - self.spans[*position].action;
        positions.iter().map(size).sum()
    }

    /// The `_id` that the document at this position goes with.
    pub fn id(&self, position: usize) -> Option<Cow<'_, str>> {
        let span = &self.spans[position];
        span.id?;
        let quoted = &self.body[span.action + BEFORE_ID.len()..span.document - BEHIND_ID.len()];
        match plain_text(quoted) {
            Some(text) => Some(Cow::Borrowed(text)),
            None => serde_json::from_slice(quoted).ok().map(Cow::Owned),
        }
    }

    /// Whether the document at this position goes with an `_id`.
    pub fn has_id(&self, position: usize) -> bool {
        self.spans[position].id.is_some()
    }

    /// What stands for its `_id`.
    pub(super) fn id_hash(&self, position: usize) -> Option<IdHash> {
        self.spans[position].id
    }

    /// The document at this position by itself.
    pub fn entry(&self, position: usize) -> Entry {
        let span = &self.spans[position];
        let text = self.text(position);
        Entry {
            place: span.place.clone(),
            id: self.id(position).map(Cow::into_owned),
            wrapped: span.said_at.is_some(),
            text: span
                .said_at
                .map_or_else(|| text.concat(), |at| said(&text.concat(), at)),
        }
    }

    /// The last line that a document of it came in.
    pub fn last(&self) -> Option<&Place> {
        self.spans.last().map(|span| &span.place)
    }

    /// The data streams that its documents name, up to two different ones.
    pub fn streams(&self) -> &[Named] {
        &self.streams
    }

    /// The same batch without what was put into its documents.
    #[must_use]
    pub fn undone(&self) -> Self {
        let mut batch = Self {
            streams: self.streams.clone(),
            ..Self::numbered(self.number)
        };
        for (position, span) in self.spans.iter().enumerate() {
            let start = batch.body.len();
            batch
                .body
                .extend_from_slice(&self.body[span.action..span.document]);
            let document = batch.body.len();
            let (seams, rest) = (batch.seams.len(), batch.beside.len());
            for piece in self.pieces(position) {
                if piece.is_sent || piece.undoes {
                    batch.body.extend_from_slice(piece.bytes);
                } else {
                    batch.seams.push(Seam {
                        at: batch.body.len() - document,
                        put: 0,
                        taken: piece.bytes.len(),
                    });
                    batch.beside.extend_from_slice(piece.bytes);
                }
            }
            batch.body.push(b'\n');
            batch.spans.push(Span {
                place: span.place.clone(),
                action: start,
                document,
                end: batch.body.len(),
                seams,
                rest,
                ..*span
            });
        }
        batch
    }

    /// The text at this position of which the document was made.
    fn text(&self, position: usize) -> Vec<&[u8]> {
        let pieces = self.pieces(position);
        pieces.iter().map(|piece| piece.bytes).collect()
    }

    /// What that text is made of.
    fn pieces(&self, position: usize) -> Vec<Piece<'_>> {
        let span = &self.spans[position];
        let next = self.spans.get(position + 1);
        let seams = span.seams..next.map_or(self.seams.len(), |next| next.seams);
        let document = &self.body[span.document..span.end - 1];
        pieces(document, &self.beside[span.rest..], &self.seams[seams])
    }

    /// Adds a document, which was read from `text`; with its `_id` where `ids` says so.
    pub(super) fn add(&mut self, place: Place, text: &[u8], document: &Document, ids: bool) {
        let action = self.body.len();
        let id = document.id.as_deref().filter(|_| ids);
        write_action(&mut self.body, id);
        let start = self.body.len();
        let (seams, rest) = (self.seams.len(), self.beside.len());
        let mut done = 0;
        for cut in &document.cuts {
            self.body.extend_from_slice(&text[done..cut.taken.start]);
            self.seams.push(Seam {
                at: self.body.len() - start,
                put: cut.put.len(),
                taken: cut.taken.len(),
            });
            self.body.extend_from_slice(&cut.put);
            self.beside.extend_from_slice(&text[cut.taken.clone()]);
            done = cut.taken.end;
        }
        self.body.extend_from_slice(&text[done..]);
        self.body.push(b'\n');
        self.note_stream(&place, document);
        self.spans.push(Span {
            place,
            action,
            document: start,
            end: self.body.len(),
            id: id.map(IdHash::of),
            seams,
            rest,
            said_at: document.said_at,
        });
    }

    /// Takes everything out, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.body.clear();
        self.beside.clear();
        self.seams.clear();
        self.spans.clear();
        self.streams.clear();
    }

    fn note_stream(&mut self, place: &Place, document: &Document) {
        let Some(stream) = &document.stream else {
            return;
        };
        let known = self.streams.iter().any(|named| named.stream == *stream);
        if !known && self.streams.len() < STREAMS {
            self.streams.push(Named {
                stream: stream.clone(),
                place: place.clone(),
            });
        }
    }
}

/// An action line up to its `_id`, and behind it.
const BEFORE_ID: &[u8] = b"{\"create\":{\"_id\":";
const BEHIND_ID: &[u8] = b"}}\n";

fn write_action(body: &mut Vec<u8>, id: Option<&str>) {
    let Some(id) = id else {
        body.extend_from_slice(b"{\"create\":{}}\n");
        return;
    };
    body.extend_from_slice(BEFORE_ID);
    serde_json::to_writer(&mut *body, id).expect("a text in memory");
    body.extend_from_slice(BEHIND_ID);
}

/// A string of JSON that is written without escapes.
fn plain_text(quoted: &[u8]) -> Option<&str> {
    let text = quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let text = std::str::from_utf8(text).ok()?;
    memchr::memchr(b'\\', text.as_bytes())
        .is_none()
        .then_some(text)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Place;
    use crate::elastic::filling::tests::{batch, limits};
    use crate::elastic::{Document, Filling};

    #[test]
    fn a_document_becomes_two_lines_and_its_size_is_known() {
        let batch = batch(&[
            r#"{"@metadata":{"_id":"+a/=\"é\u0001"},"x":1}"#,
            r#"{"y":2}"#,
            r#"{"z":3}"#,
        ]);
        let body = batch.body(&[0, 1]);
        assert_eq!(
            String::from_utf8_lossy(&body),
            "{\"create\":{\"_id\":\"+a/=\\\"é\\u0001\"}}\n{\"x\":1}\n{\"create\":{}}\n{\"y\":2}\n"
        );
        assert_eq!(batch.size(&[0, 1]), body.len());
        assert_eq!(&*batch.body(&[1]), b"{\"create\":{}}\n{\"y\":2}\n");
        let apart = batch.body(&[0, 2]);
        assert!(apart.ends_with(b"\n{\"x\":1}\n{\"create\":{}}\n{\"z\":3}\n"));
        assert_eq!(batch.size(&[0, 2]), apart.len());
        assert!(batch.body(&[]).is_empty());
    }

    #[test]
    fn a_line_can_be_had_again_as_it_was_read() {
        let lines = [
            r#"{"@metadata":{"_id":"a"},"x":1}"#,
            " {\"x\":1 , \"@metadata\":{ } }\t\r",
            r#"{"@metadata":{"_id":"b"}}"#,
            r#"{"@metadata":{"_id":"b\"\u0007é\\"}}"#,
            "{}",
            "\t{ \"a\" : [1, 2] } ",
        ];
        let batch = batch(&lines);
        for (position, line) in lines.iter().enumerate() {
            let entry = batch.entry(position);
            assert_eq!(String::from_utf8_lossy(&entry.text), *line);
            assert_eq!(entry.id.is_some(), batch.has_id(position));
            assert_eq!(entry.id.as_deref(), batch.id(position).as_deref());
        }
        assert_eq!(batch.entry(2).id.as_deref(), Some("b"));
    }

    #[test]
    fn what_was_put_in_can_be_had_without_and_the_line_stays_the_same() {
        let lines = [
            r#" {"@metadata":{"_id":"a"},"event":{"ingested":"old"} }"#,
            "{}",
            r#"{"event":{"kind":"x"},"y":2}"#,
        ];
        let plain = batch(&lines);
        let mut filling = Filling::new(limits(1 << 20, 100));
        for line in lines {
            let place = Place {
                source: Arc::from("x"),
                line: 1,
            };
            let mut document = Document::parse(line.as_bytes()).expect("a document");
            document.ingest(line.as_bytes(), "\"new\"");
            assert!(filling.add(&place, line.as_bytes(), &document));
        }
        let put = filling.close();
        let all = [0, 1, 2];
        assert_eq!(
            put.body(&all)
                .as_ref()
                .windows(5)
                .filter(|w| w == b"\"new\"")
                .count(),
            3
        );
        let undone = put.undone();
        assert_eq!(undone.body(&all), plain.body(&all));
        for batch in [&put, &undone] {
            for (position, line) in lines.iter().enumerate() {
                let entry = batch.entry(position);
                assert_eq!(String::from_utf8_lossy(&entry.text), *line);
            }
        }
    }

    #[test]
    fn a_line_that_is_said_by_a_member_is_had_again_from_there() {
        let line = "{\"a\":\"\\u00e9\\\"\",\t\"b\":\"é\"}\r";
        let said = serde_json::to_string(line).expect("a text");
        let text = format!("{{\"message\":{said}}}");
        let mut filling = Filling::new(limits(1 << 20, 100));
        let at = "{\"message\":".len();
        let mut document = Document::saying(text.as_bytes(), at, Some("i".to_owned()));
        document.ingest(text.as_bytes(), "\"new\"");
        let place = Place {
            source: Arc::from("x"),
            line: 1,
        };
        assert!(filling.add(&place, text.as_bytes(), &document));
        let batch = filling.close();
        for batch in [&batch.undone(), &batch] {
            let entry = batch.entry(0);
            assert_eq!(String::from_utf8_lossy(&entry.text), line);
            assert_eq!((entry.id.as_deref(), entry.wrapped), (Some("i"), true));
        }
        assert_eq!(
            batch.undone().body(&[0]).len(),
            "{\"create\":{\"_id\":\"i\"}}\n".len() + text.len() + 1
        );
    }
}
