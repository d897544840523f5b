//! Lines in, batches out: reads the inputs one after the other and fills batches, in the order of the input.
//!
//! Judges every line by itself; what is sent, and what follows from a refused line, is decided elsewhere.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::load::{Filled, Flawed, Load, Tail};
use super::reader::{self, Read};
use crate::elastic::{Batch, Document, Filling, Flaw, Limits, NOT_JSON, Place, Reader, echoed};
use crate::failure::{Failure, Kind, Result};
use crate::store::{Chunk, Inputs, Line, MAX_LINE, Overlong, Trail, cut_off};

/// Fills batches from the inputs.
pub struct Feed {
    chunks: Receiver<Read>,
    /// Chunks to be filled anew.
    spent: Sender<Chunk>,
    /// The chunk whose lines are being taken, and how many of them were.
    open: Option<(Chunk, usize)>,
    reader: Reader,
    filling: Filling,
    flawed: Vec<Flawed>,
    flawed_bytes: usize,
    bytes: u64,
    /// The data stream that documents may name; any before it is known, and for a plain index.
    stream: Option<String>,
    streams_count: bool,
    stop_at_flaw: bool,
    limits: Limits,
    ended: bool,
    tail: Tail,
    trail: Trail,
}

/// Bytes that a line takes beside its text, generously: short ones must not add up unseen.
const BESIDE_TEXT: usize = 256;

/// How long an input pauses before what was read so far goes on its way.
const PAUSE: Duration = Duration::from_millis(500);

impl Feed {
    /// Starts to read. With `stop_at_flaw` the first line that cannot be sent is the end of the input.
    pub fn start(inputs: Inputs, limits: Limits, stop_at_flaw: bool) -> Result<Self> {
        let (chunks, spent) = reader::start(inputs)?;
        Ok(Self::of(chunks, spent, limits, stop_at_flaw))
    }

    fn of(
        chunks: Receiver<Read>,
        spent: Sender<Chunk>,
        limits: Limits,
        stop_at_flaw: bool,
    ) -> Self {
        Self {
            chunks,
            spent,
            open: None,
            reader: Reader::default(),
            filling: Filling::new(limits.clone()),
            flawed: Vec::new(),
            flawed_bytes: 0,
            bytes: 0,
            stream: None,
            stop_at_flaw,
            limits,
            ended: false,
            tail: Tail::default(),
            trail: Trail::default(),
            streams_count: true,
        }
    }

    /// Documents may name whatever they like: they go to an index.
    pub fn ignore_streams(&mut self) {
        self.streams_count = false;
    }

    /// Says with each load up to where the inputs were read.
    pub fn follow(&mut self) {
        self.trail.follow();
    }

    /// From now on documents may name no other stream.
    pub fn expect_stream(&mut self, name: &str) {
        self.stream = Some(name.to_owned());
    }

    /// Fills the batch until it is full, the input pauses or ends, or `stopping` says so.
    pub fn fill(&mut self, stopping: &dyn Fn() -> bool) -> Filled {
        loop {
            if let Some((chunk, done)) = self.open.take() {
                if let Some(done) = self.take_lines(&chunk, done) {
                    self.open = Some((chunk, done));
                    return Filled::Full;
                }
                // The reader may be at its end.
                let _handed_back = self.spent.try_send(chunk);
            }
            if self.ended || stopping() {
                return Filled::Ended;
            }
            match self.chunks.recv_timeout(PAUSE) {
                Ok(Ok(Some(chunk))) => {
                    self.bytes += chunk.length();
                    self.open = Some((chunk, 0));
                }
                Ok(Ok(None)) => self.ended = true,
                Ok(Err(failure)) => {
                    self.tail.failure = Some(failure);
                    self.ended = true;
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let text = "the thread that reads the input is gone; this is a defect of jcx";
                    self.tail.failure = Some(Failure::new(Kind::Unexpected, text));
                    self.ended = true;
                }
                Err(RecvTimeoutError::Timeout) if self.is_empty() => {}
                Err(RecvTimeoutError::Timeout) => return Filled::Paused,
            }
        }
    }

    /// Whether nothing was read since the last load.
    pub fn is_empty(&self) -> bool {
        self.filling.is_empty() && self.flawed.is_empty()
    }

    /// What was filled; the next batch begins.
    pub fn take_load(&mut self) -> Load {
        self.flawed_bytes = 0;
        Load {
            batch: self.filling.close(),
            flawed: std::mem::take(&mut self.flawed),
            bytes: std::mem::take(&mut self.bytes),
            reached: self.trail.take(),
        }
    }

    /// Hands back a batch that was delivered, to be filled anew.
    pub fn hand_back(&mut self, batch: Batch) {
        self.filling.hand_back(batch);
    }

    /// How the input ended; after [`Filled::Ended`].
    pub fn into_tail(mut self) -> Tail {
        self.tail.reached = self.trail.take();
        self.tail
    }

    /// Takes the lines behind the first `done` ones; where the batch is full before their end, how many were taken.
    fn take_lines(&mut self, chunk: &Chunk, done: usize) -> Option<usize> {
        let (mut passed, mut full) = (None, None);
        for (number, line) in chunk.lines().enumerate().skip(done) {
            let place = Place {
                source: Arc::clone(chunk.source()),
                line: line.number,
            };
            let cuts = self.tail.cut.len();
            if !self.take(place, &line) {
                full = Some(number);
                break;
            }
            // The line that ends the run is not passed, nor is one that is cut off.
            if self.ended {
                break;
            }
            if self.tail.cut.len() > cuts {
                self.trail.cut_off(chunk.input());
            } else {
                passed = Some(line);
            }
        }
        if let Some(line) = passed {
            self.trail.pass(chunk, &line);
        }
        full
    }

    /// A line of which nothing was kept.
    fn pass_over(&mut self, place: Place, line: &Line<'_>, overlong: Overlong) {
        if !line.terminated {
            let cut = cut_off(&place.source, place.line, b"");
            self.tail.cut.push(cut);
            return;
        }
        let Overlong { offset, length } = overlong;
        let reason =
            format!("the line at offset {offset} has {length} bytes, more than {MAX_LINE}");
        self.put_aside(Flawed {
            place,
            text: None,
            flaw: Flaw::new("line_too_long", reason),
        });
    }

    /// Puts a line into the batch; `false` where there is no room.
    fn take(&mut self, place: Place, line: &Line<'_>) -> bool {
        if let Some(overlong) = line.overlong {
            self.pass_over(place, line, overlong);
            return true;
        }
        match self.judge(line.text) {
            Ok(document) => self.filling.add(&place, line.text, &document),
            Err(flaw) if flaw.kind == NOT_JSON && !line.terminated => {
                let cut = cut_off(&place.source, place.line, line.text);
                self.tail.cut.push(cut);
                true
            }
            Err(flaw) => self.take_flawed(place, line.text, flaw),
        }
    }

    fn take_flawed(&mut self, place: Place, text: &[u8], flaw: Flaw) -> bool {
        let size = text.len() + BESIDE_TEXT;
        let full = self.flawed.len() >= self.limits.documents
            || self.flawed_bytes + size > self.limits.bytes.bytes();
        if full && !self.is_empty() {
            return false;
        }
        self.flawed_bytes += size;
        self.put_aside(Flawed {
            place,
            text: Some(text.to_vec()),
            flaw,
        });
        true
    }

    fn judge(&mut self, text: &[u8]) -> std::result::Result<Document, Flaw> {
        let document = self.reader.read(text)?;
        if let Some(flaw) = document.stream_flaw().filter(|_| self.streams_count) {
            return Err(flaw);
        }
        match (&self.stream, &document.stream) {
            (Some(expected), Some(named)) if expected != named => Err(Flaw::new(
                "wrong_data_stream",
                format!(
                    "the document is for the data stream {}, not {expected}",
                    echoed(named)
                ),
            )),
            _ => Ok(document),
        }
    }

    fn put_aside(&mut self, flawed: Flawed) {
        if self.stop_at_flaw {
            self.tail.flawed = Some(flawed);
            self.ended = true;
        } else {
            self.flawed.push(flawed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Feed, Filled, Inputs, Load};
    use crate::elastic::{Limits, SizeLimit};

    fn feed(text: &str, documents: usize, stop_at_flaw: bool) -> (Feed, tempfile::TempDir) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("in");
        std::fs::write(&path, text).expect("written");
        let limits = Limits {
            bytes: SizeLimit::new(1 << 20),
            documents,
            ids: true,
        };
        let inputs = Inputs::new(vec![path.to_string_lossy().into_owned()]);
        (
            Feed::start(inputs, limits, stop_at_flaw).expect("started"),
            folder,
        )
    }

    fn loads(feed: &mut Feed) -> Vec<Load> {
        let mut loads = Vec::new();
        loop {
            let filled = feed.fill(&|| false);
            if !feed.is_empty() {
                loads.push(feed.take_load());
            }
            if filled == Filled::Ended {
                return loads;
            }
        }
    }

    #[test]
    fn batches_close_in_order_and_flawed_lines_travel_beside_them() {
        let (mut feed, _folder) = feed("{\"a\":1}\nnope\n{\"a\":2}\n\n{\"a\":3}\n{", 2, false);
        let loads = loads(&mut feed);
        let counts: Vec<_> = loads
            .iter()
            .map(|load| (load.batch.number, load.batch.len(), load.flawed.len()))
            .collect();
        assert_eq!(counts, [(0, 2, 1), (1, 1, 0)]);
        assert_eq!(loads[0].flawed[0].place.line, 2);
        assert_eq!(loads[1].batch.entry(0).place.line, 5);
        let tail = feed.into_tail();
        assert!(tail.cut[0].contains("behind line 5"), "{tail:?}");
    }

    #[test]
    fn a_reader_that_dies_is_no_end() {
        for (says_end, fails) in [(true, false), (false, true)] {
            let (sender, chunks) = crossbeam_channel::bounded(1);
            if says_end {
                sender.send(Ok(None)).expect("room");
            }
            drop(sender);
            let limits = Limits {
                bytes: SizeLimit::new(1 << 20),
                documents: 10,
                ids: true,
            };
            let (spent, _empty) = crossbeam_channel::bounded(1);
            let mut feed = Feed::of(chunks, spent, limits, false);
            assert_eq!(feed.fill(&|| false), Filled::Ended);
            assert_eq!(feed.into_tail().failure.is_some(), fails);
        }
    }

    #[test]
    fn short_lines_that_are_no_documents_do_not_add_up_unseen() {
        let (mut few, _folder) = feed(&"x\n".repeat(25), 10, false);
        let counts: Vec<_> = loads(&mut few).iter().map(|l| l.flawed.len()).collect();
        assert_eq!(counts, [10, 10, 5], "as many as documents");
        let (mut many, _folder) = feed(&"x\n".repeat(10_000), 1 << 20, false);
        let largest = loads(&mut many).iter().map(|l| l.flawed.len()).max();
        assert!(
            largest.is_some_and(|most| most <= (1 << 20) / 256),
            "{largest:?}"
        );
    }

    #[test]
    fn nothing_behind_a_flaw_is_handed_out_where_flaws_end_the_run() {
        let (mut feed, _folder) = feed("{\"a\":1}\nnope\n{\"a\":2}\n", 10, true);
        let loads = loads(&mut feed);
        assert_eq!(loads.len(), 1);
        assert_eq!(loads[0].batch.len(), 1);
        let flawed = feed.into_tail().flawed.expect("a flaw");
        assert_eq!((flawed.place.line, flawed.flaw.kind), (2, "not_json"));
    }

    #[test]
    fn a_document_for_another_stream_is_flawed_once_the_stream_is_known() {
        let line = "{\"@metadata\":{\"raw_index\":\"logs-x-y\"}}\n";
        let (mut feed, _folder) = feed(&line.repeat(2), 1, false);
        assert_eq!(feed.fill(&|| false), Filled::Full);
        assert_eq!(feed.take_load().batch.len(), 1);
        feed.expect_stream("logs-a-b");
        assert_eq!(feed.fill(&|| false), Filled::Ended);
        assert_eq!(feed.take_load().flawed[0].flaw.kind, "wrong_data_stream");
    }
}
