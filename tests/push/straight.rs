//! The straight path: documents in, the same documents in the stream.

use super::{
    STREAM, document, documents, expect_all_stored, expect_counts, id, push, scripted, sizes,
};
use crate::harness::Home;
use crate::samples::http::{Script, gzip};
use crate::samples::target::{Flavor, Setup, Target};
use std::fmt::Write;

#[test]
fn documents_arrive_without_their_metadata_and_byte_for_byte() {
    for flavor in [Flavor::Elasticsearch, Flavor::OpenSearch, Flavor::Bare] {
        let target = Target::with_template(Setup::of(flavor));
        let home = Home::new();
        let odd = format!(
            "{{\"z\":1.0,\"@timestamp\":\"2025-03-01T00:00:00Z\",\"@metadata\":{{\"raw_index\":\"{STREAM}\",\"_id\":\"odd\"}},\"big\":12345678901234567890123, \"e\":\"\\u00e9\\/\"}}\n"
        );
        push(&home, &target, documents(3) + &odd).succeed();
        expect_counts(&home, 4, 4, 0, 0);
        assert_eq!(
            target.document(STREAM, "odd").as_deref(),
            Some(
                "{\"z\":1.0,\"@timestamp\":\"2025-03-01T00:00:00Z\",\"big\":12345678901234567890123, \"e\":\"\\u00e9\\/\"}"
            )
        );
        assert_eq!(
            target.document(STREAM, &id(0)).as_deref(),
            Some("{\"@timestamp\":\"2025-03-01T00:00:00.000Z\",\"n\":0}")
        );
        assert_eq!(target.holders(), [(STREAM.to_owned(), true)]);
    }
}

#[test]
fn every_request_is_a_create_without_pipeline_and_ends_with_a_newline() {
    let target = scripted(Script::none());
    let home = Home::new();
    push(&home, &target, documents(2)).succeed();
    let calls = target.bulk_calls();
    assert_eq!(calls.len(), 1);
    let call = &calls[0];
    assert_eq!(call.path, format!("/{STREAM}/_bulk"));
    assert_eq!(call.header("Content-Type"), Some("application/x-ndjson"));
    assert_eq!(call.parameter("pipeline").as_deref(), Some("_none"));
    let filter = call.parameter("filter_path").expect("a filter");
    assert!(filter.contains("items.*.status") && filter.contains("items.*.failure_store"));
    for absent in [
        "refresh",
        "require_data_stream",
        "include_source_on_error",
        "routing",
    ] {
        assert_eq!(call.parameter(absent), None, "{absent}");
    }
    assert!(call.header("Content-Length").is_some());
    let body = call.text();
    assert!(body.ends_with("}\n"));
    let first = body.lines().next().expect("a line");
    assert_eq!(first, format!("{{\"create\":{{\"_id\":\"{}\"}}}}", id(0)));
}

#[test]
fn loading_again_finds_duplicates_and_is_a_success() {
    let target = scripted(Script::none());
    let home = Home::new();
    push(&home, &target, documents(5)).succeed();
    let outcome = push(&home, &target, documents(7)).succeed();
    expect_counts(&home, 7, 2, 5, 0);
    expect_all_stored(&target, &outcome, 7);
}

#[test]
fn the_same_id_twice_in_one_request_is_a_duplicate() {
    let target = scripted(Script::none());
    let home = Home::new();
    push(&home, &target, documents(1) + &documents(1)).succeed();
    expect_counts(&home, 2, 1, 1, 0);
}

#[test]
fn no_documents_are_a_success_without_a_request() {
    let home = Home::new();
    let nowhere = "http://127.0.0.1:9";
    home.jcx(["push", "--es-url", nowhere, "--summary", "s.json"])
        .succeed();
    let summary = expect_counts(&home, 0, 0, 0, 0);
    assert_eq!(summary["requests"], 0);
}

#[test]
fn a_batch_closes_at_its_documents() {
    let target = scripted(Script::none());
    let home = Home::new();
    push(&home, &target, documents(25))
        .args(["--batch-docs", "10"])
        .succeed();
    let mut found = sizes(&target);
    found.sort_unstable();
    assert_eq!(found, [5, 10, 10]);
    let summary = expect_counts(&home, 25, 25, 0, 0);
    assert_eq!(summary["batches"], 3);
}

#[test]
fn a_batch_closes_at_its_bytes_and_a_larger_document_travels_alone() {
    let target = scripted(Script::none());
    let home = Home::new();
    let large = format!(
        "{{\"@metadata\":{{\"_id\":\"large\"}},\"@timestamp\":\"2025-03-01T00:00:00Z\",\"x\":\"{}\"}}\n",
        "y".repeat(5000)
    );
    let lines = documents(20) + &large + &documents(20).replace("+a/", "+b/");
    push(&home, &target, lines)
        .args(["--batch-bytes", "1000", "--jobs", "1"])
        .succeed();
    expect_counts(&home, 41, 41, 0, 0);
    let calls = target.bulk_calls();
    let (alone, others): (Vec<_>, Vec<_>) = calls.iter().partition(|call| call.body.len() > 1000);
    assert_eq!(alone.len(), 1);
    assert_eq!(alone[0].text().lines().count(), 2);
    // Nearly full: the next document would not have fitted.
    assert!(others.iter().filter(|call| call.body.len() < 850).count() <= 2);
}

#[test]
fn default_batches_hold_five_thousand_documents_or_five_mebibytes() {
    let target = scripted(Script::none());
    let home = Home::new();
    push(&home, &target, documents(5001))
        .args(["--jobs", "1"])
        .succeed();
    assert_eq!(sizes(&target), [5000, 1]);

    let target = scripted(Script::none());
    let mut lines = String::new();
    for number in 0..7 {
        let text = "z".repeat(1 << 20);
        let _written = writeln!(
            lines,
            "{{\"@metadata\":{{\"_id\":\"{number}\"}},\"@timestamp\":\"2025-03-01T00:00:00Z\",\"x\":\"{text}\"}}"
        );
    }
    push(&home, &target, lines).args(["--jobs", "1"]).succeed();
    assert_eq!(sizes(&target), [4, 3], "each is a little over one mebibyte");
}

#[test]
fn compressed_requests_are_valid_gzip_of_the_same_body() {
    let target = scripted(Script::none());
    let home = Home::new();
    let outcome = push(&home, &target, documents(500)).arg("--gzip").succeed();
    expect_all_stored(&target, &outcome, 500);
    let calls = target.bulk_calls();
    assert_eq!(calls[0].header("Content-Encoding"), Some("gzip"));
    let plain = gzip::unpack(&calls[0].body).expect("gzip");
    assert!(calls[0].body.len() * 3 < plain.len());
    let summary = expect_counts(&home, 500, 500, 0, 0);
    assert_eq!(
        summary["bytes_out"].as_u64(),
        Some(calls[0].body.len() as u64)
    );
    assert_eq!(
        summary["bytes_in"].as_u64(),
        Some(documents(500).len() as u64)
    );
}

#[test]
fn several_jobs_load_everything_once() {
    for jobs in ["1", "2", "8"] {
        let target = scripted(Script::none());
        let home = Home::new();
        let outcome = push(&home, &target, documents(2000))
            .args(["--batch-docs", "50", "--jobs", jobs])
            .succeed();
        expect_all_stored(&target, &outcome, 2000);
        assert_eq!(target.bulk_calls().len(), 40);
    }
}

#[test]
fn files_are_read_in_turn_and_compressed_ones_are_recognised() {
    let target = scripted(Script::none());
    let home = Home::new();
    home.file("a.ndjson", documents(2));
    home.file("b.bin", gzip::pack(format!("{}\n", document(2)).as_bytes()));
    let outcome = home
        .jcx(["push", "a.ndjson", "b.bin", "-", "--es-url", &target.url()])
        .input(format!("{}\n", document(3)))
        .succeed();
    expect_all_stored(&target, &outcome, 4);
    assert_eq!(outcome.stdout, b"");
    assert_eq!(outcome.stderr, "", "success is silent");
}

#[test]
fn another_pipeline_and_a_plain_index_are_sent_as_asked() {
    let target = Target::start(Setup::default());
    let home = Home::new();
    push(&home, &target, documents(2))
        .args(["--index", "jumpcloud-2025", "--pipeline", "mine/1"])
        .succeed();
    expect_counts(&home, 2, 2, 0, 0);
    assert_eq!(target.holders(), [("jumpcloud-2025".to_owned(), false)]);
    let call = &target.bulk_calls()[0];
    assert_eq!(call.parameter("pipeline").as_deref(), Some("mine/1"));
}

#[test]
fn documents_without_an_id_are_counted_and_warned_of_once() {
    let target = scripted(Script::none());
    let home = Home::new();
    let line = "{\"@timestamp\":\"2025-03-01T00:00:00Z\"}\n";
    let outcome = push(&home, &target, line.repeat(3))
        .args(["--batch-docs", "1"])
        .succeed();
    assert_eq!(outcome.stderr.matches("without an _id").count(), 1);
    let summary = expect_counts(&home, 3, 3, 0, 0);
    assert_eq!(summary["without_id"], 3);
    assert!(
        target.bulk_calls()[0]
            .text()
            .starts_with("{\"create\":{}}\n")
    );
}

#[test]
fn the_summary_has_every_number_and_verbose_runs_a_line_for_each_batch() {
    let target = scripted(Script::none());
    let home = Home::new();
    let outcome = push(&home, &target, documents(4))
        .args(["--batch-docs", "2", "-v"])
        .succeed();
    assert_eq!(
        outcome.stderr.matches("documents settled").count(),
        2,
        "{}",
        outcome.stderr
    );
    let summary = home.summary("s.json");
    for name in [
        "retried_items",
        "retries",
        "without_id",
        "dead_letters",
        "rejected",
        "duplicates",
    ] {
        assert_eq!(summary[name], 0, "{name}");
    }
    assert_eq!(summary["command"], "push");
    assert_eq!(summary["ok"], true);
    assert_eq!(
        summary["requests"].as_u64(),
        Some(target.calls().len() as u64)
    );
    let outcome = push(&home, &target, documents(1)).arg("-vv").succeed();
    outcome
        .expect_said(&format!("POST /{STREAM}/_bulk"))
        .expect_said(": 200 in ");
}
