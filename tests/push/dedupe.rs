//! Documents that are in a data stream already, also in an older backing index, are not stored again
//! (`docs/elasticsearch-bulk.md` section 5).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{STREAM, document, documents, expect_all_stored, expect_counts, id, push, sizes};
use crate::harness::{Home, Jcx};
use crate::samples::http::{Reply, Request, Script, Server};
use crate::samples::target::{
    BulkFault, Item, Refusal, Rollover, SearchFault, Setup, Target, error,
};
use serde_json::Value;

/// A stream of two backing indices; documents `0..count` are in the older one.
fn rolled_over(setup: Setup, count: usize) -> Target {
    let target = Target::with_template(setup);
    let home = Home::new();
    push(&home, &target, documents(count))
        .args(["--dedupe", "conflict"])
        .succeed();
    target.roll_over(STREAM);
    target
}

/// Lines of these documents.
fn lines(numbers: impl IntoIterator<Item = usize>) -> String {
    numbers
        .into_iter()
        .map(|number| document(number) + "\n")
        .collect()
}

/// One request after the other, each with so many documents.
fn in_batches(jcx: Jcx, documents: &str) -> Jcx {
    jcx.args(["--jobs", "1", "--batch-docs", documents])
}

/// Panics where an id is in the stream twice.
fn expect_no_second_copy(target: &Target) {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for (id, _) in target.documents(STREAM) {
        *times.entry(id).or_default() += 1;
    }
    times.retain(|_, times| *times > 1);
    assert!(times.is_empty(), "stored twice: {times:?}");
}

#[test]
fn what_an_older_backing_index_holds_is_found_and_not_sent() {
    let target = rolled_over(Setup::default(), 10);
    let home = Home::new();
    push(&home, &target, documents(12))
        .arg("-v")
        .succeed()
        .expect_said("batch 0: 12 ids looked up, 10 of them there already");
    let summary = expect_counts(&home, 12, 2, 10, 0);
    assert_eq!(
        summary["requests"], 7,
        "the look (3), refresh, search, bulk: {summary}"
    );
    expect_all_stored(&target, &push(&home, &target, documents(12)).succeed(), 12);
    expect_counts(&home, 12, 0, 12, 0);
    assert_eq!(sizes(&target), [10, 2]);
}

#[test]
fn the_question_is_the_one_of_the_reference_page_and_comes_after_a_refresh() {
    let target = rolled_over(Setup::default(), 1);
    let home = Home::new();
    push(&home, &target, documents(2)).succeed();
    let calls = target.calls();
    let at = |ending: &str| {
        calls
            .iter()
            .rposition(|call| call.path.ends_with(ending))
            .expect("asked")
    };
    assert!(at("/_refresh") < at("/_search") && at("/_search") < at("/_bulk"));
    let search = &calls[at("/_search")];
    for (name, value) in [
        ("_source", "false"),
        ("allow_partial_search_results", "false"),
        ("filter_path", "hits.hits._id,_shards.failed,timed_out"),
    ] {
        assert_eq!(search.parameter(name).as_deref(), Some(value));
    }
    let body: Value = serde_json::from_str(&search.text()).expect("JSON");
    let expected = serde_json::json!({
        "size": 2, "track_total_hits": false, "query": {"ids": {"values": [id(0), id(1)]}}
    });
    assert_eq!(body, expected);
}

#[test]
fn one_index_needs_no_question() {
    for arguments in [&["--index", "plain"][..], &[]] {
        let target = Target::with_template(Setup::default());
        let home = Home::new();
        for duplicates in [0, 5] {
            push(&home, &target, documents(5)).args(arguments).succeed();
            expect_counts(&home, 5, 5 - duplicates, duplicates, 0);
        }
        assert_eq!(
            (target.count("/_search"), target.count("/_refresh")),
            (0, 0)
        );
    }
}

#[test]
fn conflict_relies_on_the_newest_index_alone() {
    let target = rolled_over(Setup::default(), 5);
    let home = Home::new();
    for (indexed, duplicates) in [(5, 0), (0, 5)] {
        push(&home, &target, documents(5))
            .args(["--dedupe", "conflict"])
            .succeed();
        expect_counts(&home, 5, indexed, duplicates, 0);
    }
    assert_eq!(target.documents(STREAM).len(), 10);
    assert_eq!(target.count("/_search"), 0);
}

#[test]
fn without_deduplication_no_id_is_sent_and_a_repeated_request_is_counted() {
    let bulks = Script::none().on(1, BulkFault::AfterStoring(Reply::new(504)));
    let target = Target::with_template(Setup {
        bulks,
        ..Setup::default()
    });
    let home = Home::new();
    let outcome = push(&home, &target, documents(3))
        .args(["--dedupe", "none"])
        .succeed();
    let outcome = outcome
        .expect_said("without their _id")
        .expect_said("3 documents without an _id were sent again");
    assert!(
        !outcome.stderr.contains("--no-metadata"),
        "{}",
        outcome.stderr
    );
    let summary = expect_counts(&home, 3, 3, 0, 0);
    assert_eq!(summary["without_id"], 3);
    assert_eq!(target.documents(STREAM).len(), 6);
    for call in target.bulk_calls() {
        assert!(!call.text().contains("_id"), "{}", call.text());
    }
}

#[test]
fn an_unknown_outcome_before_a_rollover_is_looked_up() {
    let faults = [
        BulkFault::AfterStoring(Reply::new(504)),
        BulkFault::CutReply(20),
    ];
    for fault in faults {
        for older in [0, 2] {
            let bulk = if older > 0 { 2 } else { 1 };
            let setup = Setup {
                bulks: Script::none().on(bulk, fault.clone()),
                rollovers: vec![Rollover::After(bulk)],
                ..Setup::default()
            };
            let target = if older > 0 {
                rolled_over(setup, older)
            } else {
                Target::with_template(setup)
            };
            let home = Home::new();
            let outcome = push(&home, &target, documents(6)).succeed();
            expect_no_second_copy(&target);
            expect_all_stored(&target, &outcome, 6);
            expect_counts(&home, 6, 0, 6, 0);
        }
    }
}

#[test]
fn a_document_that_may_be_written_all_the_same_is_looked_up_before_it_goes_again() {
    let written = Item {
        stored: true,
        ..Item::refused(500, "node_disconnected_exception", "gone")
    };
    let setup = Setup {
        refusals: vec![Refusal::of("\"n\":3", written).times(1)],
        rollovers: vec![Rollover::After(2)],
        ..Setup::default()
    };
    let target = rolled_over(setup, 2);
    let home = Home::new();
    let outcome = push(&home, &target, documents(6)).succeed();
    expect_no_second_copy(&target);
    expect_all_stored(&target, &outcome, 6);
    expect_counts(&home, 6, 3, 3, 0);
}

#[test]
fn a_rollover_between_two_requests_is_noticed() {
    // The stream has one index at the start, and the first documents come again at the end.
    let target = Target::with_template(Setup {
        rollovers: vec![Rollover::After(2)],
        ..Setup::default()
    });
    let home = Home::new();
    in_batches(push(&home, &target, lines((0..6).chain(0..4))), "2")
        .arg("-v")
        .succeed()
        .expect_said("has rolled over");
    expect_no_second_copy(&target);
    expect_counts(&home, 10, 6, 4, 0);
}

#[test]
fn a_rollover_between_the_look_and_the_request_lets_nothing_in_twice() {
    let target = rolled_over(
        Setup {
            // The request of the setup is the first one.
            rollovers: vec![Rollover::Before(4)],
            ..Setup::default()
        },
        1,
    );
    let home = Home::new();
    // What was stored in the second index is not refreshed when its copies come for the third.
    in_batches(push(&home, &target, lines([1, 2, 3, 4, 1, 5, 2, 6])), "2").succeed();
    expect_no_second_copy(&target);
    expect_counts(&home, 8, 6, 2, 0);
}

#[test]
fn what_a_rollover_lets_in_under_way_is_said() {
    let target = Target::with_template(Setup {
        rollovers: vec![Rollover::Before(2)],
        ..Setup::default()
    });
    let home = Home::new();
    in_batches(push(&home, &target, lines([0, 1, 0, 2, 1, 3])), "2")
        .run()
        .expect_code(3)
        .expect_said("1 document stored in two backing indices now");
    assert_eq!(target.documents(STREAM).len(), 5, "only what was under way");
    expect_counts(&home, 6, 5, 1, 0);
}

#[test]
fn what_a_rollover_lets_in_is_among_the_reasons_however_the_run_ends() {
    let target = Target::with_template(Setup {
        rollovers: vec![Rollover::Before(2)],
        refusals: vec![Refusal::of(
            "\"n\":3}",
            Item::refused(400, "document_parsing_exception", "no"),
        )],
        ..Setup::default()
    });
    let home = Home::new();
    in_batches(push(&home, &target, lines([0, 1, 0, 2, 1, 3])), "2")
        .run()
        .expect_code(3);
    let summary = home.summary("s.json");
    assert_eq!(
        summary["reasons"],
        serde_json::json!(["stored_twice", "rejected"])
    );
}

#[test]
fn what_a_rollover_lets_in_under_way_is_said_too_where_the_answer_got_lost() {
    let target = Target::with_template(Setup {
        bulks: Script::none().on(2, BulkFault::AfterStoring(Reply::new(504))),
        rollovers: vec![Rollover::Before(2)],
        ..Setup::default()
    });
    let home = Home::new();
    in_batches(push(&home, &target, lines([0, 1, 0, 2])), "2")
        .run()
        .expect_code(3)
        .expect_said("1 document stored in two backing indices now");
    assert_eq!(target.documents(STREAM).len(), 4, "only what was under way");
    expect_counts(&home, 4, 2, 2, 0);
}

#[test]
fn copies_that_a_rollover_let_in_are_counted_with_one_search() {
    let target = Target::with_template(Setup {
        rollovers: vec![Rollover::Before(2)],
        ..Setup::default()
    });
    let home = Home::new();
    in_batches(push(&home, &target, lines((0..50).chain(0..50))), "50")
        .run()
        .expect_code(3)
        .expect_said("50 documents stored in two backing indices now");
    let calls = target.calls();
    let searches = calls.iter().filter(|call| call.path.contains("/_search"));
    assert_eq!(searches.count(), 1);
}

/// Invented numbers, the same each time.
fn invented(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |below| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    }
}

#[test]
fn whatever_happens_to_several_requests_at_once_nothing_is_stored_twice() {
    for seed in 0..8 {
        let mut next = invented(seed);
        let mut bulks = Script::none();
        let mut rollovers = Vec::new();
        for _ in 0..6 {
            let fault = if next(2) == 0 {
                BulkFault::CutReply(30)
            } else {
                BulkFault::AfterStoring(Reply::new(502))
            };
            bulks = bulks.on(2 + next(40), fault);
            rollovers.push(Rollover::After(2 + next(40)));
            rollovers.push(Rollover::Before(2 + next(40)));
        }
        let busy = Item::refused(429, "es_rejected_execution_exception", "queue full");
        let target = rolled_over(
            Setup {
                bulks,
                rollovers,
                refusals: vec![Refusal::when(|text| text.contains("3}"), busy).times(1)],
                ..Setup::default()
            },
            20,
        );
        let numbers: Vec<usize> = (0..200).map(|_| next(90)).collect();
        let mut distinct = numbers.clone();
        distinct.extend(0..20);
        distinct.sort_unstable();
        distinct.dedup();
        let home = Home::new();
        push(&home, &target, lines(numbers))
            .args(["--jobs", "4", "--batch-docs", "5"])
            .succeed();
        expect_no_second_copy(&target);
        assert_eq!(
            target.documents(STREAM).len(),
            distinct.len(),
            "seed {seed}"
        );
    }
}

#[test]
fn an_answer_that_is_not_whole_is_asked_for_again() {
    let faults = [
        SearchFault::TimedOut,
        SearchFault::ShardFailed,
        SearchFault::SaysTooLittle,
        SearchFault::Answer(Reply::new(503)),
        SearchFault::Answer(Reply::json(200, "{\"timed_out\":fal")),
        SearchFault::Answer(Reply::html(200)),
    ];
    for fault in faults {
        let target = rolled_over(
            Setup {
                searches: Script::none().on(1, fault.clone()),
                ..Setup::default()
            },
            4,
        );
        let home = Home::new();
        push(&home, &target, documents(5)).succeed();
        expect_no_second_copy(&target);
        expect_counts(&home, 5, 1, 4, 0);

        let target = rolled_over(
            Setup {
                searches: Script::none().from(1, fault),
                ..Setup::default()
            },
            4,
        );
        push(&home, &target, documents(5))
            .env("JCX_RETRY_FOR", "1s")
            .run()
            .expect_code(6)
            .expect_said("without progress");
        expect_counts(&home, 5, 0, 0, 0);
        assert_eq!(target.documents(STREAM).len(), 4);
    }
}

#[test]
fn a_closed_index_stops_the_run_before_anything_is_sent() {
    let target = rolled_over(Setup::default(), 4);
    target.close_oldest(STREAM, true);
    let home = Home::new();
    push(&home, &target, documents(5))
        .run()
        .expect_code(6)
        .expect_error_and_hint("is closed", "--dedupe conflict");
    assert_eq!(target.bulk_calls().len(), 1);
    target.close_oldest(STREAM, false);
    push(&home, &target, documents(5)).succeed();
    expect_counts(&home, 5, 1, 4, 0);
}

#[test]
fn a_search_that_is_refused_stops_the_run() {
    let refused = error(400, "search_phase_execution_exception", "all shards failed");
    let target = rolled_over(
        Setup {
            searches: Script::none().from(1, SearchFault::Answer(refused)),
            ..Setup::default()
        },
        4,
    );
    let home = Home::new();
    push(&home, &target, documents(5))
        .run()
        .expect_code(6)
        .expect_error_and_hint("does not say which documents", "--dedupe conflict");
    assert_eq!(target.documents(STREAM).len(), 4);
}

#[test]
fn ids_are_asked_for_in_as_many_pieces_as_the_index_wants() {
    let target = rolled_over(
        Setup {
            result_window: 3,
            ..Setup::default()
        },
        10,
    );
    let home = Home::new();
    push(&home, &target, documents(12)).succeed();
    expect_no_second_copy(&target);
    expect_counts(&home, 12, 2, 10, 0);
}

#[test]
fn ids_are_asked_for_in_smaller_pieces_where_the_question_is_too_large() {
    let too_large = SearchFault::Answer(Reply::new(413));
    let setup = |searches| Setup {
        searches,
        ..Setup::default()
    };
    let target = rolled_over(setup(Script::none().on(1, too_large.clone())), 10);
    let home = Home::new();
    push(&home, &target, documents(12)).succeed();
    expect_no_second_copy(&target);
    expect_counts(&home, 12, 2, 10, 0);

    let target = rolled_over(setup(Script::none().from(1, too_large)), 10);
    push(&home, &target, documents(12))
        .run()
        .expect_code(6)
        .expect_error_and_hint("does not say which documents", "--dedupe conflict");
    assert_eq!(target.documents(STREAM).len(), 10);
}

#[test]
fn ids_that_are_there_often_hide_no_others() {
    let target = rolled_over(Setup::default(), 3);
    let home = Home::new();
    for _ in 0..3 {
        push(&home, &target, documents(3))
            .args(["--dedupe", "conflict"])
            .succeed();
        target.roll_over(STREAM);
    }
    push(&home, &target, documents(8))
        .args(["--dedupe", "conflict"])
        .succeed();
    target.roll_over(STREAM);
    let before = target.documents(STREAM).len();
    push(&home, &target, documents(9)).succeed();
    expect_counts(&home, 9, 1, 8, 0);
    assert_eq!(target.documents(STREAM).len(), before + 1);
}

#[test]
fn without_the_privilege_read_nothing_is_sent() {
    let search = "POST /logs-jumpcloud.events-default/_search";
    for more in [&[][..], &["POST /logs-jumpcloud.events-default/_refresh"]] {
        let forbidden = [&[search], more].concat();
        let target = rolled_over(
            Setup {
                forbidden,
                ..Setup::default()
            },
            4,
        );
        let home = Home::new();
        push(&home, &target, documents(5))
            .run()
            .expect_code(4)
            .expect_error_and_hint("the privilege read is missing", "--dedupe conflict");
        assert_eq!(target.documents(STREAM).len(), 4);
        push(&home, &target, documents(5))
            .args(["--dedupe", "conflict"])
            .succeed();
    }
}

#[test]
fn where_no_refresh_is_allowed_the_servers_own_is_waited_for() {
    let setup = |interval| Setup {
        forbidden: vec!["POST /logs-jumpcloud.events-default/_refresh"],
        refresh_interval: Some(interval),
        refreshes_itself: true,
        rollovers: vec![Rollover::After(3)],
        ..Setup::default()
    };
    let target = rolled_over(setup("200ms"), 4);
    let home = Home::new();
    in_batches(push(&home, &target, lines([0, 4, 5, 6, 1, 4, 5])), "2")
        .succeed()
        .expect_said("grant maintenance");
    expect_no_second_copy(&target);
    expect_counts(&home, 7, 3, 4, 0);

    let target = rolled_over(setup("-1"), 4);
    push(&home, &target, documents(5))
        .run()
        .expect_code(4)
        .expect_error_and_hint("is not refreshed by itself", "grant maintenance");
    assert_eq!(target.documents(STREAM).len(), 4);
}

#[test]
fn where_nobody_may_see_the_indices_ids_are_looked_up() {
    let target = rolled_over(
        Setup {
            forbidden: vec!["GET /_resolve/index/logs-jumpcloud.events-default"],
            rollovers: vec![Rollover::After(3)],
            ..Setup::default()
        },
        4,
    );
    let home = Home::new();
    in_batches(push(&home, &target, lines([0, 4, 1, 5, 4, 6, 5, 2])), "2").succeed();
    expect_no_second_copy(&target);
    expect_counts(&home, 8, 3, 5, 0);
}

/// A server behind whose name stands what `resolved` says, and that stores everything in `index`; counts the searches.
fn standing(resolved: &'static str, index: &'static str, searches: &Arc<AtomicUsize>) -> Server {
    let count = Arc::clone(searches);
    Server::start(move |request: &Request| {
        let path = request.path.as_str();
        if path.starts_with("/_resolve/") {
            return Reply::json(200, resolved);
        }
        if path.ends_with("/_refresh") {
            return Reply::json(200, "{\"_shards\":{\"failed\":0}}");
        }
        if path.ends_with("/_search") {
            count.fetch_add(1, Ordering::SeqCst);
            return Reply::json(200, "{\"timed_out\":false,\"_shards\":{\"failed\":0}}");
        }
        if path.ends_with("/_bulk") {
            let item = format!("{{\"create\":{{\"_index\":\"{index}\",\"status\":201}}}}");
            let items = vec![item; request.text().lines().count() / 2];
            return Reply::json(200, format!("{{\"items\":[{}]}}", items.join(",")));
        }
        Reply::json(400, "{\"error\":\"no handler found\"}")
    })
}

#[test]
fn an_alias_of_several_indices_is_looked_into_too() {
    let alias = "{\"indices\":[],\"aliases\":[{\"name\":\"all\",\"indices\":[\"all-1\",\"all-2\"]}],\"data_streams\":[]}";
    let searches = Arc::default();
    let server = standing(alias, "all-2", &searches);
    let home = Home::new();
    let run = home.jcx(["push", "--es-url", &server.url(), "--index", "all"]);
    in_batches(run.input(documents(6)), "2").succeed();
    assert_eq!(searches.load(Ordering::SeqCst), 3);
}

#[test]
fn documents_that_a_pipeline_sends_elsewhere_are_no_rollover() {
    let stream = "{\"indices\":[],\"aliases\":[],\"data_streams\":[{\"name\":\"logs-jumpcloud.events-default\",\"backing_indices\":[\".ds-1\"]}]}";
    let searches = Arc::default();
    let server = standing(stream, ".ds-elsewhere-1", &searches);
    let home = Home::new();
    let run = home.jcx(["push", "--es-url", &server.url(), "--pipeline", "sorts"]);
    let outcome = in_batches(run.input(documents(6)).arg("-v"), "2").succeed();
    assert_eq!(searches.load(Ordering::SeqCst), 0);
    assert!(
        !outcome.stderr.contains("rolled over"),
        "{}",
        outcome.stderr
    );
}
