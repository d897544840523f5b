//! `jcx map` as a user runs it: streams, files, order, dead letters, inputs that are cut off, signals.

use std::fs;
use std::io::Write;

use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::harness::Home;

/// `count` events, one a line, each with its number.
fn events(count: usize) -> String {
    let event = |n: usize| {
        format!(
            "{{\"id\":\"e{n}\",\"timestamp\":\"2026-03-01T00:00:00.{n:09}Z\",\"service\":\"sso\"}}\n"
        )
    };
    (0..count).map(event).collect()
}

/// The `event.id` of each document.
fn ids(documents: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(documents);
    let id = |line: &str| {
        let document: Value = serde_json::from_str(line).expect("a document");
        document["event"]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    text.lines().map(id).collect()
}

fn expected_ids(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("e{n}")).collect()
}

#[test]
fn documents_come_in_the_order_of_the_input_whatever_the_threads() {
    let home = Home::new();
    let count = 20_000;
    let one = home
        .jcx(["map", "--jobs", "1"])
        .input(events(count))
        .succeed();
    assert_eq!(ids(&one.stdout), expected_ids(count));
    for jobs in ["2", "7"] {
        let many = home
            .jcx(["map", "--jobs", jobs])
            .input(events(count))
            .succeed();
        many.expect_stdout(&one.stdout);
    }
}

#[test]
fn each_document_names_its_id_and_target() {
    let home = Home::new();
    let run = home.jcx(["map"]).input(events(1)).succeed();
    let document: Value = serde_json::from_slice(&run.stdout).expect("a document");
    assert_eq!(
        document["@metadata"]["raw_index"],
        json!("logs-jumpcloud.events-default")
    );
    assert_eq!(
        document["@metadata"]["_id"].as_str().map(str::len),
        Some(24)
    );
    assert!(run.stdout.starts_with(b"{\"@metadata\":{\"_id\":\""));
    assert_eq!(
        document["data_stream"],
        json!({"type": "logs", "dataset": "jumpcloud.events", "namespace": "default"})
    );
    assert_eq!(document["event"]["dataset"], json!("jumpcloud.events"));

    let other = home
        .jcx(["map", "--data-stream", "logs-jumpcloud.events-backfill"])
        .input(events(1))
        .succeed();
    let document: Value = serde_json::from_slice(&other.stdout).expect("a document");
    assert_eq!(
        document["@metadata"]["raw_index"],
        json!("logs-jumpcloud.events-backfill")
    );
    assert_eq!(document["data_stream"]["namespace"], json!("backfill"));

    let bare = home
        .jcx(["map", "--no-data-stream", "--no-metadata"])
        .input(events(1))
        .succeed();
    let document: Value = serde_json::from_slice(&bare.stdout).expect("a document");
    assert!(document.get("@metadata").is_none() && document.get("data_stream").is_none());
    assert!(document["event"].get("dataset").is_none());
}

#[test]
fn the_extended_profile_adds_to_documents_and_keeps_their_ids() {
    let home = Home::new();
    let of = |profile: &str| {
        let arguments = ["map", "--profile", profile, "--jobs", "2"];
        let run = home.jcx(arguments).input(events(1)).succeed();
        let document: Value = serde_json::from_slice(&run.stdout).expect("a document");
        document
    };
    let (elastic, extended) = (of("elastic"), of("extended"));
    assert_eq!(elastic["@metadata"], extended["@metadata"]);
    assert_eq!(elastic["event"]["kind"], Value::Null);
    assert_eq!(extended["event"]["kind"], "event");
}

#[test]
fn a_bulk_body_has_an_action_before_each_document() {
    let home = Home::new();
    let run = home
        .jcx(["map", "--format", "bulk"])
        .input(events(2))
        .succeed();
    let text = String::from_utf8(run.stdout).expect("text");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        lines[2]["create"]["_index"],
        json!("logs-jumpcloud.events-default")
    );
    assert_eq!(lines[2]["create"]["_id"].as_str().map(str::len), Some(24));
    assert_eq!(lines[3]["event"]["id"], json!("e1"));
    assert!(text.ends_with('\n'), "_bulk wants the last newline");
}

#[test]
fn tags_and_switches_come_from_flags_and_variables() {
    let home = Home::new();
    let document = |run: crate::harness::Outcome| -> Value {
        serde_json::from_slice(&run.stdout).expect("a document")
    };
    let flags = ["map", "--preserve-original", "--tag", "a,b", "--tag", "c"];
    let by_flags = document(home.jcx(flags).input(events(1)).succeed());
    assert_eq!(
        by_flags["tags"],
        json!(["preserve_original_event", "a,b", "c"])
    );
    assert_eq!(by_flags["event"]["original"], json!(events(1).trim_end()));
    let by_variables = home
        .jcx(["map"])
        .env("JCX_TAG", "a,b")
        .env("JCX_PRESERVE_DUPLICATES", "true");
    let by_variables = document(by_variables.input(events(1)).succeed());
    assert_eq!(
        by_variables["tags"],
        json!(["preserve_duplicate_custom_fields", "a", "b"])
    );
    assert_eq!(by_variables["jumpcloud"]["event"]["id"], json!("e0"));
    for (value, kept) in [("1", true), ("on", true), ("0", false), ("no", false)] {
        let run = home.jcx(["map"]).env("JCX_PRESERVE_ORIGINAL", value);
        let document = document(run.input(events(1)).succeed());
        assert_eq!(document["event"].get("original").is_some(), kept, "{value}");
    }
    let flag_wins = home
        .jcx(["map", "--tag", "x"])
        .env("JCX_TAG", "a,b")
        .input(events(1))
        .succeed();
    assert_eq!(document(flag_wins)["tags"], json!(["x"]));
}

#[test]
fn a_data_stream_and_none_contradict_each_other() {
    let home = Home::new();
    let map = |flags: &[&str]| home.jcx(["map"]).args(flags).input(events(1));
    for flags in [
        &["--data-stream", "logs-a.b-c", "--no-data-stream"][..],
        &["--no-data-stream", "--data-stream=logs-a.b-c"],
        // Also where it says what holds anyhow.
        &[
            "--no-data-stream",
            "--data-stream",
            "logs-jumpcloud.events-default",
        ],
    ] {
        let run = map(flags).args(["-o", "out", "--summary", "sum"]).run();
        run.expect_code(2)
            .expect_error_and_hint(
                "--data-stream and --no-data-stream contradict",
                "one of them",
            )
            .expect_stdout("");
        assert_eq!(home.names(), ["sum"]);
        assert_eq!(home.summary("sum")["reasons"], json!(["usage"]));
    }
    // What is typed wins over a variable, which may be there for jcx push; of two variables none is the one for map alone.
    let (stream, none) = ("JCX_DATA_STREAM", "JCX_NO_DATA_STREAM");
    let cases = [
        (
            &["--no-data-stream"][..],
            &[(stream, "logs-a.b-c")][..],
            None,
        ),
        (&["--data-stream", "logs-a.b-c"], &[(none, "1")], Some("c")),
        (&[], &[(stream, "logs-a.b-c"), (none, "1")], None),
        (&[], &[(stream, "logs-a.b-c"), (none, "no")], Some("c")),
        (&[], &[(none, "1")], None),
        (
            &["--data-stream", "logs-a.b-d"],
            &[(stream, "x")],
            Some("d"),
        ),
    ];
    for (flags, variables, namespace) in cases {
        let jcx = variables
            .iter()
            .fold(map(flags), |jcx, (name, value)| jcx.env(name, value));
        let document: Value = serde_json::from_slice(&jcx.succeed().stdout).expect("a document");
        let found = document["data_stream"]["namespace"].as_str();
        assert_eq!(found, namespace, "{flags:?} {variables:?}");
    }
}

#[test]
fn packed_inputs_are_seen_by_content_and_packed_outputs_by_name() {
    let home = Home::new();
    let mut gz = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(events(3).as_bytes()).expect("packed");
    home.file("a", gz.finish().expect("packed"));
    home.file(
        "b",
        zstd::encode_all(events(3).as_bytes(), 1).expect("packed"),
    );
    home.file("c", events(3));
    home.jcx(["map", "a", "b", "c", "-o", "out.gz"])
        .succeed()
        .expect_stdout("");
    assert!(home.read("out.gz").starts_with(&[0x1f, 0x8b]));
    let copies = home.jcx(["map", "a", "b", "c"]).succeed();
    assert_eq!(ids(&copies.stdout).len(), 9);
    home.jcx(["map", "c", "-o", "out.zst"]).succeed();
    assert_eq!(
        ids(&zstd::decode_all(&home.read("out.zst")[..]).expect("unpacked")),
        expected_ids(3)
    );
    assert_eq!(home.names(), ["a", "b", "c", "out.gz", "out.zst"]);
}

#[test]
fn a_last_line_without_newline_counts() {
    let home = Home::new();
    let run = home.jcx(["map"]).input(events(2).trim_end()).succeed();
    assert_eq!(ids(&run.stdout), expected_ids(2));
}

#[test]
fn an_input_that_is_cut_off_is_passed_on_as_such() {
    let home = Home::new();
    for rest in [
        "{",
        "{\"id\":\"half",
        "{\"id\":\"e9\",\"timestamp\":\"2026",
        "tru",
        "\u{e9}",
    ] {
        let bytes = [
            events(2).as_bytes(),
            &rest.as_bytes()[..1.max(rest.len() - usize::from(rest == "\u{e9}"))],
        ]
        .concat();
        let arguments = ["map", "--dead-letter", "dead", "--summary", "sum"];
        let run = home
            .jcx(arguments)
            .input(bytes.clone())
            .run()
            .expect_code(3)
            .expect_said("cut off");
        assert!(run.stdout.ends_with(b"}\n{"), "{rest}");
        assert_eq!(
            ids(&run.stdout[..run.stdout.len() - 1]),
            expected_ids(2),
            "{rest}"
        );
        assert_eq!(home.read("dead"), b"", "never a dead letter: {rest}");
        let summary = home.summary("sum");
        assert_eq!(
            (&summary["mapped"], &summary["exit"]),
            (&json!(2), &json!(3))
        );
        home.jcx(["map", "-o", "out"])
            .input(bytes)
            .run()
            .expect_code(3);
        assert_eq!(home.names(), ["dead", "sum"], "no -o file: {rest}");
    }
}

#[test]
fn a_first_bad_line_ends_the_run_and_leaves_a_mark() {
    let home = Home::new();
    let input = format!("{}not json\n{}", events(2), events(1));
    let run = home.jcx(["map"]).input(input.clone()).run().expect_code(3);
    let run = run.expect_error_and_hint("stdin line 3", "--dead-letter");
    assert!(run.stdout.ends_with(b"}\n{"));
    assert_eq!(ids(&run.stdout[..run.stdout.len() - 1]), expected_ids(2));
    home.jcx(["map", "-o", "out"])
        .input(input)
        .run()
        .expect_code(3);
    assert_eq!(home.names(), [""; 0]);
}

#[test]
fn dead_letters_hold_the_line_and_the_run_goes_on() {
    let home = Home::new();
    let bad: [&[u8]; 8] = [
        b"not json",
        b"42",
        b"{}",
        b"{\"a\":null}",
        b"[1]",
        b"{\"a\":1,\"a\":2}",
        b"{\"a\":\"\xff\"}",
        b"{\"a\":1} x",
    ];
    let mut input = events(1).into_bytes();
    for line in bad {
        input.extend_from_slice(line);
        input.push(b'\n');
    }
    input.extend_from_slice(b"\n  \n{\"id\":\"e1\"}\n");
    home.file("in", &input);
    home.file("dead", "kept\n");
    let arguments = [
        "map",
        "in",
        "--dead-letter",
        "dead",
        "-o",
        "out",
        "--summary",
        "sum",
    ];
    home.jcx(arguments).run().expect_code(3).expect_said("dead");
    assert_eq!(ids(&home.read("out")), expected_ids(2));
    let dead = String::from_utf8(home.read("dead")).expect("text");
    let letters: Vec<Value> = dead
        .lines()
        .skip(1)
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(letters.len(), bad.len());
    for (number, (letter, line)) in letters.iter().zip(bad).enumerate() {
        assert_eq!(
            (&letter["stage"], &letter["source"]),
            (&json!("map"), &json!("in"))
        );
        assert_eq!(letter["line"], json!(number + 2));
        assert!(
            letter["reason"]
                .as_str()
                .is_some_and(|reason| !reason.is_empty())
        );
        match std::str::from_utf8(line) {
            Ok(text) => assert_eq!(letter["record"], json!(text)),
            Err(_) => assert_eq!(letter["record_base64"], json!("eyJhIjoi/yJ9")),
        }
    }
    let summary = home.summary("sum");
    assert_eq!(summary["read"], json!(10));
    assert_eq!(
        (&summary["mapped"], &summary["dead_letters"]),
        (&json!(2), &json!(8))
    );
    assert_eq!(
        (&summary["ok"], &summary["reasons"]),
        (&json!(false), &json!(["dead_letters"]))
    );
}

#[test]
fn dead_letters_may_go_to_standard_output() {
    let home = Home::new();
    let run = home.jcx(["map", "-o", "out", "--dead-letter", "-"]);
    let run = run.input("nope\n").run().expect_code(3);
    let letter: Value = serde_json::from_slice(&run.stdout).expect("a letter");
    assert_eq!(letter["record"], json!("nope"));
}

#[test]
fn letters_on_standard_output_end_with_the_mark_where_the_run_stops_early() {
    let home = Home::new();
    let mut gz = GzEncoder::new(Vec::new(), flate2::Compression::none());
    let input = format!("nope\n{}", events(2_000));
    gz.write_all(input.as_bytes()).expect("packed");
    let whole = gz.finish().expect("packed");
    home.file("cut.gz", &whole[..whole.len() / 2]);
    home.file("half", "nope\n{\"id\":\"half");
    home.file("good", events(2));
    home.file("there", "precious");
    for (arguments, code, letters, mark) in [
        (["cut.gz", "-o", "out"], 7, 1, "{"),
        (["half", "-o", "out"], 3, 1, "{"),
        (["good", "-o", "/dev/full"], 7, 0, "{"),
        (["good", "-o", "there"], 2, 0, ""),
    ] {
        for jobs in ["1", "3"] {
            let run = home.jcx(["map", "--dead-letter", "-", "--jobs", jobs]);
            let run = run.args(arguments).run().expect_code(code);
            let text = String::from_utf8(run.stdout).expect("text");
            let whole = text.strip_suffix(mark).expect("the mark");
            assert_eq!(whole.matches("\"nope\"}\n").count(), letters, "{text}");
            assert_eq!(whole.lines().count(), letters, "{text}");
        }
    }
}

#[test]
fn two_events_with_one_id_keep_both() {
    let home = Home::new();
    let same = "{\"id\":\"a\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"n\":1}\n";
    let other = "{\"id\":\"a\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"n\":2}\n";
    let input = format!("{same}{other}{same}");
    let run = home
        .jcx(["map", "--jobs", "3", "--summary", "sum"])
        .input(input)
        .succeed();
    let text = String::from_utf8(run.stdout).expect("text");
    let ids: Vec<String> = text
        .lines()
        .map(|line| line.split('"').nth(5).unwrap_or_default().to_owned())
        .collect();
    assert_eq!(ids[0], ids[2]);
    assert_ne!(ids[0], ids[1]);
    assert_eq!(home.summary("sum")["id_conflicts"], json!(1));
}

#[test]
fn a_cut_gzip_is_corrupt_input_and_its_whole_lines_are_kept() {
    let home = Home::new();
    let mut gz = GzEncoder::new(Vec::new(), flate2::Compression::none());
    gz.write_all(events(20_000).as_bytes()).expect("packed");
    let whole = gz.finish().expect("packed");
    home.file("in.gz", &whole[..whole.len() / 2]);
    let run = home
        .jcx(["map", "in.gz"])
        .run()
        .expect_code(7)
        .expect_said("in.gz");
    assert!(run.stdout.ends_with(b"}\n{"));
    let kept = ids(&run.stdout[..run.stdout.len() - 1]);
    assert!(kept.len() > 5_000, "{}", kept.len());
    assert_eq!(kept, expected_ids(kept.len()));
    home.jcx(["map", "in.gz", "-o", "out"]).run().expect_code(7);
    assert_eq!(home.names(), ["in.gz"]);
}

#[test]
fn what_cannot_be_read_or_written_is_refused_first() {
    let home = Home::new();
    home.file("in", events(1));
    fs::create_dir(home.path("folder")).expect("a folder");
    for (arguments, code, said) in [
        (&["map", "absent"][..], 2, "absent"),
        (&["map", "folder"], 2, "folder"),
        (&["map", "in", "absent"], 2, "absent"),
        (&["map", "in", "-o", "in"], 2, "exists"),
        (&["map", "in", "-o", "no/out"], 7, "no"),
        (&["map", "in", "--dead-letter", "no/dead"], 7, "no/dead"),
        (
            &["map", "in", "--data-stream", "Logs-X"],
            2,
            "--data-stream",
        ),
        (&["map", "in", "--profile", "larger"], 2, "larger"),
        (&["map", "in", "--jobs", "0"], 2, "--jobs"),
        (&["map", "in", "--dead-letter", "-"], 2, "stdout"),
        (&["map", "in", "-o", "/dev/full"], 7, "/dev/full"),
    ] {
        let run = home
            .jcx(arguments)
            .run()
            .expect_code(code)
            .expect_said("jcx: error: ")
            .expect_said(said);
        assert!(code == 7 || run.stdout.is_empty(), "{arguments:?}");
        assert_eq!(home.names(), ["folder", "in"]);
    }
    assert_eq!(home.read("in"), events(1).as_bytes());
    home.jcx(["map", "in", "-o", "in", "--force"]).succeed();
    assert_eq!(ids(&home.read("in")), expected_ids(1));
}

#[test]
fn a_line_over_the_limit_is_a_dead_letter_that_names_its_place() {
    let home = Home::new();
    let long = format!("{{\"id\":\"{}\"}}\n", "x".repeat(100 << 20));
    home.file("in", format!("{}{long}{{\"id\":\"e1\"}}\n", events(1)));
    let run = home
        .jcx(["map", "in", "--dead-letter", "dead"])
        .run()
        .expect_code(3);
    assert_eq!(ids(&run.stdout), expected_ids(2));
    let letter: Value = serde_json::from_slice(&home.read("dead")).expect("a letter");
    assert_eq!(letter["line"], json!(2));
    let reason = letter["reason"].as_str().unwrap_or_default();
    let (offset, length) = (events(1).len().to_string(), (long.len() - 1).to_string());
    assert!(
        reason.contains(&offset) && reason.contains(&length),
        "{reason}"
    );
}

#[test]
fn a_signal_ends_a_run_that_waits_for_its_input() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let home = Home::new();
        let fifo = home.path("fifo");
        let made = std::process::Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .expect("mkfifo");
        assert!(made.success());
        let run = home
            .jcx(["map", "fifo", "-o", "out", "--summary", "sum"])
            .start();
        let mut writer = fs::OpenOptions::new()
            .write(true)
            .open(&fifo)
            .expect("the other end");
        writer.write_all(events(5).as_bytes()).expect("written");
        std::thread::sleep(std::time::Duration::from_millis(300));
        run.signal(signal);
        let ended = run.wait().expect_code(code);
        assert!(ended.took.as_secs_f64() < 2.5, "{:?}", ended.took);
        assert_eq!(home.summary("sum")["reasons"], json!(["interrupted"]));
        assert_eq!(home.names(), ["fifo", "sum"]);
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_run_silently() {
    let home = Home::new();
    home.file("in", events(50_000));
    let script = format!(
        "{} map in 2>err | head -1 >one; echo ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_jcx")
    );
    assert_eq!(home.bash(&script), "141");
    assert_eq!(home.read("err"), b"");
}

#[test]
fn what_lies_deep_is_looked_at_once() {
    let home = Home::new();
    let elements = "1,".repeat(5 << 20);
    let (open, close) = ("[{\"k\":[".repeat(300), "]}]".repeat(300));
    let line = |value: &str| {
        format!("{{\"id\":\"a\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"x\":{value}}}\n")
    };
    home.file("objects", line(&format!("{open}{elements}1{close}")));
    home.file(
        "lists",
        line(&format!(
            "{}{elements}{{\"y\":7}}{}",
            "[".repeat(900),
            "]".repeat(900)
        )),
    );
    // Looking at it once a level would take longer than a run may.
    for (file, name) in [("objects", "x.k.k"), ("lists", "x")] {
        let flags = ["--report-unmapped", "--summary", "sum", "-o", "/dev/null"];
        home.jcx(["map", file]).args(flags).succeed();
        let summary = home.summary("sum");
        let names = summary["unmapped"].as_object().expect("names");
        let name = format!("jumpcloud.event.{name}");
        assert!(names.keys().any(|other| other.starts_with(&name)), "{file}");
    }
    let flags = ["--format", "csv", "--columns", "_id,jumpcloud.event.x.y"];
    let table = home.jcx(["map", "lists"]).args(flags).succeed();
    assert!(table.stdout.ends_with(b",7\r\n"));
}
