//! `jcx state` and the files it is about: what is torn, newer, foreign or held is refused, and what is said is true.

use std::fs;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jcx::failure::{Kind, Result};
use jcx::store::{
    Archive, Checkpoint, Committed, DayFacts, Durable, Ledger, OpenGap, Packing, Recent, Settings,
    Sink, State, StateFile, check_appendable,
};
use jcx::time::Window;
use serde_json::Value;

use crate::harness::Home;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn query() -> Settings {
    Settings([("--service".to_owned(), "sso".to_owned())].into())
}

fn gap() -> OpenGap {
    OpenGap {
        start: at("2026-03-02T00:00:00Z"),
        end: at("2026-03-02T06:00:00Z"),
        reason: "retention".to_owned(),
    }
}

fn create(path: &Path) -> StateFile {
    let since = at("2026-03-01T00:00:00Z");
    let state = State::new("fetch", query(), since, at("2026-03-09T00:00:00Z"));
    StateFile::create(path, state).expect("made")
}

/// A position at which this many events and bytes are delivered.
fn committed(delivered: u64, bytes: u64) -> Committed<Checkpoint> {
    let until = at("2026-03-08T12:00:00Z");
    let position = |delivered, bytes| Checkpoint {
        until,
        bytes,
        delivered,
        remembered_from: until - TimeDelta::minutes(30),
        walk: None,
    };
    let mut ledger = Ledger::new(position(0, 0));
    let ticket = ledger.enter(position(delivered, bytes));
    ledger.settle(ticket, &Durable::acknowledged());
    ledger.committed()
}

/// Where fixtures are made. They are copied from there, because a lock that a test has held stays with the processes that
/// other tests start at the same moment, until those are under way.
fn workshop() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Opens a state that a test has held, once such processes are under way.
fn reopened(path: &Path) -> Result<Option<StateFile>> {
    StateFile::open(path, &mut || {
        std::thread::sleep(Duration::from_millis(1));
        Ok(true)
    })
}

/// A state with an open gap, three events, the last two of them near the position.
fn written(path: &Path) {
    let workshop = workshop();
    let made = workshop.path().join("state");
    let mut file = create(&made);
    let second = |minute: i64| at("2026-03-08T12:00:00Z").timestamp() + minute * 60;
    let recent = vec![(second(-20), [2; 16]), (second(-10), [3; 16])];
    file.open_gap(gap());
    file.pin_organization("5c0a");
    let now = at("2026-03-09T00:00:01Z");
    file.save(&committed(3, 300), Recent::of(recent), now)
        .expect("saved");
    fs::copy(made, path).expect("copied");
}

/// An archive with an open gap and one day, that nobody has locked.
fn filled(folder: &Path) {
    let workshop = workshop();
    drop(archive(workshop.path()));
    fs::create_dir(folder).expect("made");
    for name in ["2026-03-01.ndjson", "manifest.ndjson"] {
        fs::copy(workshop.path().join(name), folder.join(name)).expect("copied");
    }
}

fn archive(folder: &Path) -> Archive {
    let mut archive = Archive::open(folder, &mut || Ok(false)).expect("opened");
    let start = at("2026-03-01T00:00:00Z");
    archive.promise(&query(), start).expect("promised");
    let mut sink = archive
        .open_day(start.date_naive(), Packing::Plain)
        .expect("opened");
    sink.write(b"{}\n").expect("written");
    let mut ledger = Ledger::new(0);
    let ticket = ledger.enter(sink.written());
    ledger.settle(ticket, &sink.sync().expect("synced"));
    let facts = DayFacts {
        window: Window {
            start,
            end: start + TimeDelta::days(1),
        },
        events: 1,
        first: None,
        last: None,
        api_count: None,
    };
    archive
        .publish(sink, &ledger.committed(), &facts)
        .expect("published");
    archive.open_gap(gap()).expect("noted");
    archive
}

fn shown(home: &Home, path: &str) -> Value {
    let run = home.jcx(["state", "show", path, "--json"]).succeed();
    serde_json::from_slice(&run.stdout).expect("JSON")
}

#[test]
fn a_state_is_shown_in_words_and_as_json() {
    let home = Home::new();
    written(&home.path("s.state"));
    let run = home.jcx(["state", "show", "s.state"]).succeed();
    let text = String::from_utf8(run.stdout).expect("text");
    for part in [
        "state:        s.state\n",
        "made by:      jcx fetch\n",
        "since:        2026-03-01T00:00:00Z\n",
        "until:        2026-03-08T12:00:00Z: everything before is delivered, but for the gaps below\n",
        "query:        --service sso\n",
        "organization: 5c0a\n",
        "delivered:    3 events in all\n",
        "data file:    its first 300 bytes\n",
        "remembered:   2 events near the position\n",
        "saved:        2026-03-09T00:00:01Z\n",
        "last success: no run has reached its end yet\n",
        "open gap:     2026-03-02T00:00:00Z to 2026-03-02T06:00:00Z (retention)\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let json = shown(&home, "s.state");
    for (name, value) in [
        ("kind", "state".into()),
        ("until", "2026-03-08T12:00:00Z".into()),
        ("events", 3.into()),
        ("bytes", 300.into()),
        ("remembered", 2.into()),
        ("succeeded", Value::Null),
        ("walk", Value::Null),
    ] {
        assert_eq!(json[name], value, "{name}");
    }
    assert_eq!(json["gaps"][0]["reason"], "retention");
    assert_eq!(json["query"]["--service"], "sso");
    assert_eq!(home.names(), ["s.state"]);
}

#[test]
fn an_archive_is_shown_with_what_is_damaged() {
    let home = Home::new();
    filled(&home.path("days"));
    let json = shown(&home, "days");
    assert_eq!(
        (&json["kind"], &json["days"]),
        (&"archive".into(), &1.into())
    );
    assert_eq!(json["until"], "2026-03-02T00:00:00Z");
    assert_eq!(json["damaged"].as_array().map(Vec::len), Some(0));
    home.file("days/2026-03-01.ndjson", "{}");
    let run = home.jcx(["state", "show", "days"]).succeed();
    let text = String::from_utf8(run.stdout).expect("text");
    assert!(
        text.contains(
            "damaged:      days/2026-03-01.ndjson is damaged: it has 2 bytes, its manifest says 3\n"
        ),
        "{text}"
    );
    assert!(
        text.contains("holds:        1 day, 1 event, 3 bytes\n"),
        "{text}"
    );
    fs::remove_file(home.path("days/2026-03-01.ndjson")).expect("removed");
    let missing = &shown(&home, "days")["damaged"][0];
    assert!(
        missing
            .as_str()
            .is_some_and(|text| text.contains("lacks 2026-03-01.ndjson"))
    );
    fs::remove_file(home.path("days/manifest.ndjson")).expect("removed");
    for action in ["show", "ack"] {
        home.jcx(["state", action, "days"])
            .run()
            .expect_code(2)
            .expect_error_and_hint("is no archive", "--out-dir");
    }
}

#[test]
fn gaps_are_acknowledged_and_named_once() {
    let home = Home::new();
    written(&home.path("s.state"));
    filled(&home.path("days"));
    for path in ["s.state", "days"] {
        home.jcx(["state", "ack", path]).succeed().expect_stdout(
            "acknowledged: 2026-03-02T00:00:00Z to 2026-03-02T06:00:00Z (retention)\n",
        );
        let json = shown(&home, path);
        assert_eq!(json["gaps"].as_array().map(Vec::len), Some(0), "{path}");
        let bytes = |name| fs::read(home.path(name)).expect("read");
        let file = if path == "days" {
            "days/manifest.ndjson"
        } else {
            path
        };
        let before = bytes(file);
        home.jcx(["state", "ack", path])
            .succeed()
            .expect_stdout("no gap was open\n");
        assert!(bytes(file) == before, "{path} is left as it is");
    }
    assert_eq!(
        shown(&home, "days")["acknowledged"][0]["reason"],
        "retention"
    );
}

#[test]
fn the_position_is_moved_and_it_is_said_what_that_means() {
    let home = Home::new();
    for (until, part) in [
        (
            "2026-03-08T13:00:00Z",
            "from 2026-03-08T12:00:00Z to 2026-03-08T13:00:00Z are skipped",
        ),
        ("2026-03-08T12:00:00Z", "stays where it is"),
        (
            "2026-03-08T11:45:00Z",
            "those that were delivered are recognised",
        ),
        (
            "2026-03-07",
            "those before 2026-03-08T11:40:00Z are delivered a second time",
        ),
    ] {
        let path = home.path("s.state");
        let _ = fs::remove_file(&path);
        written(&path);
        let run = home
            .jcx(["state", "set", "s.state", "--until", until])
            .succeed();
        let said = String::from_utf8(run.stdout).expect("text");
        assert!(said.contains(part), "{until}: {said}");
        let state = State::read(&path).expect("read");
        assert_eq!((state.bytes, state.recent.len()), (300, 2));
        assert_eq!(
            state.until,
            if until.len() == 10 {
                at("2026-03-07T00:00:00Z")
            } else {
                at(until)
            }
        );
    }
    for (until, part) in [("2999-01-01", "in the future"), ("15", "has no unit")] {
        home.jcx(["state", "set", "s.state", "--until", until])
            .run()
            .expect_code(2)
            .expect_said(part);
    }
    filled(&home.path("days"));
    home.jcx(["state", "set", "days", "--until", "2026-03-01"])
        .run()
        .expect_code(2)
        .expect_error_and_hint("has no position", "--refetch");
}

#[test]
fn a_state_is_removed_only_with_force_and_only_if_it_looks_like_one() {
    let home = Home::new();
    written(&home.path("s.state"));
    home.file("events.ndjson", "{\"id\":\"a\"}\n");
    home.jcx(["state", "reset", "s.state"])
        .run()
        .expect_code(2)
        .expect_error_and_hint(
            "3 events up to 2026-03-08T12:00:00Z",
            "jcx state reset --force s.state",
        );
    home.jcx(["state", "reset", "--force", "events.ndjson"])
        .run()
        .expect_code(2)
        .expect_error_and_hint("does not begin like a state", "rm events.ndjson");
    let run = home.jcx(["state", "reset", "s.state", "--force"]).succeed();
    let said = String::from_utf8(run.stdout).expect("text");
    assert!(said.contains("the data file stays as it is"), "{said}");
    assert_eq!(home.names(), ["events.ndjson"]);
    home.jcx(["state", "reset", "s.state", "--force"])
        .run()
        .expect_code(2)
        .expect_said("s.state does not exist");
    filled(&home.path("days"));
    home.jcx(["state", "reset", "days", "--force"])
        .run()
        .expect_code(2)
        .expect_said("is a folder");
}

#[test]
fn a_damaged_state_is_refused_by_everything_but_reset() {
    let home = Home::new();
    written(&home.path("whole"));
    let whole = home.read("whole");
    let newer = String::from_utf8(whole.clone()).expect("text");
    let newer = newer.replace("\"format\":1", "\"format\":2");
    let flipped: Vec<u8> = [&whole[..40], &[whole[40] ^ 4], &whole[41..]].concat();
    for (text, part) in [
        (&b""[..], "it is empty"),
        (&whole[..whole.len() - 1], "was cut off or changed"),
        (&whole[..200], "was cut off or changed"),
        (&flipped, "its checksum does not fit"),
        (newer.as_bytes(), "its checksum does not fit"),
        (&[0; 700], "was cut off or changed"),
    ] {
        let path = home.file("s.state", text);
        for arguments in [
            &["show", "s.state"][..],
            &["ack", "s.state"],
            &["set", "s.state", "--until", "2026-03-01"],
        ] {
            home.jcx(["state"])
                .args(arguments)
                .run()
                .expect_code(2)
                .expect_error_and_hint(part, "jcx state reset --force s.state");
            assert!(home.read("s.state") == text, "left as it was");
        }
        let refused = reopened(&path).map(|_| ());
        assert_eq!(refused.expect_err("damaged").kind(), Kind::Usage);
        home.jcx(["state", "reset", "--force", "s.state"]).succeed();
    }
}

#[test]
fn every_cut_and_every_flipped_bit_of_a_state_is_refused_and_never_a_fresh_start() {
    let home = Home::new();
    let path = home.path("s.state");
    written(&path);
    let whole = home.read("s.state");
    let refused = |bytes: &[u8]| {
        fs::write(&path, bytes).expect("written");
        let opened = reopened(&path).map(|file| file.is_some());
        assert_eq!(opened.expect_err("never accepted").kind(), Kind::Usage);
    };
    for end in 0..whole.len() {
        refused(&whole[..end]);
    }
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        refused(&bytes);
    }
    refused(&[&whole[..], &whole].concat());
}

#[test]
fn the_state_of_a_fetch_is_none_of_a_load() {
    let home = Home::new();
    written(&home.path("s.state"));
    let before = home.read("s.state");
    home.file("documents", "{}\n");
    home.jcx(["push", "documents", "--state", "s.state"])
        .args(["--es-url", "http://127.0.0.1:9"])
        .run()
        .expect_code(2)
        .expect_said("the state s.state is one of jcx fetch, this run is jcx push");
    home.jcx(["state", "set", "s.state", "--forget", "documents"])
        .run()
        .expect_code(2)
        .expect_error_and_hint("is no load of files", "--until");
    assert!(home.read("s.state") == before);
}

#[test]
fn a_newer_state_is_named_as_such() {
    let home = Home::new();
    let path = home.path("s.state");
    // Sealed as every format is: the hash of what stands before it.
    let sealed = |document: &str| {
        use sha2::{Digest, Sha256};
        let hash = Sha256::digest(document);
        let digits = hash
            .iter()
            .fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"));
        format!("{document},\"sha256\":\"{digits}\"}}\n")
    };
    for (document, part, hint) in [
        (
            "{\"format\":2,\"new\":[]",
            "a newer jcx wrote the state s.state: it has the format 2",
            "use that one",
        ),
        (
            "{\"format\":1,\"new\":[]",
            "something that this jcx does not know",
            "newer jcx",
        ),
        ("[1", "something that this jcx does not know", "newer jcx"),
    ] {
        fs::write(&path, sealed(document)).expect("written");
        home.jcx(["state", "show", "s.state"])
            .run()
            .expect_code(2)
            .expect_error_and_hint(part, hint);
    }
    written(&home.path("whole"));
    let whole = String::from_utf8(home.read("whole")).expect("text");
    let (document, _) = whole.rsplit_once(",\"sha256\"").expect("sealed");
    let strange = document.replace("{\"format\":1", "{\"format\":1,\"extra\":1");
    fs::write(&path, sealed(document)).expect("written");
    home.jcx(["state", "show", "s.state"]).succeed();
    fs::write(&path, sealed(&strange)).expect("written");
    home.jcx(["state", "show", "s.state"]).run().expect_code(2);
}

#[test]
fn a_state_that_a_run_holds_is_shown_and_not_changed() {
    let home = Home::new();
    let (path, folder) = (home.path("s.state"), home.path("days"));
    let held = (create(&path), archive(&folder));
    for arguments in [
        &["ack", "s.state"][..],
        &["ack", "days"],
        &["set", "s.state", "--until", "2026-03-01"],
        &["reset", "s.state", "--force"],
        &["ack", "s.state", "--lock-wait", "1s"],
    ] {
        home.jcx(["state"])
            .args(arguments)
            .run()
            .expect_code(11)
            .expect_error_and_hint("another run holds the lock", "--lock-wait");
    }
    for path in ["s.state", "days"] {
        home.jcx(["state", "show", path]).succeed();
    }
    let waiting = ["s.state", "days"].map(|path| {
        home.jcx(["state", "ack", path, "--lock-wait", "1m"])
            .start()
    });
    drop(held);
    for run in waiting {
        run.wait().expect_code(0);
    }
}

#[test]
fn a_crash_between_data_and_state_is_cut_back_and_a_foreign_file_is_refused() {
    let home = Home::new();
    let (path, data) = (home.path("s.state"), home.path("events.ndjson"));
    let shown = data.display().to_string();
    let mut file = create(&path);
    let mut sink = Sink::append(&data, file.state().bytes, &path).expect("made");
    sink.write(b"{\"n\":1}\n").expect("written");
    sink.checkpoint().expect("durable");
    let now = at("2026-03-09T00:00:00Z");
    file.save(&committed(1, sink.written()), Recent::default(), now)
        .expect("saved");
    sink.write(b"{\"n\":2}\n{\"n\":3").expect("written");
    // A killed process leaves what reached the file, and neither a mark nor a state.
    sink.abandon(true);
    drop(file);
    assert_eq!(
        home.read("events.ndjson"),
        b"{\"n\":1}\n{\"n\":2}\n{\"n\":3"
    );
    let file = reopened(&path).expect("opened");
    let file = file.expect("a state");
    check_appendable(&shown, Some(file.state().bytes), &path).expect("longer is fine");
    let again = home.path("again.ndjson");
    fs::copy(&data, &again).expect("copied");
    drop(Sink::append(&again, file.state().bytes, &path).expect("opened"));
    assert_eq!(home.read("again.ndjson"), b"{\"n\":1}\n");
    for text in ["", "{\"n\":1}", "{\"n\":12}\n"] {
        fs::write(&data, text).expect("written");
        let refused = check_appendable(&shown, Some(file.state().bytes), &path);
        assert_eq!(refused.expect_err("foreign").kind(), Kind::Usage, "{text}");
    }
    let refused = check_appendable(&shown, None, &path);
    assert_eq!(refused.expect_err("without its state").kind(), Kind::Usage);
}
