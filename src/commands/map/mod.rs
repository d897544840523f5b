//! `jcx map`: a reader cuts the input into chunks of lines, workers map them, the conductor writes in the input's order.
//!
//! What depends on the order (ids that were given out before, dead letters, the first bad line) is decided by the
//! conductor alone, so the output is the same for every `--jobs`.

mod crew;

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::Path;
use std::thread::available_parallelism;
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;

use self::crew::{Letter, LineResult, Mapped, Results, start};
use super::run::{Ending, Hole, Run};
use crate::cli::{Format, MapArgs};
use crate::ecs::{DataStream, Document, Framing, Mapper, Options, RecentIds};
use crate::failure::{Failure, Kind, Result};
use crate::store::{DeadLetters, Durable, Ledger, Output, SharedSink, Sink, check_inputs};

/// Maps the inputs that the arguments name.
pub fn map(args: &MapArgs, run: &Run) -> Result<Ending> {
    let stream = data_stream(args)?;
    let files = if args.files.is_empty() {
        vec!["-".to_owned()]
    } else {
        args.files.clone()
    };
    check_inputs(&files)?;
    let mut conductor = Conductor::new(args, run, stream.as_ref())?;
    let mapper = Mapper::new(Options {
        data_stream: stream,
        tags: args.tags.clone(),
        preserve_original: args.preserve_original,
        preserve_duplicates: args.preserve_duplicates,
    });
    let jobs = args.jobs.map_or_else(
        || available_parallelism().map_or(1, NonZero::get),
        usize::from,
    );
    let results = start(files, &mapper, jobs)?;
    conductor.write_in_order(run, &results)?;
    conductor.finish(run, args)
}

fn data_stream(args: &MapArgs) -> Result<Option<DataStream>> {
    if args.no_data_stream {
        return Ok(None);
    }
    let parsed = args.data_stream.parse::<DataStream>();
    parsed
        .map(Some)
        .map_err(|why| Failure::usage(format!("--data-stream: {why}")))
}

/// Writes what the workers made, and keeps the counts.
struct Conductor {
    sink: SharedSink,
    dead_letters: Option<DeadLetters>,
    recent: RecentIds,
    framing: Framing,
    ledger: Ledger<u64>,
    out: Vec<u8>,
    cut: Option<String>,
}

const TICK: Duration = Duration::from_millis(100);

impl Conductor {
    fn new(args: &MapArgs, run: &Run, stream: Option<&DataStream>) -> Result<Self> {
        let target = stream.map(ToString::to_string);
        let framing = match (args.format, args.no_metadata) {
            (Format::Bulk, _) => Framing::Bulk { index: target },
            (Format::Ndjson, false) => Framing::Metadata { raw_index: target },
            (Format::Ndjson, true) => Framing::Plain,
        };
        run.tally.update(|summary| {
            for counter in [
                &mut summary.read,
                &mut summary.mapped,
                &mut summary.pipeline_errors,
                &mut summary.without_timestamp,
                &mut summary.id_conflicts,
                &mut summary.dead_letters,
                &mut summary.bytes_in,
                &mut summary.bytes_out,
            ] {
                *counter = Some(0);
            }
        });
        let output = Output::of(args.output.as_deref(), args.force);
        if output == Output::Stdout && args.dead_letter.as_deref() == Some(Path::new("-")) {
            return Err(
                Failure::usage("documents and dead letters cannot both go to stdout")
                    .hint("name a file with -o or --dead-letter"),
            );
        }
        let sink = Sink::open(&output)?;
        let dead_letters = args
            .dead_letter
            .as_deref()
            .map(DeadLetters::open)
            .transpose();
        Ok(Self {
            sink: run.share(sink),
            dead_letters: dead_letters?,
            recent: RecentIds::new(),
            framing,
            ledger: Ledger::new(0),
            out: Vec::new(),
            cut: None,
        })
    }

    /// Takes the chunks as they come and writes them as they were read, up to the end.
    fn write_in_order(&mut self, run: &Run, results: &Results) -> Result<()> {
        let mut waiting: BTreeMap<u64, Result<Option<Mapped>>> = BTreeMap::new();
        let mut next = 0;
        loop {
            match results.chunks.recv_timeout(TICK) {
                Ok((number, mapped)) => waiting.insert(number, mapped),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Err(lost_worker()),
            };
            run.check_stop()?;
            while let Some(mapped) = waiting.remove(&next) {
                let Some(mapped) = mapped? else { return Ok(()) };
                self.write_chunk(run, mapped)?;
                next += 1;
                // The reader ends before the last permits come back.
                let _permitted = results.permits.try_send(());
            }
        }
    }

    fn write_chunk(&mut self, run: &Run, mapped: Mapped) -> Result<()> {
        let mut bad = None;
        let lines = mapped.lines.len();
        for line in mapped.lines {
            match line {
                LineResult::Document(document) => self.frame(run, &document),
                LineResult::Cut(place) => self.cut = Some(place),
                LineResult::Bad(letter) => {
                    run.tally
                        .update(|summary| *summary.read.get_or_insert_default() += 1);
                    bad = self.bury(run, &letter).err();
                }
            }
            if bad.is_some() {
                break;
            }
        }
        let written = self.sink.with(|sink| {
            sink.write(&self.out)?;
            sink.flush()?;
            Ok(sink.written())
        })?;
        self.out.clear();
        run.tally.update(|summary| {
            *summary.bytes_in.get_or_insert_default() += mapped.bytes;
            summary.bytes_out = Some(written);
        });
        run.printer
            .progress(|| format!("{written} bytes written, {lines} lines at a time"));
        bad.map_or(Ok(()), Err)
    }

    fn frame(&mut self, run: &Run, document: &Document) {
        let given = self.recent.give_out(document);
        self.framing.write(&given.id, &document.body, &mut self.out);
        self.out.push(b'\n');
        run.tally.update(|summary| {
            *summary.read.get_or_insert_default() += 1;
            *summary.mapped.get_or_insert_default() += 1;
            *summary.pipeline_errors.get_or_insert_default() += u64::from(document.pipeline_error);
            *summary.without_timestamp.get_or_insert_default() +=
                u64::from(!document.has_timestamp);
            *summary.id_conflicts.get_or_insert_default() += u64::from(given.conflict);
        });
    }

    /// Writes a dead letter; without a file for them the first one ends the run.
    fn bury(&mut self, run: &Run, letter: &Letter) -> Result<()> {
        let Some(file) = &mut self.dead_letters else {
            let text = format!(
                "{} line {}: no event: {}",
                letter.source, letter.line, letter.reason
            );
            return Err(Failure::new(Kind::Holes, text).hint(
                "name a file for such lines with --dead-letter FILE and go on with the others",
            ));
        };
        file.append(letter)?;
        let written = file.written();
        run.tally
            .update(|summary| summary.dead_letters = Some(written));
        Ok(())
    }

    /// Publishes what is whole; an input that was cut off leaves no file.
    fn finish(mut self, run: &Run, args: &MapArgs) -> Result<Ending> {
        let dead = self
            .dead_letters
            .as_mut()
            .map(DeadLetters::sync)
            .transpose()?;
        if let Some(place) = self.cut {
            return Err(Failure::new(Kind::Holes, place)
                .hint("run the command that wrote it again; what was whole has been mapped"));
        }
        self.publish()?;
        let summary = run.tally.snapshot();
        let letters = summary.dead_letters.unwrap_or_default();
        let mapped = summary.mapped.unwrap_or_default();
        let holes = dead.filter(|_: &Durable| letters > 0).map(|_| Hole {
            reason: "dead_letters",
            message: format!("{letters} lines are no events; they are in {}", shown(args)),
        });
        Ok(Ending {
            holes: holes.into_iter().collect(),
            done: format!("{mapped} documents, {letters} dead letters"),
        })
    }

    fn publish(&mut self) -> Result<()> {
        let written = self.sink.with(|sink| Ok(sink.written()))?;
        let ticket = self.ledger.enter(written);
        let proof = self.sink.with(Sink::sync)?;
        self.ledger.settle(ticket, &proof);
        match self.sink.take() {
            Some(sink) => sink.publish(&self.ledger.committed()),
            None => Err(Failure::new(Kind::Interrupted(0), "interrupted")),
        }
    }
}

fn lost_worker() -> Failure {
    Failure::new(
        Kind::Unexpected,
        "a thread ended before its work was done; this is a defect of jcx",
    )
}

fn shown(args: &MapArgs) -> String {
    args.dead_letter
        .as_deref()
        .map(|path| path.display().to_string())
        .unwrap_or_default()
}
