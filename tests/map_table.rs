//! `jcx map --format csv`, read back by another program's rules, and `--report-unmapped`.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Home, Outcome};

const DEFAULT: &str = "@timestamp,event.id,event.action,user.name,message,client.ip,";

fn event(n: usize, more: &str) -> String {
    format!(
        "{{\"id\":\"e{n}\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"service\":\"directory\",\"event_type\":\"user_update\"{more}}}\n"
    )
}

/// The records of a table, the header first; panics where they have not all the same number of cells.
fn records(table: &[u8]) -> Vec<Vec<String>> {
    assert!(table.ends_with(b"\r\n"), "RFC 4180 ends a record with CRLF");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(table);
    let record = |record: Result<csv::StringRecord, csv::Error>| {
        record
            .expect("a record")
            .iter()
            .map(str::to_owned)
            .collect()
    };
    reader.records().map(record).collect()
}

fn table(home: &Home, columns: &str, input: String) -> Vec<Vec<String>> {
    let run = home.jcx(["map", "--format", "csv", "--columns", columns]);
    records(&run.input(input).succeed().stdout)
}

#[test]
fn a_table_has_a_header_and_a_row_for_each_event() {
    let home = Home::new();
    let input: String = (0..500)
        .map(|n| event(n, ",\"username\":\"ada\""))
        .collect();
    let one = home
        .jcx(["map", "--format", "csv", "--jobs", "1"])
        .input(input.clone())
        .succeed();
    assert!(one.stdout.starts_with(DEFAULT.as_bytes()));
    let rows = records(&one.stdout);
    assert_eq!(rows.len(), 501);
    let at = |name: &str| {
        rows[0]
            .iter()
            .position(|column| column == name)
            .expect("a column")
    };
    for (n, row) in rows[1..].iter().enumerate() {
        assert_eq!(row[at("event.id")], format!("e{n}"));
        assert_eq!(row[at("event.action")], "user_update");
        assert_eq!(row[at("message")], "", "missing is empty");
        assert_eq!(row[at("_id")].len(), 24);
    }
    let many = home
        .jcx(["map", "--format", "csv", "--jobs", "5"])
        .input(input.clone())
        .succeed();
    many.expect_stdout(&one.stdout);
    home.jcx(["map", "--format", "csv", "-o", "out.csv.gz"])
        .input(input)
        .succeed();
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&home.read("out.csv.gz")[..])
        .read_to_end(&mut unpacked)
        .expect("unpacked");
    assert_eq!(unpacked, one.stdout);
    let none = home
        .jcx(["map", "--format", "csv", "--no-metadata"])
        .input("")
        .succeed();
    assert_eq!(records(&none.stdout).len(), 1, "a header even so");
}

#[test]
fn any_field_can_be_a_column() {
    let home = Home::new();
    let more = r#","new":{"list":["a","b; c",7,true],"objects":[{"n":1},{"n":"two"}],"half":"x\ud800y","text":"say \"hi\",\r\nthen go","none":null},"amount":-5.50"#;
    let names = "jumpcloud.event.new.list,jumpcloud.event.new.objects,jumpcloud.event.new.objects.n,jumpcloud.event.new.half,\
                 jumpcloud.event.new.text,jumpcloud.event.new.none,jumpcloud.event.amount,data_stream.namespace,jumpcloud.event.new.nothing";
    let rows = table(&home, names, event(1, more));
    assert_eq!(rows[0].join(","), names);
    assert_eq!(
        rows[1],
        [
            "a; b; c; 7; true",
            r#"[{"n":1},{"n":"two"}]"#,
            "1; two",
            "x\u{fffd}y",
            "say \"hi\",\r\nthen go",
            "",
            "-5.5",
            "default",
            ""
        ]
    );
    let whole = more.replace(r"x\ud800y", "z");
    let json = home.jcx(["map"]).input(event(1, &whole)).succeed().stdout;
    let document: Value = serde_json::from_slice(&json).expect("a document");
    let rows = table(
        &home,
        "_id,data_stream,jumpcloud.event.new",
        event(1, &whole),
    );
    let cell = |at: usize| serde_json::from_str::<Value>(&rows[1][at]).expect("JSON");
    assert_eq!(json!(rows[1][0]), document["@metadata"]["_id"]);
    assert_eq!(cell(1), document["data_stream"]);
    assert_eq!(cell(2), document["jumpcloud"]["event"]["new"]);
    let rows = table(&home, "jumpcloud.event.new", event(1, more));
    assert!(rows[1][0].contains(r"x\ud800y"), "JSON text as it is");
    // A record of one empty cell is not an empty line.
    let run = home.jcx(["map", "--format", "csv", "--columns", "message"]);
    run.input(event(1, "") + &event(2, ""))
        .succeed()
        .expect_stdout("message\r\n\"\"\r\n\"\"\r\n");
}

#[test]
fn columns_come_from_a_variable_too_and_unknown_ones_are_refused() {
    let home = Home::new();
    let run = home
        .jcx(["map", "--format", "csv"])
        .env("JCX_COLUMNS", "event.id,_id");
    let rows = records(&run.input(event(1, "")).succeed().stdout);
    assert_eq!(rows[0], ["event.id", "_id"]);
    let repeated = [
        "map",
        "--format",
        "csv",
        "--columns",
        "event.id",
        "--columns",
        "_id",
    ];
    let rows = records(&home.jcx(repeated).input(event(1, "")).succeed().stdout);
    assert_eq!(rows[0], ["event.id", "_id"]);
    for (columns, said, hint) in [
        ("event.id,usr.name", "usr.name", "user.name"),
        (
            "resource.type",
            "resource.type",
            "jumpcloud.event.resource.type",
        ),
        ("zzz", "zzz", "jcx fields"),
        ("event.id,", "``", "jcx fields"),
        ("event.id,event.id", "twice", "once"),
    ] {
        let run = home.jcx(["map", "--format", "csv", "-o", "out", "--columns", columns]);
        let run = run.input(event(1, "")).run().expect_code(2);
        run.expect_error_and_hint(said, hint);
        assert_eq!(home.names(), [""; 0]);
    }
    let run = home
        .jcx(["map", "--columns", "event.id"])
        .input(event(1, ""))
        .succeed();
    run.expect_said("--columns has no effect without --format csv");
}

#[test]
fn a_safe_table_has_nothing_that_a_spreadsheet_would_run() {
    let home = Home::new();
    let more = |text: &str| format!(",\"a\":\"{text}\",\"n\":-5,\"list\":[-1,-2]");
    let columns = "event.id,jumpcloud.event.a,jumpcloud.event.n,jumpcloud.event.list";
    let cases = [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1 234", "'+1 234"),
        ("@x", "'@x"),
        ("-x,\\\"y\\\"", "'-x,\"y\""),
        ("\\tx", "'\tx"),
        ("  =1", "'  =1"),
        ("-5", "-5"),
        ("plain", "plain"),
    ];
    let input: String = cases
        .iter()
        .map(|(text, _)| event(1, &more(text)))
        .collect();
    let arguments = ["map", "--format", "csv", "--columns", columns, "--csv-safe"];
    let rows = records(&home.jcx(arguments).input(input.clone()).succeed().stdout);
    for (row, (_, safe)) in rows[1..].iter().zip(cases) {
        assert_eq!(row[1..], [safe, "-5", "'-1; -2"]);
    }
    let rows = table(&home, columns, input);
    assert_eq!(rows[1][1], "=HYPERLINK(1)", "only where it is asked for");
}

/// The `_id` of each event as NDJSON has it.
fn plain_ids(home: &Home, input: &str) -> Vec<String> {
    let run = home.jcx(["map"]).input(input).succeed();
    let text = String::from_utf8(run.stdout).expect("text");
    let id = |line: &str| line.split('"').nth(5).unwrap_or_default().to_owned();
    text.lines().map(id).collect()
}

#[test]
fn an_id_that_is_given_out_anew_keeps_the_rows_whole() {
    let home = Home::new();
    // Each event twice, the second time with another text: its id changes, and with it whether it is defused.
    let input: String = (0..2_000)
        .map(|n| event(n, "") + &event(n, ",\"x\":1"))
        .collect();
    let ids = plain_ids(&home, &input);
    let changes = ids
        .chunks(2)
        .filter(|two| two[0].starts_with('+') != two[1].starts_with('+'));
    assert!(changes.count() > 20);
    for (flags, columns) in [
        (&["--csv-safe"][..], "event.id,_id,event.action"),
        (&[], "_id,event.id"),
    ] {
        let run = home.jcx([
            "map",
            "--format",
            "csv",
            "--columns",
            columns,
            "--summary",
            "sum",
        ]);
        let rows = records(&run.args(flags).input(input.clone()).succeed().stdout);
        assert_eq!(home.summary("sum")["id_conflicts"], json!(2_000));
        let at = rows[0]
            .iter()
            .position(|name| name == "_id")
            .expect("a column");
        for (row, id) in rows[1..].iter().zip(&ids) {
            let defused = !flags.is_empty() && id.starts_with('+');
            let expected = if defused {
                format!("'{id}")
            } else {
                id.clone()
            };
            assert_eq!(row[at], expected);
        }
        assert_eq!(rows.len(), 4_001);
    }
}

#[test]
fn a_table_that_is_not_finished_does_not_look_so() {
    let home = Home::new();
    let arguments = ["map", "--format", "csv", "--columns", "event.id,@timestamp"];
    let rows = "event.id,@timestamp\r\ne1,2026-03-01T00:00:00.000Z\r\n";
    for (input, code) in [(event(1, "") + "{", 3), (event(1, "") + "nope\n", 3)] {
        let run = home
            .jcx(arguments)
            .input(input.clone())
            .run()
            .expect_code(code);
        run.expect_stdout(format!("{rows}{{"));
        home.jcx(arguments)
            .args(["-o", "out"])
            .input(input)
            .run()
            .expect_code(code);
        assert_eq!(home.names(), [""; 0]);
    }
    let run = home.jcx(arguments).input("{").run().expect_code(3);
    assert!(run.stdout.ends_with(b"{"));
    let letters = home.jcx(arguments).args(["--dead-letter", "dead"]);
    let run = letters
        .input(format!("nope\n{}", event(1, "")))
        .run()
        .expect_code(3);
    run.expect_stdout(rows);
}

#[test]
fn what_a_killed_run_leaves_of_a_table_is_cut_off() {
    let home = Home::new();
    home.file("in", (0..50_000).map(|n| event(n, "")).collect::<String>());
    for taken in [0, 4_096, 65_536] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_jcx"))
            .args([
                "map",
                "in",
                "--format",
                "csv",
                "--columns",
                "event.id,event.action",
            ])
            .current_dir(home.path(""))
            .stdout(Stdio::piped())
            .spawn()
            .expect("jcx");
        let mut pipe = child.stdout.take().expect("a pipe");
        let mut left = vec![0; taken];
        pipe.read_exact(&mut left).expect("read");
        std::thread::sleep(Duration::from_secs(3));
        child.kill().expect("killed");
        child.wait().expect("ended");
        pipe.read_to_end(&mut left).expect("read");
        assert!(left.len() > 60_000, "the pipe was full: {}", left.len());
        let shown = String::from_utf8_lossy(&left[left.len() - 20..]).into_owned();
        assert!(
            !left.ends_with(b"\n") && !left.ends_with(b"\r"),
            "{shown:?}"
        );
        assert!(!shown.ends_with("user_update"), "{shown:?}");
    }
}

fn unmapped(run: Outcome) -> Outcome {
    run.expect_said("that no exported one covers")
}

#[test]
fn fields_that_none_covers_are_counted_and_listed() {
    let home = Home::new();
    let input = event(1, ",\"novel\":[{\"a\":1},{\"a\":2}],\"success\":true")
        + "nope\n"
        + &event(2, ",\"novel\":{\"a\":1,\"b\":\"\"},\"odd key\":{\"x.y\":0}")
        + &event(3, ",\"changes\":[{\"field\":\"x\",\"to\":1}]");
    let expected = json!({"jumpcloud.event.novel.a": 2, "jumpcloud.event.odd key.x.y": 1});
    for extra in [
        &[][..],
        &["--format", "bulk"],
        &["--format", "csv"],
        &["--no-metadata"],
    ] {
        for jobs in ["1", "3"] {
            let arguments = [
                "map",
                "--report-unmapped",
                "--summary",
                "sum",
                "--dead-letter",
                "dead",
            ];
            let run = home.jcx(arguments).args(extra).args(["--jobs", jobs]);
            let run = unmapped(run.input(input.clone()).run().expect_code(3));
            assert!(
                run.stderr
                    .contains("\n  2  jumpcloud.event.novel.a\n  1  jumpcloud.event.odd key.x.y\n")
            );
            assert_eq!(home.summary("sum")["unmapped"], expected, "{extra:?}");
        }
    }
    // A run that ends at a bad line counts the documents that it wrote.
    let run = home.jcx(["map", "--report-unmapped", "--summary", "sum"]);
    run.input(input.clone()).run().expect_code(3);
    assert_eq!(
        home.summary("sum")["unmapped"],
        json!({"jumpcloud.event.novel.a": 1})
    );
    let run = home.jcx([
        "map",
        "--report-unmapped",
        "--log-format",
        "json",
        "--summary",
        "sum",
    ]);
    let run = run.input(event(1, "")).succeed();
    run.expect_said("\"counts\":{}");
    assert_eq!(home.summary("sum")["unmapped"], json!({}));
    let quiet = home
        .jcx(["map", "--report-unmapped", "-q"])
        .input(event(1, ",\"novel\":1"));
    quiet.succeed().expect_unsaid("novel");
    home.jcx(["map", "--summary", "sum"])
        .input(event(1, ",\"novel\":1"))
        .succeed();
    assert_eq!(
        home.summary("sum").get("unmapped"),
        None,
        "only where it is asked for"
    );
}
