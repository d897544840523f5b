//! Listens to the threads of a load: writes what is refused into the dead letters, keeps the books, ends the run.
//!
//! Says which of several causes decides, and what may be claimed of a load that stopped early.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::books::Books;
use super::buried::Buried;
use super::letter::Letter;
use super::load::{LineKind, Tail};
use super::report::{Opened, Report, Settled};
use super::resume::Resume;
use crate::commands::run::Run;
use crate::elastic::{Connection, Loader};
use crate::exit;
use crate::failure::{Failure, Kind, Result};
use crate::store::{DeadLetters, Durable};
use crate::term::counted;

/// Listens to the threads of one load.
pub struct Conductor<'a> {
    pub(super) run: &'a Run,
    pub(super) connection: &'a Connection,
    pub(super) loader: Option<Arc<Loader>>,
    pub(super) dead_letter_file: Option<&'a Path>,
    pub(super) dead_letters: Option<DeadLetters>,
    /// Whether the dead-letter file was not there before.
    pub(super) made_file: bool,
    /// Letters that are there already.
    pub(super) buried: Buried,
    pub(super) resume: Option<Resume>,
    pub(super) books: Books,
    pub(super) failure: Option<Failure>,
    pub(super) tail: Tail,
    /// Whether the input was read to where the run wants to end.
    pub(super) ended: bool,
    /// Whether no document is sent with its `_id`, because that is wanted.
    pub without_ids: bool,
}

const TICK: Duration = Duration::from_millis(50);

/// How long answers that are under way are waited for when the run has failed.
const FAREWELL: Duration = Duration::from_secs(5);

/// How long answers that are under way are waited for after a signal.
const TIDY: Duration = Duration::from_millis(700);

impl<'a> Conductor<'a> {
    /// Nothing was read yet.
    pub fn new(
        run: &'a Run,
        connection: &'a Connection,
        dead_letter_file: Option<&'a Path>,
    ) -> Self {
        let conductor = Self {
            run,
            connection,
            loader: None,
            dead_letter_file,
            dead_letters: None,
            made_file: false,
            buried: Buried::default(),
            resume: None,
            books: Books::new(),
            failure: None,
            tail: Tail::default(),
            ended: false,
            without_ids: false,
        };
        conductor.tell();
        conductor
    }

    /// Listens until every thread has ended, or until a signal's time is up.
    pub fn listen(&mut self, reports: &Receiver<Report>, loader: Arc<Loader>) -> Result<()> {
        self.loader = Some(loader);
        let mut leave_at = None;
        let mut give_up_at = None;
        loop {
            match reports.recv_timeout(TICK) {
                Ok(report) => self.hear(report),
                Err(RecvTimeoutError::Disconnected) => {
                    self.close();
                    return Ok(());
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.save_in_time();
            if self.failure.is_some() {
                let now = self.run.ambient.now();
                if now >= *give_up_at.get_or_insert(now + FAREWELL) {
                    return Ok(());
                }
            }
            let interrupted = self.failure.is_none() && self.run.ambient.stopping();
            if interrupted {
                let now = self.run.ambient.now();
                if now >= *leave_at.get_or_insert(now + TIDY) {
                    return self.run.ambient.check_stop();
                }
            }
        }
    }

    /// Nothing more comes in: the documents that waited for others to clear them get their fate.
    fn close(&mut self) {
        let Some(loader) = self.loader.clone().filter(|_| self.failure.is_none()) else {
            return;
        };
        if self.run.ambient.stopping() {
            return;
        }
        match loader.close() {
            Ok(held) => {
                for held in held {
                    self.hear(Report::Settled(Settled::of_held(held)));
                }
            }
            Err(failure) => self.hear(Report::Failed(failure)),
        }
    }

    fn hear(&mut self, report: Report) {
        let heard = match report {
            Report::Opened(opened) => self.opened(opened),
            Report::Settled(settled) => self.settled(&settled),
            Report::Failed(failure) => Err(failure),
            Report::Ended(tail) => {
                self.tail = tail;
                self.ended = true;
                Ok(())
            }
        };
        if let Err(failure) = heard {
            self.fail(failure);
        }
        self.tell();
    }

    /// Nothing more is sent; what is under way still comes in.
    pub(super) fn fail(&mut self, failure: Failure) {
        let decides = match &self.failure {
            // Workers that were stopped say so; that is no cause.
            _ if matches!(failure.kind(), Kind::Interrupted(_)) => false,
            None => true,
            Some(first) => exit::decisive(first.kind(), failure.kind()) != first.kind(),
        };
        if decides {
            self.failure = Some(failure);
            self.run.ambient.stop.store(true, Ordering::SeqCst);
        }
    }

    /// Enters a batch; what of it cannot be sent becomes dead letters.
    pub fn opened(&mut self, opened: Opened) -> Result<()> {
        let total = opened.documents + opened.flawed.len();
        self.books.counts.bytes += opened.bytes;
        self.note_reached(total, opened.reached)?;
        self.books.enter(opened.number, total, opened.last);
        let letters: Vec<Letter> = opened.flawed.iter().map(Letter::of_flawed).collect();
        if letters.is_empty() {
            return Ok(());
        }
        let proof = self.bury(&letters)?;
        let kept = opened.flawed.iter();
        let kept = kept.filter(|flawed| flawed.kind == LineKind::Letter);
        self.books.counts.kept += kept.count() as u64;
        self.settle(opened.number, letters.len(), &proof);
        Ok(())
    }

    fn note_without_id(&mut self, documents: u64) {
        if documents > 0 && self.books.counts.without_id == 0 {
            let (which, hint) = if self.without_ids {
                (
                    "documents are sent without their _id",
                    "--dedupe auto or conflict sends it",
                )
            } else {
                (
                    "there are documents without an _id",
                    "jcx map writes the _id into @metadata (leave --no-metadata out)",
                )
            };
            let text = format!(
                "{which}: the server gives them one, loading them again stores them again, and so may a request that has to be repeated because its answer got lost"
            );
            self.run.printer.warning(&text, Some(hint));
        }
        self.books.counts.without_id += documents;
    }

    fn settled(&mut self, settled: &Settled) -> Result<()> {
        self.books.counts.batches += u64::from(self.books.begins(settled.number));
        self.note_without_id(settled.without_id);
        self.books.counts.indexed += settled.stored;
        self.books.counts.duplicates += settled.duplicates;
        let taken = settled.stored + settled.duplicates;
        let taken = usize::try_from(taken).unwrap_or(usize::MAX);
        if taken > 0 {
            self.settle(settled.number, taken, &Durable::acknowledged());
        }
        if settled.refused.is_empty() {
            return Ok(());
        }
        let proof = self.bury(&settled.refused)?;
        self.settle(settled.number, settled.refused.len(), &proof);
        Ok(())
    }

    fn settle(&mut self, number: u64, documents: usize, proof: &Durable) {
        if let Some(size) = self.books.settle(number, documents, proof) {
            let text = format!(
                "batch {number}: {} settled",
                counted(size as u64, "document")
            );
            self.run.printer.step(&text);
        }
    }

    /// Opens the file for what is refused, where there is one: before anything is read or asked.
    pub fn open_dead_letters(&mut self) -> Result<()> {
        if let Some(path) = self.dead_letter_file {
            self.made_file = path != Path::new("-") && !path.exists();
            self.dead_letters = Some(DeadLetters::open(path)?);
            self.find_buried(path)?;
        }
        Ok(())
    }

    /// Writes dead letters and makes them durable; without a file for them the first one ends the run.
    fn bury(&mut self, letters: &[Letter]) -> Result<Durable> {
        let Some(file) = &mut self.dead_letters else {
            self.books.counts.rejected += letters.len() as u64;
            let lost = || Failure::new(Kind::Unexpected, "no document was refused");
            return Err(letters.first().map_or_else(lost, Letter::failure));
        };
        for letter in letters {
            if !letter.is_in(&mut self.buried) {
                file.append(letter)?;
            }
        }
        let proof = file.sync()?;
        self.books.counts.rejected += letters.len() as u64;
        Ok(proof)
    }

    /// Brings the summary and the progress bar up to now.
    pub fn tell(&self) {
        let counts = &self.books.counts;
        let loader = self.loader.as_deref();
        self.run.tally.update(|summary| {
            summary.read = Some(counts.read);
            summary.indexed = Some(counts.indexed);
            summary.duplicates = Some(counts.duplicates);
            summary.rejected = Some(counts.rejected);
            summary.dead_letters = Some(self.dead_letters.as_ref().map_or(0, DeadLetters::written));
            summary.without_id = Some(counts.without_id);
            summary.batches = Some(counts.batches);
            summary.bytes_in = Some(counts.bytes);
            summary.requests = Some(self.connection.requests());
            summary.retries = Some(self.connection.retries());
            summary.retried_items = Some(loader.map_or(0, Loader::retried_items));
            summary.bytes_out = Some(loader.map_or(0, Loader::bytes_out));
        });
        self.run.printer.progress(|| {
            format!(
                "{} read, {} stored, {} there already, {} refused",
                counted(counts.read, "document"),
                counts.indexed,
                counts.duplicates,
                counts.rejected
            )
        });
    }
}
