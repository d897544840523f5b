//! A node with one place to work, one to wait and little room: what `jcx` does when a server cannot take all at once,
//! and when it never will.
//!
//! What a simulated server cannot vouch for: in which of its ways a real one refuses, and that what it says tells a
//! request that is too large for ever from one that came at a bad time.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::id_and_source;
use crate::engine::Engine;
use crate::load::is_held;
use crate::workplace::{Ran, Summary, Workplace};
use crate::{elasticsearch, opensearch};

/// What a request may hold lies below what the server reads, so that both refusals can be had.
const NARROW: &[(&str, &str)] = &[
    ("thread_pool.write.size", "1"),
    ("thread_pool.write.queue_size", "1"),
    ("http.max_content_length", "1mb"),
    ("indexing_pressure.memory.limit", "768kb"),
];

/// A document that is read and finds no room.
const ROOMLESS: usize = 900 << 10;

/// A document that is not even read.
const UNREAD: usize = 1200 << 10;

pub fn start_elasticsearch() -> Engine {
    prepared(elasticsearch::start_with(NARROW))
}

pub fn start_opensearch() -> Engine {
    prepared(opensearch::start_with(NARROW))
}

/// With the template for everything below.
fn prepared(engine: Engine) -> Engine {
    let install = ["template", "--install", "--es-url", engine.url()];
    Workplace::new().run(&install).expect(0);
    engine
}

/// A load and what of it must be there afterwards.
struct Load {
    stream: &'static str,
    place: Workplace,
    expected: BTreeMap<String, String>,
    /// The ids of those that must not be there.
    refused: Vec<String>,
}

impl Load {
    /// So many documents of so many bytes each.
    fn of(stream: &'static str, documents: usize, bytes: usize) -> Self {
        Self::with(stream, documents, bytes, &[])
    }

    /// The same, and in the middle of them a document of each of the sizes in `refused`.
    fn with(stream: &'static str, documents: usize, bytes: usize, refused: &[usize]) -> Self {
        let place = Workplace::new();
        let name = |number: usize| format!("{number:06}");
        let large =
            |(number, bytes): (usize, &usize)| line(stream, &format!("large-{number}"), *bytes);
        let mut lines: Vec<String> = (0..documents)
            .map(|number| line(stream, &name(number), bytes))
            .collect();
        let expected = lines
            .iter()
            .map(|line| id_and_source(line, stream))
            .collect();
        let large: Vec<String> = refused.iter().enumerate().map(large).collect();
        let ids = large
            .iter()
            .map(|line| id_and_source(line, stream).0)
            .collect();
        lines.splice(documents / 2..documents / 2, large);
        place.write("documents.ndjson", &(lines.join("\n") + "\n"));
        Self {
            stream,
            place,
            expected,
            refused: ids,
        }
    }

    fn push(&self, engine: &Engine, more: &[&str]) -> Ran {
        let mut arguments = vec!["push", "documents.ndjson", "--es-url", engine.url(), "-vv"];
        arguments.extend(["--dead-letter", "dead.ndjson", "--summary", "push.json"]);
        arguments.extend(more);
        self.place.run(&arguments)
    }

    /// Everything that is expected is there, once and as it was sent; the rest is a dead letter with this status.
    fn is_settled(&self, engine: &Engine, status: u16) -> Summary {
        is_held(engine, self.stream, &self.expected);
        let (stored, refused) = (self.expected.len(), self.refused.len());
        let summary = self.place.summary("push.json");
        summary.expect(&[
            ("read", stored + refused),
            ("rejected", refused),
            ("dead_letters", refused),
        ]);
        let letters = self.place.lines("dead.ndjson");
        let told: Vec<(&Value, &Value)> = letters
            .iter()
            .map(|letter| (&letter["_id"], &letter["status"]))
            .collect();
        assert_eq!(told.len(), refused, "{told:?}");
        for ((id, of), refused) in told.iter().zip(&self.refused) {
            assert_eq!(
                (*id, *of),
                (&Value::from(refused.as_str()), &Value::from(status))
            );
        }
        summary
    }
}

/// A line as `jcx map` prints it, of about so many bytes.
fn line(stream: &str, id: &str, bytes: usize) -> String {
    let text = "nothing in it ".repeat(bytes / 14);
    format!(
        "{{\"@metadata\":{{\"_id\":\"{id}\",\"raw_index\":\"{stream}\"}},\
         \"@timestamp\":\"2024-03-01T00:00:00.999Z\",\"message\":\"{text}\"}}"
    )
}

/// How many bulk requests were answered with this status.
fn answered(ran: &Ran, status: u16) -> usize {
    let answer = format!(": {status} in");
    let posts = ran.stderr.lines().filter(|line| line.contains("/_bulk"));
    posts.filter(|line| line.contains(&answer)).count()
}

/// Sixteen requests at once where two find a place.
pub fn a_full_write_queue_loses_and_doubles_nothing(engine: &Engine) -> String {
    let load = Load::of("logs-jumpcloud.events-queue", 20_000, 60);
    let ran = load
        .push(engine, &["--jobs", "16", "--batch-docs", "1000"])
        .expect(0);
    let ran = ran.says(&["the server is busy"]);
    let summary = load.is_settled(engine, 429);
    let [items, retries] = ["retried_items", "retries"].map(|name| summary.count(name));
    assert!(items + retries > 0, "never too much for it");
    format!(
        "20000 once, {retries} retries, {} requests refused, {items} documents put off",
        answered(&ran, 429)
    )
}

/// Batches of 5 MiB where 1 MB is read: said once of each size that is too large, and never tried again.
pub fn a_limit_of_bytes_is_learned(engine: &Engine) -> String {
    let mut seen = Vec::new();
    for (stream, more) in [
        ("logs-jumpcloud.events-unread", &["--jobs", "1"][..]),
        (
            "logs-jumpcloud.events-unread-packed",
            &["--jobs", "1", "--gzip"],
        ),
    ] {
        let load = Load::with(stream, 9_000, 1_000, &[UNREAD]);
        let ran = load.push(engine, more).expect(3);
        let ran = ran.says(&["smaller ones from now on"]);
        load.is_settled(engine, 413);
        let refused = answered(&ran, 413);
        // The first batch, its half and quarter, and the document that is too large by itself.
        assert!((1..=4).contains(&refused), "{}", ran.shown());
        seen.push(refused);
    }
    format!("{seen:?} requests refused, plain and packed")
}

/// Requests for which there is never room are halved at once, not waited for; a document alone is to blame itself.
pub fn a_request_that_never_finds_room_is_halved(engine: &Engine) -> String {
    let load = Load::with("logs-jumpcloud.events-room", 3_000, 300, &[ROOMLESS]);
    let more = ["--jobs", "1", "--batch-bytes", "1000000"];
    let ran = load.push(engine, &more).expect(3);
    let ran = ran.says(&["the server refuses requests of "]);
    let summary = load.is_settled(engine, 429);
    assert_eq!(answered(&ran, 413), 0, "{}", ran.shown());
    format!(
        "{} requests refused, {} retries",
        answered(&ran, 429),
        summary.count("retries")
    )
}
