//! `jcx map`: a reader cuts the input into chunks of lines, workers map them, the conductor writes in the input's order.
//!
//! What depends on the order (ids that were given out before, dead letters, the first bad line) is decided by the
//! conductor alone, so the output is the same for every `--jobs`.

mod crew;
mod geoip;

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::Path;
use std::thread::available_parallelism;
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;

use self::crew::{Letter, LineResult, Mapped, Results, start};
use self::geoip::geoip;
use super::run::{Ending, Hole, Run};
use crate::cli::{Format, MapArgs};
use crate::ecs::{DataStream, Framing, Id, Mapper, Options, Outcome, RecentIds};
use crate::failure::{Failure, Kind, Result};
use crate::store::{DeadLetters, Durable, Ledger, Output, SharedSink, Sink, check_inputs};
use crate::term::counted;

/// Maps the inputs that the arguments name.
pub fn map(args: &MapArgs, run: &Run) -> Result<Ending> {
    let stream = data_stream(args)?;
    let files = if args.files.is_empty() {
        vec!["-".to_owned()]
    } else {
        args.files.clone()
    };
    check_inputs(&files)?;
    let framing = framing(args, stream.as_ref());
    let geoip = geoip(args)?;
    let mut conductor = Conductor::new(args, run)?;
    let mapper = Mapper::new(Options {
        data_stream: stream,
        tags: args.tags.clone(),
        preserve_original: args.preserve_original,
        preserve_duplicates: args.preserve_duplicates,
        framing,
        geoip,
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

fn framing(args: &MapArgs, stream: Option<&DataStream>) -> Framing {
    let target = stream.map(ToString::to_string);
    match (args.format, args.no_metadata) {
        (Format::Bulk, _) => Framing::Bulk { index: target },
        (Format::Ndjson, false) => Framing::Metadata { raw_index: target },
        (Format::Ndjson, true) => Framing::Plain,
    }
}

/// Writes what the workers made, and keeps the counts.
struct Conductor {
    sink: SharedSink,
    dead_letters: Option<DeadLetters>,
    recent: RecentIds,
    out: Vec<u8>,
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

const TICK: Duration = Duration::from_millis(100);

impl Conductor {
    fn new(args: &MapArgs, run: &Run) -> Result<Self> {
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
        let conductor = Self {
            sink: run.share(sink),
            dead_letters: dead_letters?,
            recent: RecentIds::new(),
            out: Vec::new(),
            cut: None,
            counts: Counts::default(),
        };
        conductor.tell(run);
        Ok(conductor)
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
            run.ambient.check_stop()?;
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
        self.counts.bytes_in += mapped.bytes;
        for line in mapped.lines {
            match line {
                LineResult::Document {
                    outcome,
                    framed,
                    text_id,
                } => self.take(&outcome, framed, text_id),
                LineResult::Cut(place) => self.cut = Some(place),
                LineResult::Bad(letter) => bad = self.bury(&letter).err(),
            }
            if bad.is_some() {
                break;
            }
        }
        let written = self.sink.with(|sink| {
            sink.write(&self.out)?;
            sink.flush()?;
            Ok(sink.written())
        });
        self.out.clear();
        self.counts.bytes_out = *written.as_ref().unwrap_or(&self.counts.bytes_out);
        self.tell(run);
        written?;
        bad.map_or(Ok(()), Err)
    }

    fn take(&mut self, outcome: &Outcome, mut framed: Vec<u8>, text_id: Id) {
        let given = self.recent.give_out(outcome.id, outcome.text, || text_id);
        if let Some(at) = outcome.id_at {
            framed[at..at + Id::LENGTH].copy_from_slice(given.id.as_str().as_bytes());
        }
        self.out.extend_from_slice(&framed);
        self.out.push(b'\n');
        self.counts.read += 1;
        self.counts.mapped += 1;
        self.counts.pipeline_errors += u64::from(outcome.pipeline_error);
        self.counts.without_timestamp += u64::from(!outcome.has_timestamp);
        self.counts.id_conflicts += u64::from(given.conflict);
    }

    /// Writes a dead letter; without a file for them the first one ends the run.
    fn bury(&mut self, letter: &Letter) -> Result<()> {
        self.counts.read += 1;
        let Some(file) = &mut self.dead_letters else {
            let (source, line, reason) = (&letter.source, letter.line, &letter.reason);
            let text = format!("{source} line {line}: no event: {reason}");
            return Err(Failure::new(Kind::Holes, text).reason("dead_letters").hint(
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
    fn finish(mut self, run: &Run, args: &MapArgs) -> Result<Ending> {
        let dead = self.dead_letters.as_mut().map(DeadLetters::sync);
        let dead = dead.transpose()?;
        self.warn(run);
        if let Some(place) = self.cut {
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
            done: format!("{}, {letters}", counted(counts.mapped, "document")),
        })
    }

    fn publish(&self) -> Result<()> {
        let written = self.sink.with(|sink| Ok(sink.written()))?;
        let mut ledger = Ledger::new(0);
        let ticket = ledger.enter(written);
        self.sink.publish(vec![ticket], ledger)
    }
}

fn lost_worker() -> Failure {
    Failure::new(
        Kind::Unexpected,
        "a thread ended before its work was done; this is a defect of jcx",
    )
}

fn shown(args: &MapArgs) -> String {
    match args.dead_letter.as_deref() {
        Some(path) if path == Path::new("-") => "stdout".to_owned(),
        path => path
            .map(|path| path.display().to_string())
            .unwrap_or_default(),
    }
}
