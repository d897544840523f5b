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
mod client;
mod elasticsearch;
mod engine;
mod facts;
mod opensearch;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use engine::Engine;

/// What is checked, by name; each returns what it saw, for the log.
type Check = (&'static str, fn(&Engine) -> String);

/// In this order, because templates are global to a server; every check uses data streams of its own.
const CHECKS: &[Check] = &[(
    "the_server_behaves_as_the_reference_pages_say",
    facts::the_server_behaves_as_the_reference_pages_say,
)];

#[test]
fn elasticsearch_takes_and_finds_what_jcx_sends() {
    run_all(elasticsearch::start);
}

#[test]
fn opensearch_takes_and_finds_what_jcx_sends() {
    run_all(opensearch::start);
}

/// Starts one server, runs every check on it even after one has failed, stops it and makes sure that it is gone.
fn run_all(start: fn() -> Engine) {
    let begun = Instant::now();
    let engine = start();
    let name = engine.name();
    eprintln!("{name}: started in {:.1?}", begun.elapsed());
    let failed: Vec<&str> = CHECKS
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
        CHECKS.len()
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
