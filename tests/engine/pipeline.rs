//! An ingest pipeline in force: what it cannot read fails a whole request, and one document is to blame.

use serde_json::{Value, json};

use crate::document::held;
use crate::engine::{Engine, Flavor};
use crate::refusal::{good, push};
use crate::workplace::Workplace;

const DOCUMENTS: usize = 500;

/// One document among many has a key twice: it alone is a dead letter, whoever put the pipeline in force.
pub fn one_document_that_fails_a_request_is_found(engine: &Engine) -> String {
    let client = engine.client();
    // The bare Elasticsearch has no processors; a pipeline without any reads its documents as well.
    let processors = match engine.flavor() {
        Flavor::Elasticsearch => json!([]),
        Flavor::OpenSearch => json!([{"set": {"field": "labels.seen", "value": "yes"}}]),
    };
    let pipeline = json!({"processors": processors});
    client
        .put("/_ingest/pipeline/jcx-seen", &pipeline)
        .expect(200);
    let named = ["--pipeline", "jcx-seen"];
    let [asked, requests] = load(engine, "logs-jumpcloud.events-piped", &named);
    let stream = "logs-jumpcloud.events-final";
    let place = Workplace::new();
    place.write("documents.ndjson", &good(stream, "before"));
    push(&place, engine, &[]).expect(0);
    let last = json!({"index.final_pipeline": "jcx-seen"});
    client
        .put(&format!("/{stream}/_settings"), &last)
        .expect(200);
    let [unasked, more] = load(engine, stream, &[]);
    assert_eq!((asked, unasked), (DOCUMENTS, DOCUMENTS + 1));
    format!("500 stored and 1 dead letter with {requests} and {more} requests")
}

/// How many documents the stream holds then, and how many requests that took.
fn load(engine: &Engine, stream: &str, more: &[&str]) -> [usize; 2] {
    let place = Workplace::new();
    let mut lines: Vec<String> = (0..DOCUMENTS)
        .map(|number| good(stream, &number.to_string()))
        .collect();
    let twice = good(stream, "twice").replace("\"event\":", "\"event\":{},\"event\":");
    lines.insert(DOCUMENTS / 3, twice);
    place.write("documents.ndjson", &lines.concat());
    push(
        &place,
        engine,
        &[&["--dead-letter", "dead.ndjson"], more].concat(),
    )
    .expect(3);
    let summary = place.summary("summary.json");
    summary.expect(&[("indexed", DOCUMENTS), ("rejected", 1), ("dead_letters", 1)]);
    let letters = place.lines("dead.ndjson");
    let told: Vec<(&Value, &Value)> = letters
        .iter()
        .map(|letter| (&letter["_id"], &letter["status"]))
        .collect();
    assert_eq!(told, [(&json!("twice"), &json!(400))]);
    let there = held(engine.client(), stream);
    assert!(!there.contains_key("twice"));
    if engine.flavor() == Flavor::OpenSearch {
        let seen = there
            .values()
            .filter(|source| source.contains("\"seen\""))
            .count();
        assert_eq!(seen, DOCUMENTS, "the pipeline ran");
    }
    [there.len(), summary.count("requests")]
}
