//! `jcx fetch` on its straight path: every event of the window once, as received, in the API's order.

use crate::harness::{Home, Jcx, day, event, event_text, events, faulty, fetch_day, lines};
use crate::samples::http::{Reply, Request, Script, gzip};
use crate::samples::instant::{self, HOUR, MILLISECOND, MINUTE, SECOND};
use crate::samples::invent::{self, Plan};
use crate::samples::tenant::{Behaviour, CursorSpelling, Event, Fault, Layout, Tenant, Ties};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

/// The members of a request's body, which must be JSON.
fn query(request: &Request) -> Value {
    serde_json::from_slice(&request.body).expect("a JSON body")
}

/// The same query without its cursor.
fn without_cursor(request: &Request) -> Value {
    let mut query = query(request);
    query
        .as_object_mut()
        .expect("an object")
        .remove("search_after");
    query
}

fn window(home: &Home, since: i64, until: i64) -> Jcx {
    home.jcx([
        "fetch",
        "--since",
        &instant::text(since, 9),
        "--until",
        &instant::text(until, 9),
    ])
}

#[test]
fn several_pages_come_out_whole_and_in_order() {
    let (home, all) = (Home::new(), events(25));
    let tenant = Tenant::new(all.clone());
    let run = fetch_day(&home)
        .at(&tenant)
        .args(["--page-size", "10", "--summary", "sum"])
        .succeed();
    let calls = tenant.page_calls();
    assert_eq!(calls.len(), 3);
    assert!(
        calls
            .iter()
            .all(|call| without_cursor(call) == without_cursor(&calls[0])),
        "one query, repeated"
    );
    let summary = home.summary("sum");
    run.expect_stdout(lines(&all));
    assert_eq!(summary["message_type"], "summary");
    assert_eq!(summary["command"], "fetch");
    assert_eq!(
        (&summary["ok"], &summary["exit"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(summary["reasons"], json!([]));
    assert_eq!(
        (&summary["events"], &summary["pages"]),
        (&json!(25), &json!(3))
    );
    assert_eq!(
        (&summary["retries"], &summary["duplicates_dropped"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(
        (&summary["out_of_window"], &summary["gaps"]),
        (&json!(0), &json!([]))
    );
    assert!(
        summary["seconds"].is_number()
            && summary["version"].is_string()
            && summary["requests"].is_u64()
    );
    let stamp = |text: &Value| instant::parse(text.as_str().expect("a text")).expect("an instant");
    assert_eq!(stamp(&summary["window"]["start"]), day());
    assert_eq!(stamp(&summary["window"]["end"]), day() + 24 * HOUR);
    assert_eq!(stamp(&summary["first_timestamp"]), day());
    assert_eq!(stamp(&summary["last_timestamp"]), day() + 24 * MINUTE);
    assert_eq!(summary["bytes_out"], json!(lines(&all).len()));
    tenant.finish();
}

#[test]
fn the_query_has_the_documented_members_and_headers() {
    let (home, tenant) = (Home::new(), Tenant::new(events(3)));
    fetch_day(&home)
        .at(&tenant)
        .args([
            "--service",
            "sso",
            "--service=directory",
            "--page-size",
            "77",
        ])
        .succeed();
    let call = &tenant.page_calls()[0];
    let expected = json!({
        "service": ["sso", "directory"],
        "start_time": instant::text(day(), 0),
        "end_time": instant::text(day() + 24 * HOUR, 0),
        "limit": 77,
        "sort": query(call)["sort"],
    });
    assert_eq!(query(call), expected);
    assert!(
        query(call)["sort"]
            .as_str()
            .expect("a text")
            .eq_ignore_ascii_case("ASC")
    );
    for (name, value) in [
        ("Content-Type", "application/json"),
        ("Accept", "application/json"),
        ("x-api-key", tenant.key()),
    ] {
        assert_eq!(call.header(name), Some(value), "{name}");
    }
    assert!(
        call.header("User-Agent")
            .is_some_and(|agent| agent.starts_with("jcx/"))
    );
    assert!(
        call.header("Accept-Encoding")
            .is_some_and(|names| names.contains("gzip"))
    );
    assert_eq!(call.header("Authorization"), None);
    tenant.finish();
}

#[test]
fn all_services_are_asked_for_by_one_name() {
    let (home, tenant) = (Home::new(), Tenant::new(events(1)));
    fetch_day(&home).at(&tenant).succeed();
    let call = &tenant.page_calls()[0];
    assert_eq!(query(call)["service"], json!(["all"]));
    assert_eq!(query(call)["limit"], json!(10_000));
    tenant.finish();
}

#[test]
fn a_multiple_of_the_page_size_costs_one_more_request() {
    let (home, all) = (Home::new(), events(20));
    let tenant = Tenant::new(all.clone());
    fetch_day(&home)
        .at(&tenant)
        .args(["--page-size", "10"])
        .succeed()
        .expect_stdout(lines(&all));
    assert_eq!(tenant.page_calls().len(), 3);
    tenant.finish();
}

#[test]
fn no_events_are_a_success() {
    let (home, tenant) = (Home::new(), Tenant::new(Vec::new()));
    fetch_day(&home)
        .at(&tenant)
        .args(["--summary", "sum"])
        .succeed()
        .expect_stdout("");
    assert_eq!(home.summary("sum")["events"], json!(0));
    assert_eq!(home.summary("sum")["first_timestamp"], Value::Null);
    fetch_day(&home)
        .at(&tenant)
        .args(["-o", "none.ndjson"])
        .succeed();
    assert_eq!(home.read("none.ndjson"), b"");
    tenant.finish();
}

#[test]
fn an_empty_window_asks_for_nothing() {
    let (home, tenant) = (Home::new(), Tenant::new(events(1)).expecting(0..=0));
    window(&home, day(), day())
        .at(&tenant)
        .args(["--summary", "sum"])
        .succeed()
        .expect_stdout("");
    assert_eq!(home.summary("sum")["requests"], json!(0));
    tenant.finish();
}

#[test]
fn success_is_silent_when_nobody_watches() {
    let (home, tenant) = (Home::new(), Tenant::new(events(2)));
    let run = fetch_day(&home).at(&tenant).succeed();
    assert_eq!(run.stderr, "");
    fetch_day(&home)
        .at(&tenant)
        .arg("-v")
        .succeed()
        .expect_said(&instant::date(day()));
    fetch_day(&home)
        .at(&tenant)
        .arg("-vv")
        .succeed()
        .expect_said("simulated-")
        .expect_unsaid(tenant.key());
    tenant.finish();
}

#[test]
fn tokens_stay_as_received_and_white_space_goes() {
    let stamp = instant::text(day(), 3);
    let awkward = [
        format!(
            "{{\"id\":\"a\",\"timestamp\":\"{stamp}\",\"big\":18446744073709551617,\"exp\":1E+2,\"one\":1.0,\"minus\":-0}}"
        ),
        format!(
            "{{\"timestamp\":\"{stamp}\",\"id\":\"b\",\"twice\":1,\"twice\":2,\"text\":\"\\u00e9\\/ \\ud83d {{[:,]}} \\\\\\\"\"}}"
        ),
        format!(
            "{{\"id\":\"c\",\"timestamp\":\"{stamp}\",\"\":null,\"a.b\":[[],{{}},[{{\"x\":\"ü ☃\"}}]]}}"
        ),
        format!(
            "{{\"id\":\"d\",\"timestamp\":\"{}\"}}",
            instant::text(day(), 0).replace('Z', "+00:00")
        ),
    ];
    let all: Vec<Event> = awkward
        .iter()
        .map(|text| Event::placed(day(), text.clone()))
        .collect();
    for layout in [Layout::Compact, Layout::Indented] {
        let home = Home::new();
        let tenant = Tenant::start(
            all.clone(),
            Behaviour {
                layout,
                ..Behaviour::default()
            },
        );
        fetch_day(&home)
            .at(&tenant)
            .succeed()
            .expect_stdout(lines(&all));
        tenant.finish();
    }
}

#[test]
fn the_cursor_goes_back_exactly_as_it_came() {
    let (home, all) = (Home::new(), events(25));
    let behaviour = Behaviour {
        cursor_spelling: CursorSpelling::Awkward,
        ..Behaviour::default()
    };
    let tenant = Tenant::start(all.clone(), behaviour);
    fetch_day(&home)
        .at(&tenant)
        .args(["--page-size", "10"])
        .succeed()
        .expect_stdout(lines(&all));
    assert!(
        tenant.page_calls()[1]
            .text()
            .contains(".00000000000000000001e0, \"D\\u005ar")
    );
    tenant.finish();
}

#[test]
fn a_millisecond_with_more_than_a_page_comes_out_whole() {
    for ties in [Ties::ByNanosecond, Ties::Arbitrary] {
        let home = Home::new();
        let crowd: Vec<Event> = (0..33)
            .map(|number| event(number, day() + HOUR + 10_i64.pow(4) * 33 - 1))
            .collect();
        let crowd: Vec<Event> = crowd
            .into_iter()
            .chain((40..47).map(|number| event(number, day() + 2 * HOUR)))
            .collect();
        let tenant = Tenant::start(
            crowd.clone(),
            Behaviour {
                ties,
                ..Behaviour::default()
            },
        );
        let run = fetch_day(&home)
            .at(&tenant)
            .args(["--page-size", "5"])
            .succeed();
        assert_eq!(
            sorted(&run.stdout),
            sorted(lines(&crowd).as_bytes()),
            "{ties:?}"
        );
        tenant.finish();
    }
}

fn sorted(text: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = text
        .split(|&byte| byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    lines.sort();
    lines
}

#[test]
fn parts_of_a_second_are_decided_here() {
    let (since, until) = (day() + 500 * MILLISECOND, day() + 2 * SECOND + 500_000_001);
    let inside = [since, since + 1, day() + SECOND, until - 1];
    let outside = [since - 1, day(), until, until + 300_000];
    let home = Home::new();
    let inside: Vec<Event> = inside
        .iter()
        .zip(0..)
        .map(|(at, number)| event(number, *at))
        .collect();
    let outside = outside
        .iter()
        .zip(50..)
        .map(|(at, number)| event(number, *at));
    let tenant = Tenant::new(inside.iter().cloned().chain(outside).collect());
    window(&home, since, until)
        .at(&tenant)
        .args(["--summary", "sum"])
        .succeed()
        .expect_stdout(lines(&inside));
    assert_eq!(home.summary("sum")["out_of_window"], json!(4));
    let sent = query(&tenant.page_calls()[0]);
    assert_eq!(sent["start_time"], json!(instant::text(day(), 0)));
    assert_eq!(
        sent["end_time"],
        json!(instant::text(day() + 3 * SECOND, 0))
    );
    tenant.finish();
}

#[test]
fn times_are_understood_in_all_their_forms() {
    let recent = event(1, instant::now() - 90 * MINUTE);
    for (since, until) in [
        ("2h", "1h"),
        ("120m", "now"),
        ("2h30min", "45s"),
        ("1w", "60min"),
        ("7200s", "0s"),
    ] {
        let (home, tenant) = (Home::new(), Tenant::new(vec![recent.clone()]));
        let run = home
            .jcx(["fetch", "--since", since, "--until", until])
            .at(&tenant)
            .succeed();
        run.expect_stdout(lines(std::slice::from_ref(&recent)));
        tenant.finish();
    }
    let (home, tenant) = (Home::new(), Tenant::new(events(3)));
    let tomorrow = instant::date(day() + 24 * HOUR);
    let run = home
        .jcx([
            "fetch",
            "--since",
            &instant::date(day()),
            "--until",
            &tomorrow,
        ])
        .at(&tenant)
        .succeed();
    run.expect_stdout(lines(&events(3)));
    tenant.finish();
}

#[test]
fn an_end_in_the_future_is_cut_to_now() {
    let (home, tenant) = (Home::new(), Tenant::new(events(1)));
    let future = instant::text(instant::now() + 48 * HOUR, 0);
    let run = home
        .jcx(["fetch", "--since", "12d", "--until", &future])
        .at(&tenant)
        .args(["--summary", "sum"])
        .succeed();
    run.expect_said("jcx: warning: ");
    let end = home.summary("sum")["window"]["end"]
        .as_str()
        .and_then(instant::parse)
        .expect("an end");
    assert!((instant::now() - end).abs() < MINUTE);
    tenant.finish();
}

#[test]
fn an_output_file_is_whole_and_not_overwritten_by_accident() {
    let (home, all) = (Home::new(), events(12));
    let tenant = Tenant::new(all.clone());
    let fetch = || fetch_day(&home).at(&tenant).args(["-o", "out.ndjson"]);
    fetch().succeed().expect_stdout("");
    assert_eq!(home.read("out.ndjson"), lines(&all).as_bytes());
    home.file("out.ndjson", "mine");
    let before = tenant.calls().len();
    fetch()
        .run()
        .expect_code(2)
        .expect_error_and_hint("out.ndjson", "--force");
    assert_eq!(tenant.calls().len(), before, "refused before asking");
    assert_eq!(home.read("out.ndjson"), b"mine");
    fetch().arg("--force").succeed();
    assert_eq!(home.read("out.ndjson"), lines(&all).as_bytes());
    assert_eq!(home.names(), ["out.ndjson"]);
    fetch_day(&home)
        .at(&tenant)
        .args(["-o", "-"])
        .succeed()
        .expect_stdout(lines(&all));
    tenant.finish();
}

#[test]
fn the_name_of_the_output_says_how_it_is_packed() {
    let (home, all) = (Home::new(), events(12));
    let tenant = Tenant::new(all.clone());
    for name in ["out.ndjson.gz", "out.ndjson.zst"] {
        fetch_day(&home).at(&tenant).args(["-o", name]).succeed();
    }
    let packed = gzip::unpack(&home.read("out.ndjson.gz"));
    assert_eq!(packed.as_deref(), Some(lines(&all).as_bytes()));
    let packed = zstd::decode_all(&home.read("out.ndjson.zst")[..]).expect("zstd");
    assert_eq!(packed, lines(&all).as_bytes());
    tenant.finish();
}

#[test]
fn pages_larger_than_memory_should_hold_pass_through_a_file() {
    let home = Home::new();
    let filler = "0123456789abcdef".repeat(4800);
    let large = |number: usize| {
        let text = event_text(
            number,
            day() + SECOND * i64::try_from(number).expect("a small number"),
        );
        Event::read(text.replace("\"n\":", &format!("\"filler\":\"{filler}\",\"n\":")))
    };
    let all: Vec<Event> = (0..240).map(large).collect();
    let tenant = Tenant::new(all.clone());
    let run = fetch_day(&home).at(&tenant).succeed();
    assert!(run.stdout == lines(&all).as_bytes(), "18 MB as received");
    fetch_day(&home).at(&tenant).args(["-o", "large"]).succeed();
    assert!(
        home.read("large") == lines(&all).as_bytes(),
        "18 MB as received"
    );
    assert_eq!(home.names(), ["large"]);
    tenant.finish();
}

#[test]
fn invented_events_of_all_services_come_out_as_they_went_in() {
    let home = Home::new();
    let plan = Plan {
        seed: 11,
        now: day() + 24 * HOUR,
        days: 1,
        count: 3000,
    };
    let invented = invent::events(&plan);
    let all: Vec<Event> = invented
        .iter()
        .map(|one| Event::placed(one.instant, one.text.clone()).served_as(one.service))
        .collect();
    let tenant = Tenant::new(all.clone());
    fetch_day(&home)
        .at(&tenant)
        .args(["--page-size", "700"])
        .succeed()
        .expect_stdout(lines(&all));
    tenant.finish();
}

#[test]
fn requests_keep_their_pace() {
    let (home, all) = (Home::new(), events(60));
    let tenant = Tenant::new(all.clone());
    let slow = fetch_day(&home)
        .at(&tenant)
        .args(["--page-size", "5", "--rate", "5"])
        .succeed();
    let times: Vec<_> = tenant.page_calls().iter().map(|call| call.at).collect();
    let took = times[12].duration_since(times[0]);
    // Thirteen requests: five from the full bucket, eight more at five a second.
    assert!(took >= Duration::from_millis(1400), "{took:?}");
    slow.expect_stdout(lines(&all));
    tenant.finish();
}

#[test]
fn the_key_comes_from_the_first_place_that_has_one() {
    let home = Home::new();
    let tenant = Tenant::new(events(1));
    let credentials = home.path("credentials");
    std::fs::create_dir(&credentials).expect("a folder");
    std::fs::write(credentials.join("jcx-api-key"), "from-credentials").expect("a key file");
    let flag = home.key_file("flag", "from-flag\n");
    let variable = home.key_file("variable", "  from-file-variable \r\n");
    // From the last place to the first: each new one must win over all before.
    let places = [
        ("JC_API_KEY", "from-jc".to_owned(), "from-jc"),
        (
            "JUMPCLOUD_API_KEY",
            "from-jumpcloud".to_owned(),
            "from-jumpcloud",
        ),
        ("JCX_API_KEY", "from-jcx".to_owned(), "from-jcx"),
        (
            "CREDENTIALS_DIRECTORY",
            credentials.to_string_lossy().into_owned(),
            "from-credentials",
        ),
        (
            "JCX_API_KEY_FILE",
            variable.to_string_lossy().into_owned(),
            "from-file-variable",
        ),
    ];
    for count in 1..=places.len() {
        let command = fetch_day(&home).env("JCX_API_URL", tenant.url());
        let given = places[..count].iter();
        let command = given.fold(command, |command, (name, value, _)| {
            command.env(name, value)
        });
        command.run().expect_code(4).expect_unsaid("from-");
        let sent = tenant
            .page_calls()
            .last()
            .and_then(|call| call.header("x-api-key").map(str::to_owned));
        assert_eq!(sent.as_deref(), Some(places[count - 1].2));
    }
    let all = places.iter();
    let command = fetch_day(&home)
        .env("JCX_API_URL", tenant.url())
        .arg("--api-key-file")
        .arg(&flag);
    let command = all.fold(command, |command, (name, value, _)| {
        command.env(name, value)
    });
    command.run().expect_code(4);
    assert_eq!(
        tenant
            .page_calls()
            .last()
            .and_then(|call| call.header("x-api-key")),
        Some("from-flag")
    );
    tenant.finish();
}

#[test]
fn the_key_may_come_from_standard_input_and_group_readable_files() {
    let (home, all) = (Home::new(), events(2));
    let tenant = Tenant::new(all.clone());
    let fetch = || fetch_day(&home).env("JCX_API_URL", tenant.url());
    let key = format!("{}\n", tenant.key());
    fetch()
        .args(["--api-key-file", "-"])
        .input(key.as_str())
        .succeed()
        .expect_stdout(lines(&all));
    let file = home.key_file("group", &key);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640))
        .expect("changing the mode");
    fetch()
        .arg("--api-key-file")
        .arg(&file)
        .succeed()
        .expect_stdout(lines(&all));
    tenant.finish();
}

#[test]
fn a_service_account_fetches_with_a_token_and_renews_it() {
    let (home, all) = (Home::new(), events(25));
    let tenant = Tenant::start(
        all.clone(),
        Behaviour {
            token_life: 2,
            ..Behaviour::default()
        },
    );
    let run = fetch_day(&home)
        .by_account(&tenant)
        .args(["--page-size", "10", "-vv", "--no-count"])
        .succeed();
    let calls = tenant.page_calls();
    let bearer = |number: usize| calls[number].header("Authorization").map(str::to_owned);
    assert_eq!(bearer(0).as_deref(), Some("Bearer simulated-token-1"));
    assert_eq!(
        bearer(calls.len() - 1).as_deref(),
        Some("Bearer simulated-token-2")
    );
    assert!(calls.iter().all(|call| call.header("x-api-key").is_none()));
    run.expect_unsaid("simulated-secret")
        .expect_unsaid("simulated-token")
        .expect_stdout(lines(&all));
    tenant.finish();
}

#[test]
fn a_service_account_that_is_refused_ends_with_4() {
    let (home, tenant) = (Home::new(), Tenant::new(events(1)));
    let secret = home.key_file("secret", "wrong-secret\n");
    fetch_day(&home)
        .env("JCX_API_URL", tenant.url())
        .env("JCX_TOKEN_URL", tenant.token_url())
        .env("JCX_CLIENT_ID", "simulated-client")
        .env("JCX_CLIENT_SECRET_FILE", secret)
        .run()
        .expect_code(4)
        .expect_said("jcx: error: ")
        .expect_unsaid("wrong-secret");
    tenant.finish();
}

#[test]
fn an_account_that_is_shut_out_in_the_middle_ends_with_4_after_few_tries() {
    let home = Home::new();
    let shut = Fault::Answer(Reply::json(401, "{\"message\":\"no: simulated-token-3\"}"));
    let tenant = faulty(25, Script::none().from(2, shut));
    fetch_day(&home)
        .by_account(&tenant)
        .args(["--page-size", "10", "--no-count"])
        .run()
        .expect_code(4)
        .expect_unsaid("simulated-token");
    // With the token that all share, with the next one, and with one of its own.
    assert_eq!(tenant.page_calls().len(), 1 + 3);
    let calls = tenant.calls();
    let grants = calls.iter().filter(|call| call.path == "/oauth2/token");
    assert_eq!(grants.count(), 3);
    tenant.finish();
}

/// Fetches three pages, the second of which goes wrong once in this way.
fn asked_again(fault: &Fault) {
    let home = Home::new();
    let tenant = faulty(25, Script::none().on(2, fault.clone()));
    let arguments = ["--page-size", "10", "--summary", "sum", "--timeout", "1s"];
    let run = fetch_day(&home).at(&tenant).args(arguments).succeed();
    let calls = tenant.page_calls();
    assert_eq!(calls.len(), 4, "{fault:?}");
    assert_eq!(
        calls[1].body, calls[2].body,
        "the same request again: {fault:?}"
    );
    let summary = home.summary("sum");
    let counts = ["retries", "events", "pages"].map(|name| summary[name].as_u64());
    assert_eq!(counts, [Some(1), Some(25), Some(3)], "{fault:?}");
    run.expect_stdout(lines(&events(25)));
    tenant.finish();
}

#[test]
fn what_goes_wrong_once_is_asked_again() {
    for status in [408, 500, 502, 503, 504] {
        asked_again(&Fault::status(status, "technical difficulties"));
    }
    asked_again(&Fault::Cut(700));
    asked_again(&Fault::Late(Duration::from_secs(3)));
    asked_again(&Fault::Header("X-Result-Count", "9".to_owned()));
    asked_again(&Fault::Answer(Reply::reset()));
    asked_again(&Fault::Answer(Reply::dropped()));
    asked_again(&Fault::Answer(Reply::html(200)));
    asked_again(&Fault::Answer(Reply::new(200)));
}

#[test]
fn a_page_that_leads_nowhere_once_is_asked_for_once_more() {
    let home = Home::new();
    let tenant = faulty(25, Script::none().on(2, Fault::StuckCursor));
    let run = fetch_day(&home)
        .at(&tenant)
        .args(["--page-size", "10"])
        .succeed();
    assert_eq!(tenant.page_calls().len(), 4);
    run.expect_stdout(lines(&events(25)));
    tenant.finish();
}

#[test]
fn an_answer_that_falls_silent_is_given_up_and_asked_for_again() {
    asked_again(&Fault::Stall(700));
    asked_again(&Fault::Stall(0));
}

#[test]
fn a_page_cut_short_leaves_nothing_behind() {
    let (home, all) = (Home::new(), events(25));
    let script = Script::none()
        .on(1, Fault::Cut(500))
        .on(3, Fault::Cut(1))
        .on(5, Fault::Cut(900));
    let tenant = Tenant::start(
        all.clone(),
        Behaviour {
            pages: script,
            ..Behaviour::default()
        },
    );
    fetch_day(&home)
        .at(&tenant)
        .args(["--page-size", "10"])
        .succeed()
        .expect_stdout(lines(&all));
    tenant.finish();
}

#[test]
fn a_variable_says_yes_no_or_how_often_for_a_flag_without_a_value() {
    let home = Home::new();
    let run = |variables: &[(&str, &str)], words: &[&str]| {
        let mut jcx = home.jcx(["fetch", "--since", "now", "--dry-run"]);
        for (name, value) in variables {
            jcx = jcx.env(name, value);
        }
        jcx.args(words)
    };
    for (value, says) in [
        ("1", true),
        ("2", true),
        ("true", true),
        ("Yes", true),
        ("on", true),
        ("0", false),
        ("false", false),
        ("off", false),
        ("no", false),
    ] {
        let outcome = run(&[("JCX_VERBOSE", value)], &[]).succeed();
        if says {
            outcome.expect_said("window ");
        } else {
            outcome.expect_unsaid("window ");
        }
    }
    for value in ["loud", "-1", "256"] {
        let refused = run(&[("JCX_VERBOSE", value)], &[]).run();
        refused.expect_code(2).expect_said("--verbose");
    }
    // A flag that is not given contradicts none, and needs none.
    let verbose = [("JCX_VERBOSE", "true"), ("JCX_QUIET", "false")];
    run(&verbose, &[]).succeed().expect_said("window ");
    run(&[("JCX_APPEND", "no")], &[]).succeed();
    run(
        &[("JCX_FORCE", "0")],
        &["--state", "s", "-o", "o", "--append"],
    )
    .succeed();
    let contradiction = [("JCX_FORCE", "1")];
    let words = ["--state", "s", "-o", "o", "--append"];
    run(&contradiction, &words).run().expect_code(2);
}
