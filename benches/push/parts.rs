//! What is measured besides the contest: a second push of the same, lookups in older backing indices, a full write queue.
//!
//! Each part makes its own stream ready, and looks at what is in it afterwards.

use std::path::Path;

use crate::choice::Choice;
use crate::documents::Documents;
use crate::program::{DEFAULT_JOBS, Load, Program, jcx};
use crate::stream::Stream;

/// A year after the first one: none of these documents is among the others.
const YEAR: u32 = 2025;
/// One request is worked on, one waits, and what comes besides is refused.
const FULL_QUEUE: [(&str, &str); 2] = [
    ("thread_pool.write.size", "1"),
    ("thread_pool.write.queue_size", "1"),
];
/// More than the queue holds.
const CROWD: usize = 16;

/// How often as fast a push of what is all there already is as the first one, in each round.
pub fn again(stream: &Stream, load: &Load, rounds: usize) -> Vec<f64> {
    let jcx = jcx(load, DEFAULT_JOBS);
    let round = |_| {
        stream.empty();
        let first = jcx.succeed();
        let second = jcx.succeed();
        assert_eq!(
            stream.count(),
            load.documents.count,
            "after the second push"
        );
        first.seconds / second.seconds
    };
    (0..rounds).map(round).collect()
}

/// How long a push into a stream with two older backing indices takes, into one without any being 1, in each round.
pub fn lookups(stream: &Stream, load: &Load, folder: &Path, rounds: usize) -> Vec<f64> {
    let folder = folder.join("older");
    std::fs::create_dir(&folder).expect("a folder of this run");
    let older = Documents::invent(&folder, load.documents.count, YEAR);
    let halves = older.bodies.split_at(older.bodies.len() / 2);
    let jcx = jcx(load, DEFAULT_JOBS);
    let round = |_| {
        stream.empty();
        let without = jcx.succeed();
        stream.empty();
        for half in [halves.0, halves.1] {
            stream.fill(half);
            stream.roll_over();
        }
        let with = jcx.succeed();
        assert_eq!(
            stream.count(),
            older.count + load.documents.count,
            "older and new ones"
        );
        with.seconds / without.seconds
    };
    (0..rounds).map(round).collect()
}

/// Prints what each tool leaves in the stream of a server that refuses most of what it is sent at once.
///
/// # Panics
/// When `jcx` does not leave everything there.
pub fn full_queue(
    choice: &Choice,
    documents: &Documents,
    programs: impl Fn(&Load, usize) -> Vec<Program>,
) {
    let engine = choice.engine.start_with(&FULL_QUEUE);
    let stream = Stream::prepare(engine.client(), engine.url());
    let load = Load {
        server: choice.engine,
        url: engine.url(),
        documents,
    };
    let programs = programs(&load, CROWD);
    println!("\nA write queue of one request, {CROWD} connections:\n");
    println!(
        "| client | documents in the stream, of {} | ended with | s |",
        documents.count
    );
    println!("|---|---|---|---|");
    for program in programs {
        stream.empty();
        let (spent, ended) = program.run();
        let count = stream.count();
        println!(
            "| {} | {count} | {} | {:.1} |",
            program.name, ended[0], spent.seconds
        );
        assert!(
            program.tool != "jcx" || (count == documents.count && ended[0].success()),
            "jcx lost documents"
        );
    }
    engine.stop();
}
