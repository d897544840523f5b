//! What `jcx map` keeps in the order of the input: ids that were given out before, dead letters, counts, the output.
//!
//! Sees each batch once, in order, so that the output is the same for every `--jobs`.

use std::path::Path;

use super::batch::{Batch, Fate, STRAYS};
use super::form::Form;
use super::letter::Letter;
use super::rows::Rows;
use super::unmapped::Tally;
use crate::cli::MapArgs;
use crate::commands::{Ending, Hole, Run};
use crate::ecs::{Id, RecentIds};
use crate::failure::{Failure, Kind, Result};
use crate::json::compact::compact;
use crate::store::{Chunk, DeadLetters, Durable, Ledger, Lines, Output, SharedSink, Sink};
use crate::term::counted;

/// Writes what the workers made, and keeps the counts.
pub struct Books {
    sink: SharedSink,
    dead_letters: Option<DeadLetters>,
    recent: RecentIds,
    /// The first row of a table, until it is written.
    header: Vec<u8>,
    unmapped: Option<Tally>,
    cut: Option<String>,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    read: u64,
    mapped: u64,
    pipeline_errors: u64,
    without_timestamp: u64,
    id_conflicts: u64,
    dead_letters: u64,
    bytes_in: u64,
    bytes_out: u64,
}

impl Books {
    /// Opens what is written; `columns` are those of a table.
    pub fn open(args: &MapArgs, run: &Run, columns: Option<&[String]>) -> Result<Self> {
        let output = Output::of(args.output.as_deref(), args.force);
        if output == Output::Stdout && args.dead_letter.as_deref() == Some(Path::new("-")) {
            return Err(
                Failure::usage("documents and dead letters cannot both go to stdout")
                    .hint("name a file with -o or --dead-letter"),
            );
        }
        let mut sink = Sink::open(&output)?;
        if columns.is_some() {
            sink.set_lines(Lines::Any);
        }
        let dead_letters = args
            .dead_letter
            .as_deref()
            .map(DeadLetters::open)
            .transpose();
        let books = Self {
            sink: run.share(sink),
            dead_letters: dead_letters?,
            recent: RecentIds::new(),
            header: columns.map(Rows::header).unwrap_or_default(),
            unmapped: args.report_unmapped.then(Tally::default),
            cut: None,
            counts: Counts::default(),
        };
        books.tell(run);
        Ok(books)
    }

    /// How many lines that are no documents close a batch: without a file for them, the one that ends the run.
    pub fn most_strays(&self) -> usize {
        self.dead_letters.as_ref().map_or(1, |_| STRAYS)
    }

    /// Enters the batch, which came from this chunk, and writes it; up to its first bad line where that ends the run.
    pub fn enter(
        &mut self,
        run: &Run,
        chunk: &Chunk,
        (batch, form): (&mut Batch, &mut Form),
    ) -> Result<()> {
        self.counts.bytes_in += batch.bytes;
        let mut failed = Ok(());
        let mut last = None;
        for (at, stray) in batch.strays.iter().enumerate() {
            failed = self.stray(chunk, &stray.fate);
            if failed.is_err() {
                last = Some(at);
                break;
            }
        }
        let ends = last.map_or(batch.documents.len(), |at| batch.strays[at].documents);
        for place in 0..ends {
            self.count(chunk, batch, form, place);
        }
        if let (Some(seen), Some(tally)) = (form.unmapped(), &mut self.unmapped) {
            seen.tell(tally);
        }
        let ends = last.map_or(batch.out.len(), |at| batch.strays[at].written);
        let told = self.write(&batch.out[..ends]);
        self.tell(run);
        told.and(failed)?;
        batch.broken.take().map_or(Ok(()), Err)
    }

    fn count(&mut self, chunk: &Chunk, batch: &mut Batch, form: &Form, place: usize) {
        let document = &batch.documents[place];
        let outcome = document.outcome;
        let given = self.recent.give_out(outcome.id, outcome.text, || {
            let event = &chunk.bytes()[document.start..][..document.length];
            let mut text = Vec::new();
            compact(event, &mut text);
            Id::of_text(&text)
        });
        if given.conflict {
            batch.replace_id(form, place, &given.id);
        }
        self.counts.read += 1;
        self.counts.mapped += 1;
        self.counts.pipeline_errors += u64::from(outcome.pipeline_error);
        self.counts.without_timestamp += u64::from(!outcome.has_timestamp);
        self.counts.id_conflicts += u64::from(given.conflict);
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let header = std::mem::take(&mut self.header);
        let written = self.sink.with(|sink| {
            sink.write(&header)?;
            sink.write(bytes)?;
            sink.flush()?;
            Ok(sink.written())
        });
        self.counts.bytes_out = *written.as_ref().unwrap_or(&self.counts.bytes_out);
        written.map(|_| ())
    }

    fn stray(&mut self, chunk: &Chunk, fate: &Fate) -> Result<()> {
        match fate {
            Fate::Cut(place) => {
                self.cut = Some(place.clone());
                Ok(())
            }
            Fate::Bad {
                line,
                reason,
                start,
                length,
            } => {
                let text = &chunk.bytes()[*start..][..*length];
                self.bury(&Letter::new(chunk.source(), *line, reason, text))
            }
        }
    }

    /// Writes a dead letter; without a file for them the first one ends the run.
    fn bury(&mut self, letter: &Letter) -> Result<()> {
        self.counts.read += 1;
        let Some(file) = &mut self.dead_letters else {
            return Err(Failure::new(Kind::Holes, letter.in_words())
                .reason("dead_letters")
                .hint(
                    "name a file for such lines with --dead-letter FILE and go on with the others",
                ));
        };
        file.append(letter)?;
        self.counts.dead_letters = file.written();
        Ok(())
    }

    /// Brings the summary and the progress bar up to now.
    fn tell(&self, run: &Run) {
        let counts = &self.counts;
        run.tally.update(|summary| {
            summary.read = Some(counts.read);
            summary.mapped = Some(counts.mapped);
            summary.pipeline_errors = Some(counts.pipeline_errors);
            summary.without_timestamp = Some(counts.without_timestamp);
            summary.id_conflicts = Some(counts.id_conflicts);
            summary.dead_letters = Some(counts.dead_letters);
            summary.bytes_in = Some(counts.bytes_in);
            summary.bytes_out = Some(counts.bytes_out);
        });
        run.printer.progress(|| counted(counts.mapped, "document"));
    }

    /// What is known only at the end: the fields that none covers.
    pub fn close(&self, run: &Run) {
        let counts = self.unmapped.as_ref().map(Tally::counts);
        run.tally
            .update(|summary| summary.unmapped = counts.cloned());
    }

    fn report_unmapped(&self, run: &Run) {
        let Some(unmapped) = &self.unmapped else {
            return;
        };
        let (counts, more) = (unmapped.counts(), unmapped.has_more());
        let text = match counts.len() as u64 {
            0 => "every field under jumpcloud.event is covered by an exported one".to_owned(),
            fields => format!(
                "{}{} that no exported one covers, with the documents that have {}",
                if more { "more than " } else { "" },
                counted(fields, "field"),
                if fields == 1 { "it" } else { "each" }
            ),
        };
        run.printer.table(&text, counts);
    }

    /// What a user should hear although every document was made.
    fn warn(&self, run: &Run) {
        let counts = &self.counts;
        if counts.without_timestamp > 0 {
            let documents = counted(counts.without_timestamp, "document");
            let text = format!("{documents} without @timestamp; a data stream refuses such");
            run.printer.warning(
                &text,
                Some("are these raw events, as jcx fetch writes them?"),
            );
        }
        if counts.pipeline_errors > 0 {
            let documents = counted(counts.pipeline_errors, "document");
            let text = format!(
                "{documents} with event.kind pipeline_error, as Elastic's integration would make them"
            );
            run.printer
                .warning(&text, Some("error.message of each says why"));
        }
    }

    /// Publishes what is whole; an input that was cut off leaves no file.
    pub fn finish(&mut self, run: &Run, args: &MapArgs) -> Result<Ending> {
        let dead = self.dead_letters.as_mut().map(DeadLetters::sync);
        let dead = dead.transpose()?;
        // A table without rows has a header too.
        self.write(b"")?;
        self.tell(run);
        self.warn(run);
        self.report_unmapped(run);
        if let Some(place) = self.cut.take() {
            return Err(Failure::new(Kind::Holes, place)
                .reason("cut_input")
                .hint("run the command that wrote it again; what was whole has been mapped"));
        }
        self.publish()?;
        let counts = &self.counts;
        let letters = counted(counts.dead_letters, "dead letter");
        let holes = dead
            .filter(|_: &Durable| counts.dead_letters > 0)
            .map(|_| Hole {
                reason: "dead_letters",
                message: format!("not every line is an event: {letters} in {}", shown(args)),
            });
        Ok(Ending {
            holes: holes.into_iter().collect(),
            lost: None,
            done: format!("{}, {letters}", counted(counts.mapped, "document")),
        })
    }

    /// A run that stops early does not end letters on stdout as if they were all.
    pub fn break_off(&mut self, failure: Failure) -> Failure {
        if let Some(letters) = &mut self.dead_letters {
            letters.abandon(failure.kind() != Kind::Usage);
        }
        failure
    }

    fn publish(&self) -> Result<()> {
        let written = self.sink.with(|sink| Ok(sink.written()))?;
        let mut ledger = Ledger::new(0);
        let ticket = ledger.enter(written);
        self.sink.publish(vec![ticket], ledger)
    }
}

fn shown(args: &MapArgs) -> String {
    match args.dead_letter.as_deref() {
        Some(path) if path == Path::new("-") => "stdout".to_owned(),
        path => path
            .map(|path| path.display().to_string())
            .unwrap_or_default(),
    }
}
