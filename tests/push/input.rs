//! Lines that are no documents, inputs that are cut off or broken, files that are not there, signals.

use super::{
    STREAM, document, documents, expect_counts, id, letters, push, push_with_letters, scripted,
    sizes,
};
use crate::harness::Home;
use crate::samples::http::{Reply, Script, gzip};
use crate::samples::target::{BulkFault, Target};
use std::time::Duration;

fn healthy() -> Target {
    scripted(Script::none())
}

#[test]
fn lines_that_are_no_documents_become_dead_letters_with_their_place() {
    let target = healthy();
    let home = Home::new();
    let long_id = "x".repeat(513);
    let bad: [(&[u8], &str); 10] = [
        (b"not json", "not_json"),
        (b"[1]", "not_an_object"),
        (b"{\"a\":1", "not_json"),
        (b"{\"a\":\"\xff\"}", "not_json"),
        (b"{\"@metadata\":{\"_id\":\"\"}}", "empty_id"),
        (
            &format!("{{\"@metadata\":{{\"_id\":\"{long_id}\"}}}}").into_bytes(),
            "id_too_long",
        ),
        (b"{\"@metadata\":{\"_id\":7}}", "bad_metadata"),
        (b"{\"@metadata\":5}", "bad_metadata"),
        (b"{\"@metadata\":\"a\"}", "bad_metadata"),
        (b"\xef\xbb\xbf{\"a\":1}", "not_json"),
    ];
    let mut lines = documents(1).into_bytes();
    for (line, _) in &bad {
        lines.extend_from_slice(line);
        lines.push(b'\n');
    }
    lines.extend_from_slice(document(1).as_bytes());
    push_with_letters(&home, &target, lines)
        .run()
        .expect_code(3);
    expect_counts(&home, 12, 2, 0, 10);
    assert_eq!(sizes(&target), [2], "none of them was sent");
    for ((line, kind), letter) in bad.iter().zip(letters(&home)) {
        assert_eq!(letter["type"], *kind);
        assert_eq!(letter["source"], "stdin");
        assert_eq!(letter["status"], serde_json::Value::Null);
        match std::str::from_utf8(line) {
            Ok(text) => assert_eq!(letter["record"], text),
            Err(_) => assert!(letter["record_base64"].is_string() && letter["record"].is_null()),
        }
    }
    let places: Vec<_> = letters(&home)
        .iter()
        .map(|letter| letter["line"].as_u64())
        .collect();
    assert_eq!(places, (2..12).map(Some).collect::<Vec<_>>());
}

#[test]
fn without_a_dead_letter_file_a_bad_line_ends_the_run_and_what_stood_before_it_is_delivered() {
    let target = healthy();
    let home = Home::new();
    let lines = documents(3) + "nope\n" + &document(9) + "\n";
    push(&home, &target, lines)
        .run()
        .expect_code(3)
        .expect_error_and_hint("line 4 of stdin: not_json", "--dead-letter");
    expect_counts(&home, 4, 3, 0, 1);
    assert_eq!(sizes(&target), [3]);
}

#[test]
fn a_cut_off_input_is_delivered_up_to_its_last_whole_line() {
    for tail in ["{", "{\"@metadata\":{\"_id\":\"x", "{\"a\":1,"] {
        let target = healthy();
        let home = Home::new();
        push_with_letters(&home, &target, documents(3) + tail)
            .run()
            .expect_code(3)
            .expect_said("stdin is cut off");
        let summary = expect_counts(&home, 3, 3, 0, 0);
        assert_eq!(summary["reasons"], serde_json::json!(["cut_input"]));
        assert_eq!(letters(&home).len(), 0, "the rest is no dead letter");
    }
}

#[test]
fn an_input_that_is_nothing_but_the_mark_ends_with_3_and_asks_no_server() {
    let home = Home::new();
    home.jcx([
        "push",
        "--es-url",
        "http://127.0.0.1:9",
        "--summary",
        "s.json",
    ])
    .input("{")
    .run()
    .expect_code(3);
    expect_counts(&home, 0, 0, 0, 0);
}

#[test]
fn a_last_line_without_its_newline_counts() {
    let target = healthy();
    let home = Home::new();
    push(&home, &target, documents(1) + &document(1)).succeed();
    expect_counts(&home, 2, 2, 0, 0);
}

#[test]
fn files_after_a_cut_off_one_are_still_loaded() {
    let target = healthy();
    let home = Home::new();
    home.file("a", documents(1) + "{\"x");
    home.file("b", document(1) + "\n");
    home.jcx(["push", "a", "b", "--es-url", &target.url()])
        .run()
        .expect_code(3)
        .expect_said("a is cut off in line 2");
    assert_eq!(target.documents(STREAM).len(), 2);
}

#[test]
fn a_broken_gzip_file_is_delivered_as_far_as_it_can_be_read() {
    let target = healthy();
    let home = Home::new();
    let whole = gzip::pack(documents(2000).as_bytes());
    home.file("a.gz", &whole[..whole.len() - 20]);
    home.jcx([
        "push",
        "a.gz",
        "--es-url",
        &target.url(),
        "--summary",
        "s.json",
    ])
    .run()
    .expect_code(7)
    .expect_said("a.gz");
    let stored = target.documents(STREAM).len() as u64;
    assert!(stored > 0);
    assert_eq!(home.summary("s.json")["indexed"].as_u64(), Some(stored));
}

#[test]
fn what_cannot_be_read_or_written_is_said_before_anything_is_sent() {
    let home = Home::new();
    home.file("a", documents(1));
    let nowhere = "http://127.0.0.1:9";
    home.jcx(["push", "missing", "--es-url", nowhere])
        .run()
        .expect_code(2)
        .expect_said("missing");
    home.jcx(["push", ".", "--es-url", nowhere])
        .run()
        .expect_code(2)
        .expect_said("folder");
    home.jcx(["push", "a"])
        .run()
        .expect_code(2)
        .expect_error_and_hint("no server", "--es-url");
    home.jcx(["push", "-", "-", "--es-url", nowhere])
        .run()
        .expect_code(2)
        .expect_said("stdin can be read only once");
    for (flag, value) in [
        ("--batch-bytes", "0"),
        ("--batch-bytes", "five"),
        ("--batch-docs", "0"),
        ("--jobs", "0"),
        ("--pipeline", ""),
    ] {
        home.jcx(["push", "a", "--es-url", nowhere, flag, value])
            .run()
            .expect_code(2);
    }
    let target = healthy().expecting(0..=0);
    home.jcx([
        "push",
        "a",
        "--es-url",
        &target.url(),
        "--dead-letter",
        "no/such/folder",
    ])
    .run()
    .expect_code(7)
    .expect_said("no/such/folder");
    assert_eq!(target.calls().len(), 0);
}

#[test]
fn a_dead_letter_file_that_is_full_ends_the_run() {
    let target = healthy();
    let home = Home::new();
    push(&home, &target, documents(1) + "nope\n")
        .args(["--dead-letter", "/dev/full"])
        .run()
        .expect_code(7)
        .expect_said("/dev/full");
}

#[test]
fn what_pauses_in_a_pipe_goes_on_its_way() {
    let target = healthy();
    let home = Home::new();
    let script = format!(
        "printf '%s\\n' '{}'; sleep 3; printf '%s\\n' '{}'",
        document(0),
        document(1)
    );
    let push = env!("CARGO_BIN_EXE_jcx");
    let line = format!("({script}) | {push} push --es-url {}", target.url());
    let status = std::process::Command::new("sh")
        .args(["-c", &line])
        .current_dir(home.path("."))
        .status()
        .expect("running sh");
    assert!(status.success());
    assert_eq!(sizes(&target), [1, 1]);
    let calls = target.bulk_calls();
    assert!(calls[1].at - calls[0].at > Duration::from_secs(1));
}

#[test]
fn a_signal_ends_the_run_within_two_seconds_and_counts_what_was_confirmed() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let stall = Reply::json(200, "{}").after(Duration::from_secs(20));
        let target = scripted(Script::none().from(3, BulkFault::Answer(stall)));
        let home = Home::new();
        let running = push(&home, &target, documents(10))
            .args(["--batch-docs", "2", "--jobs", "1"])
            .start();
        while target.bulk_calls().len() < 3 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let asked = std::time::Instant::now();
        running.signal(signal);
        running.wait().expect_code(code);
        assert!(asked.elapsed() < Duration::from_secs(2));
        let summary = home.summary("s.json");
        assert_eq!(summary["indexed"], 4);
        assert_eq!(summary["exit"], code);
    }
}

#[test]
fn lines_before_the_first_document_need_no_server_to_become_dead_letters() {
    let target = healthy();
    let home = Home::new();
    // More loads of them than can wait anywhere, and not many more: each of them is synced.
    let lines = "nope\n".repeat(4_000) + &documents(1);
    push_with_letters(&home, &target, lines)
        .args(["--batch-bytes", "10KB"])
        .run()
        .expect_code(3);
    expect_counts(&home, 4_001, 1, 0, 4_000);
}

#[test]
fn an_input_that_comes_late_leaves_the_whole_budget() {
    let target = scripted(Script::none().on(1, BulkFault::Answer(Reply::new(503))));
    let home = Home::new();
    let jcx = env!("CARGO_BIN_EXE_jcx");
    let script = format!(
        "(sleep 4; printf '%s\\n' '{}') | {jcx} push --es-url {} --retry-for 3s",
        document(0),
        target.url()
    );
    let status = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(home.path("."))
        .status()
        .expect("running sh");
    assert!(status.success(), "{status}");
    assert_eq!(sizes(&target), [1, 1]);
}

#[test]
fn lines_that_are_no_documents_need_bounded_memory() {
    let target = healthy();
    let home = Home::new();
    home.file("junk", "x\n".repeat(1_500_000) + &documents(1));
    // Address space in KiB: what keeps the lines until the end does not fit.
    let script = format!(
        "ulimit -v 400000; exec {} push junk --es-url {} --dead-letter /dev/null",
        env!("CARGO_BIN_EXE_jcx"),
        target.url()
    );
    let status = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(home.path("."))
        .status()
        .expect("running sh");
    assert_eq!(status.code(), Some(3), "{status}");
}

#[test]
fn a_byte_order_mark_is_named() {
    let target = healthy().expecting(0..=0);
    let home = Home::new();
    push(&home, &target, "\u{feff}".to_owned() + &documents(2))
        .run()
        .expect_code(3)
        .expect_said("line 1 of stdin: not_json: the line begins with a byte order mark");
}

#[test]
fn a_letter_names_the_id_that_its_document_has() {
    let target = healthy();
    let home = Home::new();
    let elsewhere = document(1).replace(STREAM, "logs-jumpcloud.events-other");
    let beside = document(2).replace("\"n\":", "\"_id\":\"own\",\"n\":");
    let lines = [
        &document(0),
        &elsewhere,
        &beside,
        "{\"_id\":\"own\",\"n\":3}",
        "{\"_id\":7,\"n\":4}",
        "{\"_id\":{},\"n\":5}",
    ];
    push_with_letters(&home, &target, lines.join("\n"))
        .args(["--batch-docs", "1"])
        .run()
        .expect_code(3);
    expect_counts(&home, 6, 1, 0, 5);
    let found: Vec<_> = letters(&home)
        .iter()
        .map(|letter| {
            let text = |name: &str| letter[name].as_str().map(str::to_owned);
            (text("type").expect("a type"), text("_id"))
        })
        .collect();
    let field = |id: Option<&str>| ("metadata_field".to_owned(), id.map(str::to_owned));
    assert_eq!(
        found,
        [
            ("wrong_data_stream".to_owned(), Some(id(1))),
            field(Some(&id(2))),
            field(Some("own")),
            field(Some("7")),
            field(None),
        ]
    );
}

#[test]
fn a_letter_of_a_bulk_body_names_the_id_of_its_action() {
    let target = healthy();
    let home = Home::new();
    let whole = "{\"index\":{\"_id\":\"b\"}}\n{\"@timestamp\":\"2025-03-01T00:00:00Z\"}\n";
    let body = "{\"index\":{\"_id\":\"a\"}}\n{\"_id\":\"own\"}\n".to_owned() + whole;
    push_with_letters(&home, &target, body).run().expect_code(3);
    let letters = letters(&home);
    assert_eq!(letters[0]["type"], "metadata_field");
    assert_eq!(letters[0]["_id"], "a");
}

const RAW: &str = "{\"id\":\"63c264c6c1bd55c1b7e901a4\",\"timestamp\":\"2023-01-14T08:16:06.495Z\",\"service\":\"sso\"}\n";

#[test]
fn raw_events_that_were_not_mapped_are_refused_before_anything_is_sent() {
    for flags in [&[][..], &["--dead-letter", "dead.ndjson"], &["-n"]] {
        let target = healthy().expecting(0..=0);
        let home = Home::new();
        push(&home, &target, RAW.repeat(3))
            .args(flags)
            .run()
            .expect_code(2)
            .expect_error_and_hint("line 1 of stdin is a raw event", "jcx map FILE | jcx push");
        assert_eq!(home.names(), ["s.json"], "{flags:?}");
    }
}

#[test]
fn a_file_of_dead_letters_is_not_taken_for_documents() {
    let target = healthy().expecting(0..=0);
    let home = Home::new();
    let letter =
        "{\"stage\":\"push\",\"type\":\"x\",\"reason\":\"r\",\"_id\":null,\"record\":\"{}\"}\n";
    let of_map = letter.replace("push", "map").replace("\"_id\":null,", "");
    for (line, hint) in [
        (letter.to_owned(), "--from-dead-letter"),
        (of_map, "| jcx map"),
    ] {
        push(&home, &target, line)
            .run()
            .expect_code(2)
            .expect_error_and_hint("is a dead letter", hint);
    }
}

#[test]
fn what_holds_no_documents_at_all_is_told_what_to_type() {
    let target = healthy().expecting(0..=0);
    let home = Home::new();
    std::fs::create_dir(home.path("day")).expect("a folder");
    for (input, said, hint) in [
        (
            "@timestamp,event.id\r\n2025,a\r\n",
            "not_json",
            "--format csv",
        ),
        ("[\n{}\n]\n", "jq -c '.[]'", "one JSON object a line"),
        ("[{\"a\":1}]\n", "jq -c '.[]'", "--dead-letter"),
    ] {
        let run = push(&home, &target, input).run().expect_code(3);
        run.expect_error_and_hint(said, hint);
    }
    let run = home.jcx(["push", "day", "--es-url", &target.url()]).run();
    run.expect_code(2)
        .expect_error_and_hint("day is a folder", "jcx map day | jcx push");
    let run = home
        .jcx(["push", "-", "-", "--es-url", &target.url()])
        .run();
    run.expect_code(2)
        .expect_error_and_hint("only once", "name `-` once");
}

#[test]
fn raw_events_for_an_index_are_warned_of() {
    let target = healthy();
    let home = Home::new();
    push(&home, &target, RAW)
        .args(["--index", "raw-events"])
        .succeed()
        .expect_said("line 1 of stdin is a raw event");
    assert_eq!(target.documents("raw-events").len(), 1);
    // Whoever says where the id is, or names a pipeline, knows what they are.
    for flags in [["--id-field", "id"], ["--pipeline", "p"]] {
        push(&home, &target, RAW)
            .args(["--index", "raw-events"])
            .args(flags)
            .run()
            .expect_unsaid("is a raw event");
    }
}
