//! Documents that a real server refuses, targets that are not there, and the rule that nothing is lost or sent astray.

use serde_json::{Value, json};

use crate::document::{exists, held};
use crate::engine::{Engine, Flavor};
use crate::workplace::{Ran, Workplace};

const TIME: &str = "2024-03-01T00:00:00.999Z";

/// A line as `jcx map` prints it: `fields` under the id, for the stream.
fn line(stream: &str, id: &str, fields: &Value) -> String {
    let mut document = json!({"@metadata": {"_id": id, "raw_index": stream}});
    let fields = fields.as_object().expect("fields are an object");
    document
        .as_object_mut()
        .expect("a document is an object")
        .extend(fields.clone());
    format!("{document}\n")
}

/// A document that nobody refuses.
pub fn good(stream: &str, id: &str) -> String {
    line(
        stream,
        id,
        &json!({"@timestamp": TIME, "event": {"action": "user_create"}}),
    )
}

/// Loads `documents.ndjson` of `place`.
pub fn push(place: &Workplace, engine: &Engine, more: &[&str]) -> Ran {
    let mut arguments = vec!["push", "documents.ndjson", "--es-url", engine.url()];
    arguments.extend(["--summary", "summary.json"]);
    arguments.extend(more);
    place.run(&arguments)
}

/// A template for the stream is installed by now; the bad values are in fields that it gives a type.
pub fn refused_documents_become_dead_letters(engine: &Engine) -> String {
    let stream = "logs-jumpcloud.events-refused";
    let place = Workplace::new();
    let bad = [
        (
            "bad-address",
            json!({"@timestamp": TIME, "client": {"ip": "nowhere"}}),
        ),
        (
            "bad-date",
            json!({"@timestamp": TIME, "event": {"ingested": "yesterday"}}),
        ),
        (
            "bad-number",
            json!({"@timestamp": TIME, "source": {"port": "many"}}),
        ),
    ];
    let mut text = good(stream, "good-0");
    for (number, (id, fields)) in (1..).zip(&bad) {
        text.push_str(&line(stream, id, fields));
        text.push_str(&good(stream, &format!("good-{number}")));
    }
    place.write("documents.ndjson", &text);
    let counts = [("read", 7), ("rejected", 3), ("dead_letters", 3)];
    for (round, indexed, duplicates) in [(1, 4, 0), (2, 0, 4)] {
        push(&place, engine, &["--dead-letter", "dead.ndjson"]).expect(3);
        let summary = place.summary("summary.json");
        summary.expect(&counts);
        summary.expect(&[
            ("indexed", indexed),
            ("duplicates", duplicates),
            ("exit", 3),
        ]);
        let letters = place.lines("dead.ndjson");
        assert_eq!(letters.len(), round * bad.len(), "appended, never replaced");
        for (letter, (id, _)) in letters.iter().rev().zip(bad.iter().rev()) {
            is_dead_letter_of(letter, id, engine.flavor());
        }
    }
    let ids: Vec<String> = held(engine.client(), stream).into_keys().collect();
    assert_eq!(ids, ["good-0", "good-1", "good-2", "good-3"]);
    "7 read, 4 indexed, 3 dead letters; again: 4 duplicates, 3 more".to_owned()
}

fn is_dead_letter_of(letter: &Value, id: &str, flavor: Flavor) {
    let kind = match flavor {
        Flavor::Elasticsearch => "document_parsing_exception",
        Flavor::OpenSearch => "mapper_parsing_exception",
    };
    assert_eq!(letter["_id"], id, "{letter}");
    assert_eq!(letter["stage"], "push", "{letter}");
    assert_eq!(letter["status"], 400, "{letter}");
    assert_eq!(letter["type"], kind, "{letter}");
    assert_ne!(
        letter["reason"].as_str().unwrap_or_default(),
        "",
        "{letter}"
    );
    let record = letter["record"]
        .as_str()
        .expect("the record is the line as text");
    let record: Value = serde_json::from_str(record).expect("the record is the whole line");
    assert_eq!(record["@timestamp"], TIME, "{letter}");
}

/// One document a request, one request at a time: the one after the refused one must stay here.
pub fn without_a_dead_letter_file_the_first_refusal_ends_the_run(engine: &Engine) -> String {
    let stream = "logs-jumpcloud.events-ended";
    let place = Workplace::new();
    let bad = json!({"@timestamp": TIME, "client": {"ip": "nowhere"}});
    let text = [
        good(stream, "first"),
        line(stream, "bad", &bad),
        good(stream, "last"),
    ]
    .concat();
    place.write("documents.ndjson", &text);
    push(&place, engine, &["--batch-docs", "1", "--jobs", "1"])
        .expect(3)
        .says(&["jcx: error"]);
    place
        .summary("summary.json")
        .expect(&[("indexed", 1), ("rejected", 1), ("exit", 3)]);
    let ids: Vec<String> = held(engine.client(), stream).into_keys().collect();
    assert_eq!(ids, ["first"]);
    "1 indexed, nothing after the refused one".to_owned()
}

/// Through `jcx map`, which gives such an event an `_id` and no `@timestamp`.
pub fn an_event_without_a_time_becomes_a_dead_letter(engine: &Engine) -> String {
    let stream = "logs-jumpcloud.events-timeless";
    let place = Workplace::new();
    let event = |rest: &str| {
        format!("{{\"service\":\"directory\",\"event_type\":\"user_create\"{rest}}}\n")
    };
    let timed =
        event(",\"id\":\"650000000000000000000001\",\"timestamp\":\"2024-03-01T00:00:00Z\"");
    let timeless = event(",\"id\":\"650000000000000000000002\"");
    place.write("events.ndjson", &format!("{timeless}{timed}"));
    let output = ["-o", "documents.ndjson", "--data-stream", stream];
    place
        .run(&[&["map", "events.ndjson"], output.as_slice()].concat())
        .expect(0);
    push(&place, engine, &["--dead-letter", "dead.ndjson"]).expect(3);
    let counts = [
        ("read", 2),
        ("indexed", 1),
        ("rejected", 1),
        ("dead_letters", 1),
    ];
    place.summary("summary.json").expect(&counts);
    let letters = place.lines("dead.ndjson");
    assert_eq!(letters.len(), 1);
    let record = letters[0]["record"].as_str().unwrap_or_default();
    assert!(record.contains("650000000000000000000002"), "{letters:?}");
    assert_eq!(held(engine.client(), stream).len(), 1);
    "2 read, 1 indexed, 1 dead letter".to_owned()
}

/// No template covers this name: a bulk request would silently make a plain index of it.
pub fn a_target_that_would_become_a_plain_index_is_refused(engine: &Engine) -> String {
    let stream = "logs-nobody.knows-default";
    let place = Workplace::new();
    place.write("documents.ndjson", &good(stream, "lost"));
    push(&place, engine, &["--dead-letter", "dead.ndjson"])
        .expect(2)
        .says(&["jcx: error", stream, "hint", "jcx template --install"]);
    assert!(!exists(engine.client(), stream), "{stream} was made");
    assert!(place.lines("dead.ndjson").is_empty());
    "exit 2, nothing sent".to_owned()
}

/// The documents say one stream, the flag another: nobody knows which is meant, so nothing is sent.
pub fn a_stream_that_contradicts_the_documents_is_refused(engine: &Engine) -> String {
    let (named, flag) = ("logs-jumpcloud.events-named", "logs-jumpcloud.events-flag");
    let place = Workplace::new();
    place.write("documents.ndjson", &good(named, "lost"));
    push(&place, engine, &["--data-stream", flag])
        .expect(2)
        .says(&["jcx: error", named, flag]);
    for stream in [named, flag] {
        assert!(!exists(engine.client(), stream), "{stream} was made");
    }
    "exit 2, nothing sent".to_owned()
}
