//! What inputs may hold besides mapped documents: those of other tools, bulk bodies, raw events; and what is put into them.

use super::{
    STREAM, document, documents, expect_counts, letters, of_letters, push, push_with_letters,
    scripted, sizes,
};
use crate::harness::Home;
use crate::samples::http::{Reply, Request, Script, gzip};
use crate::samples::target::{BulkFault, Item, Refusal, Setup, Target};

fn healthy() -> Target {
    scripted(Script::none())
}

const EVENT: &str = r#"{"id":"63c264c6c1bd55c1b7e901a4","timestamp":"2023-01-14T08:16:06.495Z","a":"\u00e9\"","service":"sso"}"#;
/// The published `_id` of such an event.
const EVENT_ID: &str = "+n2ZBv39b9wASQ0vnepOMg==";

#[test]
fn a_member_of_other_tools_documents_becomes_the_id_and_the_document_stays() {
    let target = healthy();
    let home = Home::new();
    let time = "\"@timestamp\":\"2025-03-01T00:00:00Z\"";
    let lines = [
        format!("{{{time},\"event\":{{\"id\":\"a b\"}} , \"n\":1.0}}"),
        format!("{{{time},\"event.id\":12345678901234567890}}"),
        format!("{{{time},\"event\":{{}}}}"),
        format!("{{{time},\"event\":{{\"id\":[1]}}}}"),
        format!("{{\"_id\":\"x\",{time}}}"),
    ];
    let outcome = push_with_letters(&home, &target, lines.join("\n"))
        .args(["--id-field", "event.id"])
        .run()
        .expect_code(3);
    let summary = expect_counts(&home, 5, 3, 0, 2);
    assert_eq!(summary["without_id"], 1, "{}", outcome.stderr);
    assert_eq!(target.document(STREAM, "a b").as_deref(), Some(&*lines[0]));
    assert!(target.document(STREAM, "12345678901234567890").is_some());
    let kinds: Vec<_> = letters(&home).iter().map(|l| l["type"].clone()).collect();
    assert_eq!(kinds, ["bad_id", "metadata_field"]);
    // The second time the two with an id are known.
    std::fs::remove_file(home.path("dead.ndjson")).expect("removed");
    push_with_letters(&home, &target, lines[..2].join("\n"))
        .args(["--id-field", "event.id"])
        .succeed();
    expect_counts(&home, 2, 0, 2, 0);
}

#[test]
fn a_member_named_id_is_taken_off_where_it_is_asked_for() {
    let target = healthy();
    let home = Home::new();
    let line = "{\"_id\":\"x\", \"@timestamp\":\"2025-03-01T00:00:00Z\"}\n";
    push(&home, &target, line)
        .args(["--id-field", "_id"])
        .succeed();
    let stored = target.document(STREAM, "x");
    assert_eq!(
        stored.as_deref(),
        Some("{\"@timestamp\":\"2025-03-01T00:00:00Z\"}")
    );
    push(&home, &target, line)
        .run()
        .expect_code(3)
        .expect_said("--id-field _id");
}

fn pair(action: &str, number: usize) -> String {
    format!("{action}\n{{\"@timestamp\":\"2025-03-01T00:00:00Z\",\"n\":{number}}}\n")
}

#[test]
fn bulk_bodies_are_known_by_their_first_line_and_sent_as_creates() {
    let target = healthy();
    let home = Home::new();
    let body = pair(
        "{\"create\":{\"_index\":\"logs-jumpcloud.events-default\",\"_id\":\"a\"}}",
        1,
    ) + "\n"
        + &pair(" {\"index\": {\"_id\": 7} }", 2)
        + &pair("{\"index\":{}}", 3);
    home.file("body.gz", gzip::pack(body.as_bytes()));
    home.file("documents", documents(2));
    home.jcx([
        "push",
        "body.gz",
        "documents",
        "-",
        "--es-url",
        &target.url(),
    ])
    .args(["--summary", "s.json", "--batch-docs", "2"])
    .input(body.replace("\"a\"", "\"b\"").replace("create", "index"))
    .succeed();
    let summary = expect_counts(&home, 8, 7, 1, 0);
    assert_eq!(summary["without_id"], 2);
    for id in ["a", "7", "b"] {
        assert!(target.document(STREAM, id).is_some(), "{id}");
    }
    let sent = "{\"create\":{\"_id\":\"a\"}}\n{\"@timestamp\":\"2025-03-01T00:00:00Z\",\"n\":1}\n";
    let bodies: String = target.bulk_calls().iter().map(Request::text).collect();
    assert!(bodies.contains(sent), "{bodies}");
    assert!(!bodies.contains("\"index\""));
}

#[test]
fn what_is_no_create_in_a_bulk_body_becomes_a_dead_letter_and_is_never_sent() {
    let target = healthy();
    let home = Home::new();
    let lines = [
        "{\"create\":{\"_id\":\"a\"}}",
        "{\"@timestamp\":\"2025-03-01T00:00:00Z\"}",
        "{\"delete\":{\"_id\":\"b\"}}",
        "{\"update\":{\"_id\":\"c\"}}",
        "{\"doc\":{\"n\":1}}",
        "{\"index\":{\"_id\":\"d\",\"pipeline\":\"p\"}}",
        "{\"n\":2}",
        "{\"n\":3}",
        "{\"index\":{\"_id\":\"e\"}}",
        "{\"n\":",
        "{\"index\":{\"_id\":\"f\"}}",
        "{\"@timestamp\":\"2025-03-01T00:00:00Z\"}",
    ];
    push_with_letters(&home, &target, lines.join("\n") + "\n")
        .run()
        .expect_code(3);
    expect_counts(&home, 7, 2, 0, 5);
    assert_eq!(sizes(&target), [2]);
    let found: Vec<_> = letters(&home)
        .iter()
        .map(|l| (l["line"].as_u64(), l["type"].clone(), l["record"].clone()))
        .collect();
    let expected = [
        (3, "unsupported_action", lines[2].to_owned()),
        (5, "unsupported_action", lines[3..5].join("\n")),
        (7, "unsupported_action", lines[5..7].join("\n")),
        (8, "not_an_action", lines[7].to_owned()),
        (10, "not_json", lines[8..10].join("\n")),
    ];
    assert_eq!(
        found,
        expected.map(|(line, kind, record)| (Some(line), kind.into(), record.into()))
    );
}

#[test]
fn a_bulk_body_that_ends_behind_an_action_was_cut_off() {
    let whole = pair("{\"create\":{\"_id\":\"a\"}}", 1);
    for rest in [
        "{\"create\":{\"_id\":\"b\"}}\n",
        "{\"create\":{\"_id\":\"b\"}}",
        "{\"create\":{}}\n{\"n\"",
        "{\"create\":{}}\n{",
        "{\"cre",
        "{",
    ] {
        let target = healthy();
        let home = Home::new();
        home.file("body", whole.clone() + rest);
        home.jcx([
            "push",
            "body",
            "-",
            "--es-url",
            &target.url(),
            "--summary",
            "s.json",
        ])
        .args(["--dead-letter", "dead.ndjson"])
        .input(documents(1))
        .run()
        .expect_code(3)
        .expect_said("body is cut off");
        let summary = expect_counts(&home, 2, 2, 0, 0);
        assert_eq!(
            summary["reasons"],
            serde_json::json!(["cut_input"]),
            "{rest}"
        );
    }
}

#[test]
fn what_the_mapper_writes_as_a_bulk_body_is_taken() {
    let target = healthy();
    let home = Home::new();
    let mapped = home.jcx(["map", "--format", "bulk"]).input(EVENT).succeed();
    push(&home, &target, mapped.stdout).succeed();
    expect_counts(&home, 1, 1, 0, 0);
    assert!(target.document(STREAM, EVENT_ID).is_some());
}

#[test]
fn raw_events_are_sent_as_they_are_with_the_id_that_the_mapper_gives_them() {
    let target = healthy();
    let home = Home::new();
    let odd = EVENT.replace(":\"sso\"", " :\t\"ldap\" ") + "\r";
    let lines = [EVENT, &odd, "[1]", "{\"a\":1", "{\"x\":2}"];
    let raw = ["--raw", "--pipeline", "events/1"];
    push_with_letters(&home, &target, lines.join("\n"))
        .args(raw)
        .run()
        .expect_code(3);
    // The last one has no time, but the simulated server asks for one.
    expect_counts(&home, 5, 2, 0, 3);
    let stored = target.document(STREAM, EVENT_ID).expect("stored");
    let stored: serde_json::Value = serde_json::from_str(&stored).expect("JSON");
    assert_eq!(stored["message"], EVENT);
    assert_eq!(stored["@timestamp"], "2023-01-14T08:16:06.495Z");
    assert_eq!(stored.as_object().map(serde_json::Map::len), Some(2));
    let call = &target.bulk_calls()[0];
    assert_eq!(call.parameter("pipeline").as_deref(), Some("events/1"));
    let found: Vec<_> = letters(&home)
        .iter()
        .map(|l| (l["type"].clone(), l["record"].clone(), l["raw"].clone()))
        .collect();
    assert_eq!(found[0], ("not_an_event".into(), "[1]".into(), true.into()));
    assert_eq!(
        found[1],
        ("not_json".into(), "{\"a\":1".into(), true.into())
    );
    assert_eq!(found[2].1, "{\"x\":2}");
    // The same ids as by way of the mapper, also of the second one, which shares id and time with the first.
    let mapped = home.jcx(["map"]).input(lines[..2].join("\n")).succeed();
    push(&home, &target, mapped.stdout).succeed();
    expect_counts(&home, 2, 0, 2, 0);
}

#[test]
fn raw_events_need_a_pipeline() {
    let home = Home::new();
    home.file("events", EVENT);
    let nowhere = "http://127.0.0.1:9";
    for rest in [&["--raw"][..], &["--raw", "--pipeline", "_none"]] {
        home.jcx(["push", "events", "--es-url", nowhere])
            .args(rest)
            .run()
            .expect_code(2)
            .expect_error_and_hint("--raw needs a pipeline", "--pipeline NAME");
    }
    home.jcx(["push", "events", "--es-url", nowhere])
        .args(["--raw", "--pipeline", "p", "--id-field", "id"])
        .run()
        .expect_code(2)
        .expect_said("contradict");
}

#[test]
fn the_time_of_loading_is_put_in_where_no_final_pipeline_does_it() {
    let line = "{\"@metadata\":{\"_id\":\"a\"},\"@timestamp\":\"2025-03-01T00:00:00Z\", \"event\":{\"kind\":\"event\"},\"x\":1.0}\n";
    let plain =
        "{\"@timestamp\":\"2025-03-01T00:00:00Z\", \"event\":{\"kind\":\"event\"},\"x\":1.0}";
    let home = Home::new();
    let target = healthy();
    let before = chrono::Utc::now();
    push(&home, &target, line).arg("--ingested").succeed();
    let stored = target.document(STREAM, "a").expect("stored");
    let (front, rest) = stored.split_once("\"ingested\":\"").expect("it is in");
    let (time, rest) = rest.split_once("\",").expect("a text");
    assert_eq!(format!("{front}{rest}"), plain);
    let time = chrono::DateTime::parse_from_rfc3339(time).expect("a time");
    assert!((time.to_utc() - before).num_seconds().abs() < 60, "{time}");
    assert_eq!(time.format("%.3fZ").to_string().len(), 5);

    let target = Target::with_template(Setup {
        final_pipeline: Some(".fleet_final_pipeline-1"),
        ..Setup::default()
    });
    let lines: String = (0..9)
        .map(|n| line.replace("\"a\"", &format!("\"{n}\"")))
        .collect();
    push(&home, &target, lines)
        .args(["--ingested", "-v", "--batch-docs", "2"])
        .succeed()
        .expect_said("final pipeline of logs-jumpcloud.events-default: .fleet_final_pipeline-1");
    let stored = target.documents(STREAM);
    assert_eq!(stored.len(), 9);
    assert!(stored.iter().all(|(_, text)| text == plain), "{stored:?}");
}

#[test]
fn a_dead_letter_holds_the_line_without_what_was_put_in() {
    let home = Home::new();
    let target = Target::with_template(Setup {
        refusals: vec![Refusal::of(
            "ingested",
            Item::refused(400, "mapper_parsing_exception", "no"),
        )],
        ..Setup::default()
    });
    push_with_letters(&home, &target, documents(2))
        .arg("--ingested")
        .run()
        .expect_code(3);
    let records: Vec<_> = letters(&home).iter().map(|l| l["record"].clone()).collect();
    assert_eq!(records, [document(0), document(1)]);
    assert_eq!(letters(&home)[1]["_id"], super::id(1));
}

#[test]
fn a_dead_letter_file_that_fills_up_while_the_load_runs_ends_it() {
    let home = Home::new();
    let target = Target::with_template(Setup {
        refusals: vec![Refusal::of(
            "\"n\":3",
            Item::refused(400, "mapper_parsing_exception", "no"),
        )],
        ..Setup::default()
    });
    push(&home, &target, documents(10))
        .args([
            "--dead-letter",
            "/dev/full",
            "--jobs",
            "1",
            "--batch-docs",
            "5",
        ])
        .run()
        .expect_code(7)
        .expect_said("/dev/full");
    let summary = home.summary("s.json");
    assert_eq!(summary["rejected"], 0, "nothing is claimed of it");
    assert_eq!(summary["dead_letters"], 0);
}

#[test]
fn zst_files_and_a_reply_that_is_late_change_nothing() {
    let stall = Reply::new(503);
    let target = scripted(Script::none().on(1, BulkFault::Answer(stall)));
    let home = Home::new();
    let packed = zstd::encode_all(documents(4).as_bytes(), 1).expect("packed");
    home.file("a", packed);
    home.jcx([
        "push",
        "a",
        "--es-url",
        &target.url(),
        "--summary",
        "s.json",
    ])
    .succeed();
    expect_counts(&home, 4, 4, 0, 0);
}

#[test]
fn a_bulk_body_whose_first_line_is_broken_is_no_row_of_documents() {
    for first in [
        "{\"create\":{\"_id\":",
        "\u{feff}{ \"index\" : {\"_id\":\"b0\"}}",
    ] {
        let target = healthy();
        let home = Home::new();
        let pairs = [1, 2, 3].map(|number| {
            format!("{{\"create\":{{\"_id\":\"b{number}\"}}}}\n{{\"n\":{number}}}\n")
        });
        let body = format!("{first}\n{{\"n\":0}}\n{}", pairs.concat());
        push_with_letters(&home, &target, body)
            .args(["--index", "plain"])
            .run()
            .expect_code(3);
        expect_counts(&home, 5, 3, 0, 2);
        let kinds = of_letters(&home, "type");
        assert_eq!(kinds, ["not_json", "not_an_action"]);
        for number in 1..4 {
            let stored = target.document("plain", &format!("b{number}"));
            assert_eq!(stored, Some(format!("{{\"n\":{number}}}")));
        }
    }
    // What merely is broken says nothing of what follows.
    let (target, home) = (healthy(), Home::new());
    let lines = "nope\n{\"n\":1}\n{\"n\":2}\n";
    push_with_letters(&home, &target, lines)
        .args(["--index", "plain"])
        .run()
        .expect_code(3);
    expect_counts(&home, 3, 2, 0, 1);
}
