//! `jcx push -n`: what a load would be, and what is found at the target; nothing is sent and nothing is written.

use super::{STREAM, documents, push, push_with_letters, scripted};
use crate::harness::Home;
use crate::samples::http::Script;
use crate::samples::target::{Flavor, Setup, Target};
use serde_json::Value;

fn plan(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("one JSON object")
}

#[test]
fn a_dry_run_counts_and_looks_and_sends_nothing() {
    let privileges = format!(
        "{{\"index\":{{\"{STREAM}\":{{\"create_doc\":true,\"auto_configure\":true,\"create_index\":false}}}}}}"
    );
    let target = Target::with_template(Setup {
        final_pipeline: Some("finish"),
        privileges: Some(privileges),
        ..Setup::default()
    });
    let home = Home::new();
    let lines = documents(12) + "{\"@timestamp\":\"2025-03-01T00:00:00Z\"}\nnope\n";
    let dry = |flags: &[&str]| {
        push_with_letters(&home, &target, lines.clone())
            .args(["--batch-docs", "5", "-n"])
            .args(flags)
            .run()
            .expect_code(3)
            .expect_said("1 lines cannot be sent")
    };
    let plan = plan(&dry(&["--json"]).stdout);
    for (name, expected) in [
        ("documents", 13),
        ("rejected", 1),
        ("without_id", 1),
        ("batches", 3),
    ] {
        assert_eq!(plan[name], expected, "{name}: {plan}");
    }
    let found = &plan["target"];
    assert_eq!(
        (&found["name"], &found["is"]),
        (&STREAM.into(), &"absent".into())
    );
    assert_eq!(found["template"], "simulated");
    assert_eq!(found["final_pipeline"], "finish");
    assert_eq!(found["privileges"]["create_index"], false);
    let shown = String::from_utf8(dry(&[]).stdout).expect("text");
    assert!(
        shown.contains("the template simulated will make it a data stream"),
        "{shown}"
    );
    assert!(shown.contains("create_doc yes"), "{shown}");
    assert_eq!(home.names(), ["s.json"], "no dead-letter file");
    assert_eq!(target.bulk_calls().len(), 0);
    assert!(target.holders().is_empty());
    let summary = home.summary("s.json");
    assert_eq!(
        (&summary["read"], &summary["indexed"]),
        (&14.into(), &0.into())
    );

    // What was foretold is what is sent.
    push_with_letters(&home, &target, lines.clone())
        .args(["--batch-docs", "5"])
        .run()
        .expect_code(3);
    let sent: usize = target.bulk_calls().iter().map(|call| call.body.len()).sum();
    assert_eq!(plan["bytes"].as_u64(), Some(sent as u64));
    assert_eq!(target.bulk_calls().len(), 3);
    let again = push(&home, &target, documents(1))
        .args(["-n", "--json"])
        .succeed();
    let found = &self::plan(&again.stdout)["target"];
    assert_eq!(
        (&found["is"], &found["backing_indices"]),
        (&"data stream".into(), &1.into())
    );
}

#[test]
fn a_dry_run_ends_as_the_load_would() {
    let home = Home::new();
    home.file("docs", documents(1));
    home.jcx([
        "push",
        "docs",
        "-n",
        "--es-url",
        "http://127.0.0.1:9",
        "--retry-for",
        "1s",
    ])
    .run()
    .expect_code(6);
    let target = Target::start(Setup::of(Flavor::OpenSearch));
    let outcome = push(&home, &target, documents(1)).arg("-n").run();
    outcome
        .expect_code(2)
        .expect_said("would become a plain index");
    let plain = push(&home, &target, documents(1))
        .args(["-n", "--index", "archive"])
        .succeed();
    assert!(String::from_utf8_lossy(&plain.stdout).contains("a plain index will be made"));
    let target = scripted(Script::none());
    push(&home, &target, documents(1) + "nope\n")
        .arg("-n")
        .run()
        .expect_code(3)
        .expect_said("line 2 of stdin: not_json");
    push(&home, &target, documents(1) + "{")
        .arg("-n")
        .run()
        .expect_code(3)
        .expect_said("cut off");
    push(&home, &target, "").args(["-n", "--json"]).succeed();
    push(&home, &target, documents(1))
        .arg("--json")
        .run()
        .expect_code(2);
    assert_eq!(target.bulk_calls().len(), 0);
}

#[test]
fn a_dry_run_says_what_recognising_documents_needs() {
    let told = |read: bool| {
        format!(
            "{{\"index\":{{\"{STREAM}\":{{\"create_doc\":true,\"auto_configure\":true,\"create_index\":true,\"read\":{read},\"maintenance\":false}}}}}}"
        )
    };
    let home = Home::new();
    for read in [true, false] {
        let target = Target::with_template(Setup {
            privileges: Some(told(read)),
            ..Setup::default()
        });
        push(&home, &target, documents(1)).succeed();
        let dry = |flags: &[&str]| {
            push(&home, &target, documents(2))
                .arg("-n")
                .args(flags)
                .run()
        };
        let one = plan(&dry(&["--json"]).expect_code(0).stdout);
        assert_eq!(one["target"]["looks_ids_up"], false, "{one}");
        target.roll_over(STREAM);
        let by_conflict = plan(
            &dry(&["--json", "--dedupe", "conflict"])
                .expect_code(0)
                .stdout,
        );
        let found = &by_conflict["target"];
        assert_eq!(
            (&found["backing_indices"], &found["looks_ids_up"]),
            (&2.into(), &false.into())
        );
        assert_eq!(found["privileges"]["read"], read);
        assert_eq!(found["privileges"]["maintenance"], false);
        let without_ids = plan(&dry(&["--json", "--dedupe", "none"]).expect_code(0).stdout);
        assert_eq!(without_ids["without_id"], 2);
        if read {
            let shown = String::from_utf8(dry(&[]).expect_code(0).stdout).expect("text");
            assert!(
                shown.contains("ids are looked up first, which needs read"),
                "{shown}"
            );
            assert!(shown.contains("read yes, maintenance no"), "{shown}");
        } else {
            // A load ends in the same way, before anything is sent.
            let before = target.bulk_calls().len();
            dry(&[])
                .expect_code(4)
                .expect_error_and_hint("the privilege read is missing", "--dedupe conflict");
            push(&home, &target, documents(2))
                .run()
                .expect_code(4)
                .expect_error_and_hint("the privilege read is missing", "--dedupe conflict");
            assert_eq!(target.bulk_calls().len(), before);
        }
    }
}
