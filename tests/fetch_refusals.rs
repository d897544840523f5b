//! `jcx fetch` refusing and failing: what, where, a hint, the right code, and nothing lost on the way.

use crate::harness::{Home, Jcx, Outcome, day, events, faulty, fetch_day, lines};
use crate::samples::http::{Reply, Script, Server};
use crate::samples::instant::{self, DAY, HOUR};
use crate::samples::tenant::{Behaviour, Fault, Tenant};
use serde_json::json;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

/// Expects a refusal before any request.
fn refused_unasked(command: impl FnOnce(&Home) -> Jcx, what: &str, hint: &str) {
    let home = Home::new();
    let tenant = Tenant::new(events(1)).expecting(0..=0);
    let command = command(&home).env("JCX_API_URL", tenant.url());
    let run = command
        .run()
        .expect_code(2)
        .expect_error_and_hint(what, hint)
        .expect_stdout("");
    drop(run);
    tenant.finish();
}

/// Expects a refusal of `--since` and `--until` before any request, which names the value and says `instead`.
fn refused_times(since: &str, until: &str, what: &str, instead: &str) {
    let (home, tenant) = (Home::new(), Tenant::new(events(1)).expecting(0..=0));
    let fetch = home
        .jcx(["fetch", "--since", since, "--until", until])
        .at(&tenant);
    let run = fetch
        .run()
        .expect_code(2)
        .expect_said("jcx: error: ")
        .expect_said(what);
    run.expect_said(instead).expect_stdout("");
    tenant.finish();
}

#[test]
fn without_a_key_nothing_is_asked() {
    let (home, tenant) = (Home::new(), Tenant::new(events(1)).expecting(0..=0));
    let run = fetch_day(&home)
        .env("JCX_API_URL", tenant.url())
        .run()
        .expect_code(4);
    run.expect_error_and_hint("key", "JCX_API_KEY");
    tenant.finish();
}

#[test]
fn a_key_file_must_hold_one_key_for_its_owner() {
    let with = |name: &'static str| {
        move |home: &Home| fetch_day(home).arg("--api-key-file").arg(home.path(name))
    };
    refused_unasked(with("absent"), "absent", "");
    for (content, what) in [
        ("", "empty"),
        (" \n\n", "empty"),
        ("first-key\nsecond-key\n", "line"),
        ("key\u{7}with-bell\n", "control"),
    ] {
        let file = |home: &Home| {
            home.key_file("key", content);
            with("key")(home)
        };
        let home = Home::new();
        let tenant = Tenant::new(events(1)).expecting(0..=0);
        let run = file(&home)
            .env("JCX_API_URL", tenant.url())
            .run()
            .expect_code(2);
        run.expect_said("key")
            .expect_said(what)
            .expect_unsaid("first-key")
            .expect_unsaid("with-bell")
            .expect_stdout("");
        tenant.finish();
    }
    let open = |home: &Home| {
        let path = home.key_file("open", "some-key\n");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
            .expect("changing the mode");
        with("open")(home)
    };
    refused_unasked(open, "open", "chmod o-r");
}

#[test]
fn a_key_with_control_characters_is_refused() {
    let home = Home::new();
    let tenant = Tenant::new(events(1)).expecting(0..=0);
    let run = fetch_day(&home)
        .env("JCX_API_URL", tenant.url())
        .env("JCX_API_KEY", "two\nlines")
        .run();
    run.expect_code(2)
        .expect_unsaid("two\nlines")
        .expect_said("JCX_API_KEY");
    tenant.finish();
}

#[test]
fn times_that_are_none_say_what_to_write() {
    refused_times("15", "now", "15", "15d");
    refused_times("1M", "now", "1M", "30d");
    refused_times("2026-02-30", "now", "2026-02-30", "");
    refused_times("2026-02-01T10:00:00", "now", "2026-02-01T10:00:00", "Z");
    refused_times("yesterday", "now", "yesterday", "15d");
    refused_times("2d", "7", "7", "7d");
}

#[test]
fn windows_that_are_none_are_refused() {
    refused_times("1d", "2d", "until", "");
    let tomorrow = instant::text(instant::now() + DAY, 0);
    refused_times(&tomorrow, "now", "future", "");
}

#[test]
fn a_start_before_retention_is_refused_with_the_earliest_that_works() {
    let home = Home::new();
    let tenant = Tenant::new(events(3));
    // The suggestion is rounded up, just before midnight into the next day.
    let edges = [0, 1].map(|later| instant::date(instant::now() - 15 * DAY + later * DAY));
    let fetch = |since: &str| {
        home.jcx(["fetch", "--retention", "15d", "--since", since])
            .at(&tenant)
    };
    let run = fetch("20d")
        .run()
        .expect_code(2)
        .expect_error_and_hint("retention", "--clamp");
    assert_eq!(tenant.calls().len(), 0);
    let named = edges.iter().find_map(|edge| run.stderr.find(edge));
    let named = named.expect("the earliest start that works");
    let rest = &run.stderr[named..];
    let end = rest
        .find(|letter: char| !(letter.is_ascii_alphanumeric() || "-:.+".contains(letter)))
        .unwrap_or(rest.len());
    let earliest = rest[..end].trim_end_matches(['.', ':']);
    // A moment later the edge has moved by as much; what was named must hold for a copy by hand.
    fetch(earliest).succeed();
    fetch("15d").succeed();
    tenant.finish();
}

#[test]
fn clamp_shortens_the_window_and_says_so() {
    let (home, tenant) = (Home::new(), Tenant::new(events(3)));
    let fetch = [
        "fetch",
        "--since",
        "40d",
        "--retention",
        "15d",
        "--clamp",
        "--summary",
        "sum",
    ];
    let run = home.jcx(fetch).at(&tenant).succeed();
    run.expect_said("jcx: warning: ")
        .expect_stdout(lines(&events(3)));
    let summary = home.summary("sum");
    let instants =
        |value: &serde_json::Value| value.as_str().and_then(instant::parse).expect("an instant");
    assert_eq!(summary["gaps"].as_array().map(Vec::len), Some(1));
    let gap = &summary["gaps"][0];
    let start = instants(&summary["window"]["start"]);
    assert_eq!(instants(&gap["end"]), start);
    assert!((instants(&gap["start"]) - (instant::now() - 40 * DAY)).abs() < HOUR);
    assert!((start - (instant::now() - 15 * DAY)).abs() < HOUR);
    assert!(gap["reason"].is_string());
    tenant.finish();
}

#[test]
fn an_unknown_region_is_no_silent_default() {
    let home = Home::new();
    let run = fetch_day(&home)
        .env("JCX_API_KEY", "k")
        .args(["--region", "mars"])
        .run()
        .expect_code(2);
    run.expect_said("mars")
        .expect_said("eu")
        .expect_said("in")
        .expect_stdout("");
}

#[test]
fn a_url_with_a_user_in_it_is_refused() {
    let home = Home::new();
    let url = "https://admin:hunter2@api.jumpcloud.example";
    let run = fetch_day(&home)
        .env("JCX_API_KEY", "k")
        .args(["--api-url", url])
        .run()
        .expect_code(2);
    run.expect_unsaid("hunter2").expect_stdout("");
}

/// A fetch whose first answer is this.
fn first_answer(reply: Reply) -> Outcome {
    let home = Home::new();
    let tenant = faulty(3, Script::none().from(1, Fault::Answer(reply)));
    let run = fetch_day(&home)
        .at(&tenant)
        .args(["--retry-for", "2s", "--summary", "sum"])
        .run();
    let summary = home.summary("sum");
    assert_eq!(summary["ok"], json!(false));
    assert_eq!(summary["exit"], json!(run.code()));
    assert!(summary["error"]["message"].is_string(), "{summary}");
    assert_eq!(summary["reasons"].as_array().map(Vec::len), Some(1));
    fetch_day(&home)
        .at(&tenant)
        .args(["--retry-for", "1s", "-o", "out"])
        .run()
        .expect_code(run.code());
    assert_eq!(home.names(), ["sum"], "no output file after a failure");
    tenant.finish();
    run.expect_said("simulated-0")
        .expect_unsaid("simulated-administrator-key")
}

fn refusal(status: u16, message: &str) -> Reply {
    Reply::json(status, format!("{{\"message\":\"{message}\"}}"))
}

#[test]
fn refused_credentials_end_with_4() {
    let run = first_answer(refusal(401, "Unauthorized")).expect_code(4);
    run.expect_said("Unauthorized")
        .expect_error_and_hint("401", "eu")
        .expect_stdout("{");
    let run = first_answer(refusal(402, "Payment Required")).expect_code(4);
    run.expect_said("Payment Required")
        .expect_error_and_hint("402", "")
        .expect_stdout("{");
    let run = first_answer(refusal(403, "Forbidden")).expect_code(4);
    run.expect_said("Forbidden")
        .expect_error_and_hint("403", "org")
        .expect_stdout("{");
}

#[test]
fn an_old_window_that_is_not_entitled_hints_at_retention() {
    let home = Home::new();
    let tenant = faulty(
        0,
        Script::none().from(1, Fault::status(402, "Payment Required")),
    );
    let run = home
        .jcx(["fetch", "--since", "40d"])
        .at(&tenant)
        .run()
        .expect_code(4);
    run.expect_error_and_hint("402", "--retention 15d");
    tenant.finish();
}

#[test]
fn a_first_request_refused_as_such_ends_with_2_and_writes_nothing() {
    let run =
        first_answer(refusal(400, "Start Time not after End Time: a -\\u003e b")).expect_code(2);
    run.expect_said("a -> b").expect_stdout("");
    first_answer(refusal(404, "Not Found"))
        .expect_code(2)
        .expect_error_and_hint("404", "--api-url")
        .expect_stdout("");
    first_answer(refusal(405, "no"))
        .expect_code(2)
        .expect_stdout("");
}

#[test]
fn a_redirect_is_not_followed() {
    let other = Server::start(|_| panic!("the key went to another host"));
    let mut other = other;
    other.expect(0..=0);
    for status in [301, 302, 307, 308] {
        let elsewhere = format!("{}/insights/directory/v1/events", other.url());
        let host = other.url().trim_start_matches("http://").to_owned();
        let run = first_answer(Reply::new(status).header("Location", elsewhere)).expect_code(2);
        run.expect_said(&host).expect_stdout("");
    }
    other.finish();
}

#[test]
fn nonsense_instead_of_a_list_ends_with_5() {
    let html = first_answer(Reply::html(200)).expect_code(5);
    html.expect_said("text/html").expect_stdout("{");
    let object = Reply::json(200, "{\"message\":\"all is well\"}");
    first_answer(object)
        .expect_code(5)
        .expect_said("application/json")
        .expect_stdout("{");
    first_answer(Reply::new(200))
        .expect_code(5)
        .expect_stdout("{");
    let broken = Reply::json(200, "[{\"id\":1,]")
        .header("X-Result-Count", "1")
        .header("X-Limit", "10");
    first_answer(broken).expect_code(5).expect_stdout("{");
    let descending = Fault::Header("X-Sort", "DESC".to_owned());
    let (home, tenant) = (Home::new(), faulty(3, Script::none().from(1, descending)));
    let run = fetch_day(&home)
        .at(&tenant)
        .args(["--retry-for", "1s"])
        .run()
        .expect_code(5);
    run.expect_said("DESC").expect_stdout("{");
    tenant.finish();
}

#[test]
fn nonsense_on_the_first_page_is_not_asked_for_ten_minutes() {
    let (home, tenant) = (
        Home::new(),
        faulty(3, Script::none().from(1, Fault::Answer(Reply::html(200)))),
    );
    let run = fetch_day(&home).at(&tenant).run().expect_code(5);
    assert!(run.took < Duration::from_secs(30), "{:?}", run.took);
    assert_eq!(tenant.page_calls().len(), 3);
    tenant.finish();
}

#[test]
fn an_api_that_stays_away_ends_with_5_after_the_budget() {
    let since = Instant::now();
    for status in [429, 500, 503] {
        let run = first_answer(refusal(status, "technical difficulties")).expect_code(5);
        run.expect_said("technical difficulties")
            .expect_said(&status.to_string())
            .expect_stdout("{");
    }
    assert!(since.elapsed() < Duration::from_secs(45));
    let home = Home::new();
    let closed = Server::start(|_| Reply::new(200));
    let mut closed = closed;
    closed.expect(0..=0);
    let url = closed.url();
    closed.finish();
    let away = fetch_day(&home)
        .env("JCX_API_URL", &url)
        .env("JCX_API_KEY", "k")
        .args(["--retry-for", "1s"])
        .run();
    away.expect_code(5)
        .expect_said(url.trim_start_matches("http://"))
        .expect_stdout("{");
}

#[test]
fn progress_starts_the_budget_anew() {
    let home = Home::new();
    // Every second request fails; each alone is within the budget, all together are not.
    let script = (1..12).step_by(2).fold(Script::none(), |script, number| {
        script.on(number, Fault::rate_limited(Some("1")))
    });
    let tenant = faulty(25, script);
    let run = fetch_day(&home)
        .at(&tenant)
        .args(["--page-size", "5", "--retry-for", "3s"])
        .succeed();
    assert!(run.took > Duration::from_secs(4));
    run.expect_stdout(lines(&events(25)));
    tenant.finish();
}

#[test]
fn a_walk_that_does_not_move_is_ended() {
    for fault in [Fault::StuckCursor, Fault::SamePage] {
        let (home, tenant) = (
            Home::new(),
            faulty(35, Script::none().from(2, fault.clone())),
        );
        let run = fetch_day(&home)
            .at(&tenant)
            .args(["--page-size", "10", "--retry-for", "2s"])
            .run()
            .expect_code(5);
        assert!(tenant.page_calls().len() <= 6, "{fault:?}");
        run.expect_said("simulated-0")
            .expect_stdout(lines(&events(10)) + "{");
        tenant.finish();
    }
}

#[test]
fn a_failure_in_the_middle_keeps_whole_pages_and_leaves_a_mark() {
    for fault in [
        Fault::status(400, "Invalid search_after"),
        Fault::status(503, "away"),
        Fault::Answer(Reply::html(200)),
        Fault::Cut(600),
        Fault::Header("X-Result-Count", "11".to_owned()),
        Fault::Answer(Reply::reset()),
    ] {
        let (home, tenant) = (
            Home::new(),
            faulty(35, Script::none().from(3, fault.clone())),
        );
        let arguments = ["--page-size", "10", "--retry-for", "2s", "--summary", "sum"];
        let run = fetch_day(&home)
            .at(&tenant)
            .args(arguments)
            .run()
            .expect_code(5);
        run.expect_stdout(lines(&events(20)) + "{");
        assert_eq!(home.summary("sum")["events"], json!(20));
        tenant.finish();
        let tenant = faulty(35, Script::none().from(3, fault));
        let arguments = ["--page-size", "10", "--retry-for", "1s", "-o", "out"];
        fetch_day(&home)
            .at(&tenant)
            .args(arguments)
            .run()
            .expect_code(5);
        assert_eq!(home.names(), ["sum"]);
        tenant.finish();
    }
}

#[test]
fn the_mark_ends_a_file_behind_a_redirection_too() {
    let (home, tenant) = (
        Home::new(),
        faulty(35, Script::none().from(2, Fault::status(403, "no"))),
    );
    fetch_day(&home)
        .at(&tenant)
        .args(["--page-size", "10"])
        .run_into(home.path("redirected"))
        .expect_code(4);
    assert_eq!(
        home.read("redirected"),
        (lines(&events(10)) + "{").as_bytes()
    );
    tenant.finish();
}

#[test]
fn an_output_folder_that_is_missing_ends_with_7() {
    let (home, tenant) = (Home::new(), Tenant::new(events(1)).expecting(0..=0));
    let run = fetch_day(&home)
        .at(&tenant)
        .args(["-o", "no/such/out.ndjson"])
        .run()
        .expect_code(7);
    run.expect_said("no/such");
    tenant.finish();
}

#[test]
fn a_full_disk_ends_with_7() {
    let (home, tenant) = (Home::new(), Tenant::new(events(2000)));
    let run = fetch_day(&home)
        .at(&tenant)
        .args(["--summary", "sum"])
        .run_into("/dev/full");
    run.expect_code(7)
        .expect_said("jcx: error: ")
        .expect_said("stdout");
    assert_eq!(home.summary("sum")["exit"], json!(7));
    tenant.finish();
}

#[test]
fn a_reader_that_goes_away_ends_the_run_silently() {
    let (home, tenant) = (Home::new(), Tenant::new(events(20_000)));
    let binary = env!("CARGO_BIN_EXE_jcx");
    let (since, until) = (instant::text(day(), 0), instant::text(instant::now(), 0));
    let line = format!(
        "{{ '{binary}' fetch --since {since} --until {until} --page-size 1000; echo $? >code; }} | head -n 1"
    );
    let output = std::process::Command::new("sh")
        .args(["-c", &line])
        .env("JCX_API_URL", tenant.url())
        .env("JCX_API_KEY", tenant.key())
        .current_dir(home.path("."))
        .output()
        .expect("running sh");
    assert_eq!(output.stdout, lines(&events(1)).as_bytes());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(home.read("code"), b"141\n");
    assert!(
        tenant.page_calls().len() < 20,
        "it went on without a reader"
    );
    tenant.finish();
}

/// Starts a fetch that hangs in its third page, and waits until it does.
fn hanging(tenant: &Tenant, command: Jcx) -> crate::harness::Running {
    let running = command.at(tenant).args(["--page-size", "10"]).start();
    let since = Instant::now();
    while tenant.page_calls().len() < 3 {
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "the third page was never asked for"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    // The answer's first bytes are on their way.
    std::thread::sleep(Duration::from_millis(100));
    running
}

#[test]
fn signals_end_the_run_within_two_seconds() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        for arguments in [
            &["--summary", "sum"][..],
            &["--summary", "sum", "-o", "out"][..],
        ] {
            let home = Home::new();
            let tenant = faulty(35, Script::none().from(3, Fault::Stall(500)));
            let running = hanging(&tenant, fetch_day(&home).args(arguments));
            let since = Instant::now();
            running.signal(name);
            let run = running.wait().expect_code(code);
            assert!(
                since.elapsed() < Duration::from_secs(2),
                "{:?}",
                since.elapsed()
            );
            assert_eq!(home.names(), ["sum"]);
            assert_eq!(home.summary("sum")["exit"], json!(code));
            let piped = arguments.len() == 2;
            run.expect_stdout(if piped {
                lines(&events(20)) + "{"
            } else {
                String::new()
            });
            tenant.finish();
        }
    }
}

#[test]
fn a_signal_ends_a_long_wait_too() {
    let home = Home::new();
    let tenant = faulty(35, Script::none().from(3, Fault::rate_limited(Some("300"))));
    let running = hanging(&tenant, fetch_day(&home));
    let since = Instant::now();
    running.signal("TERM");
    running
        .wait()
        .expect_code(143)
        .expect_stdout(lines(&events(20)) + "{");
    assert!(
        since.elapsed() < Duration::from_secs(2),
        "{:?}",
        since.elapsed()
    );
    tenant.finish();
}

#[test]
fn a_summary_may_go_to_standard_error() {
    let (home, tenant) = (Home::new(), Tenant::new(events(2)));
    let run = fetch_day(&home)
        .at(&tenant)
        .args(["--summary", "-"])
        .succeed();
    let summary: serde_json::Value =
        serde_json::from_str(run.stderr.trim()).expect("one JSON object");
    assert_eq!(summary["events"], json!(2));
    tenant.finish();
}

#[test]
fn errors_can_be_read_by_programs() {
    let home = Home::new();
    let tenant = Tenant::start(
        events(2),
        Behaviour {
            key: "another".to_owned(),
            ..Behaviour::default()
        },
    );
    let fetch = fetch_day(&home)
        .env("JCX_API_URL", tenant.url())
        .env("JCX_API_KEY", "wrong-key");
    let run = fetch
        .args(["--log-format", "json"])
        .run()
        .expect_code(4)
        .expect_unsaid("wrong-key");
    for line in run.stderr.lines() {
        assert!(
            serde_json::from_str::<serde_json::Value>(line).is_ok_and(|value| value.is_object()),
            "{line}"
        );
    }
    tenant.finish();
}

#[test]
fn a_stranger_on_the_port_is_no_jumpcloud() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let stranger = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut seen = [0; 16];
        let _ = stream.read(&mut seen);
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n");
    });
    let home = Home::new();
    let run = fetch_day(&home)
        .env("JCX_API_URL", url)
        .env("JCX_API_KEY", "k")
        .args(["--retry-for", "1s"])
        .run();
    run.expect_code(5).expect_stdout("{");
    stranger.join().expect("the stranger");
}
