//! Two nodes of one cluster, and a load through both while one of them is killed and comes back.
//!
//! What a simulated server cannot vouch for: what a real node leaves behind when it is killed under a request, and what
//! the rest of the cluster then says.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::process::{Child, ChildStdin, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::document::id_and_source;
use crate::engine::Engine;
use crate::load::{event, is_held};
use crate::workplace::Workplace;

const STREAM: &str = "logs-jumpcloud.events-pair";

/// Enough for requests to be under way at any moment, in batches of 50.
const DOCUMENTS: usize = 12_000;

/// So many documents, then the node is killed, so many, then it comes back, and the rest.
const LIVES: usize = 4_000;

/// No load of this size takes longer, however busy the machine.
const PATIENCE: Duration = Duration::from_mins(3);

/// A load that is fed while the cluster changes.
struct Load {
    jcx: Child,
    input: ChildStdin,
}

impl Load {
    fn start(place: &Workplace, nodes: &[Engine; 2]) -> Self {
        let [lasting, passing] = nodes.each_ref().map(Engine::url);
        let mut arguments = vec!["push", "--es-url", lasting, "--es-url", passing];
        arguments.extend([
            "--batch-docs",
            "50",
            "--jobs",
            "4",
            "-vv",
            "--summary",
            "push.json",
        ]);
        let log = File::create(place.path("push.err")).expect("a file for errors");
        let mut jcx = place
            .jcx(&arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("jcx starts");
        let input = jcx.stdin.take().expect("a pipe");
        Self { jcx, input }
    }

    fn feed(&mut self, lines: &[&str]) {
        for line in lines {
            writeln!(self.input, "{line}").expect("jcx reads on");
        }
    }

    /// The exit code, once it has read everything.
    fn end(mut self) -> Option<i32> {
        drop(self.input);
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.jcx.try_wait().expect("a child of ours") {
                return status.code();
            }
            sleep(Duration::from_millis(20));
        }
        let _ = self.jcx.kill();
        None
    }
}

/// Nothing is lost and nothing is there twice, whoever held the documents when the node was killed.
pub fn a_node_is_killed_in_the_middle_of_a_load(start: fn() -> [Engine; 2]) {
    let begun = Instant::now();
    let mut nodes = start();
    let name = nodes[0].name();
    let place = Workplace::new();
    let documents = documents(&place, &nodes[0]);
    let lines: Vec<&str> = documents.lines().collect();
    assert_eq!(lines.len(), DOCUMENTS);
    load_through(&place, &mut nodes, &lines);
    let summary = place.summary("push.json");
    summary.expect(&[("read", DOCUMENTS), ("rejected", 0), ("exit", 0)]);
    let counted = summary.count("indexed") + summary.count("duplicates");
    assert_eq!(counted, DOCUMENTS);
    let expected: BTreeMap<String, String> = lines
        .iter()
        .map(|line| id_and_source(line, STREAM))
        .collect();
    assert_eq!(
        expected.len(),
        DOCUMENTS,
        "every document has an id of its own"
    );
    for node in &nodes {
        is_held(node, STREAM, &expected);
    }
    eprintln!(
        "{name}: a node killed in the middle ... ok ({:.1?}; {DOCUMENTS} once, {} found by their id, {} retries)",
        begun.elapsed(),
        summary.count("duplicates"),
        summary.count("retries")
    );
    // The one that the other depends on goes last.
    let [lasting, passing] = nodes;
    passing.stop();
    lasting.stop();
}

/// Feeds a load while the second node is killed and comes back; it ends well, and the node was asked again.
fn load_through(place: &Workplace, nodes: &mut [Engine; 2], lines: &[&str]) {
    let mut load = Load::start(place, nodes);
    load.feed(&lines[..LIVES / 2]);
    await_copies(&nodes[0]);
    // The pipe holds some, so requests are under way when the node goes.
    load.feed(&lines[LIVES / 2..LIVES]);
    nodes[1].kill();
    load.feed(&lines[LIVES..2 * LIVES]);
    nodes[1].revive();
    let since = said(place).len();
    let is_asked = || {
        let (log, post) = (said(place), format!("POST {}/", nodes[1].url()));
        let mut lines = log[since..].lines();
        lines.any(|line| line.contains(&post) && line.contains(": 200 in"))
    };
    // The node may have half a minute of rest left, which the load has to outlast.
    for some in lines[2 * LIVES..].chunks(50) {
        load.feed(some);
        if !is_asked() {
            sleep(Duration::from_millis(500));
        }
    }
    let code = load.end();
    let log = said(place);
    let tail = |log: &str| log[log.len().saturating_sub(4000)..].to_owned();
    assert_eq!(code, Some(0), "{}", tail(&log));
    let passing = nodes[1].url().to_owned();
    assert!(
        log.contains(&format!("{passing} rests for ")),
        "{}",
        tail(&log)
    );
    assert!(is_asked(), "not asked again: {}", tail(&log));
}

/// The template on the cluster, and documents for it.
fn documents(place: &Workplace, node: &Engine) -> String {
    let install = [
        "template",
        "--install",
        "--data-stream",
        STREAM,
        "--es-url",
        node.url(),
    ];
    place.run(&install).expect(0);
    let events: String = (0..DOCUMENTS).map(event).collect();
    place.write("events.ndjson", &events);
    let map = [
        "map",
        "events.ndjson",
        "--data-stream",
        STREAM,
        "-o",
        "documents.ndjson",
    ];
    place.run(&map).expect(0);
    place.read("documents.ndjson")
}

/// Waits until the stream is there, with a copy of every shard on either node: only then nothing that was acknowledged
/// hangs on one of them.
fn await_copies(node: &Engine) {
    let begun = Instant::now();
    let health = format!("/_cluster/health/{STREAM}?wait_for_status=green&timeout=30s");
    loop {
        let reply = node.client().get(&health);
        if reply.status == 200 && reply.expect(200)["active_shards"].as_u64() > Some(1) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "no copies: {}", reply.text);
        sleep(Duration::from_millis(100));
    }
}

fn said(place: &Workplace) -> String {
    let bytes = fs::read(place.path("push.err")).expect("what jcx says is there");
    String::from_utf8_lossy(&bytes).into_owned()
}
