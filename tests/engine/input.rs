//! Other inputs than mapped documents on a real server: raw events through an ingest pipeline, bulk bodies, documents of
//! other tools, dead letters; and the time of loading.
//!
//! Only OpenSearch has an ingest processor here; the other server shows what happens where the pipeline is missing.

use serde_json::{Value, json};

use crate::document::held;
use crate::engine::{Engine, Flavor};
use crate::workplace::Workplace;

const TIME: &str = "2024-03-01T00:00:00.999Z";

fn event(number: usize) -> String {
    let event = json!({
        "id": format!("raw-{number}"), "timestamp": TIME, "service": "sso",
        "event_type": "sso_auth", "text": "a \"quoted\" é\n",
    });
    event.to_string()
}

/// Each event arrives as text under the id that `jcx map` gives it, and the pipeline takes it apart.
pub fn raw_events_go_through_a_pipeline(engine: &Engine) -> String {
    let stream = "logs-jumpcloud.events-raw";
    let place = Workplace::new();
    let events: Vec<String> = (0..50).map(event).collect();
    place.write("events.ndjson", &(events.join("\n") + "\n"));
    let push = |pipeline: &str| {
        let mut arguments = vec!["push", "events.ndjson", "--raw", "--pipeline", pipeline];
        arguments.extend(["--data-stream", stream, "--es-url", engine.url()]);
        arguments.extend(["--summary", "summary.json"]);
        place.run(&arguments)
    };
    push("jcx-none").expect(2).says(&["pipeline", "--pipeline"]);
    if engine.flavor() == Flavor::Elasticsearch {
        return "no processor here; a missing pipeline is told".to_owned();
    }
    let pipeline = json!({"processors": [
        {"json": {"field": "message", "target_field": "parsed"}},
        {"set": {"field": "event.action", "value": "{{parsed.event_type}}"}},
        {"rename": {"field": "message", "target_field": "event.original"}},
        {"remove": {"field": "parsed"}},
    ]});
    let client = engine.client();
    client
        .put("/_ingest/pipeline/jcx-raw", &pipeline)
        .expect(200);
    for (indexed, duplicates) in [(50, 0), (0, 50)] {
        push("jcx-raw").expect(0);
        let summary = place.summary("summary.json");
        summary.expect(&[("read", 50), ("indexed", indexed)]);
        summary.expect(&[("duplicates", duplicates), ("rejected", 0)]);
    }
    let mapped = place.run(&["map", "events.ndjson"]).expect(0).stdout;
    let stored = held(client, stream);
    assert_eq!(stored.len(), 50);
    for (line, event) in mapped.lines().zip(&events) {
        let document: Value = serde_json::from_str(line).expect("a document");
        let id = document["@metadata"]["_id"].as_str().expect("an id");
        let source: Value = serde_json::from_str(&stored[id]).expect("JSON");
        let expected = json!({
            "@timestamp": TIME, "event": {"action": "sso_auth", "original": event}
        });
        assert_eq!(source, expected);
    }
    client.delete("/_ingest/pipeline/jcx-raw").expect(200);
    "50 events, taken apart by the pipeline; again: all duplicates".to_owned()
}

/// A body for `_bulk` and documents with their id inside; what is refused is sent again once it fits.
pub fn other_tools_documents_and_dead_letters_are_stored(engine: &Engine) -> String {
    let stream = "logs-jumpcloud.events-others";
    let place = Workplace::new();
    let document = |more: &Value| json!({"@timestamp": TIME, "client": {"ip": more}});
    let mut body = String::new();
    for (id, ip) in [("a", "192.0.2.1"), ("b", "nowhere"), ("c", "192.0.2.3")] {
        let action = json!({"index": {"_index": stream, "_id": id}});
        let lines = [action, document(&json!(ip))].map(|line| line.to_string() + "\n");
        body += &lines.concat();
    }
    place.write("body", &body);
    let keyed = |key: &Value| json!({"@timestamp": TIME, "event": {"id": key}}).to_string() + "\n";
    place.write("keyed", &(keyed(&json!("k/1")) + &keyed(&json!(7))));
    let push = |arguments: &[&str]| {
        let rest = ["--data-stream", stream, "--es-url", engine.url()];
        let all = [&["push"], arguments, &rest, &["--summary", "summary.json"]].concat();
        place.run(&all)
    };
    push(&["body", "--dead-letter", "dead.ndjson"]).expect(3);
    push(&["keyed", "--id-field", "event.id", "--ingested"]).expect(0);
    push(&["keyed", "--id-field", "event.id", "--ingested"]).expect(0);
    let counts = [("indexed", 0), ("duplicates", 2)];
    place.summary("summary.json").expect(&counts);
    let again = ["--from-dead-letter", "dead.ndjson", "--dead-letter", "new"];
    push(&again).expect(3);
    assert_eq!(place.lines("new").len(), 1, "still no address");
    let mended = place.read("dead.ndjson").replace("nowhere", "192.0.2.2");
    place.write("dead.ndjson", &mended);
    push(&again).expect(0);
    let stored = held(engine.client(), stream);
    let ids: Vec<&str> = stored.keys().map(String::as_str).collect();
    assert_eq!(ids, ["7", "a", "b", "c", "k/1"]);
    assert_eq!(stored["b"], document(&json!("192.0.2.2")).to_string());
    let seven: Value = serde_json::from_str(&stored["7"]).expect("JSON");
    let ingested = seven["event"]["ingested"].as_str().expect("a time");
    assert_eq!(ingested.len(), TIME.len(), "{ingested}");
    "a bulk body, two documents with their own ids, a dead letter mended".to_owned()
}
