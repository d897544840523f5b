//! Lines in, batches out: reads the inputs one after the other and fills batches, in the order of the input.
//!
//! What a line is, the intake says; what has room, the loading. What is sent, and what follows from a refused line, is
//! decided elsewhere.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::intake::{Intake, Taken};
use super::load::{Filled, Flawed, Load, Tail};
use super::loading::Loading;
use super::reader::{self, Read};
use crate::elastic::{Batch, Limits, Place, SizeLimit};
use crate::failure::{Failure, Kind, Result};
use crate::store::{Chunk, Inputs, Line, Trail};

/// Fills batches from the inputs.
pub struct Feed {
    chunks: Receiver<Read>,
    /// Chunks to be filled anew.
    spent: Sender<Chunk>,
    /// The chunk whose lines are being taken, and how many of them were.
    open: Option<(Chunk, usize)>,
    intake: Intake,
    loading: Loading,
    bytes: u64,
    stop_at_flaw: bool,
    ended: bool,
    tail: Tail,
    trail: Trail,
    /// The number of the input that the last chunk is of.
    input: usize,
    /// Whether the last line that was taken waits for the next batch: it is not passed before it is in one.
    waits: bool,
}

/// What became of a line.
enum Step {
    /// It is in the batch, or beside it.
    Taken,
    /// It has no room and is the first of the next batch.
    Waits,
    /// It is an action, and its document is to follow.
    Half,
}

/// How long an input pauses before what was read so far goes on its way.
const PAUSE: Duration = Duration::from_millis(500);

impl Feed {
    /// Starts to read. With `stop_at_flaw` the first line that cannot be sent is the end of the input.
    pub fn start(
        inputs: Inputs,
        intake: Intake,
        limits: Limits,
        stop_at_flaw: bool,
    ) -> Result<Self> {
        let (chunks, spent) = reader::start(inputs)?;
        Ok(Self {
            intake,
            stop_at_flaw,
            ..Self::of(chunks, spent, Loading::new(limits))
        })
    }

    fn of(chunks: Receiver<Read>, spent: Sender<Chunk>, loading: Loading) -> Self {
        Self {
            chunks,
            spent,
            open: None,
            intake: Intake::default(),
            loading,
            bytes: 0,
            stop_at_flaw: false,
            ended: false,
            tail: Tail::default(),
            trail: Trail::default(),
            input: 0,
            waits: false,
        }
    }

    /// The largest body to send, which may be lowered.
    pub fn limit(&self) -> SizeLimit {
        self.loading.limit()
    }

    /// Documents may name whatever they like: they go to an index.
    pub fn ignore_streams(&mut self) {
        self.loading.ignore_streams();
    }

    /// Says with each load up to where the inputs were read.
    pub fn follow(&mut self) {
        self.trail.follow();
    }

    /// From now on documents may name no other stream.
    pub fn expect_stream(&mut self, name: &str) {
        self.loading.expect_stream(name);
    }

    /// From now on nothing is put into documents, and not into those of this load either, the first one.
    pub fn leave_as_they_are(&mut self, load: Load) -> Load {
        self.intake.leave_as_they_are();
        self.loading.undo();
        Load {
            batch: load.batch.undone(),
            ..load
        }
    }

    /// Fills the batch until it is full, the input pauses or ends, or `stopping` says so.
    pub fn fill(&mut self, stopping: &dyn Fn() -> bool) -> Filled {
        if let Err(flawed) = self.loading.go_on() {
            self.put_aside(flawed);
        }
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
                    let torn = self.intake.turn_to(chunk.source());
                    self.note_torn(torn);
                    self.input = chunk.input();
                    self.open = Some((chunk, 0));
                }
                Ok(Ok(None)) => {
                    let torn = self.intake.end();
                    self.note_torn(torn);
                    self.ended = true;
                }
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
        self.loading.is_empty()
    }

    /// What was filled; the next batch begins.
    pub fn take_load(&mut self) -> Load {
        Load {
            reached: self.trail.take(),
            ..self.loading.close(std::mem::take(&mut self.bytes))
        }
    }

    /// Hands back a batch that was delivered, to be filled anew.
    pub fn hand_back(&mut self, batch: Batch) {
        self.loading.hand_back(batch);
    }

    /// How the input ended; after [`Filled::Ended`].
    pub fn into_tail(mut self) -> Tail {
        self.tail.reached = self.trail.take();
        self.tail
    }

    /// Takes the lines behind the first `done` ones; where the batch is full before their end, how many were taken.
    fn take_lines(&mut self, chunk: &Chunk, done: usize) -> Option<usize> {
        let (mut passed, mut full) = (None, None);
        if std::mem::take(&mut self.waits) && !self.ended {
            passed = chunk.lines().nth(done - 1);
        }
        for (number, line) in chunk.lines().enumerate().skip(done) {
            if self.ended {
                break;
            }
            let cuts = self.tail.cut.len();
            let taken = self.take(chunk, &line);
            // Neither the line that ends the run is passed, nor one that is cut off, nor an action before its document.
            match taken {
                _ if self.ended => break,
                Step::Waits => {
                    full = Some(number + 1);
                    self.waits = true;
                    break;
                }
                Step::Half => {}
                Step::Taken if self.tail.cut.len() > cuts => self.trail.cut_off(chunk.input()),
                Step::Taken => passed = Some(line),
            }
        }
        if let Some(line) = passed {
            self.trail.pass(chunk, &line);
        }
        full
    }

    fn take(&mut self, chunk: &Chunk, line: &Line<'_>) -> Step {
        let place = Place {
            source: chunk.source().clone(),
            line: line.number,
        };
        let has_room = match self.intake.take(&place.source, line) {
            Taken::Document(text, document) => match self.loading.add(&place, text, document) {
                Ok(has_room) => has_room,
                Err(flawed) => self.put_aside(flawed),
            },
            Taken::Flawed(text, flaw, kind) => self.put_aside(Flawed {
                place,
                text,
                flaw,
                kind,
            }),
            Taken::Cut(place) => {
                self.tail.cut.push(place);
                true
            }
            Taken::Foreign(failure) => {
                self.tail.failure = Some(failure);
                self.ended = true;
                true
            }
            Taken::Waiting => return Step::Half,
        };
        if has_room { Step::Taken } else { Step::Waits }
    }

    /// The input ended behind an action.
    fn note_torn(&mut self, torn: Option<String>) {
        if torn.is_some() {
            self.trail.cut_off(self.input);
        }
        self.tail.cut.extend(torn);
    }

    fn put_aside(&mut self, flawed: Flawed) -> bool {
        if self.stop_at_flaw {
            self.tail.flawed = Some(flawed);
            self.ended = true;
            return true;
        }
        self.loading.put_aside(flawed)
    }
}

#[cfg(test)]
mod tests {
    use super::{Feed, Filled, Inputs, Load};
    use crate::commands::push::intake::Intake;
    use crate::commands::push::loading::Loading;
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
            Feed::start(inputs, Intake::default(), limits, stop_at_flaw).expect("started"),
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
            let mut feed = Feed::of(chunks, spent, Loading::new(limits));
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
