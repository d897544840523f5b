//! Data streams that roll over: what an older backing index holds is not stored again, whenever the rollover comes.
//!
//! Also what `jcx` rests on there: how an ids query, a refresh and the list of backing indices answer on a real server.

use std::io::Write;
use std::process::{Child, ChildStdin, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Client;
use crate::document::held;
use crate::engine::Engine;
use crate::workplace::{Ran, Workplace};

/// Documents of these numbers for the stream, one a line.
fn documents(stream: &str, numbers: impl IntoIterator<Item = usize>) -> String {
    let line = |number: usize| {
        let document = json!({
            "@metadata": {"_id": format!("+a/{number:06}="), "raw_index": stream},
            "@timestamp": "2024-03-01T00:00:00.999Z", "event": {"action": "user_create", "code": number.to_string()}
        });
        format!("{document}\n")
    };
    numbers.into_iter().map(line).collect()
}

fn push(engine: &Engine, place: &Workplace, more: &[&str]) -> Ran {
    let mut arguments = vec!["push", "documents.ndjson", "--es-url", engine.url()];
    arguments.extend(["--batch-docs", "70", "--summary", "push.json"]);
    arguments.extend(more);
    place.run(&arguments)
}

/// Lets the stream roll over; how its backing indices are called then.
fn roll_over(client: &Client, stream: &str) -> Vec<String> {
    client
        .ask("POST", &format!("/{stream}/_rollover"), "")
        .expect(200);
    let resolved = client.get(&format!("/_resolve/index/{stream}")).expect(200);
    let names = resolved["data_streams"][0]["backing_indices"].as_array();
    let names = names.expect("a list of backing indices").iter();
    names
        .map(|name| name.as_str().expect("a name").to_owned())
        .collect()
}

/// What is asked and answered, past `jcx`.
pub fn the_ids_query_answers_as_the_reference_page_says(engine: &Engine) -> String {
    let (client, stream) = (engine.client(), "logs-jumpcloud.events-asked");
    let place = Workplace::new();
    place.write("documents.ndjson", &documents(stream, 0..3));
    push(engine, &place, &[]).expect(0);
    let old = roll_over(client, stream)[0].clone();
    let refreshed = client.ask("POST", &format!("/{stream}/_refresh"), "");
    assert_eq!(refreshed.expect(200)["_shards"]["failed"], 0);
    let path = format!(
        "/{stream}/_search?_source=false&allow_partial_search_results=false&filter_path=hits.hits._id,_shards.failed,timed_out"
    );
    let ask = |size: usize, ids: &[&str]| {
        client.post(
            &path,
            &json!({"size": size, "track_total_hits": false, "query": {"ids": {"values": ids}}}),
        )
    };
    let found = ask(2, &["+a/000001=", "other"]).expect(200);
    assert_eq!(found["hits"]["hits"], json!([{"_id": "+a/000001="}]));
    let none = ask(1, &["other"]).expect(200);
    let expected = json!({"timed_out": false, "_shards": {"failed": 0}});
    assert_eq!(none, expected, "an empty list is dropped");
    let wide = ask(10_001, &["other"]);
    assert_eq!(wide.status, 400);
    let reason = "less than or equal to: [10000]";
    assert!(wide.text.contains(reason), "{}", wide.text);
    client
        .ask("POST", &format!("/{old}/_close"), "")
        .expect(200);
    for closed in [
        ask(1, &["other"]),
        client.ask("POST", &format!("/{stream}/_refresh"), ""),
    ] {
        assert_eq!(closed.status, 400, "{}", closed.text);
        assert!(closed.text.contains("index_closed_exception"));
    }
    "found, none, too wide, closed".to_owned()
}

/// Loaded, rolled over, loaded again: nothing new. Then once more with documents that are new.
pub fn a_load_after_a_rollover_stores_nothing_again(engine: &Engine) -> String {
    let stream = "logs-jumpcloud.events-again";
    let place = Workplace::new();
    place.write("documents.ndjson", &documents(stream, 0..500));
    push(engine, &place, &[]).expect(0);
    // At once: the last documents are not refreshed.
    let indices = roll_over(engine.client(), stream);
    assert_eq!(indices.len(), 2, "{indices:?}");
    let counts = |indexed, duplicates| {
        place
            .summary("push.json")
            .expect(&[("indexed", indexed), ("duplicates", duplicates)]);
    };
    push(engine, &place, &["--jobs", "4"]).expect(0);
    counts(0, 500);
    place.write("documents.ndjson", &documents(stream, 400..600));
    push(engine, &place, &["-v"])
        .expect(0)
        .says(&["2 backing indices", "ids looked up"]);
    counts(100, 100);
    assert_eq!(held(engine.client(), stream).len(), 600);
    "500 indexed; rolled over; again: 500 duplicates; 100 new".to_owned()
}

/// A push that reads from a pipe, rolled over while it waits for more: the second half has the first one's ids once more.
pub fn a_rollover_in_the_middle_of_a_push_lets_nothing_in_twice(engine: &Engine) -> String {
    let client = engine.client();
    for (stream, before) in [
        ("logs-jumpcloud.events-middle", 0),
        ("logs-jumpcloud.events-middle2", 2),
    ] {
        let place = Workplace::new();
        place.write("documents.ndjson", &documents(stream, 0..40));
        push(engine, &place, &[]).expect(0);
        for _ in 0..before {
            roll_over(client, stream);
        }
        let (child, mut input) = piped(&place, engine);
        send(&mut input, &documents(stream, 0..300));
        await_count(client, stream, 300);
        roll_over(client, stream);
        send(&mut input, &documents(stream, (200..500).chain(0..100)));
        await_count(client, stream, 500);
        roll_over(client, stream);
        send(&mut input, &documents(stream, (450..510).chain(0..50)));
        drop(input);
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("rolled over"), "{said}");
        let summary = place.summary("push.json");
        summary.expect(&[("read", 810), ("indexed", 470), ("duplicates", 340)]);
        assert_eq!(held(client, stream).len(), 510);
    }
    "810 read, 470 indexed, rolled over twice, none twice".to_owned()
}

fn piped(place: &Workplace, engine: &Engine) -> (Child, ChildStdin) {
    let arguments = ["push", "--es-url", engine.url(), "-v", "--batch-docs", "70"];
    let mut child = place
        .jcx(&[&arguments[..], &["--summary", "push.json"]].concat())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("jcx starts");
    let input = child.stdin.take().expect("a pipe");
    (child, input)
}

fn send(input: &mut ChildStdin, text: &str) {
    input.write_all(text.as_bytes()).expect("jcx reads");
    input.flush().expect("jcx reads");
}

/// Waits until the stream holds so many documents.
fn await_count(client: &Client, stream: &str, count: usize) {
    let begun = Instant::now();
    loop {
        client
            .ask("POST", &format!("/{stream}/_refresh"), "")
            .expect(200);
        let counted: Value = client.get(&format!("/{stream}/_count")).expect(200);
        if counted["count"] == count {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{counted}");
        sleep(Duration::from_millis(50));
    }
}

/// A closed backing index: nobody knows what is in it, so nothing is sent.
pub fn a_closed_backing_index_stops_the_run(engine: &Engine) -> String {
    let (client, stream) = (engine.client(), "logs-jumpcloud.events-closed");
    let place = Workplace::new();
    place.write("documents.ndjson", &documents(stream, 0..10));
    push(engine, &place, &[]).expect(0);
    let old = roll_over(client, stream)[0].clone();
    client
        .ask("POST", &format!("/{old}/_close"), "")
        .expect(200);
    push(engine, &place, &[]).expect(6).says(&[
        "jcx: error",
        "is closed",
        "hint",
        "--dedupe conflict",
    ]);
    place
        .summary("push.json")
        .expect(&[("indexed", 0), ("duplicates", 0), ("bytes_out", 0)]);
    client.ask("POST", &format!("/{old}/_open"), "").expect(200);
    await_count(client, stream, 10);
    push(engine, &place, &[]).expect(0);
    place.summary("push.json").expect(&[("duplicates", 10)]);
    assert_eq!(held(client, stream).len(), 10);
    "exit 6, nothing sent; opened: 10 duplicates".to_owned()
}
