//! The reader and the workers of `jcx map`: chunks of lines go out, what they came to comes back, in any order.
//!
//! Knows how a line is judged; what follows from it is the conductor's.

use std::thread::Builder;

use crossbeam_channel::{Receiver, Sender, bounded};
use serde::Serialize;

use crate::ecs::{Id, Mapper, Outcome, Unmapped};
use crate::failure::{Kind, OrFail, Result};
use crate::json::check::check;
use crate::json::compact::compact;
use crate::store::{Chunk, MAX_LINE, Overlong, Record, cut_off, read_inputs};

/// A place in the input's order, and what stands there; `None` is the end.
pub type Numbered<T> = (u64, Result<Option<T>>);

/// A chunk after mapping.
pub struct Mapped {
    /// Its lines, in order.
    pub lines: Vec<LineResult>,
    /// Bytes read for it.
    pub bytes: u64,
}

/// What a line came to.
pub enum LineResult {
    /// A document.
    Document {
        /// What is known of it.
        outcome: Outcome,
        /// Its lines, framed, without the last line end.
        framed: Vec<u8>,
        /// The id of its event's whole text.
        text_id: Id,
    },
    /// No event.
    Bad(Letter),
    /// The last line of an input, without its end; where it is.
    Cut(String),
}

/// A line of the dead-letter file.
#[derive(Serialize)]
pub struct Letter {
    /// Always `map`.
    pub stage: &'static str,
    /// The input's name.
    pub source: String,
    /// From 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
    #[serde(flatten)]
    /// The line.
    pub record: Record,
}

/// What comes back from the workers, and the permits that bound how much is on its way.
pub struct Results {
    /// Mapped chunks, as they are done.
    pub chunks: Receiver<Numbered<Mapped>>,
    /// One goes back for each chunk that is written.
    pub permits: Sender<()>,
}

/// Starts a reader and `jobs` workers. At most twice as many chunks as workers are on their way at once.
pub fn start(files: Vec<String>, mapper: &Mapper, jobs: usize) -> Result<Results> {
    let (to_workers, work) = bounded::<Numbered<Chunk>>(jobs);
    let (to_conductor, chunks) = bounded::<Numbered<Mapped>>(jobs);
    let (permits, permitted) = bounded::<()>(2 * jobs);
    for _ in 0..2 * jobs {
        // The channel has this many places.
        let _placed = permits.try_send(());
    }
    let thread = |name: &str| Builder::new().name(name.to_owned());
    let doing = || "starting a thread";
    thread("reader")
        .spawn(move || read(&files, &to_workers, &permitted))
        .or_fail(Kind::Unexpected, doing)?;
    for _ in 0..jobs {
        let (work, to_conductor, mapper) = (work.clone(), to_conductor.clone(), mapper.clone());
        let mut mapper = mapper;
        let mapping = move || {
            for (number, chunk) in work {
                let done = chunk.map(|chunk| chunk.map(|chunk| map_chunk(&mut mapper, &chunk)));
                if to_conductor.send((number, done)).is_err() {
                    return;
                }
            }
        };
        thread("mapper")
            .spawn(mapping)
            .or_fail(Kind::Unexpected, doing)?;
    }
    Ok(Results { chunks, permits })
}

/// The last thing that is handed on is the end, or a failure.
fn read(files: &[String], to_workers: &Sender<Numbered<Chunk>>, permitted: &Receiver<()>) {
    let mut number = 0;
    let mut hand_on = |chunk: Result<Option<Chunk>>| {
        let goes_on = permitted.recv().is_ok() && to_workers.send((number, chunk)).is_ok();
        number += 1;
        goes_on
    };
    if read_inputs(files, |chunk| hand_on(chunk.map(Some))) {
        hand_on(Ok(None));
    }
}

fn map_chunk(mapper: &mut Mapper, chunk: &Chunk) -> Mapped {
    if let Some(line) = chunk.overlong {
        return Mapped {
            lines: vec![overlong(chunk, line)],
            bytes: line.length,
        };
    }
    let mut framed = Vec::new();
    let lines = chunk
        .lines()
        .map(|line| match mapper.map(line.text, &mut framed) {
            Ok(outcome) => LineResult::Document {
                outcome,
                framed: std::mem::take(&mut framed),
                text_id: {
                    let mut text = Vec::new();
                    compact(line.text, &mut text);
                    Id::of_text(&text)
                },
            },
            // A last line that is whole JSON only lacks its newline; anything else there was cut.
            Err(_) if !line.terminated && check(line.text).is_err() => {
                LineResult::Cut(cut_off(&chunk.source, line.number, line.text))
            }
            Err(Unmapped::Broken(failure)) => LineResult::Cut(failure.to_string()),
            Err(Unmapped::NotAnEvent(bad)) => {
                let place = bad
                    .offset
                    .map(|offset| format!(" (column {})", offset + 1))
                    .unwrap_or_default();
                LineResult::Bad(letter(
                    chunk,
                    line.number,
                    format!("{}{place}", bad.reason),
                    line.text,
                ))
            }
        });
    Mapped {
        lines: lines.collect(),
        bytes: chunk.bytes.len() as u64,
    }
}

fn overlong(chunk: &Chunk, line: Overlong) -> LineResult {
    if !line.terminated {
        return LineResult::Cut(cut_off(&chunk.source, chunk.first_line, b""));
    }
    let (offset, length) = (chunk.first_offset, line.length);
    let reason = format!("the line at offset {offset} has {length} bytes, more than {MAX_LINE}");
    LineResult::Bad(letter(chunk, chunk.first_line, reason, b""))
}

fn letter(chunk: &Chunk, line: u64, reason: String, text: &[u8]) -> Letter {
    Letter {
        stage: "map",
        source: chunk.source.to_string(),
        line,
        reason,
        record: Record::of(text),
    }
}
