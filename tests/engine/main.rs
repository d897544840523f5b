//! The real binary against a real Elasticsearch and a real OpenSearch, fetched from Maven Central and started here.
//!
//! What a simulated server cannot vouch for: that the template is accepted, that every document arrives under its id
//! and can be found by what it says, that a replay adds nothing, that a refusal is told apart. Facts, settings and
//! pitfalls: `docs/engines.md`. Needs Java 17, Maven and, once, the network; not part of plain `cargo test`.
#![allow(
    clippy::print_stderr,
    reason = "counts and times belong into the log of whoever runs this"
)]

mod artifact;
mod block;
mod client;
mod document;
mod elasticsearch;
mod engine;
mod facts;
mod input;
mod load;
mod opensearch;
mod pair;
mod pipe;
mod pipeline;
mod privilege;
mod question;
mod refusal;
mod rollover;
#[path = "../../samples/mod.rs"]
mod samples;
mod source;
mod strain;
mod template;
mod workplace;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use engine::Engine;

/// What is checked, by name; each returns what it saw, for the log.
type Check = (&'static str, fn(&Engine) -> String);

macro_rules! checks {
    ($($check:path),* $(,)?) => { &[$((stringify!($check), $check)),*] };
}

/// In this order, because templates are global to a server; every check uses targets of its own.
const CHECKS: &[Check] = checks![
    facts::the_server_behaves_as_the_reference_pages_say,
    template::a_template_of_somebody_else_is_not_overwritten,
    template::the_template_is_installed_and_says_what_it_replaced,
    load::everything_arrives_once_and_is_found,
    load::the_sample_documents_are_stored_or_dead_letters,
    load::an_existing_plain_index_is_loaded_too,
    input::raw_events_go_through_a_pipeline,
    input::other_tools_documents_and_dead_letters_are_stored,
    refusal::refused_documents_become_dead_letters,
    refusal::without_a_dead_letter_file_the_first_refusal_ends_the_run,
    refusal::an_event_without_a_time_becomes_a_dead_letter,
    refusal::a_target_that_would_become_a_plain_index_is_refused,
    refusal::a_stream_that_contradicts_the_documents_is_refused,
    block::a_blocked_index_stops_the_run_and_blames_no_document,
    block::a_full_disk_is_waited_for_and_named,
    block::a_disk_that_is_freed_in_time_ends_the_waiting,
    block::a_cluster_that_only_reads_stops_the_run_at_once,
    block::a_stream_that_may_not_be_made_stops_the_run,
    pipeline::one_document_that_fails_a_request_is_found,
    rollover::the_ids_query_answers_as_the_reference_page_says,
    rollover::a_load_after_a_rollover_stores_nothing_again,
    rollover::a_rollover_in_the_middle_of_a_push_lets_nothing_in_twice,
    rollover::a_closed_backing_index_stops_the_run,
];

/// For a server that has little room.
const STRAINED: &[Check] = checks![
    strain::a_full_write_queue_loses_and_doubles_nothing,
    strain::a_limit_of_bytes_is_learned,
    strain::a_request_that_never_finds_room_is_halved,
];

/// For a server that asks who comes.
const SECURED: &[Check] = checks![
    privilege::whoever_may_writes_and_is_recognised,
    privilege::refused_credentials_end_the_run,
    privilege::a_missing_privilege_ends_the_run_and_blames_no_document,
    privilege::a_stream_that_rolled_over_wants_a_privilege_to_look_ids_up,
];

#[test]
fn elasticsearch_takes_and_finds_what_jcx_sends() {
    run_all(elasticsearch::start, CHECKS);
}

#[test]
fn opensearch_takes_and_finds_what_jcx_sends() {
    run_all(opensearch::start, CHECKS);
}

#[test]
fn secured_elasticsearch_takes_what_it_is_allowed_to() {
    run_all(privilege::start, SECURED);
}

#[test]
fn strained_elasticsearch_takes_everything_that_it_can() {
    run_all(strain::start_elasticsearch, STRAINED);
}

#[test]
fn strained_opensearch_takes_everything_that_it_can() {
    run_all(strain::start_opensearch, STRAINED);
}

#[test]
fn a_pair_of_elasticsearch_nodes_loses_and_doubles_nothing() {
    pair::a_node_is_killed_in_the_middle_of_a_load(elasticsearch::start_pair);
}

#[test]
fn a_pair_of_opensearch_nodes_loses_and_doubles_nothing() {
    pair::a_node_is_killed_in_the_middle_of_a_load(opensearch::start_pair);
}

/// Starts one server, runs every check on it even after one has failed, stops it and makes sure that it is gone.
fn run_all(start: fn() -> Engine, checks: &[Check]) {
    let begun = Instant::now();
    let engine = start();
    let name = engine.name();
    eprintln!("{name}: started in {:.1?}", begun.elapsed());
    let failed: Vec<&str> = checks
        .iter()
        .filter(|check| !passes(check, &engine))
        .map(|(title, _)| *title)
        .collect();
    let stopping = Instant::now();
    engine.stop();
    eprintln!("{name}: stopped in {:.1?}", stopping.elapsed());
    assert!(
        failed.is_empty(),
        "{name}: {} of {} checks failed: {failed:?}",
        failed.len(),
        checks.len()
    );
}

fn passes((title, check): &Check, engine: &Engine) -> bool {
    let begun = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| check(engine)));
    let (verdict, seen) = match &outcome {
        Ok(seen) => ("ok", seen.as_str()),
        Err(_) => ("FAILED", "see the panic above"),
    };
    eprintln!(
        "{}: {title} ... {verdict} ({:.1?}; {seen})",
        engine.name(),
        begun.elapsed()
    );
    outcome.is_ok()
}
