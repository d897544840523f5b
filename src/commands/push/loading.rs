//! The batch that is being filled, and the lines beside it that cannot be sent: what has room, and what waits for the next.
//!
//! A document for another data stream than the run's is told here, where the stream may become known between two batches.

use super::load::{Flawed, LineKind, Load};
use crate::elastic::{Batch, Document, Filling, Flaw, Limits, Place, SizeLimit, echoed};

/// Fills a batch.
pub struct Loading {
    filling: Filling,
    flawed: Vec<Flawed>,
    flawed_bytes: usize,
    /// What had no room any more.
    waiting: Option<Waiting>,
    /// The data stream that documents may name; any before it is known, and for a plain index.
    stream: Option<String>,
    streams_count: bool,
    limits: Limits,
}

enum Waiting {
    Document(Place, Vec<u8>, Document),
    Flawed(Flawed),
}

/// Bytes that a line takes beside its text, generously: short ones must not add up unseen.
const BESIDE_TEXT: usize = 256;

impl Loading {
    /// Nothing was read yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            filling: Filling::new(limits.clone()),
            flawed: Vec::new(),
            flawed_bytes: 0,
            waiting: None,
            stream: None,
            streams_count: true,
            limits,
        }
    }

    /// Documents may name whatever they like.
    pub fn ignore_streams(&mut self) {
        self.streams_count = false;
    }

    /// From now on documents may name no other stream.
    pub fn expect_stream(&mut self, name: &str) {
        self.stream = Some(name.to_owned());
    }

    /// The largest body to send.
    pub fn limit(&self) -> SizeLimit {
        self.limits.bytes.clone()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.filling.is_empty() && self.flawed.is_empty()
    }

    /// What was filled; the next batch begins.
    pub fn close(&mut self, bytes: u64) -> Load {
        self.flawed_bytes = 0;
        Load {
            batch: self.filling.close(),
            flawed: std::mem::take(&mut self.flawed),
            bytes,
            reached: Vec::new(),
        }
    }

    /// Adds a document made of `text`; `false` where there is no room, and it waits for the next batch.
    ///
    /// # Errors
    /// The document as a line that cannot be sent.
    pub fn add(&mut self, place: &Place, text: &[u8], document: Document) -> Result<bool, Flawed> {
        if let Some(flaw) = self.stream_flaw(&document) {
            return Err(Flawed {
                place: place.clone(),
                text: Some(document.record(text).into_owned()),
                flaw: flaw.of_id(document.id),
                kind: LineKind::Document,
            });
        }
        let has_room = self.filling.add(place, text, &document);
        if !has_room {
            self.waiting = Some(Waiting::Document(place.clone(), text.to_vec(), document));
        }
        Ok(has_room)
    }

    /// Adds a line that cannot be sent; `false` where there is no room, and it waits for the next batch.
    pub fn put_aside(&mut self, flawed: Flawed) -> bool {
        let size = flawed.text.as_ref().map_or(0, Vec::len) + BESIDE_TEXT;
        let full = self.flawed.len() >= self.limits.documents
            || self.flawed_bytes + size > self.limits.bytes.bytes();
        if full && !self.is_empty() {
            self.waiting = Some(Waiting::Flawed(flawed));
            return false;
        }
        self.flawed_bytes += size;
        self.flawed.push(flawed);
        true
    }

    /// Begins with what waited: an empty batch has room for anything.
    ///
    /// # Errors
    /// As for [`Loading::add`].
    pub fn go_on(&mut self) -> Result<(), Flawed> {
        match self.waiting.take() {
            Some(Waiting::Document(place, text, document)) => {
                self.add(&place, &text, document).map(|_| ())
            }
            Some(Waiting::Flawed(flawed)) => {
                self.put_aside(flawed);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Hands back a batch that was delivered, to be filled anew.
    pub fn hand_back(&mut self, batch: Batch) {
        self.filling.hand_back(batch);
    }

    /// Takes out of what waits what was put into it.
    pub fn undo(&mut self) {
        if let Some(Waiting::Document(_, text, document)) = &mut self.waiting {
            document.undo(text);
        }
    }

    fn stream_flaw(&self, document: &Document) -> Option<Flaw> {
        if let Some(flaw) = document.stream_flaw().filter(|_| self.streams_count) {
            return Some(flaw);
        }
        let (expected, named) = (self.stream.as_ref()?, document.stream.as_ref()?);
        (expected != named).then(|| {
            let text = format!(
                "the document is for the data stream {}, not {expected}",
                echoed(named)
            );
            Flaw::new("wrong_data_stream", text)
        })
    }
}
