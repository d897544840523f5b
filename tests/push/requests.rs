//! What a bulk request as a whole can meet (`docs/elasticsearch-bulk.md` sections 2 and 4).

use super::{
    STREAM, document, documents, expect_all_stored, expect_counts, id, letters, of_letters, push,
    push_with_letters, scripted, sizes,
};
use crate::harness::Home;
use crate::samples::http::{Reply, Script};
use crate::samples::target::{
    BulkFault, Item, Refusal, Setup, Target, busy, error, forbidden, read_only, too_large,
    unauthorized,
};
use std::ops::Range;
use std::time::Duration;

/// Only the first bulk request deviates.
fn once(fault: BulkFault) -> Target {
    scripted(Script::none().on(1, fault))
}

/// Every bulk request deviates.
fn always(fault: BulkFault) -> Target {
    scripted(Script::none().from(1, fault))
}

#[test]
fn passing_troubles_are_waited_out_and_nothing_is_lost_or_doubled() {
    for reply in [
        busy(None),
        Reply::new(500),
        Reply::html(502),
        Reply::new(503),
        Reply::new(504),
        Reply::reset(),
        Reply::dropped(),
    ] {
        let shown = format!("{reply:?}");
        let target = once(BulkFault::Answer(reply));
        let home = Home::new();
        let outcome = push(&home, &target, documents(4)).run().expect_code(0);
        expect_all_stored(&target, &outcome, 4);
        let summary = expect_counts(&home, 4, 4, 0, 0);
        assert_eq!(summary["retries"], 1, "{shown}");
        assert_eq!(sizes(&target), [4, 4], "{shown}");
    }
}

#[test]
fn after_an_unknown_outcome_the_same_batch_goes_again_and_its_own_documents_are_duplicates() {
    for fault in [
        BulkFault::AfterStoring(Reply::new(502)),
        BulkFault::AfterStoring(Reply::new(503)),
        BulkFault::AfterStoring(Reply::new(504)),
        BulkFault::AfterStoring(Reply::reset()),
        BulkFault::AfterStoring(Reply::dropped()),
        BulkFault::AfterStoring(Reply::new(200)),
        BulkFault::CutReply(40),
        BulkFault::CutReply(0),
        BulkFault::FewerItems(1),
        BulkFault::OneItemMore,
        BulkFault::AfterStoring(Reply::raw(
            "HTTP/1.1 200 OK\r\n\r\n{\"took\":1,\"items\":[{\"create\":{",
        )),
    ] {
        let shown = format!("{fault:?}");
        let target = once(fault);
        let home = Home::new();
        let outcome = push(&home, &target, documents(4)).run().expect_code(0);
        expect_all_stored(&target, &outcome, 4);
        expect_counts(&home, 4, 0, 4, 0);
        assert_eq!(sizes(&target), [4, 4], "{shown}");
    }
}

#[test]
fn an_answer_that_does_not_come_in_time_is_an_unknown_outcome() {
    let late = Reply::json(200, "{\"items\":[]}").after(Duration::from_secs(20));
    let target = once(BulkFault::AfterStoring(late));
    let home = Home::new();
    // The time-out counts from the last byte sent, so a slow machine only makes the run longer.
    let outcome = push(&home, &target, documents(2))
        .args(["--es-timeout", "1s"])
        .succeed();
    expect_all_stored(&target, &outcome, 2);
    expect_counts(&home, 2, 0, 2, 0);
}

#[test]
fn the_server_says_how_long_to_wait_and_is_obeyed() {
    let target = once(BulkFault::Answer(busy(Some("2"))));
    let home = Home::new();
    push(&home, &target, documents(1)).succeed();
    let calls = target.bulk_calls();
    assert!(calls[1].at - calls[0].at >= Duration::from_secs(2));

    let target = once(BulkFault::Answer(busy(Some("3600"))));
    push(&home, &target, documents(1))
        .run()
        .expect_code(6)
        .expect_said("wants to be asked again only in 3600 s");
    assert_eq!(
        target.bulk_calls().len(),
        1,
        "asked to wait longer than the budget"
    );
}

#[test]
fn a_wait_longer_than_any_clock_is_no_defect() {
    let ages = u64::MAX.to_string();
    for status in [429, 502, 503] {
        let reply = Reply::new(status).with("Retry-After", &ages);
        let target = once(BulkFault::Answer(reply));
        let home = Home::new();
        push(&home, &target, documents(1))
            .run()
            .expect_code(6)
            .expect_said("wants to be asked again only in");
    }
}

#[test]
fn a_server_that_stays_away_ends_the_run_after_the_budget() {
    for reply in [Reply::new(503), Reply::new(500), Reply::reset(), busy(None)] {
        let target = always(BulkFault::Answer(reply));
        let home = Home::new();
        push_with_letters(&home, &target, documents(3))
            .args(["--retry-for", "1s"])
            .run()
            .expect_code(6)
            .expect_error_and_hint(
                "gave up after 1 s without progress",
                "run the same command again",
            );
        let summary = expect_counts(&home, 3, 0, 0, 0);
        assert_eq!(summary["reasons"], serde_json::json!(["elasticsearch"]));
        assert_eq!(letters(&home).len(), 0);
    }
}

#[test]
fn a_request_that_is_refused_for_pressure_again_and_again_is_halved() {
    let target = scripted((1..=3).fold(Script::none(), |script, number| {
        script.on(number, BulkFault::Answer(busy(None)))
    }));
    let home = Home::new();
    let outcome = push(&home, &target, documents(8))
        .args(["--jobs", "1"])
        .succeed();
    expect_all_stored(&target, &outcome, 8);
    assert_eq!(sizes(&target), [8, 8, 4, 2, 2, 4]);
}

#[test]
fn a_busy_server_is_asked_by_fewer_and_then_by_more_again() {
    let target = scripted((1..=4).fold(Script::none(), |script, number| {
        script.on(number, BulkFault::Answer(busy(None)))
    }));
    let home = Home::new();
    let outcome = push(&home, &target, documents(60))
        .args(["--batch-docs", "2", "--jobs", "4", "-v"])
        .succeed()
        .expect_said("the server is busy: 2 requests at once for now");
    expect_all_stored(&target, &outcome, 60);
}

#[test]
fn a_document_that_alone_exceeds_the_servers_memory_limit_is_a_dead_letter() {
    let reason = "rejected execution of coordinating operation [coordinating_and_primary_bytes=0, replica_bytes=0, all_bytes=0, coordinating_operation_bytes=2000000, max_coordinating_and_primary_bytes=1048576]";
    let refused = || BulkFault::Answer(error(429, "es_rejected_execution_exception", reason));
    let target = scripted(Script::none().on(1, refused()).on(2, refused()));
    let home = Home::new();
    push_with_letters(&home, &target, documents(2))
        .args(["--jobs", "1"])
        .run()
        .expect_code(3);
    expect_counts(&home, 2, 1, 0, 1);
    assert_eq!(sizes(&target), [2, 1, 1]);
    assert_eq!(letters(&home)[0]["_id"], id(0));
}

#[test]
fn a_request_that_is_too_large_is_split_and_the_limit_is_remembered() {
    let target = Target::with_template(Setup {
        largest: Some(3000),
        ..Setup::default()
    });
    let home = Home::new();
    let outcome = push(&home, &target, documents(100))
        .args(["--batch-docs", "50", "--jobs", "1"])
        .succeed();
    expect_all_stored(&target, &outcome, 100);
    let summary = expect_counts(&home, 100, 100, 0, 0);
    assert_eq!(summary["retries"], 0);
    let refused = target
        .bulk_calls()
        .iter()
        .filter(|call| call.body.len() > 3000)
        .count();
    assert_eq!(refused, 1, "the second batch knows: {:?}", sizes(&target));
}

#[test]
fn a_single_document_that_is_too_large_is_a_dead_letter() {
    let target = Target::with_template(Setup {
        largest: Some(500),
        ..Setup::default()
    });
    let home = Home::new();
    let large = document(1).replace("\"n\":1", &format!("\"n\":\"{}\"", "x".repeat(600)));
    let lines = format!("{}\n{large}\n{}\n", document(0), document(2));
    push_with_letters(&home, &target, lines)
        .args(["--jobs", "1"])
        .run()
        .expect_code(3);
    expect_counts(&home, 3, 2, 0, 1);
    let letter = &letters(&home)[0];
    assert_eq!(
        (&letter["status"], &letter["_id"]),
        (&413.into(), &id(1).into())
    );
    assert_eq!(letter["record"], large);
}

/// A document that is too large for [`small_server`].
fn large(number: usize) -> String {
    document(number).replace("\"n\":", &format!("\"x\":\"{}\",\"n\":", "x".repeat(600)))
}

/// A server that takes a few small documents at once.
fn small_server() -> Target {
    Target::with_template(Setup {
        largest: Some(500),
        ..Setup::default()
    })
}

#[test]
fn a_document_that_is_too_large_waits_for_others_to_show_that_the_server_takes_any() {
    let lines = format!("{}\n{}{}\n", large(7), documents(2), large(8));
    for documents in ["1", "5000"] {
        let target = small_server();
        let home = Home::new();
        push_with_letters(&home, &target, lines.clone())
            .args(["--batch-docs", documents, "--jobs", "1"])
            .run()
            .expect_code(3);
        expect_counts(&home, 4, 2, 0, 2);
        let letters = letters(&home);
        let found: Vec<_> = letters.iter().map(|letter| &letter["_id"]).collect();
        assert_eq!(found, [&id(7), &id(8)], "{documents}");
        let reason = letters[0]["reason"].as_str().expect("a reason");
        assert!(
            reason.starts_with("the server takes no request of 7"),
            "{reason}"
        );
    }
}

#[test]
fn many_documents_that_are_too_large_are_to_blame_where_only_smaller_ones_were_taken() {
    let large: String = (20..60).map(|number| large(number) + "\n").collect();
    let target = small_server();
    let home = Home::new();
    push_with_letters(&home, &target, documents(20) + &large)
        .args(["--batch-docs", "20", "--jobs", "1"])
        .run()
        .expect_code(3);
    expect_counts(&home, 60, 20, 0, 40);
}

#[test]
fn large_documents_are_to_blame_themselves_and_so_is_one_alone() {
    let of = |number: usize, bytes: usize| {
        let text = "x".repeat(bytes);
        document(number).replace("\"n\":", &format!("\"x\":\"{text}\",\"n\":"))
    };
    for (count, bytes, read) in [(20, 64 << 10, 20), (1, 600, 1)] {
        let target = small_server();
        let home = Home::new();
        let lines: String = (0..count).map(|number| of(number, bytes) + "\n").collect();
        push_with_letters(&home, &target, lines)
            .run()
            .expect_code(3);
        expect_counts(&home, read, 0, 0, read);
    }
}

#[test]
fn a_413_for_everything_is_no_documents_fault() {
    for (count, batch, with_letters) in [(8, "5000", true), (8, "5000", false), (40, "1", true)] {
        let target = always(BulkFault::Answer(Reply::html(413)));
        let home = Home::new();
        let run = if with_letters {
            push_with_letters(&home, &target, documents(count))
        } else {
            push(&home, &target, documents(count))
        };
        run.args(["--batch-docs", batch, "--jobs", "1"])
            .run()
            .expect_code(6)
            .expect_error_and_hint("the server takes no request of ", "client_max_body_size");
        let summary = home.summary("s.json");
        let settled = (&summary["indexed"], &summary["rejected"]);
        assert_eq!(settled, (&0.into(), &0.into()), "{summary}");
        if with_letters {
            assert_eq!(letters(&home).len(), 0, "{count}");
        }
        let requests = target.bulk_calls().len();
        assert!(requests <= 16, "{requests} requests for {count}");
    }
}

#[test]
fn a_413_for_everything_in_the_middle_of_a_load_ends_it_too() {
    let target = scripted(Script::none().from(2, BulkFault::Answer(too_large())));
    let home = Home::new();
    push_with_letters(&home, &target, documents(400))
        .args(["--batch-docs", "100", "--jobs", "1"])
        .run()
        .expect_code(6)
        .expect_said("as too large");
    let summary = home.summary("s.json");
    assert_eq!(
        (&summary["indexed"], &summary["rejected"]),
        (&100.into(), &0.into())
    );
    assert_eq!(letters(&home).len(), 0);
}

#[test]
fn a_413_of_any_form_is_understood() {
    for reply in [too_large(), Reply::html(413)] {
        let target = once(BulkFault::Answer(reply));
        let home = Home::new();
        let outcome = push(&home, &target, documents(4)).succeed();
        expect_all_stored(&target, &outcome, 4);
        assert_eq!(sizes(&target)[..2], [4, 2]);
    }
}

#[test]
fn a_connection_that_closes_twice_under_a_large_request_is_taken_for_a_413() {
    let target = scripted(
        Script::none()
            .on(1, BulkFault::Answer(Reply::reset()))
            .on(2, BulkFault::Answer(Reply::reset())),
    );
    let home = Home::new();
    let lines = documents(1000);
    assert!(lines.len() > 64 << 10);
    let outcome = push(&home, &target, lines).args(["--jobs", "1"]).succeed();
    expect_all_stored(&target, &outcome, 1000);
    assert_eq!(sizes(&target), [1000, 1000, 500, 500]);
}

/// A target at which one document with the member `poison` spoils its whole request.
fn poisonable() -> Target {
    Target::with_template(Setup {
        poison: Some("poison"),
        ..Setup::default()
    })
}

/// So many documents, those with these numbers poisoned.
fn partly_poisoned(count: usize, poisoned: &Range<usize>) -> String {
    let line = |number: usize| {
        let line = document(number) + "\n";
        if poisoned.contains(&number) {
            line.replace("\"n\":", "\"poison\":")
        } else {
            line
        }
    };
    (0..count).map(line).collect()
}

#[test]
fn the_document_that_poisons_a_request_is_found_and_the_rest_arrives() {
    let target = Target::with_template(Setup {
        poison: Some("\"n\":37}"),
        ..Setup::default()
    });
    let home = Home::new();
    push_with_letters(&home, &target, documents(64))
        .args(["--jobs", "1"])
        .run()
        .expect_code(3);
    expect_counts(&home, 64, 63, 0, 1);
    let written = letters(&home);
    assert_eq!(written.len(), 1);
    assert_eq!(written[0]["record"], document(37));
    assert_eq!(
        written[0]["reason"],
        "one document spoils the whole request"
    );
    assert_eq!(written[0]["status"], 400);
    let requests = target.bulk_calls().len();
    assert!(
        requests <= 1 + 2 * 6,
        "{requests} requests for one culprit of 64"
    );
}

#[test]
fn several_poisoned_documents_are_all_found() {
    let target = poisonable();
    let home = Home::new();
    let lines: String = (0..20)
        .map(|number| document(number) + "\n")
        .map(|line| {
            if line.contains("00003=") || line.contains("00014=") || line.contains("00015=") {
                line.replace("\"n\":", "\"poison\":")
            } else {
                line
            }
        })
        .collect();
    push_with_letters(&home, &target, lines)
        .run()
        .expect_code(3);
    expect_counts(&home, 20, 17, 0, 3);
    let ids = of_letters(&home, "_id");
    assert_eq!(ids, [id(3), id(14), id(15)]);
}

#[test]
fn many_poisoned_documents_in_a_row_do_not_put_the_blame_on_the_target() {
    for poisoned in [0..40, 300..900, 960..1000] {
        let target = poisonable();
        let home = Home::new();
        let lines = partly_poisoned(1000, &poisoned);
        push_with_letters(&home, &target, lines)
            .run()
            .expect_code(3);
        let bad = poisoned.len();
        let counted = u64::try_from(bad).expect("small");
        expect_counts(&home, 1000, 1000 - counted, 0, counted);
        let mut found: Vec<String> = letters(&home)
            .iter()
            .map(|letter| letter["_id"].as_str().unwrap_or_default().to_owned())
            .collect();
        found.sort();
        let mut expected: Vec<String> = poisoned.map(id).collect();
        expected.sort();
        assert_eq!(found, expected);
    }
}

#[test]
fn poisoned_documents_that_fill_a_batch_are_found_once_others_were_taken() {
    for batch in ["1", "2", "3", "6"] {
        for poisoned in [0..2, 2..4, 4..6] {
            let target = poisonable();
            let home = Home::new();
            let lines = partly_poisoned(6, &poisoned);
            push_with_letters(&home, &target, lines)
                .args(["--batch-docs", batch, "--jobs", "1"])
                .run()
                .expect_code(3);
            expect_counts(&home, 6, 4, 0, 2);
        }
    }
}

#[test]
fn a_lone_document_that_is_refused_as_a_request_is_a_dead_letter() {
    let target = Target::with_template(Setup {
        poison: Some("\"n\":0}"),
        ..Setup::default()
    });
    let home = Home::new();
    push_with_letters(&home, &target, documents(1))
        .run()
        .expect_code(3);
    expect_counts(&home, 1, 0, 0, 1);
}

#[test]
fn when_every_document_alone_is_refused_alike_the_target_is_to_blame() {
    let reply = error(400, "illegal_argument_exception", "pipeline is broken");
    let target = always(BulkFault::Answer(reply));
    let home = Home::new();
    push_with_letters(&home, &target, documents(8))
        .run()
        .expect_code(6)
        .expect_error_and_hint("pipeline is broken", "--pipeline");
    expect_counts(&home, 8, 0, 0, 0);
    assert_eq!(letters(&home).len(), 0);
    assert_eq!(target.bulk_calls().len(), 15);
}

#[test]
fn an_unknown_parameter_is_no_documents_fault() {
    let reason = "request [/x/_bulk] contains unrecognized parameter: [pipeline]";
    let target = always(BulkFault::Answer(error(
        400,
        "illegal_argument_exception",
        reason,
    )));
    let home = Home::new();
    push_with_letters(&home, &target, documents(8))
        .run()
        .expect_code(6)
        .expect_said("[pipeline]");
    assert_eq!(target.bulk_calls().len(), 1);
}

#[test]
fn what_ends_a_run_ends_it_at_once_with_its_code() {
    let cases = [
        (
            unauthorized(),
            4,
            "refuses the credentials",
            "JCX_ES_API_KEY",
        ),
        (
            forbidden("indices:data/write/bulk"),
            4,
            "privilege",
            "create_doc",
        ),
        (read_only(), 6, "takes no writes", "no privilege is missing"),
        (Reply::new(404), 6, "is not Elasticsearch", "--es-url"),
        (Reply::html(404), 6, "is not Elasticsearch", "--es-url"),
        (
            Reply::new(302).header("Location", "https://login.example.test/"),
            6,
            "redirects are not followed",
            "--es-url",
        ),
        (
            Reply::new(307).header("Location", "https://login.example.test/"),
            6,
            "redirects are not followed",
            "--es-url",
        ),
        (Reply::html(200), 6, "text/html", "--es-url"),
        (Reply::html(400), 6, "is not Elasticsearch", "--es-url"),
        (
            Reply::json(200, "{\"ok\":true}"),
            6,
            "{\"ok\":true}",
            "--es-url",
        ),
    ];
    for (reply, code, said, hint) in cases {
        let target = always(BulkFault::Answer(reply));
        let home = Home::new();
        push_with_letters(&home, &target, documents(3))
            .env("JCX_ES_API_KEY", "a:b")
            .run()
            .expect_code(code)
            .expect_error_and_hint(said, hint);
        expect_counts(&home, 3, 0, 0, 0);
        assert_eq!(target.bulk_calls().len(), 1, "{said}");
        assert_eq!(letters(&home).len(), 0, "{said}");
    }
}

#[test]
fn a_200_without_items_is_no_success() {
    let target = always(BulkFault::NoItems);
    let home = Home::new();
    push(&home, &target, documents(2))
        .run()
        .expect_code(6)
        .expect_said("\"errors\":false");
    expect_counts(&home, 2, 0, 0, 0);
}

#[test]
fn what_was_confirmed_before_the_end_stays_counted() {
    let target = scripted(Script::none().from(3, BulkFault::Answer(unauthorized())));
    let home = Home::new();
    push(&home, &target, documents(10))
        .args(["--batch-docs", "2", "--jobs", "1"])
        .run()
        .expect_code(4)
        .expect_said("everything up to line 4 of stdin (4 documents)");
    let summary = home.summary("s.json");
    assert_eq!(
        (&summary["indexed"], &summary["duplicates"]),
        (&4.into(), &0.into())
    );
    assert_eq!(target.documents(STREAM).len(), 4);
}

#[test]
fn requests_of_other_workers_end_before_the_run_does() {
    // The second request answers late; the first is refused at once.
    let stored = Reply::json(200, "{\"items\":[{\"create\":{\"status\":201}}]}")
        .after(Duration::from_secs(1));
    let target = Target::with_template(Setup {
        poison: Some("\"n\":0}"),
        bulks: Script::none()
            .on(2, BulkFault::AfterStoring(stored.clone()))
            .on(1, BulkFault::AfterStoring(stored)),
        ..Setup::default()
    });
    let home = Home::new();
    push(&home, &target, documents(6))
        .args(["--batch-docs", "1", "--jobs", "2"])
        .run()
        .expect_code(3);
    let summary = home.summary("s.json");
    let settled = summary["indexed"].as_u64().expect("a number");
    assert_eq!(settled, target.documents(STREAM).len() as u64, "{summary}");
    assert_eq!(summary["rejected"], 1);
    assert_eq!(summary["read"].as_u64(), Some(settled + 1));
}

/// A request with this many documents refused for a reason that names another number each time.
fn refused_with_numbers() -> Script<BulkFault> {
    (1..=200).fold(Script::none(), |script, number| {
        let reason = format!("cannot work at offset {}", number * 37);
        let reply = error(400, "illegal_argument_exception", &reason);
        script.on(number, BulkFault::Answer(reply))
    })
}

#[test]
fn a_fault_of_the_target_is_found_out_with_batches_of_one_document_too() {
    for (count, requests) in [(40, 16), (5, 5)] {
        let target = scripted(refused_with_numbers());
        let home = Home::new();
        push_with_letters(&home, &target, documents(count))
            .args(["--batch-docs", "1", "--jobs", "1"])
            .run()
            .expect_code(6)
            .expect_error_and_hint("none of them is to blame", "--pipeline");
        assert_eq!(letters(&home).len(), 0, "{count}");
        assert_eq!(target.bulk_calls().len(), requests, "{count}");
    }
}

#[test]
fn the_search_in_a_batch_ends_when_enough_documents_were_refused_alike() {
    let target = scripted(refused_with_numbers());
    let home = Home::new();
    push_with_letters(&home, &target, documents(1000))
        .args(["--jobs", "1"])
        .run()
        .expect_code(6)
        .expect_said("none of them is to blame");
    assert_eq!(letters(&home).len(), 0);
    let requests = target.bulk_calls().len();
    // The way down, the first sixteen, and documents from all over the rest.
    assert!(requests <= 20 + 20 + 34, "{requests}");
}

#[test]
fn a_document_that_waited_for_others_to_clear_the_target_is_a_dead_letter() {
    let target = poisonable();
    let home = Home::new();
    let lines =
        documents(2).replace("\"n\":", "\"poison\":") + &document(2) + "\n" + &document(3) + "\n";
    push_with_letters(&home, &target, lines)
        .args(["--batch-docs", "1", "--jobs", "1"])
        .run()
        .expect_code(3);
    expect_counts(&home, 4, 2, 0, 2);
    let lines = of_letters(&home, "line");
    assert_eq!(lines, [1, 2]);
}

#[test]
fn a_pipeline_that_does_not_exist_is_no_documents_fault() {
    let kind = "illegal_argument_exception";
    let reason = "pipeline with id [x] does not exist";
    let whole = || BulkFault::Answer(error(400, kind, reason));
    let item = Item::refused(400, kind, reason);
    for (bulks, refusals, code, stored) in [
        (Script::none().from(1, whole()), Vec::new(), 2, 0),
        (Script::none().from(2, whole()), Vec::new(), 6, 1),
        (
            Script::none(),
            vec![Refusal::of("\"n\":0}", item.clone())],
            2,
            0,
        ),
        (Script::none(), vec![Refusal::of("\"n\":1}", item)], 6, 1),
    ] {
        let target = Target::with_template(Setup {
            bulks,
            refusals,
            ..Setup::default()
        });
        let home = Home::new();
        push_with_letters(&home, &target, documents(3))
            .args(["--batch-docs", "1", "--jobs", "1", "--pipeline", "x"])
            .run()
            .expect_code(code)
            .expect_error_and_hint("pipeline with id [x] does not exist", "--pipeline");
        assert_eq!(letters(&home).len(), 0);
        let summary = home.summary("s.json");
        assert_eq!(summary["indexed"], stored);
        assert_eq!(summary["rejected"], 0);
    }
}

#[test]
fn an_answer_with_broken_texts_in_a_reason_still_says_what_is_stored() {
    let head = b"{\"items\":[{\"create\":{\"status\":201}},{\"create\":{\"status\":400,\"error\":{\"type\":\"t\",\"reason\":\"a";
    for broken in [&b"\\ud800"[..], b"\xff\xfe"] {
        let body = [&head[..], broken, b"b\"}}}]}"].concat();
        let reply = Reply::json(200, "").body(body);
        let target = once(BulkFault::Answer(reply));
        let home = Home::new();
        push_with_letters(&home, &target, documents(2))
            .run()
            .expect_code(3);
        expect_counts(&home, 2, 1, 0, 1);
        let reason = letters(&home)[0]["reason"].clone();
        let reason = reason.as_str().expect("a reason");
        assert!(
            reason.starts_with("a\u{fffd}") && reason.ends_with('b'),
            "{reason}"
        );
    }
}

#[test]
fn documents_without_an_id_that_may_be_there_twice_are_counted_and_warned_of() {
    let line = "{\"@timestamp\":\"2025-03-01T00:00:00Z\"}\n";
    let lines = line.repeat(2) + &documents(1);
    for (fault, twice) in [
        (BulkFault::AfterStoring(Reply::new(503)), true),
        (BulkFault::Answer(busy(None)), false),
    ] {
        let target = once(fault);
        let home = Home::new();
        let outcome = push(&home, &target, lines.clone()).succeed();
        let said = outcome.stderr.contains(
            "warning: 2 documents without an _id were sent again after an answer that got lost",
        );
        assert_eq!(said, twice, "{}", outcome.stderr);
        outcome.expect_said("because its answer got lost");
        assert_eq!(home.summary("s.json")["without_id"], 2);
        assert_eq!(target.documents(STREAM).len(), if twice { 5 } else { 3 });
    }
}

#[test]
fn a_request_whose_answer_is_too_long_goes_again_in_halves() {
    let long = Reply::json(200, " ".repeat((64 << 20) + 1));
    let target = once(BulkFault::AfterStoring(long));
    let home = Home::new();
    let outcome = push(&home, &target, documents(4)).arg("-v").succeed();
    expect_all_stored(&target, &outcome, 4);
    expect_counts(&home, 4, 0, 4, 0);
    assert_eq!(sizes(&target), [4, 2, 2]);
    outcome.expect_said("the answer is longer than 64 MiB");
}

#[test]
fn an_item_that_may_be_written_all_the_same_may_be_there_twice() {
    for (status, kind, twice) in [
        (429, "es_rejected_execution_exception", false),
        (503, "unavailable_shards_exception", true),
        (503, "process_cluster_event_timeout_exception", false),
        (503, "cluster_block_exception", false),
        (500, "node_disconnected_exception", true),
    ] {
        // The other one is put off too, and was not written.
        let item = Item::refused(status, kind, "later");
        let busy = Item::refused(429, "es_rejected_execution_exception", "later");
        let one = |part: &'static str| move |document: &str| document.contains(part);
        let target = Target::with_template(Setup {
            refusals: vec![
                Refusal::when(one("00:00:01Z"), item).times(1),
                Refusal::when(one("00:00:02Z"), busy).times(1),
            ],
            ..Setup::default()
        });
        let home = Home::new();
        let line = |second| format!("{{\"@timestamp\":\"2025-03-01T00:00:0{second}Z\"}}\n");
        let outcome = push(&home, &target, (0..3).map(line).collect::<String>()).succeed();
        let said = outcome
            .stderr
            .contains("warning: 1 document without an _id was sent again after an answer");
        assert_eq!(said, twice, "{kind}: {}", outcome.stderr);
        assert_eq!(home.summary("s.json")["retried_items"], 2);
        assert_eq!(target.documents(STREAM).len(), 3);
    }
}

#[test]
fn batches_and_documents_without_an_id_count_when_a_server_has_answered_for_them() {
    let target = scripted(Script::none().from(2, BulkFault::Answer(unauthorized())));
    let home = Home::new();
    let line = "{\"@timestamp\":\"2025-03-01T00:00:00Z\"}\n";
    push_with_letters(&home, &target, line.repeat(6))
        .args(["--batch-docs", "1", "--jobs", "1"])
        .run()
        .expect_code(4);
    let summary = home.summary("s.json");
    assert_eq!(summary["batches"], 1, "{summary}");
    assert_eq!(summary["without_id"], 1, "{summary}");
}

#[test]
fn a_known_failure_does_not_wait_for_an_answer_that_does_not_come() {
    let stall = Reply::json(200, "{}").after(Duration::from_secs(40));
    let target = scripted(
        Script::none()
            .on(1, BulkFault::Answer(stall))
            .on(2, BulkFault::Answer(unauthorized())),
    );
    let home = Home::new();
    let outcome = push(&home, &target, documents(4))
        .args(["--batch-docs", "1", "--jobs", "2"])
        .run()
        .expect_code(4);
    assert!(outcome.took < Duration::from_secs(20), "{:?}", outcome.took);
}
