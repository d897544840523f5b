//! `jcx push --state FILE` with inputs that are no mapped documents: bulk bodies, raw events, documents of other tools.

use super::resume::{append, shown};
use super::{STREAM, document, documents, expect_counts, letters, scripted, sizes};
use crate::harness::{Home, Jcx};
use crate::samples::http::{Reply, Script};
use crate::samples::target::{BulkFault, Target};
use serde_json::json;
use std::time::Duration;

fn push(home: &Home, target: &Target, arguments: &[&str]) -> Jcx {
    home.jcx(["push", "--es-url", &target.url(), "--summary", "s.json"])
        .args(["--state", "load.state"])
        .args(arguments)
}

fn pair(id: usize) -> String {
    format!(
        "{{\"create\":{{\"_id\":\"{id}\"}}}}\n{{\"@timestamp\":\"2025-03-01T00:00:00Z\",\"n\":{id}}}\n"
    )
}

fn pairs(from: usize, to: usize) -> String {
    (from..to).map(pair).collect()
}

#[test]
fn a_position_never_lies_between_an_action_and_its_document() {
    for signal in ["TERM", "KILL"] {
        for documents in ["1", "3"] {
            let stall = BulkFault::Answer(Reply::json(200, "{}").after(Duration::from_secs(30)));
            let target = scripted(Script::none().on(3, stall));
            let home = Home::new();
            home.file("body", pairs(0, 12));
            let running = push(&home, &target, &["body", "--batch-docs", documents])
                .args(["--jobs", "1"])
                .start();
            while target.bulk_calls().len() < 3 {
                std::thread::sleep(Duration::from_millis(5));
            }
            if signal == "KILL" {
                std::thread::sleep(Duration::from_millis(1_500));
            }
            running.signal(signal);
            running.wait();
            let settled: u64 = 2 * documents.parse::<u64>().expect("a number");
            assert_eq!(shown(&home)["files"][0]["lines"], 2 * settled);
            push(&home, &target, &["body"]).succeed();
            expect_counts(&home, 12 - settled, 12 - settled, 0, 0);
            for id in 0..12 {
                assert!(target.document(STREAM, &id.to_string()).is_some(), "{id}");
            }
            assert_eq!(target.documents(STREAM).len(), 12);
        }
    }
}

#[test]
fn a_run_that_goes_on_knows_from_the_first_line_what_an_input_is() {
    let target = scripted(Script::none());
    let home = Home::new();
    home.file("body", pairs(0, 1) + "nope\n" + &pairs(1, 2));
    push(&home, &target, &["body"])
        .run()
        .expect_code(3)
        .expect_said("line 3 of body: not_json");
    assert_eq!(shown(&home)["files"][0]["lines"], 2);
    push(&home, &target, &["body", "--dead-letter", "dead.ndjson"])
        .run()
        .expect_code(3);
    expect_counts(&home, 2, 1, 0, 1);
    assert!(target.document(STREAM, "1").is_some());

    // And a document that looks like an action stays one.
    let home = Home::new();
    home.file("documents", document(0) + "\n");
    let again = || push(&home, &target, &["documents", "--index", "plain"]);
    again().succeed();
    append(
        &home,
        "documents",
        "{\"index\":{}}\n".to_owned() + &document(1),
    );
    again().succeed();
    let summary = expect_counts(&home, 2, 2, 0, 0);
    assert_eq!(summary["without_id"], 1);
}

#[test]
fn an_action_without_its_document_waits_for_it() {
    let target = scripted(Script::none());
    let home = Home::new();
    let whole = pair(2);
    let (action, document) = whole.split_at(whole.find('\n').expect("two lines") + 1);
    home.file("a", pairs(0, 2) + action);
    home.file("b", pairs(3, 4));
    for stored in [3, 0] {
        push(&home, &target, &["a", "b"])
            .run()
            .expect_code(3)
            .expect_said("a is cut off behind line 5");
        expect_counts(&home, stored, stored, 0, 0);
        let state = shown(&home);
        assert_eq!(state["files"][0]["lines"], 4, "{state}");
        assert_eq!(state["files"][0]["ended"], false, "{state}");
        assert_eq!(state["files"][1]["ended"], true, "{state}");
    }
    append(&home, "a", document);
    push(&home, &target, &["a", "b"]).succeed();
    expect_counts(&home, 1, 1, 0, 0);
    assert!(target.document(STREAM, "2").is_some());
    assert_eq!(sizes(&target).iter().sum::<usize>(), 4);
}

fn event(text: &str) -> String {
    format!(
        "{{\"id\":\"63c264c6c1bd55c1b7e901a4\",\"timestamp\":\"2023-01-14T08:16:06.495Z\",\"a\":\"{text}\",\"service\":\"sso\"}}\n"
    )
}

#[test]
fn raw_events_are_given_the_ids_that_one_run_would_give_them() {
    let raw = ["--raw", "--pipeline", "p", "--dead-letter", "dead.ndjson"];
    let ids = |target: &Target| {
        let mut ids: Vec<String> = target
            .documents(STREAM)
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        ids.sort();
        ids
    };
    let whole = scripted(Script::none());
    let home = Home::new();
    home.file("events", event("one") + "\n" + &event("two"));
    push(&home, &whole, &["events"]).args(raw).succeed();
    expect_counts(&home, 2, 2, 0, 0);

    let target = scripted(Script::none());
    let home = Home::new();
    home.file("events", event("one"));
    push(&home, &target, &["events"]).args(raw).succeed();
    append(&home, "events", "\n".to_owned() + &event("two") + "nope\n");
    push(&home, &target, &["events"])
        .args(raw)
        .run()
        .expect_code(3);
    expect_counts(&home, 2, 1, 0, 1);
    assert_eq!(letters(&home)[0]["line"], 4);
    assert_eq!(ids(&target), ids(&whole));
}

/// The second of two events with one `_id` stands in another file than the first, which an earlier run has loaded whole.
#[test]
fn raw_events_are_told_apart_from_those_of_files_that_were_loaded_before() {
    let raw = ["--raw", "--pipeline", "p"];
    let other = event("other").replace("63c2", "63c3");
    for between in [String::new(), other.repeat(3)] {
        let whole = scripted(Script::none());
        let home = Home::new();
        let files = |home: &Home| {
            home.file("a", event("one") + &other);
            home.file("b", &between);
            home.file("c", event("two"));
        };
        files(&home);
        push(&home, &whole, &["a", "b", "c"]).args(raw).succeed();
        expect_counts(
            &home,
            3 + between.lines().count() as u64,
            3,
            between.lines().count() as u64,
            0,
        );

        let target = scripted(Script::none());
        let home = Home::new();
        files(&home);
        push(&home, &target, &["a"]).args(raw).succeed();
        push(&home, &target, &["a", "b"]).args(raw).succeed();
        push(&home, &target, &["a", "b", "c"]).args(raw).succeed();
        expect_counts(&home, 1, 1, 0, 0);
        assert_eq!(
            target.documents(STREAM).len(),
            whole.documents(STREAM).len()
        );
    }
}

#[test]
fn a_run_that_would_give_other_ids_is_refused() {
    let target = scripted(Script::none());
    let event_id = ["--id-field", "event.id"];
    let raw = ["--raw", "--pipeline", "p"];
    let none = ["--dedupe", "none"];
    let cases: [(&[&str], &[&str], &str); 5] = [
        (
            &[],
            &event_id,
            "without --id-field, this run with --id-field event.id",
        ),
        (
            &event_id,
            &["--id-field", "n"],
            "this run with --id-field n",
        ),
        (&raw, &[], "with --raw, this run without --raw"),
        (&[], &none, "this run with --dedupe none"),
        (
            &none,
            &["--dedupe", "conflict"],
            "this run without --dedupe",
        ),
    ];
    for (then, now, part) in cases {
        let home = Home::new();
        let lines = if then == raw {
            event("x")
        } else {
            documents(1)
        };
        home.file("a", lines);
        push(&home, &target, &["a"]).args(then).succeed();
        let calls = target.calls().len();
        push(&home, &target, &["a"])
            .args(now)
            .run()
            .expect_code(2)
            .expect_said(part);
        assert_eq!(target.calls().len(), calls);
        push(&home, &target, &["a"]).args(then).succeed();
    }
    let home = Home::new();
    home.file("a", documents(1));
    push(&home, &target, &["a"])
        .args(["--dedupe", "conflict", "--ingested"])
        .succeed();
    push(&home, &target, &["a"]).succeed();
    assert_eq!(shown(&home)["ids"], json!({}));
}

#[test]
fn a_state_needs_a_load_that_can_be_gone_on_with() {
    let target = scripted(Script::none()).expecting(0..=0);
    let home = Home::new();
    home.file("a", documents(1));
    for (arguments, flag) in [
        (
            &["--from-dead-letter", "a", "--dead-letter", "new"][..],
            "--from-dead-letter",
        ),
        (&["-n", "a"], "--dry-run"),
    ] {
        push(&home, &target, arguments)
            .run()
            .expect_code(2)
            .expect_error_and_hint(
                &format!("--state and {flag} contradict each other"),
                "leave --state out",
            );
    }
    let mut mkfifo = std::process::Command::new("mkfifo");
    let made = mkfifo.arg(home.path("pipe")).status().expect("mkfifo");
    assert!(made.success());
    for letters in ["-", "pipe", "/dev/stdout"] {
        push(&home, &target, &["a", "--dead-letter", letters])
            .run()
            .expect_code(2)
            .expect_stdout("")
            .expect_error_and_hint(
                "--state and --dead-letter into a pipe contradict each other",
                "a regular file",
            );
    }
    let mut names = home.names();
    names.retain(|name| name != "s.json" && name != "pipe");
    assert_eq!(names, ["a"], "nothing was written");
}
