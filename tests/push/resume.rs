//! `jcx push --state FILE`: a load of files that is cut short anywhere is gone on with, nothing is lost and nothing is there twice.

use super::{
    STREAM, document, documents, expect_all_stored, expect_counts, id, letters, of_letters,
    scripted, sizes,
};
use crate::harness::{Home, Jcx};
use crate::samples::http::{Reply, Script, gzip};
use crate::samples::target::{BulkFault, Item, Refusal, Setup, Target, error};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn healthy() -> Target {
    scripted(Script::none())
}

/// Lines of the documents from one number to before another.
fn some(from: usize, to: usize) -> String {
    (from..to).map(|number| document(number) + "\n").collect()
}

fn push(home: &Home, target: &Target, files: &[&str]) -> Jcx {
    home.jcx(["push", "--es-url", &target.url(), "--summary", "s.json"])
        .args(["--state", "load.state"])
        .args(files)
        .env("JCX_RETRY_FOR", "20s")
}

fn push_with_letters(home: &Home, target: &Target, files: &[&str]) -> Jcx {
    push(home, target, files).args(["--dead-letter", "dead.ndjson"])
}

pub fn append(home: &Home, name: &str, text: impl AsRef<[u8]>) {
    let file = OpenOptions::new().append(true).open(home.path(name));
    file.and_then(|mut file| file.write_all(text.as_ref()))
        .expect("appended");
}

pub fn shown(home: &Home) -> Value {
    let run = home
        .jcx(["state", "show", "load.state", "--json"])
        .succeed();
    serde_json::from_slice(&run.stdout).expect("JSON")
}

#[test]
fn a_load_that_is_done_sends_nothing_again_and_goes_on_with_what_is_appended() {
    let target = healthy();
    let home = Home::new();
    home.file("a", some(0, 5));
    home.file("b.gz", gzip::pack(some(5, 9).as_bytes()));
    home.file("c", "\n\n");
    push(&home, &target, &["a", "b.gz", "c"]).succeed();
    expect_counts(&home, 9, 9, 0, 0);
    push(&home, &target, &["a", "b.gz", "c"]).succeed();
    expect_counts(&home, 0, 0, 0, 0);
    assert_eq!(sizes(&target), [9], "nothing was sent again");
    append(&home, "a", some(9, 11) + "nope\n");
    append(&home, "b.gz", gzip::pack(some(11, 12).as_bytes()));
    home.file("new", some(12, 13));
    push_with_letters(&home, &target, &["new", "a", "b.gz", "c"])
        .run()
        .expect_code(3);
    expect_counts(&home, 5, 4, 0, 1);
    let letter = &letters(&home)[0];
    assert_eq!(
        (&letter["source"], &letter["line"]),
        (&json!("a"), &json!(8))
    );
    std::fs::remove_file(home.path("c")).expect("removed");
    std::fs::remove_file(home.path("b.gz")).expect("removed");
    push_with_letters(&home, &target, &["a", "b.gz", "new"]).succeed();
    expect_counts(&home, 0, 0, 0, 0);
    expect_all_stored(&target, &push(&home, &target, &["a"]).succeed(), 13);
    assert_eq!(sizes(&target), [9, 4]);
}

#[test]
fn a_last_line_without_its_newline_is_loaded_and_one_that_is_cut_off_waits_for_its_rest() {
    let target = healthy();
    let home = Home::new();
    home.file("a", some(0, 2) + &document(2));
    let cut = document(3);
    let (begun, rest) = cut.split_at(30);
    home.file("b", begun);
    for _ in 0..2 {
        push(&home, &target, &["a", "b"])
            .run()
            .expect_code(3)
            .expect_said("b is cut off in line 1");
    }
    expect_counts(&home, 0, 0, 0, 0);
    let state = shown(&home);
    let ended = |file: usize| state["files"][file]["ended"].as_bool();
    assert_eq!((ended(0), ended(1)), (Some(true), Some(false)));
    assert_eq!(state["succeeded"], Value::Null);
    append(&home, "a", "\n".to_owned() + &document(4) + "\nnope\n");
    append(&home, "b", rest.to_owned() + "\n");
    push_with_letters(&home, &target, &["a", "b"])
        .run()
        .expect_code(3);
    expect_counts(&home, 3, 2, 0, 1);
    assert_eq!(letters(&home)[0]["line"], 5);
    let outcome = push(&home, &target, &["a", "b"]).succeed();
    expect_all_stored(&target, &outcome, 5);
}

#[test]
fn a_packed_file_that_is_cut_off_is_told_of_each_time() {
    let target = healthy();
    let home = Home::new();
    home.file("a.gz", gzip::pack((some(0, 2) + "{").as_bytes()));
    for stored in [2, 0] {
        push(&home, &target, &["a.gz"])
            .run()
            .expect_code(3)
            .expect_said("a.gz is cut off behind line 2");
        expect_counts(&home, stored, stored, 0, 0);
    }
}

#[test]
fn a_letter_is_written_once_however_often_its_run_is_killed() {
    let stalls = Arc::new(AtomicBool::new(true));
    let stalled = Arc::clone(&stalls);
    let waits = Item::refused(503, "unavailable_shards_exception", "not now");
    let refused = Item::refused(400, "document_parsing_exception", "no");
    let target = Target::with_template(Setup {
        refusals: vec![
            Refusal::when(
                move |text| stalled.load(Ordering::SeqCst) && text.contains("\"n\":1}"),
                waits,
            ),
            Refusal::of("\"n\":2}", refused),
        ],
        ..Setup::default()
    });
    let home = Home::new();
    home.file("a", some(0, 3));
    let one_each = |jcx: Jcx| jcx.args(["--batch-docs", "1", "--jobs", "3"]);
    let is_written = || {
        home.path("dead.ndjson")
            .metadata()
            .is_ok_and(|found| found.len() > 0)
    };
    let is_saved = || shown(&home)["files"][0]["lines"] == 1;
    // Before a position is saved, and after that.
    for is_time in [&is_written as &dyn Fn() -> bool, &is_saved] {
        let running = one_each(push_with_letters(&home, &target, &["a"])).start();
        while !is_time() {
            std::thread::sleep(Duration::from_millis(5));
        }
        running.signal("KILL");
        running.wait().expect_code(137);
    }
    assert_eq!(shown(&home)["files"][0]["lines"], 1);
    stalls.store(false, Ordering::SeqCst);
    one_each(push_with_letters(&home, &target, &["a"]))
        .run()
        .expect_code(3);
    expect_counts(&home, 2, 1, 0, 1);
    assert_eq!(letters(&home).len(), 1);
    one_each(push_with_letters(&home, &target, &["a"])).succeed();
}

#[test]
fn the_state_never_passes_a_batch_that_has_no_answer() {
    let stall = BulkFault::Answer(Reply::json(200, "{}").after(Duration::from_secs(30)));
    let target = scripted(Script::none().on(2, stall));
    let home = Home::new();
    home.file("a", some(0, 40));
    let running = push(&home, &target, &["a"])
        .args(["--batch-docs", "2", "--jobs", "3"])
        .start();
    while target.bulk_calls().len() < 20 {
        std::thread::sleep(Duration::from_millis(5));
    }
    // A position is saved once a second.
    std::thread::sleep(Duration::from_millis(1_500));
    running.signal("KILL");
    running.wait().expect_code(137);
    let stalled = target.bulk_calls()[1].text();
    let first = (0..40).find(|number| stalled.contains(&id(*number)));
    let lines = shown(&home)["files"][0]["lines"].as_u64();
    assert_eq!(lines, first.map(|number| number as u64), "{stalled}");
    let lines = lines.expect("a number");
    let outcome = push(&home, &target, &["a"]).succeed();
    let summary = home.summary("s.json");
    assert_eq!(summary["read"], 40 - lines);
    assert_eq!(summary["indexed"], 2, "{summary}");
    expect_all_stored(&target, &outcome, 40);
}

#[test]
fn a_document_of_another_stream_behind_the_position_is_refused_as_it_would_have_been() {
    for at in [5, 7] {
        let stop = BulkFault::Answer(error(401, "security_exception", "no"));
        let target = scripted(Script::none().on(2, stop));
        let home = Home::new();
        let foreign = document(90).replace(STREAM, "logs-other.x-default") + "\n";
        home.file("a", some(0, at) + &foreign + &some(at, 14));
        let load = || {
            let flags = ["--batch-docs", "5", "--jobs", "1"];
            push_with_letters(&home, &target, &["a"]).args(flags).run()
        };
        load().expect_code(4);
        let outcome = load().expect_code(3);
        expect_all_stored(&target, &outcome, 14);
        assert_eq!(of_letters(&home, "type"), ["wrong_data_stream"], "{at}");
        load().expect_code(0);
    }
}

#[test]
fn a_signal_saves_what_is_proven() {
    for signal in ["INT", "TERM"] {
        let stall = BulkFault::Answer(Reply::json(200, "{}").after(Duration::from_secs(30)));
        let target = scripted(Script::none().on(3, stall));
        let home = Home::new();
        home.file("a", some(0, 10));
        let running = push(&home, &target, &["a"])
            .args(["--batch-docs", "2", "--jobs", "1"])
            .start();
        while target.bulk_calls().len() < 3 {
            std::thread::sleep(Duration::from_millis(5));
        }
        running.signal(signal);
        running.wait();
        assert_eq!(shown(&home)["files"][0]["lines"], 4);
        push(&home, &target, &["a"]).succeed();
        expect_counts(&home, 6, 6, 0, 0);
    }
}

#[test]
fn without_a_dead_letter_file_the_state_stays_before_the_refused_document() {
    let refused = Item::refused(400, "document_parsing_exception", "no");
    let target = Target::with_template(Setup {
        refusals: vec![Refusal::of("\"n\":3}", refused)],
        ..Setup::default()
    });
    let home = Home::new();
    home.file("a", some(0, 6));
    for _ in 0..2 {
        push(&home, &target, &["a"])
            .args(["--batch-docs", "1", "--jobs", "1"])
            .run()
            .expect_code(3)
            .expect_said("line 4 of a");
        assert_eq!(shown(&home)["files"][0]["lines"], 3);
    }
    push_with_letters(&home, &target, &["a"])
        .run()
        .expect_code(3);
    expect_counts(&home, 3, 2, 0, 1);
    push_with_letters(&home, &target, &["a"]).succeed();
    assert_eq!(letters(&home).len(), 1);
}

#[test]
fn a_flawed_line_ends_the_run_in_front_of_it() {
    let target = healthy();
    let home = Home::new();
    home.file("a", some(0, 3) + "nope\n" + &some(3, 4));
    for indexed in [3, 0] {
        push(&home, &target, &["a"]).run().expect_code(3);
        expect_counts(&home, indexed + 1, indexed, 0, 1);
        assert_eq!(shown(&home)["files"][0]["lines"], 3);
    }
    push_with_letters(&home, &target, &["a"])
        .run()
        .expect_code(3);
    expect_counts(&home, 2, 1, 0, 1);
}

/// How often a run is killed; `JCX_KILLS` sets another number.
fn kills() -> u64 {
    let given = std::env::var("JCX_KILLS").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(25)
}

const COUNT: usize = 900;

/// Files of all kinds; every seventh document is refused by the server, some lines are no documents.
fn files(home: &Home) {
    let mut texts = [String::new(), String::new(), String::new()];
    for number in 0..COUNT {
        let text = &mut texts[number / (COUNT / 3)];
        *text += &document(number);
        *text += match number % 50 {
            9 => "\n\nnope\n",
            30 => "\n  \n",
            _ => "\n",
        };
    }
    home.file("a", &texts[0]);
    home.file("b.gz", gzip::pack(texts[1].as_bytes()));
    home.file("c", texts[2].trim_end());
}

/// Takes its time, and refuses every seventh document.
fn slow() -> Target {
    let refused = Item::refused(400, "document_parsing_exception", "no");
    let seventh = |text: &str| {
        let (_, number) = text.rsplit_once("\"n\":").expect("a number");
        let number: usize = number.trim_end_matches('}').parse().expect("a number");
        number.is_multiple_of(7)
    };
    Target::with_template(Setup {
        refusals: vec![Refusal::when(seventh, refused)],
        bulks: Script::none().from(1, BulkFault::Late(Duration::from_millis(35))),
        ..Setup::default()
    })
}

fn load(home: &Home, target: &Target) -> Jcx {
    push_with_letters(home, target, &["a", "b.gz", "c"]).args(["--batch-docs", "9", "--jobs", "2"])
}

fn expect_loaded(home: &Home, target: &Target) {
    let stored = target.documents(STREAM).len();
    assert_eq!(stored, COUNT - COUNT.div_ceil(7));
    for number in (0..COUNT).filter(|number| !number.is_multiple_of(7)) {
        assert!(target.document(STREAM, &id(number)).is_some(), "{number}");
    }
    let mut found = BTreeMap::new();
    let text = String::from_utf8(home.read("dead.ndjson")).expect("text");
    // What was being written when a run was killed is no letter.
    for letter in text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
    {
        let record = letter["record"].as_str().expect("a record").to_owned();
        let place = (letter["source"].to_string(), letter["line"].as_u64());
        *found.entry((place, record)).or_insert(0) += 1;
    }
    assert!(found.values().all(|times| *times == 1), "{found:?}");
    assert_eq!(found.len(), COUNT.div_ceil(7) + COUNT / 50);
    let before = target.bulk_calls().len();
    load(home, target).succeed();
    expect_counts(home, 0, 0, 0, 0);
    assert_eq!(target.bulk_calls().len(), before, "nothing was sent again");
}

#[expect(
    clippy::print_stdout,
    reason = "the seed is what makes a failure come again"
)]
#[test]
fn a_load_that_is_killed_anywhere_ends_complete() {
    let seed = std::env::var("JCX_SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("JCX_SEED={seed}");
    let mut chance = fastrand::Rng::with_seed(seed);
    let (mut killed, mut went_on) = (0, 0);
    while killed < kills() {
        let (home, target) = (Home::new(), slow());
        files(&home);
        loop {
            let running = load(&home, &target).start();
            std::thread::sleep(Duration::from_millis(chance.u64(..1_900)));
            running.signal("KILL");
            let outcome = running.wait();
            if outcome.code() != 137 {
                // What a run that was killed had refused and saved is told by nobody any more.
                assert!(matches!(outcome.code(), 0 | 3), "{}", outcome.stderr);
                let summary = home.summary("s.json");
                let number = |name: &str| summary[name].as_u64().expect("a number");
                let settled = number("indexed") + number("duplicates") + number("rejected");
                assert_eq!(number("read"), settled, "{summary}");
                went_on += u64::from(number("read") < COUNT as u64);
                break;
            }
            killed += 1;
        }
        expect_loaded(&home, &target);
    }
    // A position is saved once a second, so a few kills may all come before the first one.
    assert!(
        went_on > 0 || kills() < 20,
        "no run went on behind a saved position"
    );
}

#[test]
fn what_is_not_the_load_of_the_state_is_refused_before_anything_is_sent() {
    let target = healthy();
    let home = Home::new();
    home.file("a", some(0, 3));
    home.file("b", some(3, 5));
    push(&home, &target, &["a", "b"]).succeed();
    let calls = target.bulk_calls().len();
    let state = home.read("load.state");
    let refuse = |jcx: Jcx, part: &str, hint: &str| {
        jcx.run().expect_code(2).expect_error_and_hint(part, hint);
        assert!(home.read("load.state") == state, "left as it was: {part}");
    };
    home.file("new", some(5, 6));
    let other = |arguments: &[&str]| push(&home, &target, &["a", "b", "new"]).args(arguments);
    refuse(
        other(&["--data-stream", "logs-jumpcloud.events-other"]),
        "was made with --data-stream logs-jumpcloud.events-default, this run with --data-stream logs-jumpcloud.events-other",
        "say the same again",
    );
    refuse(
        other(&["--index", "plain"]),
        "without --index, this run",
        "say the same again",
    );
    refuse(
        push(&home, &target, &["a", "-"]),
        "--state needs files",
        "jcx push FILE",
    );
    refuse(
        push(&home, &target, &[]),
        "--state needs files",
        "jcx push FILE",
    );
    refuse(
        push(&home, &target, &["a", "a"]),
        "a is named twice",
        "once",
    );
    refuse(
        push(&home, &target, &["a", "/dev/null"]),
        "no regular file",
        "to a file",
    );
    home.file("a", some(0, 2) + &some(9, 10));
    refuse(
        push(&home, &target, &["a"]),
        "a is not the file any more",
        "jcx state set load.state --forget a",
    );
    home.file("a", some(0, 1));
    refuse(
        push(&home, &target, &["a"]),
        "a is not the file any more",
        "jcx state set load.state --forget a",
    );
    home.file("a", some(0, 3));
    let moved = Target::with_template(Setup {
        cluster: "another-cluster",
        ..Setup::default()
    });
    refuse(
        push(&home, &moved, &["a", "new"]),
        "another cluster",
        "--es-url",
    );
    assert_eq!(
        (moved.bulk_calls().len(), target.bulk_calls().len()),
        (0, calls)
    );
    push(&home, &target, &["a", "b", "new"]).succeed();
    expect_counts(&home, 1, 1, 0, 0);
}

#[test]
fn a_refused_first_run_leaves_no_state() {
    let target = scripted(Script::none());
    let home = Home::new();
    home.file("a", some(0, 3));
    for arguments in [
        &["a", "missing"][..],
        &["a", "--data-stream", "logs-other.nobody-prepared"],
        &["-"],
    ] {
        push_with_letters(&home, &target, arguments)
            .run()
            .expect_code(2);
        assert!(!home.path("load.state").exists(), "{arguments:?}");
    }
    assert_eq!(target.bulk_calls().len(), 0);
    push(&home, &target, &["a"])
        .env("JCX_ES_URL", "http://127.0.0.1:9")
        .succeed();
}

#[test]
fn a_file_that_is_not_loaded_whole_must_be_named() {
    let target = healthy();
    let home = Home::new();
    home.file("a", some(0, 3) + "nope\n" + &some(3, 4));
    home.file("b", some(4, 5));
    push(&home, &target, &["a", "b"]).run().expect_code(3);
    push(&home, &target, &["b"])
        .run()
        .expect_code(2)
        .expect_error_and_hint(
            "loaded a up to line 3",
            "jcx state set load.state --forget a",
        );
    home.jcx(["state", "set", "load.state", "--forget", "a"])
        .succeed();
    push(&home, &target, &["b"]).succeed();
    expect_counts(&home, 1, 1, 0, 0);
}

#[test]
fn a_state_that_is_damaged_or_of_another_command_is_never_a_fresh_start() {
    let target = healthy();
    let home = Home::new();
    home.file("a", some(0, 3));
    push(&home, &target, &["a"]).succeed();
    let whole = home.read("load.state");
    let flipped = |at: usize| [&whole[..at], &[whole[at] ^ 4], &whole[at + 1..]].concat();
    let mut broken = vec![Vec::new(), whole[..whole.len() - 1].to_vec(), vec![0; 300]];
    broken.extend((0..whole.len()).step_by(37).map(flipped));
    broken.extend(
        (1..whole.len())
            .step_by(61)
            .map(|end| whole[..end].to_vec()),
    );
    for text in broken {
        home.file("load.state", &text);
        push(&home, &target, &["a"])
            .run()
            .expect_code(2)
            .expect_error_and_hint("the state load.state is damaged", "jcx state reset --force");
        assert!(home.read("load.state") == text);
    }
    home.file("load.state", &whole);
    home.jcx([
        "fetch",
        "--state",
        "load.state",
        "-o",
        "e.ndjson",
        "--append",
    ])
    .env("JCX_API_KEY", "k")
    .run()
    .expect_code(2)
    .expect_said("the state load.state is one of jcx push");
    assert_eq!(sizes(&target), [3]);
}

#[test]
fn one_run_at_a_time_has_the_state() {
    let target = scripted(Script::none().on(1, BulkFault::Late(Duration::from_secs(2))));
    let home = Home::new();
    home.file("a", some(0, 3));
    let first = push(&home, &target, &["a"]).start();
    while target.bulk_calls().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = || {
        let url = target.url();
        home.jcx(["push", "a", "--state", "load.state", "--es-url", &url])
    };
    second().run().expect_code(11);
    second().args(["--lock-wait", "30s"]).succeed();
    first.wait().expect_code(0);
    assert_eq!(sizes(&target), [3]);
}

#[test]
fn documents_without_an_id_are_warned_of_at_the_start() {
    let refusal = error(503, "unavailable", "not now");
    let target = scripted(Script::none().on(1, BulkFault::Answer(refusal)));
    let home = Home::new();
    home.file("a", "{\"@timestamp\":\"2025-03-01T00:00:00Z\"}\n");
    push(&home, &target, &["a"])
        .succeed()
        .expect_said("after it last saved the state are stored twice");
}

#[test]
fn the_state_of_a_load_is_shown_moved_and_removed() {
    let target = healthy();
    let home = Home::new();
    home.file("a", documents(6));
    push_with_letters(&home, &target, &["a"]).succeed();
    let run = home.jcx(["state", "show", "load.state"]).succeed();
    let text = String::from_utf8(run.stdout).expect("text");
    for part in [
        "state:        load.state\n",
        "made by:      jcx push\n",
        "target:       --data-stream logs-jumpcloud.events-default\n",
        "cluster:      simulated\n",
        "delivered:    6 documents in all\n",
        "file:         a: all of it, ",
        "dead letters: dead.ndjson\n",
        "last success: 2",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let json = shown(&home);
    assert_eq!(json["kind"], "load");
    assert_eq!(json["files"][0]["lines"], 6);
    assert_eq!(json["files"][0]["ended"], true);
    assert_eq!(
        json["dead_letters"],
        json!({"path": "dead.ndjson", "bytes": 0})
    );
    home.jcx(["state", "ack", "load.state"])
        .succeed()
        .expect_stdout("no gap was open\n");
    for (line, again) in [("4", 2), ("0", 6)] {
        home.jcx(["state", "set", "load.state", "--file", "a", "--line", line])
            .succeed();
        push(&home, &target, &["a"]).succeed();
        expect_counts(&home, again, 0, again, 0);
    }
    home.jcx(["state", "set", "load.state", "--forget", "a"])
        .succeed();
    push(&home, &target, &["a"]).succeed();
    expect_counts(&home, 6, 0, 6, 0);
    for (arguments, part) in [
        (&["--file", "a", "--line", "7"][..], "a has no line 7"),
        (&["--file", "b", "--line", "0"], "knows no file b"),
        (&["--forget", "b"], "knows no file b"),
        (&["--until", "1d"], "it has no time"),
        (&["--file", "a"], "--line"),
        (&[], "--until"),
    ] {
        home.jcx(["state", "set", "load.state"])
            .args(arguments)
            .run()
            .expect_code(2)
            .expect_said(part);
    }
    home.jcx(["state", "reset", "load.state"])
        .run()
        .expect_code(2)
        .expect_said("that 20 documents of 1 file were delivered");
    home.jcx(["state", "reset", "load.state", "--force"])
        .succeed();
    push(&home, &target, &["a"]).succeed();
    expect_counts(&home, 6, 0, 6, 0);
}

/// What the page on the command line says of it: a change that keeps the length is not seen, and the way out is there.
#[test]
fn a_change_in_the_middle_of_what_is_loaded_is_loaded_by_forgetting_the_file() {
    let target = healthy();
    let home = Home::new();
    let text = documents(100);
    home.file("a", &text);
    push(&home, &target, &["a"]).succeed();
    home.file("a", text.replace(&id(50), &id(950)));
    push(&home, &target, &["a"]).succeed();
    expect_counts(&home, 0, 0, 0, 0);
    // Moved by a line, it is seen.
    home.file("a", text.replacen('\n', "\n\n", 1));
    push(&home, &target, &["a"]).run().expect_code(2);
    home.file("a", text.replace(&id(50), &id(950)));
    home.jcx(["state", "set", "load.state", "--forget", "a"])
        .succeed();
    push(&home, &target, &["a"]).succeed();
    expect_counts(&home, 100, 1, 99, 0);
}
