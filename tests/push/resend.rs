//! `--from-dead-letter`: what was refused is sent again, and nothing of the old file is lost.

use super::{STREAM, document, documents, expect_counts, id, push_with_letters, scripted};
use crate::harness::{Home, Jcx};
use crate::samples::http::Script;
use crate::samples::target::{Item, Refusal, Setup, Target};
use serde_json::{Value, json};

fn refusing(part: &str) -> Target {
    Target::with_template(Setup {
        refusals: vec![Refusal::of(
            part,
            Item::refused(400, "mapper_parsing_exception", "no"),
        )],
        ..Setup::default()
    })
}

fn resend(home: &Home, target: &Target) -> Jcx {
    home.jcx([
        "push",
        "--from-dead-letter",
        "dead.ndjson",
        "--dead-letter",
        "new.ndjson",
    ])
    .args(["--es-url", &target.url(), "--summary", "s.json"])
}

fn lines(home: &Home, name: &str) -> Vec<String> {
    let text = String::from_utf8(home.read(name)).expect("text");
    text.lines().map(str::to_owned).collect()
}

fn json_lines(home: &Home, name: &str) -> Vec<Value> {
    let parse = |line: &String| serde_json::from_str(line).expect("JSON");
    lines(home, name).iter().map(parse).collect()
}

#[test]
fn what_was_refused_is_sent_again_and_what_still_fails_is_in_the_new_file() {
    let home = Home::new();
    push_with_letters(&home, &refusing("\"n\":"), documents(5) + "nope\n")
        .run()
        .expect_code(3);
    assert_eq!(lines(&home, "dead.ndjson").len(), 6);
    let old = home.read("dead.ndjson");
    let target = refusing("\"n\":3");
    resend(&home, &target).run().expect_code(3);
    expect_counts(&home, 6, 4, 0, 2);
    assert_eq!(home.read("dead.ndjson"), old, "the old file stays");
    let mut new = json_lines(&home, "new.ndjson");
    new.sort_by_key(|letter| letter["line"].as_u64());
    for (letter, record) in new.iter().zip([json!("nope"), json!(document(3))]) {
        assert_eq!(letter["record"], record);
        assert_eq!(letter["source"], "dead.ndjson");
    }
    assert_eq!(new[1]["_id"], id(3));
    assert_eq!(
        target.document(STREAM, &id(4)).as_deref(),
        Some("{\"@timestamp\":\"2025-03-01T00:00:00.004Z\",\"n\":4}")
    );
    // And once more, with a server that takes all of it.
    home.file("dead.ndjson", lines(&home, "new.ndjson").join("\n"));
    std::fs::remove_file(home.path("new.ndjson")).expect("removed");
    resend(&home, &target).run().expect_code(3);
    expect_counts(&home, 2, 0, 0, 2);
}

#[test]
fn an_id_that_the_record_does_not_say_is_the_letters() {
    let home = Home::new();
    let line = "{\"@timestamp\":\"2025-03-01T00:00:00Z\",\"key\":\"k1\"}\n";
    push_with_letters(&home, &refusing("key"), line)
        .args(["--id-field", "key"])
        .run()
        .expect_code(3);
    let target = scripted(Script::none());
    resend(&home, &target).succeed();
    assert!(target.document(STREAM, "k1").is_some());
}

#[test]
fn both_lines_of_a_bulk_body_come_back() {
    let home = Home::new();
    let body = "{\"index\":{\"_id\":\"a\"}}\n{\"@timestamp\":\"2025-03-01T00:00:00Z\"}\n{\"delete\":{\"_id\":\"b\"}}\n";
    push_with_letters(&home, &refusing("timestamp"), body)
        .run()
        .expect_code(3);
    let old = lines(&home, "dead.ndjson");
    let target = scripted(Script::none());
    resend(&home, &target)
        .run()
        .expect_code(3)
        .expect_said("1 dead letters hold nothing that this run can send");
    expect_counts(&home, 2, 1, 0, 1);
    assert!(target.document(STREAM, "a").is_some());
    let kept: Vec<_> = old
        .iter()
        .filter(|line| line.contains("delete"))
        .cloned()
        .collect();
    assert_eq!(
        lines(&home, "new.ndjson"),
        kept,
        "not sent, and kept to the byte"
    );
}

#[test]
fn letters_that_hold_no_document_are_kept_as_they_are() {
    let home = Home::new();
    let letters = [
        r#"{"stage":"map","source":"x","line":3, "reason":"r","record":"nope"}"#,
        r#"{"stage":"push","source":"x","line":4,"status":null,"type":"line_too_long","reason":"r","_id":null}"#,
        r#"{"stage":"push","type":"x","record":"{}","raw":true}"#,
        r#"{"a":1}"#,
        r#"{"stage":"pu"#,
    ];
    let sent = json!({"stage": "push", "record": document(0)});
    home.file(
        "dead.ndjson",
        letters.join("\n") + "\n" + &sent.to_string() + "\n",
    );
    let target = scripted(Script::none());
    let outcome = resend(&home, &target).run().expect_code(3);
    expect_counts(&home, 6, 1, 0, 5);
    outcome.expect_said("4 dead letters hold nothing");
    let new = lines(&home, "new.ndjson");
    assert_eq!(new[..4], letters[..4]);
    let torn: Value = serde_json::from_str(&new[4]).expect("JSON");
    assert_eq!(
        (&torn["type"], &torn["record"]),
        (&json!("not_json"), &json!(letters[4]))
    );
}

#[test]
fn a_letters_own_id_that_no_server_takes_refuses_no_other() {
    let anonymous = "{\"@timestamp\":\"2025-03-01T00:00:00Z\"}";
    let letter = |id: &str, record: &str| json!({"stage": "push", "_id": id, "record": record});
    let long = "x".repeat(513);
    let kept = [letter(&long, anonymous), letter("", anonymous)].map(|letter| letter.to_string());
    let sent = [
        letter(&long[1..], anonymous),
        // Its record has one of its own.
        letter(&long, &document(0)),
    ]
    .map(|letter| letter.to_string());
    let home = Home::new();
    let all = [&kept[..], &sent[..]].concat().join("\n");
    home.file("dead.ndjson", all + "\n");
    let target = scripted(Script::none());
    let outcome = resend(&home, &target).run().expect_code(3);
    expect_counts(&home, 4, 2, 0, 2);
    outcome.expect_said("2 dead letters hold nothing that this run can send");
    assert_eq!(lines(&home, "new.ndjson"), kept, "to the byte");
    assert!(target.document(STREAM, &long[1..]).is_some());
    assert_eq!(target.bulk_calls().len(), 1);
    let event = "{\"id\":\"63c264c6c1bd55c1b7e901a4\",\"timestamp\":\"2023-01-14T08:16:06.495Z\"}";
    let raw = json!({"stage": "push", "_id": long, "raw": true, "record": event}).to_string();
    home.file("dead.ndjson", format!("{raw}\n"));
    std::fs::remove_file(home.path("new.ndjson")).expect("removed");
    let raw_events = resend(&home, &target).args(["--raw", "--pipeline", "p"]);
    raw_events.run().expect_code(3);
    assert_eq!(lines(&home, "new.ndjson"), [raw]);
}

#[test]
fn raw_events_are_sent_again_as_raw_events() {
    let home = Home::new();
    let event = r#"{"id":"63c264c6c1bd55c1b7e901a4","timestamp":"2023-01-14T08:16:06.495Z"}"#;
    let raw = ["--raw", "--pipeline", "p"];
    push_with_letters(&home, &refusing("message"), event)
        .args(raw)
        .run()
        .expect_code(3);
    let letter = &json_lines(&home, "dead.ndjson")[0];
    assert_eq!(
        (&letter["record"], &letter["raw"]),
        (&json!(event), &json!(true))
    );
    assert_eq!(letter["_id"], "+n2ZBv39b9wASQ0vnepOMg==");
    let target = scripted(Script::none());
    resend(&home, &target).args(raw).succeed();
    let stored = target
        .document(STREAM, "+n2ZBv39b9wASQ0vnepOMg==")
        .expect("stored");
    assert!(stored.contains("\"message\":"), "{stored}");
}

#[test]
fn a_raw_event_goes_again_with_the_id_that_tells_it_from_another_one() {
    let event = |text: &str| {
        format!(
            "{{\"id\":\"63c264c6c1bd55c1b7e901a4\",\"timestamp\":\"2023-01-14T08:16:06.495Z\",\"a\":\"{text}\"}}\n"
        )
    };
    let (home, raw) = (Home::new(), ["--raw", "--pipeline", "p"]);
    push_with_letters(&home, &refusing("two"), event("one") + &event("two"))
        .args(raw)
        .run()
        .expect_code(3);
    let given = json_lines(&home, "dead.ndjson")[0]["_id"].clone();
    let target = scripted(Script::none());
    let first = home.jcx(["push", "--es-url", &target.url()]);
    first.args(raw).input(event("one")).succeed();
    resend(&home, &target).args(raw).succeed();
    expect_counts(&home, 1, 1, 0, 0);
    let stored = target.document(STREAM, given.as_str().expect("an id"));
    assert!(stored.is_some_and(|document| document.contains("two")));
}

#[test]
fn the_new_file_must_be_another_one() {
    let home = Home::new();
    home.file("dead.ndjson", "");
    std::fs::hard_link(home.path("dead.ndjson"), home.path("hard")).expect("linked");
    std::os::unix::fs::symlink("dead.ndjson", home.path("soft")).expect("linked");
    let again = |new: &str| {
        home.jcx([
            "push",
            "--from-dead-letter",
            "dead.ndjson",
            "--dead-letter",
            new,
        ])
        .args(["--es-url", "http://127.0.0.1:9"])
    };
    for new in ["dead.ndjson", "./dead.ndjson", "hard", "soft"] {
        again(new).run().expect_code(2).expect_said("the same file");
    }
    let without = home.jcx(["push", "--from-dead-letter", "dead.ndjson"]);
    without.run().expect_code(2).expect_said("--dead-letter");
    again("new").arg("more").run().expect_code(2);
    again("new").succeed();
}

#[test]
fn a_file_of_documents_is_not_taken_for_dead_letters() {
    let home = Home::new();
    home.file("dead.ndjson", documents(3));
    let target = scripted(Script::none()).expecting(0..=0);
    resend(&home, &target)
        .run()
        .expect_code(2)
        .expect_error_and_hint("dead.ndjson is no file of dead letters", "--dead-letter");
}

/// Letters for two streams, as a user has them who mapped for two and loads with one `--dead-letter`.
fn letters_of_two(home: &Home) -> Vec<String> {
    let line = |number: usize, stream: &str| document(number).replace(STREAM, stream);
    let records = [
        line(0, STREAM),
        line(1, "logs-jumpcloud.events-other"),
        line(2, STREAM),
        "{\"@timestamp\":\"2025-03-01T00:00:00Z\",\"names\":\"none\"}".to_owned(),
    ];
    let letter =
        |record: &String| json!({"stage": "push", "type": "x", "record": record}).to_string();
    let letters: Vec<String> = records.iter().map(letter).collect();
    home.file("dead.ndjson", letters.join("\n") + "\n");
    letters
}

#[test]
fn letters_for_several_streams_are_sent_one_stream_at_a_time() {
    let home = Home::new();
    let letters = letters_of_two(&home);
    let target = scripted(Script::none());
    resend(&home, &target)
        .run()
        .expect_code(2)
        .expect_error_and_hint("contradict each other", "--data-stream NAME");
    assert!(target.documents(STREAM).is_empty());
    assert_eq!(home.names(), ["dead.ndjson", "s.json"]);
    resend(&home, &target)
        .args(["--data-stream", STREAM])
        .run()
        .expect_code(3)
        .expect_said("1 dead letters hold nothing that this run can send");
    expect_counts(&home, 4, 3, 0, 1);
    assert_eq!(lines(&home, "new.ndjson"), letters[1..2], "to the byte");
    assert_eq!(target.documents(STREAM).len(), 3);
    // The rest is of one stream, and needs no flag.
    std::fs::rename(home.path("new.ndjson"), home.path("dead.ndjson")).expect("renamed");
    resend(&home, &target).succeed();
    let other = target.document("logs-jumpcloud.events-other", &id(1));
    assert!(other.is_some());
}

#[test]
fn a_rehearsal_of_letters_for_several_streams_counts_those_of_the_one() {
    let home = Home::new();
    letters_of_two(&home);
    let target = scripted(Script::none());
    let run = resend(&home, &target).args(["--data-stream", STREAM, "-n", "--json"]);
    let run = run.run().expect_code(3);
    let told: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    assert_eq!(
        (&told["documents"], &told["rejected"]),
        (&json!(3), &json!(1))
    );
    // An index takes all of them.
    let run = resend(&home, &target).args(["--index", "all", "-n", "--json"]);
    let told: Value = serde_json::from_slice(&run.succeed().stdout).expect("JSON");
    assert_eq!(told["documents"], 4);
}
