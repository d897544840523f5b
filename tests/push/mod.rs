//! `jcx push` and `jcx template --install` against a scripted bulk target: every row of `docs/elasticsearch-bulk.md`
//! sections 2 and 4, and what stands around them.

mod access;
mod certificates;
mod closing;
mod dedupe;
mod dripping;
mod input;
mod items;
mod kinds;
mod nodes;
mod rehearsal;
mod requests;
mod resend;
mod resume;
mod resumed_kinds;
mod straight;
mod target;
mod template;
mod unsent;

use crate::harness::{Home, Jcx, Outcome};
use crate::samples::http::{Script, gzip};
use crate::samples::target::{BulkFault, Setup, Target};
use serde_json::Value;

pub const STREAM: &str = "logs-jumpcloud.events-default";

/// A mapped document as `jcx map` writes it, without its newline.
pub fn document(number: usize) -> String {
    format!(
        "{{\"@metadata\":{{\"_id\":\"{}\",\"raw_index\":\"{STREAM}\"}},\"@timestamp\":\"2025-03-01T00:00:00.{:03}Z\",\"n\":{number}}}",
        id(number),
        number % 1000
    )
}

/// The `_id` of [`document`]: with all the characters that Base64 brings.
pub fn id(number: usize) -> String {
    format!("+a/{number:020}=")
}

/// Documents `0..count`, one a line.
pub fn documents(count: usize) -> String {
    let lines: Vec<String> = (0..count).map(document).collect();
    lines.join("\n") + if count > 0 { "\n" } else { "" }
}

/// A server whose bulk requests deviate as the script says.
pub fn scripted(bulks: Script<BulkFault>) -> Target {
    Target::with_template(Setup {
        bulks,
        ..Setup::default()
    })
}

/// `jcx push` of these lines into the target, with a summary, and a budget that a test can wait for.
pub fn push(home: &Home, target: &Target, lines: impl Into<Vec<u8>>) -> Jcx {
    home.jcx(["push", "--es-url", &target.url(), "--summary", "s.json"])
        .env("JCX_RETRY_FOR", "20s")
        .input(lines)
}

/// The same with a dead-letter file.
pub fn push_with_letters(home: &Home, target: &Target, lines: impl Into<Vec<u8>>) -> Jcx {
    push(home, target, lines).args(["--dead-letter", "dead.ndjson"])
}

/// Panics unless the summary has these numbers, and its books balance.
pub fn expect_counts(
    home: &Home,
    read: u64,
    indexed: u64,
    duplicates: u64,
    rejected: u64,
) -> Value {
    let summary = home.summary("s.json");
    let found: Vec<_> = ["read", "indexed", "duplicates", "rejected"]
        .iter()
        .map(|name| summary[*name].as_u64().expect("a number"))
        .collect();
    assert_eq!(found, [read, indexed, duplicates, rejected], "{summary}");
    if matches!(summary["exit"].as_u64(), Some(0 | 3)) {
        assert_eq!(read, indexed + duplicates + rejected, "{summary}");
    }
    summary
}

/// The dead letters, one JSON object each.
pub fn letters(home: &Home) -> Vec<Value> {
    let text = String::from_utf8(home.read("dead.ndjson")).expect("text");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a dead letter that is JSON"))
        .collect()
}

/// What each of those letters says of one thing.
pub fn of_letters(home: &Home, member: &str) -> Vec<Value> {
    let letters = letters(home);
    letters
        .iter()
        .map(|letter| letter[member].clone())
        .collect()
}

/// How many documents each bulk request carried.
pub fn sizes(target: &Target) -> Vec<usize> {
    let bodies = target.bulk_calls();
    bodies
        .iter()
        .map(|call| {
            let body = match call.header("Content-Encoding") {
                Some(_) => gzip::unpack(&call.body).expect("gzip"),
                None => call.body.clone(),
            };
            body.split(|byte| *byte == b'\n').count() / 2
        })
        .collect()
}

/// Runs to the end and wants nothing lost: all `count` documents are in the stream, once.
pub fn expect_all_stored(target: &Target, outcome: &Outcome, count: usize) {
    let stored = target.documents(STREAM);
    assert_eq!(stored.len(), count, "{}", outcome.stderr);
    for number in 0..count {
        assert!(
            target.document(STREAM, &id(number)).is_some(),
            "{number} is missing"
        );
    }
}
