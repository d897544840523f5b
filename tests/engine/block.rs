//! Blocks and forbidden targets on a real server: none of it is a document's fault, and what passes is waited for.

use std::fs::{self, File};
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Client;
use crate::document::{exists, held};
use crate::engine::{Engine, Flavor};
use crate::refusal::{good, push};
use crate::workplace::{Ran, Workplace};

/// No load of a few documents takes longer, however busy the machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A setting of the cluster or of an index; taken back when it is dropped, also when a check has failed.
struct Setting<'a> {
    client: &'a Client,
    path: String,
    name: &'static str,
}

impl<'a> Setting<'a> {
    fn of_index(engine: &'a Engine, index: &str, name: &'static str) -> Self {
        Self::made(engine, format!("/{index}/_settings"), name, &json!(true))
    }

    fn of_cluster(engine: &'a Engine, name: &'static str, value: &Value) -> Self {
        Self::made(engine, "/_cluster/settings".to_owned(), name, value)
    }

    fn made(engine: &'a Engine, path: String, name: &'static str, value: &Value) -> Self {
        let made = Self {
            client: engine.client(),
            path,
            name,
        };
        made.put(value);
        made
    }

    fn put(&self, value: &Value) {
        let mut settings = json!({self.name: value});
        if self.path.starts_with("/_cluster") {
            settings = json!({"persistent": settings});
        }
        self.client.put(&self.path, &settings).expect(200);
    }
}

impl Drop for Setting<'_> {
    fn drop(&mut self) {
        self.put(&Value::Null);
    }
}

/// A block for writes blames no document: the run stops, and the same command works once it is taken away.
pub fn a_blocked_index_stops_the_run_and_blames_no_document(engine: &Engine) -> String {
    let stream = "logs-jumpcloud.events-blocked";
    let place = begun(engine, stream);
    let block = Setting::of_index(engine, stream, "index.blocks.write");
    stops(&place, engine, &[]);
    place.summary("summary.json").expect(&[("retries", 0)]);
    drop(block);
    goes_on(&place, engine);
    "exit 6 at once, no dead letter; then 1 indexed".to_owned()
}

/// The flood stage comes as pressure on each document: worth waiting for, but not for ever.
pub fn a_full_disk_is_waited_for_and_named(engine: &Engine) -> String {
    let stream = "logs-jumpcloud.events-flooded";
    let place = begun(engine, stream);
    let block = Setting::of_index(engine, stream, "index.blocks.read_only_allow_delete");
    let begun = Instant::now();
    stops(&place, engine, &["--retry-for", "3s"]).says(&["disk is too full"]);
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
    let waited = place.summary("summary.json").count("retries");
    assert!(waited > 0, "not tried again");
    drop(block);
    goes_on(&place, engine);
    format!("exit 6 after {took:.1?} and {waited} retries; then 1 indexed")
}

/// Space is freed while the run tries again.
pub fn a_disk_that_is_freed_in_time_ends_the_waiting(engine: &Engine) -> String {
    let stream = "logs-jumpcloud.events-drained";
    let place = begun(engine, stream);
    let numbers = 0..300;
    let text: String = numbers
        .map(|number| good(stream, &format!("{number}")))
        .collect();
    place.write("documents.ndjson", &text);
    let block = Setting::of_index(engine, stream, "index.blocks.read_only_allow_delete");
    let mut load = started(&place, engine);
    await_word(&place, &mut load, "put off");
    drop(block);
    let code = ended(&mut load);
    let said = said(&place);
    assert_eq!(code, Some(0), "{said}");
    let summary = place.summary("summary.json");
    summary.expect(&[("indexed", 300), ("rejected", 0)]);
    assert!(place.lines("dead.ndjson").is_empty());
    assert_eq!(held(engine.client(), stream).len(), 301);
    let [items, retries] = ["retried_items", "retries"].map(|name| summary.count(name));
    assert!(items > 0, "{said}");
    format!("300 indexed, {retries} retries, {items} documents put off")
}

/// A whole cluster that only reads refuses requests, and no privilege would help.
pub fn a_cluster_that_only_reads_stops_the_run_at_once(engine: &Engine) -> String {
    let there = "logs-jumpcloud.events-readonly";
    let place = begun(engine, there);
    let block = Setting::of_cluster(engine, "cluster.blocks.read_only", &json!(true));
    let absent = "logs-jumpcloud.events-readonly2";
    for stream in [there, absent] {
        place.write("documents.ndjson", &good(stream, "during"));
        let ran = stops(&place, engine, &[]);
        assert!(!ran.stderr.contains("grant "), "{}", ran.shown());
        place.summary("summary.json").expect(&[("retries", 0)]);
    }
    drop(block);
    assert!(!exists(engine.client(), absent));
    place.write("documents.ndjson", &good(there, "during"));
    goes_on(&place, engine);
    "exit 6 at once, for a stream that is there and one that is not; then 1 indexed".to_owned()
}

/// `OpenSearch` obeys; Elasticsearch makes a stream all the same when a template declares it.
pub fn a_stream_that_may_not_be_made_stops_the_run(engine: &Engine) -> String {
    let stream = "logs-jumpcloud.events-unmade";
    let setting = Setting::of_cluster(engine, "action.auto_create_index", &json!(false));
    let place = Workplace::new();
    place.write("documents.ndjson", &good(stream, "during"));
    if engine.flavor() == Flavor::Elasticsearch {
        goes_on(&place, engine);
        assert!(exists(engine.client(), stream));
        return "made all the same".to_owned();
    }
    stops(&place, engine, &[]).says(&[stream, "action.auto_create_index"]);
    assert!(!exists(engine.client(), stream));
    drop(setting);
    goes_on(&place, engine);
    "exit 6, no dead letter; then 1 indexed".to_owned()
}

/// A stream that holds a document, and a file with another one.
fn begun(engine: &Engine, stream: &str) -> Workplace {
    let place = Workplace::new();
    place.write("documents.ndjson", &good(stream, "before"));
    push(&place, engine, &[]).expect(0);
    place.write("documents.ndjson", &good(stream, "during"));
    place
}

/// The run ends with 6, and no document has a fate.
fn stops(place: &Workplace, engine: &Engine, more: &[&str]) -> Ran {
    let ran = push(
        place,
        engine,
        &[&["--dead-letter", "dead.ndjson"], more].concat(),
    );
    let ran = ran.expect(6).says(&["jcx: error"]);
    let none = [
        ("indexed", 0),
        ("duplicates", 0),
        ("rejected", 0),
        ("dead_letters", 0),
    ];
    place.summary("summary.json").expect(&none);
    assert!(place.lines("dead.ndjson").is_empty());
    ran
}

/// The same command, once nothing is in the way.
fn goes_on(place: &Workplace, engine: &Engine) {
    push(place, engine, &["--dead-letter", "dead.ndjson"]).expect(0);
    place.summary("summary.json").expect(&[("indexed", 1)]);
}

fn started(place: &Workplace, engine: &Engine) -> Child {
    let log = File::create(place.path("push.err")).expect("a file for errors");
    let mut arguments = vec!["push", "documents.ndjson", "--es-url", engine.url(), "-v"];
    arguments.extend(["--dead-letter", "dead.ndjson", "--summary", "summary.json"]);
    let mut jcx = place.jcx(&arguments);
    jcx.stderr(log).spawn().expect("jcx starts")
}

fn said(place: &Workplace) -> String {
    let bytes = fs::read(place.path("push.err")).expect("what jcx says is there");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn await_word(place: &Workplace, load: &mut Child, word: &str) {
    let begun = Instant::now();
    while !said(place).contains(word) {
        let early = load.try_wait().expect("a child of ours");
        assert!(early.is_none(), "{early:?}: {}", said(place));
        if begun.elapsed() > PATIENCE {
            let _ = load.kill();
            panic!("never said: {}", said(place));
        }
        sleep(Duration::from_millis(20));
    }
}

/// The exit code; nothing where it did not end.
fn ended(load: &mut Child) -> Option<i32> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(status) = load.try_wait().expect("a child of ours") {
            return status.code();
        }
        sleep(Duration::from_millis(20));
    }
    let _ = load.kill();
    None
}
