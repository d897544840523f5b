//! Every status that one item of a bulk answer can have (`docs/elasticsearch-bulk.md` sections 2 and 3).

use super::{
    STREAM, document, documents, expect_all_stored, expect_counts, id, letters, push,
    push_with_letters, sizes,
};
use crate::harness::Home;
use crate::samples::target::{Item, Refusal, Setup, Target};

/// A server that refuses some documents.
fn refusing(refusals: Vec<Refusal>) -> Target {
    Target::with_template(Setup {
        refusals,
        ..Setup::default()
    })
}

#[test]
fn a_poisoned_document_becomes_a_dead_letter_and_the_rest_arrives() {
    for (kind, reason) in [
        (
            "document_parsing_exception",
            "[1:2] failed to parse field [n] of type [ip]. Preview of field's value: 'S3CRET'",
        ),
        ("mapper_parsing_exception", "failed to parse field [n]"),
        (
            "illegal_argument_exception",
            "Limit of total fields [1000] has been exceeded",
        ),
    ] {
        let target = refusing(vec![Refusal::of(
            "\"n\":1}",
            Item::refused(400, kind, reason),
        )]);
        let home = Home::new();
        push_with_letters(&home, &target, documents(3))
            .run()
            .expect_code(3)
            .expect_said("1 document was refused; it is in dead.ndjson")
            .expect_unsaid("S3CRET");
        let summary = expect_counts(&home, 3, 2, 0, 1);
        assert_eq!(summary["dead_letters"], 1);
        assert_eq!(summary["reasons"], serde_json::json!(["rejected"]));
        let letter = &letters(&home)[0];
        let expected = serde_json::json!({
            "stage": "push", "source": "stdin", "line": 2, "status": 400, "type": kind,
            "reason": reason, "_id": id(1), "record": document(1)
        });
        assert_eq!(*letter, expected, "{kind}");
        assert!(target.document(STREAM, &id(2)).is_some());
    }
}

#[test]
fn without_a_dead_letter_file_the_first_refused_document_ends_the_run() {
    let reason = "failed to parse. Preview of field's value: 'S3CRET'";
    let item = Item::refused(400, "document_parsing_exception", reason);
    let target = refusing(vec![Refusal::of("\"n\":3}", item)]);
    let home = Home::new();
    push(&home, &target, documents(10))
        .args(["--batch-docs", "2", "--jobs", "1"])
        .run()
        .expect_code(3)
        .expect_error_and_hint(
            "refused: line 4 of stdin: 400 document_parsing_exception",
            "--dead-letter",
        )
        .expect_said("everything up to line 2 of stdin")
        .expect_unsaid("S3CRET");
    let summary = expect_counts(&home, 4, 3, 0, 1);
    assert_eq!(summary["reasons"], serde_json::json!(["rejected"]));
    assert_eq!(sizes(&target), [2, 2], "nothing after it is sent");
}

#[test]
fn dead_letters_can_be_pushed_again_and_are_appended() {
    let item = Item::refused(400, "document_parsing_exception", "no");
    let target = refusing(vec![Refusal::of("\"n\":1}", item).times(2)]);
    let home = Home::new();
    for _ in 0..2 {
        push_with_letters(&home, &target, documents(2))
            .run()
            .expect_code(3);
    }
    let written = letters(&home);
    assert_eq!(written.len(), 2);
    let record = written[1]["record"].as_str().expect("the line").to_owned();
    push_with_letters(&home, &target, record + "\n").succeed();
    assert_eq!(letters(&home).len(), 2);
    assert!(target.document(STREAM, &id(1)).is_some());
}

#[test]
fn what_went_into_the_failure_store_is_rejected_although_nothing_says_error() {
    for value in ["used", "failed"] {
        let target = refusing(vec![Refusal::of("\"n\":1}", Item::in_failure_store(value))]);
        let home = Home::new();
        push_with_letters(&home, &target, documents(3))
            .run()
            .expect_code(3);
        expect_counts(&home, 3, 2, 0, 1);
        let letter = &letters(&home)[0];
        assert_eq!(letter["status"], 201);
        assert!(
            letter["type"]
                .as_str()
                .is_some_and(|kind| kind.starts_with("failure_store"))
        );
    }
}

#[test]
fn a_failure_store_that_was_not_used_is_a_success() {
    for value in ["not_applicable_or_unknown", "not_enabled"] {
        let stored = Item {
            failure_store: Some(value),
            ..Item::created()
        };
        let target = refusing(vec![Refusal::of("\"n\":1}", stored)]);
        let home = Home::new();
        push(&home, &target, documents(2)).succeed();
        expect_counts(&home, 2, 2, 0, 0);
    }
}

#[test]
fn only_the_documents_that_were_put_off_are_sent_again() {
    for (status, kind) in [
        (429, "es_rejected_execution_exception"),
        (429, "rejected_execution_exception"),
        (429, "cluster_block_exception"),
        (503, "unavailable_shards_exception"),
        (503, "process_cluster_event_timeout_exception"),
        (500, "internal_server_error"),
    ] {
        let item = Item::refused(status, kind, "later");
        let some = |document: &str| document.contains("\"n\":1") || document.contains("\"n\":4");
        let target = refusing(vec![Refusal::when(some, item).times(2)]);
        let home = Home::new();
        let outcome = push(&home, &target, documents(6)).succeed();
        expect_all_stored(&target, &outcome, 6);
        let summary = expect_counts(&home, 6, 6, 0, 0);
        assert_eq!(sizes(&target), [6, 2, 2], "{kind}");
        assert_eq!(summary["retried_items"], 4);
        assert_eq!(summary["retries"], 2);
    }
}

#[test]
fn pressure_that_does_not_end_ends_the_run_with_what_is_confirmed() {
    let page = "rejected execution of Task@".to_owned() + &"x".repeat(3000);
    let item = Item::refused(429, "es_rejected_execution_exception", &page);
    let target = refusing(vec![Refusal::of("\"n\":1}", item)]);
    let home = Home::new();
    let outcome = push_with_letters(&home, &target, documents(3))
        .args(["--retry-for", "1s"])
        .run()
        .expect_code(6)
        .expect_error_and_hint("gave up after 1 s without progress", "--retry-for");
    assert!(
        outcome.stderr.lines().all(|line| line.len() < 800),
        "{}",
        outcome.stderr
    );
    expect_counts(&home, 3, 2, 0, 0);
    assert_eq!(
        letters(&home).len(),
        0,
        "a document that was put off is no dead letter"
    );
}

#[test]
fn a_disk_over_its_flood_stage_is_waited_for_and_then_explained() {
    let reason = "index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];";
    let item = Item::refused(429, "cluster_block_exception", reason);
    let target = refusing(vec![Refusal::of("\"n\"", item)]);
    let home = Home::new();
    push_with_letters(&home, &target, documents(2))
        .args(["--retry-for", "1s"])
        .run()
        .expect_code(6)
        .expect_said("disk is too full");
    expect_counts(&home, 2, 0, 0, 0);
    assert_eq!(letters(&home).len(), 0);
}

#[test]
fn a_write_block_stops_the_run_and_is_nobodys_fault() {
    let reason = "index [x] blocked by: [FORBIDDEN/8/index write (api)];";
    let item = Item::refused(403, "cluster_block_exception", reason);
    let target = refusing(vec![Refusal::of("\"n\"", item)]);
    let home = Home::new();
    push_with_letters(&home, &target, documents(2))
        .run()
        .expect_code(6)
        .expect_error_and_hint("takes no writes", "block");
    expect_counts(&home, 2, 0, 0, 0);
    assert_eq!(letters(&home).len(), 0);
    assert_eq!(sizes(&target), [2], "it is not tried again");
}

#[test]
fn a_missing_privilege_inside_a_200_stops_the_run_and_is_named() {
    for (action, hint) in [
        (
            "indices:admin/auto_create",
            "does not exist yet: grant auto_configure",
        ),
        (
            "indices:admin/mapping/auto_put",
            "new to the mapping: grant auto_configure",
        ),
    ] {
        let reason = format!(
            "action [{action}] is unauthorized for user [u], this action is granted by the index privileges [auto_configure,create_index,manage,all]"
        );
        let item = Item::refused(403, "security_exception", &reason);
        let target = refusing(vec![Refusal::of("\"n\":1}", item)]);
        let home = Home::new();
        push_with_letters(&home, &target, documents(3))
            .run()
            .expect_code(4)
            .expect_error_and_hint(action, hint)
            .expect_said("auto_configure,create_index,manage,all");
        expect_counts(&home, 3, 2, 0, 0);
        assert_eq!(letters(&home).len(), 0, "never a dead letter");
    }
}

#[test]
fn a_stream_that_the_server_does_not_create_stops_the_run() {
    let item = Item::refused(
        404,
        "index_not_found_exception",
        "no such index [x] and [action.auto_create_index] is [false]",
    );
    let target = refusing(vec![Refusal::of("\"n\"", item)]);
    let home = Home::new();
    push_with_letters(&home, &target, documents(2))
        .run()
        .expect_code(6)
        .expect_error_and_hint("does not exist", "auto_create_index");
    assert_eq!(letters(&home).len(), 0);
}

#[test]
fn a_stream_wants_a_timestamp_and_no_id_inside_the_document() {
    let target = refusing(Vec::new());
    let home = Home::new();
    let lines = "{\"@metadata\":{\"_id\":\"a\"},\"x\":1}\n{\"@metadata\":{\"_id\":\"b\"},\"@timestamp\":\"2025-03-01T00:00:00Z\",\"_id\":\"b\"}\n{\"@metadata\":{\"_id\":\"c\"},\"@timestamp\":\"yesterday\"}\n";
    push_with_letters(&home, &target, lines)
        .run()
        .expect_code(3);
    expect_counts(&home, 3, 0, 0, 3);
    assert_eq!(letters(&home).len(), 3);
}

#[test]
fn a_refused_documents_text_is_in_the_dead_letter_and_nowhere_else() {
    for reason in [
        "Failed to parse value [S3CRET] as only [true] or [false] are allowed.",
        "Value [1] S3CRET] is out of range for a long",
        "'it's S3CRET' is no address",
        "a reason of tomorrow S3CRET",
    ] {
        let item = Item::refused(400, "document_parsing_exception", reason);
        let target = refusing(vec![Refusal::of("\"n\":1}", item)]);
        let home = Home::new();
        push(&home, &target, documents(2))
            .arg("-vv")
            .run()
            .expect_code(3)
            .expect_error_and_hint(
                "line 2 of stdin: 400 document_parsing_exception",
                "--dead-letter",
            )
            .expect_unsaid("S3CRET");
        let summary = String::from_utf8(home.read("s.json")).expect("text");
        assert!(!summary.contains("S3CRET"), "{summary}");
        push_with_letters(&home, &target, documents(2))
            .run()
            .expect_code(3)
            .expect_unsaid("S3CRET");
        assert_eq!(letters(&home)[0]["reason"], reason);
    }
}

#[test]
fn the_field_and_type_that_refused_a_document_are_shown() {
    let reason = "[1:30] failed to parse field [client.ip] of type [ip] in document with id 'a'. Preview of field's value: 'S3CRET'";
    let item = Item::refused(400, "document_parsing_exception", reason);
    let target = refusing(vec![Refusal::of("\"n\":1}", item)]);
    let home = Home::new();
    push(&home, &target, documents(2))
        .run()
        .expect_code(3)
        .expect_said("failed to parse field [client.ip] of type [ip]")
        .expect_unsaid("S3CRET");
}

#[test]
fn a_run_that_stops_early_ends_letters_on_stdout_with_the_mark() {
    let target = Target::with_template(Setup {
        refusals: vec![
            Refusal::of(
                "\"n\":1}",
                Item::refused(400, "mapper_parsing_exception", "no"),
            ),
            Refusal::of(
                "\"n\":2}",
                Item::refused(403, "cluster_block_exception", "no"),
            ),
        ],
        ..Setup::default()
    });
    let home = Home::new();
    let outcome = push(&home, &target, documents(3))
        .args(["--dead-letter", "-", "--jobs", "1", "--batch-docs", "1"])
        .run()
        .expect_code(6);
    let text = String::from_utf8(outcome.stdout).expect("text");
    let (letter, mark) = text.split_once('\n').expect("a letter");
    assert!(letter.contains("mapper_parsing_exception"), "{text}");
    assert_eq!(mark, "{", "{text}");
}

#[test]
fn a_reader_of_letters_that_goes_away_ends_the_run_silently() {
    for (letters, reader) in [
        ("-", "| head -n 1 >/dev/null"),
        (">(head -n 1 >/dev/null)", ""),
    ] {
        let home = Home::new();
        let script = format!(
            "yes nope | head -n 200000 | timeout 50 {} push --es-url http://127.0.0.1:9 --dead-letter {letters} 2>err {reader}; echo ${{PIPESTATUS[2]}}",
            env!("CARGO_BIN_EXE_jcx")
        );
        assert_eq!(home.bash(&script), "141");
        assert_eq!(String::from_utf8_lossy(&home.read("err")), "");
    }
}
