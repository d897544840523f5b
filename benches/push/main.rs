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
#[allow(
    dead_code,
    reason = "nobody logs in here, and one node with its settings is enough"
)]
mod elasticsearch;
#[path = "../../tests/engine/engine.rs"]
#[allow(dead_code, reason = "a part of what the engine tests need")]
mod engine;
#[path = "../map/on_path.rs"]
mod on_path;
#[path = "../../tests/engine/opensearch.rs"]
#[allow(dead_code, reason = "one node with its settings is enough here")]
mod opensearch;
#[path = "../fetch/process.rs"]
mod process;
#[path = "../../samples/mod.rs"]
mod samples;
#[path = "../map/table.rs"]
mod table;

mod choice;
mod clients;
mod contest;
mod curl;
mod documents;
mod installed;
mod parts;
mod program;
mod stream;

use std::path::Path;

use crate::choice::Choice;
use crate::contest::Contest;
use crate::documents::Documents;
use crate::program::{Load, Program};
use crate::stream::Stream;
use crate::table::{Figure, Table};

/// The program of a tool with so many connections, or why there is none.
type Make = fn(&Load, usize) -> Result<Program, String>;

/// Bodies that were made before: no client, but what is left when there is none.
const FLOOR: [(&str, Make); 2] = [("curl", curl::parallel), ("curls", curl::processes)];
const CLIENTS: [(&str, Make); 5] = [
    ("espipe", clients::espipe),
    ("py", clients::python_objects),
    ("py-text", clients::python_text),
    ("go", clients::go),
    ("elasticdump", clients::elasticdump),
];
/// The years of events differ, so their documents do.
const YEAR: u32 = 2026;

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
const AGAINST_CLIENTS: Figure = Figure::new(
    "speed, the fastest other client = 1, each at its best",
    "≥ 1",
    "1.3",
);
const AGAINST_GO: Figure = Figure::new("client's processor, go-elasticsearch = 1", "≤ 0.5", "0.2");
const MEMORY: Figure = Figure::new("peak memory, defaults", "≤ 48 MiB", "32");
const AGAIN: Figure = Figure::new(
    "all-duplicate second push: speed, the first = 1",
    "≥ 1.0",
    "",
);
const LOOKUPS: Figure = Figure::new(
    "3 backing indices, 2 with other documents: time, one = 1",
    "≤ 1.4",
    "",
);

fn main() {
    let choice = Choice::read(std::env::args().skip(1));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let documents = Documents::invent(folder.path(), choice.documents, YEAR);
    println!("{documents}\n");
    let mut table = Table::default();
    measure(&choice, &documents, folder.path(), &mut table);
    table.show();
    if choice.has_part("full-queue") {
        let makes: Vec<(&str, Make)> = CLIENTS
            .into_iter()
            .filter(|(tool, _)| choice.has(tool))
            .collect();
        parts::full_queue(&choice, &documents, |load, connections| {
            programs(&choice, &makes, load, &[connections])
        });
    }
}

/// Everything on one server.
fn measure(choice: &Choice, documents: &Documents, folder: &Path, table: &mut Table) {
    let engine = choice.engine.start_with(&[]);
    let stream = Stream::prepare(engine.client(), engine.url());
    let load = Load {
        server: choice.engine,
        url: engine.url(),
        documents,
    };
    if choice.has_part("contest") {
        let makes = [&FLOOR[..], &CLIENTS].concat();
        let programs = programs(choice, &makes, &load, &choice.jobs);
        let contest = Contest::hold(programs, &stream, documents, choice.rounds);
        contest.show();
        compare(&contest, table);
    }
    if choice.has_part("again") {
        table.ratios(&AGAIN, &parts::again(&stream, &load, choice.rounds));
    }
    if choice.has_part("lookups") {
        let ratios = parts::lookups(&stream, &load, folder, choice.rounds);
        table.ratios(&LOOKUPS, &ratios);
    }
    engine.stop();
}

/// Who takes part with each number of connections; says who cannot.
fn programs(choice: &Choice, makes: &[(&str, Make)], load: &Load, jobs: &[usize]) -> Vec<Program> {
    let mut programs = Vec::new();
    if choice.has("jcx") {
        programs.extend(jobs.iter().map(|jobs| program::jcx(load, *jobs)));
    }
    for (tool, make) in makes.iter().filter(|(tool, _)| choice.has(tool)) {
        let made: Result<Vec<Program>, String> =
            jobs.iter().map(|jobs| make(load, *jobs)).collect();
        match made {
            Ok(made) => programs.extend(made),
            Err(why) => println!("{tool} takes no part: {why}\n"),
        }
    }
    programs
}

fn compare(contest: &Contest, table: &mut Table) {
    let floor = FLOOR.map(|(tool, _)| tool);
    for (connections, figure) in &AGAINST_CURL {
        let jcx = contest.place("jcx", *connections);
        let curl = contest.fastest(&floor, Some(*connections));
        match (jcx, curl) {
            (Some(jcx), Some(curl)) => table.ratios(figure, &contest.faster(jcx, curl)),
            _ => table.row(figure, "not both took part"),
        }
    }
    let jcx = contest.fastest(&["jcx"], None);
    let others = contest.fastest(&CLIENTS.map(|(tool, _)| tool), None);
    match (jcx, others) {
        (Some(jcx), Some(other)) => {
            let [ours, theirs] = [jcx, other].map(|at| &contest.program(at).name);
            println!("The fastest other client: {theirs}; beside {ours}.\n");
            table.ratios(&AGAINST_CLIENTS, &contest.faster(jcx, other));
        }
        _ => table.row(&AGAINST_CLIENTS, "not both took part"),
    }
    let same = jcx.and_then(|at| contest.place("go", contest.program(at).connections));
    match (jcx, same) {
        (Some(jcx), Some(go)) => table.ratios(&AGAINST_GO, &contest.processors(jcx, go)),
        _ => table.row(&AGAINST_GO, "not both took part"),
    }
    match contest.place("jcx", program::DEFAULT_JOBS) {
        Some(jcx) => table.row(&MEMORY, &format!("{:.1} MiB", contest.memory(jcx))),
        None => table.row(&MEMORY, "took no part"),
    }
}
