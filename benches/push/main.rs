//! How fast `jcx push` loads a real server, beside curl and other clients: `cargo bench --bench push` prints tables.
//!
//! Not a test: nothing here fails because a machine is slow, but every run must have stored every document. The server is the
//! one of `tests/engine/`, started here. See `benches/README.md`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table is what a bench is for"
)]

#[path = "../../tests/engine/artifact.rs"]
mod artifact;
#[path = "../../tests/engine/client.rs"]
#[allow(dead_code, reason = "a part of what the engine tests ask")]
mod client;
#[path = "../../tests/engine/document.rs"]
#[allow(dead_code, reason = "a part of what the engine tests look at")]
mod document;
#[path = "../../tests/engine/elasticsearch.rs"]
#[allow(dead_code, reason = "nobody logs in here")]
mod elasticsearch;
#[path = "../../tests/engine/engine.rs"]
#[allow(dead_code, reason = "a part of what the engine tests need")]
mod engine;
#[path = "../../tests/engine/opensearch.rs"]
mod opensearch;
#[path = "../fetch/process.rs"]
mod process;
#[path = "../../samples/mod.rs"]
mod samples;
#[path = "../map/table.rs"]
mod table;

mod choice;
mod contest;
mod documents;
mod program;
mod stream;

use crate::choice::Choice;
use crate::contest::Contest;
use crate::documents::Documents;
use crate::program::{Load, Program};
use crate::stream::Stream;
use crate::table::{Figure, Table};

const AGAINST_CURL: [(usize, Figure); 2] = [
    (
        2,
        Figure::new(
            "--jobs 2: speed, curl over 2 connections = 1",
            "≥ 0.9",
            "1.0",
        ),
    ),
    (
        4,
        Figure::new(
            "--jobs 4: speed, curl over 4 connections = 1",
            "≥ 0.9",
            "1.0",
        ),
    ),
];
const MEMORY: Figure = Figure::new("peak memory, defaults", "≤ 48 MiB", "32");

fn main() {
    let choice = Choice::read(std::env::args().skip(1));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let documents = Documents::invent(folder.path(), choice.documents);
    println!("{documents}\n");
    let engine = choice.engine.start();
    let stream = Stream::prepare(engine.client(), engine.url());
    let load = Load {
        url: engine.url(),
        documents: &documents,
    };
    let contest = Contest::hold(programs(&choice, &load), &stream, &documents, choice.rounds);
    contest.show();
    compare(&contest);
    engine.stop();
}

/// Who takes part; says who cannot.
fn programs(choice: &Choice, load: &Load) -> Vec<Program> {
    let mut programs = Vec::new();
    if choice.has("jcx") {
        programs = program::jcx(load, &choice.jobs);
    }
    for (tool, make) in program::OTHERS {
        if !choice.has(tool) {
            continue;
        }
        match make(load, &choice.jobs) {
            Ok(made) => programs.extend(made),
            Err(why) => println!("{tool} takes no part: {why}"),
        }
    }
    programs
}

fn compare(contest: &Contest) {
    let mut table = Table::default();
    for (connections, figure) in &AGAINST_CURL {
        let jcx = contest.place("jcx", *connections);
        let curl = contest.place("curl", *connections);
        match (jcx, curl) {
            (Some(jcx), Some(curl)) => table.ratios(figure, &contest.faster(jcx, curl)),
            _ => table.row(figure, "not both took part"),
        }
    }
    match contest.place("jcx", program::DEFAULT_JOBS) {
        Some(jcx) => table.row(&MEMORY, &format!("{:.1} MiB", contest.memory(jcx))),
        None => table.row(&MEMORY, "took no part"),
    }
    table.show();
}
