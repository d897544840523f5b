//! How runs end when nothing goes as planned: killed, blocked, refused, or told to write one file twice or nowhere.

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Home, events, faulty, fetch_day, lines};
use crate::samples::http::{Reply, Script};
use crate::samples::tenant::{Behaviour, Fault, Tenant};

fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status();
    assert!(sent.expect("kill").success());
}

/// Until the first page was asked for, and some time for what follows.
fn settle(tenant: &Tenant) {
    let since = Instant::now();
    while tenant.page_calls().is_empty() && since.elapsed() < Duration::from_secs(20) {
        sleep(Duration::from_millis(20));
    }
    sleep(Duration::from_millis(800));
}

/// More events than a pipe takes without a reader.
fn many() -> Tenant {
    Tenant::new(events(3_000))
}

fn fetch_command(tenant: &Tenant) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jcx"));
    command.args(["fetch", "--since", "11d"]).env_clear();
    command
        .env("JCX_API_URL", tenant.url())
        .env("JCX_API_KEY", tenant.key());
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn what_a_killed_or_blocked_run_leaves_in_a_pipe_is_cut_off() {
    for name in ["KILL", "TERM", "INT"] {
        let tenant = many();
        let mut child = fetch_command(&tenant)
            .stdout(Stdio::piped())
            .spawn()
            .expect("jcx");
        settle(&tenant);
        let since = Instant::now();
        signal(child.id(), name);
        child.wait().expect("ended");
        assert!(
            since.elapsed() < Duration::from_millis(2_300),
            "{name}: {:?}",
            since.elapsed()
        );
        let mut left = Vec::new();
        child
            .stdout
            .take()
            .expect("a pipe")
            .read_to_end(&mut left)
            .expect("read");
        assert!(left.len() > 60_000, "the pipe was full: {}", left.len());
        let home = Home::new();
        let run = home
            .jcx(["map", "--summary", "sum"])
            .input(left)
            .run()
            .expect_code(3);
        assert!(run.stdout.ends_with(b"}\n{"), "{name}");
        assert_eq!(home.summary("sum")["reasons"], json!(["cut_input"]));
        tenant.finish();
    }
}

#[test]
fn a_second_signal_ends_a_run_that_is_stuck_at_once() {
    let tenant = many();
    let child = fetch_command(&tenant).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("jcx");
    settle(&tenant);
    signal(child.id(), "TERM");
    sleep(Duration::from_millis(100));
    let since = Instant::now();
    signal(child.id(), "TERM");
    let status = child.wait().expect("ended");
    assert_eq!(status.code(), Some(143));
    assert!(
        since.elapsed() < Duration::from_millis(500),
        "{:?}",
        since.elapsed()
    );
    tenant.finish();
}

#[test]
fn a_summary_that_nobody_reads_does_not_hold_a_signal_up() {
    let (home, tenant) = (Home::new(), Tenant::new(events(3)));
    let fifo = home.path("fifo");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .expect("mkfifo")
            .success()
    );
    let mut command = fetch_command(&tenant);
    let child = command
        .arg("--summary")
        .arg(&fifo)
        .stdout(Stdio::null())
        .spawn();
    let mut child = child.expect("jcx");
    settle(&tenant);
    signal(child.id(), "TERM");
    let since = Instant::now();
    assert_eq!(child.wait().expect("ended").code(), Some(143));
    assert!(
        since.elapsed() < Duration::from_millis(2_300),
        "{:?}",
        since.elapsed()
    );
    tenant.finish();
}

#[test]
fn one_file_for_two_purposes_is_refused() {
    let home = Home::new();
    home.file("in", "{\"id\":\"a\"}\n");
    for arguments in [
        &["map", "in", "-o", "x", "--summary", "x"][..],
        &["map", "in", "-o", "x", "--metrics-file", "./x"],
        &["map", "in", "-o", "x", "--dead-letter", "x"],
        &["map", "in", "--dead-letter", "in"],
        &["map", "in", "--summary", "in"],
        &["map", "in", "-o", "x", "--metrics-file", "in"],
        &[
            "push",
            "in",
            "--es-url",
            "http://127.0.0.1:9",
            "--summary",
            "in",
        ],
        &["map", "in", "--summary", "s", "--metrics-file", "s"],
        &[
            "push",
            "in",
            "--es-url",
            "http://127.0.0.1:9",
            "--dead-letter",
            "in",
        ],
        &["fetch", "--since", "1d", "-o", "x", "--summary", "x"],
    ] {
        let run = home
            .jcx(arguments)
            .env("JCX_API_KEY", "k")
            .run()
            .expect_code(2);
        run.expect_error_and_hint("are the same file", "another file");
        assert_eq!(home.read("in"), b"{\"id\":\"a\"}\n");
        assert_eq!(home.names(), ["in"], "{arguments:?}");
    }
}

#[test]
fn a_folder_that_is_missing_leaves_a_summary_that_says_so() {
    for (arguments, marked) in [
        (
            &["fetch", "--since", "1d", "--metrics-file", "no/m"][..],
            true,
        ),
        (
            &[
                "fetch", "--since", "1d", "--state", "no/s", "-o", "x", "--append",
            ],
            false,
        ),
        (
            &[
                "fetch",
                "--since",
                "1d",
                "--out-dir",
                "d",
                "--metrics-file",
                "no/m",
            ],
            false,
        ),
        (&["map", "in", "--dead-letter", "no/d"], true),
        (&["map", "in", "-o", "x", "--metrics-file", "no/m"], false),
        (
            &[
                "push",
                "in",
                "--es-url",
                "http://127.0.0.1:9",
                "--dead-letter",
                "no/d",
            ],
            false,
        ),
        (
            &[
                "push",
                "in",
                "--es-url",
                "http://127.0.0.1:9",
                "--state",
                "no/s",
            ],
            false,
        ),
        (&["count", "--since", "1d", "--metrics-file", "no/m"], true),
    ] {
        let home = Home::new();
        home.file("in", "{\"id\":\"a\"}\n");
        let run = home.jcx(arguments).env("JCX_API_KEY", "k");
        let run = run.args(["--summary", "s.json"]).run().expect_code(7);
        // Who reads the output must not take it for an empty answer.
        let run = run.expect_stdout(if marked { "{" } else { "" });
        run.expect_error_and_hint("the folder no does not exist", "mkdir -p no");
        let summary = home.summary("s.json");
        assert_eq!(summary["command"], arguments[0]);
        assert_eq!(
            (&summary["exit"], &summary["ok"]),
            (&json!(7), &json!(false))
        );
        assert_eq!(summary["reasons"], json!(["local"]));
        // What applies is there, and zero.
        let count = match arguments[0] {
            "fetch" => "events",
            "map" => "mapped",
            "push" => "read",
            _ => "requests",
        };
        assert_eq!(summary[count], 0, "{summary}");
        assert_eq!(home.names(), ["in", "s.json"], "{arguments:?}");
    }
}

#[test]
fn a_summary_in_a_folder_that_is_missing_is_told_once() {
    let home = Home::new();
    home.file("in", "{\"id\":\"a\"}\n");
    let run = home.jcx([
        "map",
        "in",
        "-o",
        "x",
        "--summary",
        "no/s",
        "--metrics-file",
        "m",
    ]);
    let run = run.run().expect_code(7);
    assert_eq!(run.stderr.matches("error").count(), 1, "{}", run.stderr);
    let metrics = String::from_utf8(home.read("m")).expect("text");
    assert!(
        metrics.contains("jcx_last_run_exit_code{command=\"map\"} 7\n"),
        "{metrics}"
    );
    assert_eq!(home.names(), ["in", "m"]);
}

#[test]
fn files_that_are_named_twice_do_not_keep_a_summary_of_its_own_away() {
    let home = Home::new();
    home.file("in", "{\"id\":\"a\"}\n");
    home.file("old", "precious");
    let twice = [
        "map",
        "in",
        "-o",
        "old",
        "--force",
        "--dead-letter",
        "old",
        "--metrics-file",
        "no/m",
    ];
    let run = home.jcx(twice).args(["--summary", "s.json"]).run();
    run.expect_code(2).expect_said("are the same file");
    assert_eq!(home.summary("s.json")["exit"], 2);
    assert_eq!(home.read("old"), b"precious");
}

#[test]
fn what_stands_in_a_file_that_is_named_twice_is_spared() {
    let home = Home::new();
    home.file("in", "{\"id\":\"a\"}\n");
    home.file("old", "precious");
    for flags in [
        ["-o", "--summary"],
        ["--dead-letter", "--summary"],
        ["--dead-letter", "--metrics-file"],
        ["--summary", "--metrics-file"],
    ] {
        let run = home
            .jcx(["map", "in", flags[0], "old", flags[1], "old"])
            .run();
        run.expect_code(2).expect_said("are the same file");
        assert_eq!(home.read("old"), b"precious", "{flags:?}");
    }
}

#[test]
fn a_second_name_of_a_finished_file_is_not_written_through() {
    let home = Home::new();
    let yesterday = home.file("yesterday", "precious");
    std::fs::hard_link(&yesterday, home.path(".x.jcx-partial")).expect("a link");
    home.jcx(["map", "-o", "x"])
        .input("{\"id\":\"a\"}\n")
        .succeed();
    assert_eq!(home.read("yesterday"), b"precious");
    assert_eq!(home.names(), ["x", "yesterday"]);
}

#[test]
fn a_summary_for_a_descriptor_is_appended_to_what_it_leads_to() {
    let home = Home::new();
    let log = std::fs::File::create(home.path("log")).expect("a log");
    let mut command = Command::new(env!("CARGO_BIN_EXE_jcx"));
    command
        .args(["map", "--summary", "/dev/stderr", "-v"])
        .env_clear();
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .status();
    assert!(status.expect("jcx").success());
    let text = String::from_utf8(home.read("log")).expect("text");
    assert!(text.contains("\"command\":\"map\""), "{text}");
    std::os::unix::fs::symlink(home.path("real"), home.path("link")).expect("a link");
    home.file("real", "");
    home.jcx(["map", "--summary", "link"]).input("").succeed();
    assert!(
        home.path("link")
            .symlink_metadata()
            .expect("a link")
            .is_symlink()
    );
    assert_eq!(home.summary("real")["ok"], json!(true));
}

#[test]
fn an_output_without_a_name_is_refused_and_nothing_stays() {
    let home = Home::new();
    for output in ["", "new/"] {
        let run = home
            .jcx(["map", "-o", output])
            .input("{\"id\":\"a\"}\n")
            .run();
        run.expect_code(2).expect_said("-o");
        assert_eq!(home.names(), [""; 0]);
    }
}

#[test]
fn a_name_that_somebody_else_took_meanwhile_is_left_alone() {
    let home = Home::new();
    let fifo = home.path("fifo");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .expect("mkfifo")
            .success()
    );
    let run = home.jcx(["map", "fifo", "-o", "out"]).start();
    let writer = std::fs::OpenOptions::new()
        .write(true)
        .open(&fifo)
        .expect("a writer");
    sleep(Duration::from_millis(300));
    home.file("out", "theirs");
    drop(writer);
    run.wait()
        .expect_code(7)
        .expect_error_and_hint("out", "--force");
    assert_eq!(home.names(), ["fifo", "out"]);
    assert_eq!(home.read("out"), b"theirs");
}

#[test]
fn a_replaced_file_keeps_its_mode_and_a_link_its_place() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let home = Home::new();
    let path = home.key_file("real", "old");
    symlink(&path, home.path("link")).expect("a link");
    home.jcx(["map", "-o", "link", "--force"])
        .input("{\"id\":\"a\"}\n")
        .succeed();
    assert!(
        home.path("link")
            .symlink_metadata()
            .expect("a link")
            .is_symlink()
    );
    assert!(home.read("real").starts_with(b"{\"@metadata\""));
    let mode = std::fs::metadata(&path)
        .expect("metadata")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    // A link in the place of the temporary name leads nowhere.
    let victim = home.file("victim", "precious");
    symlink(&victim, home.path(".x.jcx-partial")).expect("a link");
    home.jcx(["map", "-o", "x"])
        .input("{\"id\":\"a\"}\n")
        .run()
        .expect_code(7)
        .expect_said("stands in the way");
    assert_eq!(home.read("victim"), b"precious");
}

#[test]
fn refused_arguments_leave_a_summary_too() {
    let home = Home::new();
    home.file("sum", "{\"ok\":true}");
    for arguments in [
        &[
            "fetch",
            "--region",
            "xx",
            "--since",
            "1d",
            "--summary",
            "sum",
        ][..],
        &["fetch", "--summary=sum"],
        &[
            "push",
            "--no-such-flag",
            "--summary",
            "sum",
            "--metrics-file",
            "prom",
        ],
    ] {
        home.jcx(arguments).run().expect_code(2);
        let summary = home.summary("sum");
        assert_eq!(
            (&summary["ok"], &summary["exit"]),
            (&json!(false), &json!(2)),
            "{summary}"
        );
        assert_eq!(summary["reasons"], json!(["usage"]));
        assert_eq!(summary["command"], json!(arguments[0]));
    }
    let metrics = String::from_utf8(home.read("prom")).expect("text");
    assert!(
        metrics.contains("jcx_last_run_exit_code{command=\"push\"} 2\n"),
        "{metrics}"
    );
}

#[test]
fn a_file_that_cannot_be_written_is_not_left_claiming_a_success() {
    let home = Home::new();
    let run = home.jcx(["map", "--summary", "/dev/full", "--metrics-file", "prom"]);
    run.input("{\"id\":\"a\"}\n").run().expect_code(7);
    let metrics = String::from_utf8(home.read("prom")).expect("text");
    assert!(
        metrics.contains("jcx_last_run_ok{command=\"map\"} 0\n"),
        "{metrics}"
    );
    let run = home.jcx(["map", "--metrics-file", "/dev/full", "--summary", "sum"]);
    run.input("{\"id\":\"a\"}\n").run().expect_code(7);
    assert_eq!(home.summary("sum")["exit"], json!(7));
}

#[test]
fn a_secret_that_a_server_repeats_does_not_show() {
    let echo = Reply::json(
        401,
        "{\"message\":\"no such key simulated-administrator-key\"}".to_owned(),
    );
    let (home, tenant) = (
        Home::new(),
        faulty(3, Script::none().from(1, Fault::Answer(echo))),
    );
    let run = fetch_day(&home)
        .at(&tenant)
        .args(["-vv", "--summary", "sum"])
        .run();
    let run = run.expect_code(4).expect_said("no such key ***");
    run.expect_unsaid("simulated-administrator-key");
    assert!(
        !home
            .summary("sum")
            .to_string()
            .contains("simulated-administrator-key")
    );
    tenant.finish();
}

#[test]
fn a_token_that_cannot_be_renewed_in_the_middle_is_no_usage_error() {
    let moved = Reply::json(404, "{\"message\":\"gone\"}".to_owned());
    let behaviour = Behaviour {
        token_life: 1,
        tokens: Script::none().from(2, Fault::Answer(moved)),
        ..Behaviour::default()
    };
    let tenant = Tenant::start(events(25), behaviour).expecting(0..=99);
    let home = Home::new();
    let run = fetch_day(&home).by_account(&tenant);
    let run = run
        .args(["--page-size", "10", "--retry-for", "2s", "--no-count"])
        .run()
        .expect_code(5);
    run.expect_error_and_hint("404", "--token-url")
        .expect_stdout(lines(&events(10)) + "{");
    tenant.finish();
}

#[test]
fn a_limit_above_the_one_asked_for_makes_no_page_short() {
    let larger = Fault::Header("X-Limit", "10000".to_owned());
    let (home, tenant) = (Home::new(), faulty(25, Script::none().from(1, larger)));
    fetch_day(&home)
        .at(&tenant)
        .args(["--page-size", "10"])
        .succeed()
        .expect_stdout(lines(&events(25)));
    tenant.finish();
}

#[test]
fn a_stray_failure_after_a_refused_name_is_told_as_what_it_is() {
    let pages = Script::none()
        .on(1, Fault::status(400, "no such service"))
        .from(2, Fault::status(503, "away"));
    let (home, tenant) = (Home::new(), faulty(3, pages));
    let run = fetch_day(&home)
        .at(&tenant)
        .args(["--service", "alerts", "--retry-for", "1s"])
        .run();
    run.expect_code(5).expect_said("away");
    tenant.finish();
}

#[test]
fn a_failed_fetch_names_what_it_did_not_deliver() {
    let (home, tenant) = (
        Home::new(),
        faulty(25, Script::none().from(2, Fault::status(403, "no"))),
    );
    let arguments = ["--page-size", "10", "--summary", "sum"];
    fetch_day(&home)
        .at(&tenant)
        .args(arguments)
        .run()
        .expect_code(4);
    let summary = home.summary("sum");
    assert_eq!(summary["events"], json!(10));
    assert_eq!(summary["gaps"][0]["start"], summary["last_timestamp"]);
    assert_eq!(summary["gaps"][0]["reason"], json!("credentials"));
    fetch_day(&home)
        .at(&tenant)
        .args(arguments)
        .args(["-o", "out"])
        .run()
        .expect_code(4);
    let summary = home.summary("sum");
    assert_eq!(summary["gaps"][0]["start"], summary["window"]["start"]);
    // Of a file that is not there nothing is counted, whatever was judged on the way.
    assert_eq!(
        (&summary["events"], &summary["bytes_out"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(summary.get("last_timestamp"), None);
    tenant.finish();
}

#[test]
fn an_empty_window_needs_no_key() {
    let home = Home::new();
    let run = home.jcx(["fetch", "--since", "1d", "--until", "1d"]).run();
    run.expect_code(0).expect_stdout("");
}

/// An event whose document is a line of exactly `length` bytes, in a file of this many of them.
fn lines_of(home: &Home, length: usize, count: usize) {
    let event = |pad: usize| format!("{{\"id\":\"a\",\"x\":\"{}\"}}\n", "x".repeat(pad));
    let one = home.jcx(["map"]).input(event(1)).succeed();
    home.file("in", event(length + 1 - one.stdout.len()).repeat(count));
}

#[test]
fn no_page_that_a_killed_map_leaves_in_a_pipe_ends_a_line() {
    for (length, name) in [(512, "KILL"), (1024, "TERM"), (768, "INT"), (2048, "KILL")] {
        let home = Home::new();
        lines_of(&home, length, 2_000);
        for taken in [0, 4_096, 70_000] {
            let mut child = Command::new(env!("CARGO_BIN_EXE_jcx"))
                .args(["map", "in"])
                .current_dir(home.path(""))
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("jcx");
            let mut pipe = child.stdout.take().expect("a pipe");
            let mut left = vec![0; taken];
            pipe.read_exact(&mut left).expect("read");
            sleep(Duration::from_millis(300));
            signal(child.id(), name);
            child.wait().expect("ended");
            pipe.read_to_end(&mut left).expect("read");
            assert!(left.len() > 60_000, "the pipe was full: {}", left.len());
            let last = left.iter().rposition(|byte| *byte == b'\n');
            let rest = &left[last.expect("lines") + 1..];
            assert!(
                rest.starts_with(b"{") && rest.len() < length - 1,
                "{name} {length} {taken}"
            );
        }
    }
}
