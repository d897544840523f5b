//! `jcx fetch | jcx map | tee | jcx push` as processes joined by pipes, the way they are typed; `tee` is how the tests
//! know what `map` printed.
//!
//! Knows which summaries must agree; nothing of what a server makes of it.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::document::Document;
use crate::source::Source;
use crate::workplace::{Summary, Workplace};

/// What went through the pipe.
pub struct Piped {
    pub documents: Vec<Document>,
    pub took: Duration,
    /// Of `documents`, with `@metadata`.
    pub bytes: usize,
    pub push: Summary,
}

/// Runs the whole pipe into `stream`; all three commands must end with 0, and agree on how much went through.
pub fn run(place: &Workplace, source: &Source, url: &str, stream: &str) -> Piped {
    let begun = Instant::now();
    let mut fetch = place.jcx(&["fetch", "--since", "15d", "--summary", "fetch.json"]);
    fetch.envs(source.environment());
    let map = place.jcx(&["map", "--data-stream", stream, "--summary", "map.json"]);
    let mut tee = Command::new("tee");
    tee.arg(place.path("documents.ndjson"));
    let push = place.jcx(&["push", "--es-url", url, "--summary", "push.json"]);
    joined(
        place,
        vec![("fetch", fetch), ("map", map), ("tee", tee), ("push", push)],
    );
    let took = begun.elapsed();
    let text = place.read("documents.ndjson");
    let documents: Vec<Document> = text
        .lines()
        .map(|line| Document::from_line(line, stream))
        .collect();
    let events = source.events_between(&place.summary("fetch.json"));
    assert_ne!(events, 0, "the tenant has no events in the window");
    place.summary("fetch.json").expect(&[("events", events)]);
    place
        .summary("map.json")
        .expect(&[("read", events), ("mapped", documents.len())]);
    assert_eq!(documents.len(), events);
    let push = place.summary("push.json");
    push.expect(&[("read", events)]);
    Piped {
        documents,
        took,
        bytes: text.len(),
        push,
    }
}

/// Starts the commands with each one's output as the next one's input; shows every one's errors when one fails.
fn joined(place: &Workplace, commands: Vec<(&str, Command)>) {
    let mut input = Stdio::null();
    let mut running: Vec<(&str, Child)> = Vec::new();
    for (name, mut command) in commands {
        let errors =
            fs::File::create(place.path(&format!("{name}.err"))).expect("a file for errors");
        let mut child = command
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        input = child.stdout.take().map_or_else(Stdio::null, Stdio::from);
        running.push((name, child));
    }
    drop(input);
    let ends: Vec<(&str, Option<i32>)> = running
        .into_iter()
        .map(|(name, mut child)| (name, child.wait().expect("a child of ours").code()))
        .collect();
    let errors = |name: &&str| format!("--- {name} ---\n{}", place.read(&format!("{name}.err")));
    assert!(
        ends.iter().all(|(_, code)| *code == Some(0)),
        "{ends:?}\n{}",
        ends.iter()
            .map(|(name, _)| errors(name))
            .collect::<Vec<_>>()
            .concat()
    );
}
