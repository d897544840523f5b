//! The main job on a real server: everything that `jcx map` printed is there, once, as it was printed, and can be found.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::document::{Document, held, id_and_source};
use crate::engine::Engine;
use crate::source::Source;
use crate::workplace::Workplace;
use crate::{pipe, question};

/// Two loads of one stream: the pipe, then the same documents from a file in other batches.
pub fn everything_arrives_once_and_is_found(engine: &Engine) -> String {
    let stream = "logs-jumpcloud.events-tour";
    let place = Workplace::new();
    let piped = pipe::run(&place, &Source::tenant(), engine.url(), stream);
    let expected = by_id(&piped.documents);
    let total = piped.documents.len();
    let twice = total - expected.len();
    piped
        .push
        .expect(&[("indexed", expected.len()), ("duplicates", twice)]);
    piped
        .push
        .expect(&[("rejected", 0), ("dead_letters", 0), ("exit", 0)]);
    is_held(engine, stream, &expected);
    let unique: Vec<Document> = without_repeats(piped.documents);
    let questions = question::ask_all(engine.client(), stream, &unique);
    load_again(&place, engine, total);
    is_held(engine, stream, &expected);
    format!(
        "{total} events piped in {:.1?}, {} MB; {} ids and sources equal; {questions} searches; again: all duplicates",
        piped.took,
        piped.bytes / 1_000_000,
        expected.len()
    )
}

/// The same documents in smaller, compressed batches: every one is there already.
fn load_again(place: &Workplace, engine: &Engine, total: usize) {
    let mut arguments = vec!["push", "documents.ndjson", "--es-url", engine.url()];
    arguments.extend([
        "--gzip",
        "--jobs",
        "4",
        "--batch-docs",
        "500",
        "--summary",
        "again.json",
    ]);
    place.run(&arguments).expect(0);
    let summary = place.summary("again.json");
    summary.expect(&[("read", total), ("indexed", 0), ("duplicates", total)]);
    summary.expect(&[("rejected", 0), ("exit", 0)]);
}

fn by_id(documents: &[Document]) -> BTreeMap<String, String> {
    documents
        .iter()
        .map(|document| (document.id.clone(), document.source.clone()))
        .collect()
}

/// The first of each id, in order.
fn without_repeats(documents: Vec<Document>) -> Vec<Document> {
    let mut seen = BTreeSet::new();
    documents
        .into_iter()
        .filter(|document| seen.insert(document.id.clone()))
        .collect()
}

/// Every id, none else, and each document's text byte for byte.
pub fn is_held(engine: &Engine, stream: &str, expected: &BTreeMap<String, String>) {
    let held = held(engine.client(), stream);
    let missing = expected.keys().find(|id| !held.contains_key(*id));
    assert!(missing.is_none(), "not there: {missing:?}");
    assert_eq!(held.len(), expected.len(), "more is there than was sent");
    for (id, source) in expected {
        assert_eq!(held.get(id), Some(source), "{id}");
    }
}

/// The documents of `samples/`: each service's is stored as it stands; of the awkward ones, made to break things, each is
/// stored or a dead letter, never both and never neither.
pub fn the_sample_documents_are_stored_or_dead_letters(engine: &Engine) -> String {
    let stream = "logs-jumpcloud.events-default";
    let place = Workplace::new();
    let (services, awkward) = samples(stream);
    let mut all = services.clone();
    all.extend(awkward.clone());
    let text: String = samples_text().into_iter().map(|(_, text)| text).collect();
    place.write("documents.ndjson", &text);
    let mut arguments = vec!["push", "documents.ndjson", "--es-url", engine.url()];
    arguments.extend(["--dead-letter", "dead.ndjson", "--summary", "push.json"]);
    place.run(&arguments).expect(3);
    let mut letters = BTreeSet::new();
    for letter in place.lines("dead.ndjson") {
        let id = letter["_id"]
            .as_str()
            .expect("every sample has an id")
            .to_owned();
        assert!(awkward.contains_key(&id), "refused: {letter}");
        letters.insert(id);
    }
    all.retain(|id, _| !letters.contains(id));
    is_held(engine, stream, &all);
    let counts = [("indexed", all.len()), ("rejected", letters.len())];
    place.summary("push.json").expect(&counts);
    format!(
        "{} of services, {} awkward, {} refused",
        services.len(),
        awkward.len(),
        letters.len()
    )
}

/// The samples' ids and texts: those of the services, and the awkward ones.
fn samples(stream: &str) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let mut sorted = (BTreeMap::new(), BTreeMap::new());
    for (name, text) in samples_text() {
        let into = if name == "awkward.ndjson" {
            &mut sorted.1
        } else {
            &mut sorted.0
        };
        into.extend(text.lines().map(|line| id_and_source(line, stream)));
    }
    assert!(!sorted.0.is_empty() && !sorted.1.is_empty(), "{sorted:?}");
    sorted
}

/// Each file of `samples/documents/` by its name; the awkward ones last, so that no field takes its type from them.
fn samples_text() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/documents");
    let mut files: Vec<(String, String)> = fs::read_dir(&folder)
        .expect("the samples are there")
        .map(|entry| entry.expect("a file").path())
        .map(|path| {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, fs::read_to_string(&path).expect("a sample is text"))
        })
        .collect();
    files.sort_by_key(|(name, _)| (name == "awkward.ndjson", name.clone()));
    files
}

/// A plain index is fine when somebody made it: the same documents without the fields of a data stream.
pub fn an_existing_plain_index_is_loaded_too(engine: &Engine) -> String {
    let index = "jcx-plain";
    engine
        .client()
        .ask("PUT", &format!("/{index}"), "")
        .expect(200);
    let place = Workplace::new();
    let events: String = (0..100).map(event).collect();
    place.write("events.ndjson", &events);
    place
        .run(&[
            "map",
            "events.ndjson",
            "--no-data-stream",
            "-o",
            "documents.ndjson",
        ])
        .expect(0);
    for (indexed, duplicates) in [(100, 0), (0, 100)] {
        let mut arguments = vec!["push", "documents.ndjson", "--es-url", engine.url()];
        arguments.extend(["--index", index, "--summary", "push.json"]);
        place.run(&arguments).expect(0);
        let counts = [
            ("read", 100),
            ("indexed", indexed),
            ("duplicates", duplicates),
        ];
        place.summary("push.json").expect(&counts);
    }
    assert_eq!(held(engine.client(), index).len(), 100);
    "100 indexed; again: 100 duplicates".to_owned()
}

/// A small event of its own.
pub fn event(number: usize) -> String {
    format!(
        "{{\"id\":\"6500000000000000000{number:05}\",\"timestamp\":\"2024-03-01T00:00:00.{number:03}Z\",\
         \"service\":\"directory\",\"event_type\":\"user_create\",\"client_ip\":\"198.51.100.{number}\"}}\n"
    )
}
