//! `jcx fetch --state FILE -o FILE --append`: what a run delivered no later one delivers again, and nothing is left out.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Home, Jcx, Outcome, day, event, event_text, lines};
use crate::samples::http::Script;
use crate::samples::instant::{self, HOUR, MINUTE, Nanos, SECOND};
use crate::samples::tenant::{Behaviour, CursorLife, End, Event, Fault, Retention, Tenant};

/// `fetch` of what lies between [`day`] and an instant, appended.
fn fetch(home: &Home, until: Nanos) -> Jcx {
    home.jcx([
        "fetch",
        "--since",
        &instant::text(day(), 0),
        "--until",
        &instant::text(until, 0),
        "--state",
        "s.state",
        "-o",
        "events.ndjson",
        "--append",
        "--rate",
        "1000",
        "--summary",
        "run.json",
    ])
}

fn text(home: &Home) -> String {
    String::from_utf8(home.read("events.ndjson")).expect("text")
}

fn state(home: &Home) -> Value {
    serde_json::from_slice(&home.read("s.state")).expect("JSON")
}

fn said(outcome: Outcome, code: i32, parts: &[&str]) -> Outcome {
    parts
        .iter()
        .fold(outcome.expect_code(code), |outcome, part| {
            outcome.expect_said(part)
        })
}

/// The state without what a clock says.
pub fn sense(home: &Home) -> Value {
    let mut state = state(home);
    for name in ["saved", "succeeded", "sha256"] {
        state.as_object_mut().expect("an object").remove(name);
    }
    state
}

/// An event of which several are alike.
fn nameless(at: Nanos) -> Event {
    let stamp = instant::text(at, 3);
    Event::read(format!(
        "{{\"timestamp\":\"{stamp}\",\"service\":\"ldap\",\"event_type\":\"ldap_bind\"}}"
    ))
}

fn undated(at: Nanos, text: &str) -> Event {
    Event::placed(at, format!("{{\"service\":\"ldap\",\"what\":\"{text}\"}}"))
}

fn every(step: Nanos, count: usize) -> Vec<Event> {
    (0..count)
        .zip(0..)
        .map(|(number, at): (usize, Nanos)| event(number, day() + at * step))
        .collect()
}

#[test]
fn each_run_goes_on_behind_the_last_one() {
    let home = Home::new();
    let events = every(MINUTE, 300);
    let tenant = Tenant::new(events.clone());
    fetch(&home, day() + 2 * HOUR).at(&tenant).succeed();
    assert_eq!(text(&home), lines(&events[..120]), "half open");
    let before = tenant.page_calls().len();
    fetch(&home, day() + 2 * HOUR).at(&tenant).succeed();
    assert_eq!(tenant.page_calls().len(), before, "nothing to be asked");
    let summary = home.summary("run.json");
    assert_eq!(
        (&summary["events"], &summary["exit"]),
        (&0.into(), &0.into())
    );
    // Where it began is known, and is not asked for again.
    let args = ["--state", "s.state", "-o", "events.ndjson", "--append"];
    home.jcx(["fetch", "--summary", "run.json"])
        .args(args)
        .at(&tenant)
        .succeed();
    assert_eq!(text(&home), lines(&events));
    assert_eq!(home.summary("run.json")["events"], 180);
    let asked = tenant.page_calls()[before].text();
    let again = instant::text(day() + 2 * HOUR - 30 * MINUTE, 0);
    assert!(
        asked.contains(&format!("\"start_time\":\"{again}\"")),
        "{asked}"
    );
    let until = state(&home)["until"].as_str().and_then(instant::parse);
    let lag = instant::now() - until.expect("a time");
    assert!((2 * MINUTE..3 * MINUTE).contains(&lag), "{lag}");
    assert_eq!(home.names(), ["events.ndjson", "run.json", "s.state"]);
}

#[test]
fn what_stands_at_the_position_comes_once_whatever_the_end_rule() {
    for end in [End::Inclusive, End::Exclusive] {
        let home = Home::new();
        let at = day() + HOUR;
        let mut events = every(MINUTE, 60);
        // Alike, and two of them: both are delivered, each once.
        events.extend([event(60, at), nameless(at), nameless(at)]);
        events.extend([nameless(at - SECOND), nameless(at - SECOND)]);
        events.push(event(61, at + 1));
        events.sort_by_key(|event| event.place);
        let tenant = Tenant::start(
            events.clone(),
            Behaviour {
                end,
                ..Behaviour::default()
            },
        );
        for until in [at, at, at + SECOND, at + HOUR] {
            fetch(&home, until).at(&tenant).succeed();
        }
        assert_eq!(text(&home), lines(&events), "{end:?}");
    }
}

#[test]
fn late_events_within_the_overlap_come_once() {
    let home = Home::new();
    let at = day() + 2 * HOUR;
    let mut events = every(MINUTE, 240);
    // Seen by the third page request, and by no earlier one.
    events.push(event(900, at - 29 * MINUTE).late(3));
    events.push(nameless(at - 10 * MINUTE));
    events.push(nameless(at - 10 * MINUTE).late(3));
    events.push(undated(at - 5 * MINUTE, "early"));
    events.push(undated(at - 5 * MINUTE, "early"));
    events.push(undated(at - 4 * MINUTE, "late").late(3));
    let tenant = Tenant::new(events.clone());
    for until in [at, at + MINUTE, at + 2 * MINUTE, at + 10 * MINUTE] {
        fetch(&home, until).at(&tenant).succeed();
    }
    fetch(&home, at + 2 * HOUR).at(&tenant).succeed();
    assert_same_events(&text(&home), &events);
    assert_eq!(state(&home)["events"], events.len());
}

/// The same lines, each as often, in whatever order.
fn assert_same_events(text: &str, events: &[Event]) {
    let mut here: Vec<&str> = text.lines().collect();
    let mut there: Vec<&str> = events.iter().map(|event| event.text.as_str()).collect();
    here.sort_unstable();
    there.sort_unstable();
    for line in &there {
        let count = |lines: &[&str]| lines.iter().filter(|other| *other == line).count();
        assert_eq!(count(&here), count(&there), "{line}");
    }
    assert_eq!(here, there);
}

#[test]
fn events_without_a_time_come_once_however_few_there_are() {
    let home = Home::new();
    let events = vec![
        undated(day(), "first"),
        undated(day() + MINUTE, "second"),
        event(1, day() + HOUR),
        event(2, day() + 9 * HOUR),
        undated(day() + 10 * HOUR, "third"),
        undated(day() + 10 * HOUR, "third"),
        event(3, day() + 11 * HOUR),
        undated(day() + 12 * HOUR - 1, "last"),
    ];
    let tenant = Tenant::new(events.clone());
    for hours in [0, 1, 9, 10, 11, 12, 13, 20] {
        fetch(&home, day() + hours * HOUR + MINUTE)
            .args(["--overlap", "1h", "--page-size", "2"])
            .at(&tenant)
            .succeed();
    }
    assert_same_events(&text(&home), &events);
}

#[test]
fn another_overlap_than_before_repeats_nothing() {
    let home = Home::new();
    let events = every(MINUTE, 600);
    let tenant = Tenant::new(events.clone());
    for (hours, overlap) in [
        (2, "1m"),
        (5, "3h"),
        (7, "5m"),
        (8, "10h"),
        (10, "0s"),
        (11, "1d"),
    ] {
        fetch(&home, day() + hours * HOUR)
            .args(["--overlap", overlap, "--page-size", "20", "--jobs", "3"])
            .at(&tenant)
            .succeed();
    }
    assert_eq!(text(&home), lines(&events));
    assert_eq!(home.summary("run.json")["exit"], 0);
}

#[test]
fn a_long_overlap_is_counted_as_received_by_any_number_of_jobs() {
    for jobs in ["1", "4"] {
        let home = Home::new();
        let events = every(MINUTE, 700);
        let tenant = Tenant::new(events.clone());
        for hours in [10, 12] {
            let run = fetch(&home, day() + hours * HOUR)
                .args(["--overlap", "8h", "--page-size", "20", "--jobs", jobs])
                .at(&tenant)
                .succeed();
            run.expect_unsaid("count");
        }
        assert_eq!(text(&home), lines(&events));
        assert_eq!(home.summary("run.json")["api_count"], 580);
    }
}

#[test]
fn a_first_run_needs_a_start_and_the_state_is_there_before_the_data() {
    let home = Home::new();
    let tenant = Tenant::new(Vec::new()).expecting(0..=0);
    let args = ["--state", "s.state", "-o", "events.ndjson", "--append"];
    said(
        home.jcx(["fetch"]).args(args).at(&tenant).run(),
        2,
        &["the first run with a state needs --since", "hint: "],
    );
    assert_eq!(home.names(), Vec::<String>::new());
    said(
        home.jcx(["fetch", "--since", "5d", "--until", "6d"])
            .args(args)
            .at(&tenant)
            .run(),
        2,
        &["lies after --until"],
    );
    assert_eq!(home.names(), Vec::<String>::new());
    // The lag leaves nothing to be asked for.
    home.jcx(["fetch", "--since", "1m"])
        .args(args)
        .at(&tenant)
        .succeed();
    assert_eq!(home.names(), ["events.ndjson", "s.state"]);
    home.jcx(["fetch", "--since", "now"])
        .args(args)
        .at(&tenant)
        .succeed();
    assert_eq!(text(&home), "");
    tenant.finish();
}

#[test]
fn a_state_goes_with_a_file_that_grows() {
    let home = Home::new();
    let tenant = Tenant::new(Vec::new()).expecting(0..=0);
    for args in [
        &["--state", "s.state"][..],
        &["--state", "s.state", "-o", "events.ndjson"],
        &["--state", "s.state", "--append"],
        &["--state", "s.state", "--append", "-o", "-"],
        &["--state", "s.state", "--append", "-o", "/dev/stdout"],
    ] {
        let run = home
            .jcx(["fetch", "--since", "1d"])
            .args(args)
            .at(&tenant)
            .run();
        said(run, 2, &["jcx sync"]).expect_stdout("");
    }
    for args in [
        &["-o", "events.ndjson", "--append"][..],
        &["--state", "s.state", "-o", "events.ndjson.gz", "--append"],
        &[
            "--state",
            "s.state",
            "-o",
            "events.ndjson",
            "--append",
            "--force",
        ],
        &["--state", "s", "-o", "s", "--append"],
        &[
            "--state",
            "s",
            "-o",
            "events.ndjson",
            "--append",
            "--summary",
            "s",
        ],
    ] {
        let run = home
            .jcx(["fetch", "--since", "1d"])
            .args(args)
            .at(&tenant)
            .run();
        said(run, 2, &["hint: "]).expect_stdout("");
    }
    assert_eq!(home.names(), Vec::<String>::new());
    tenant.finish();
}

#[test]
fn data_that_does_not_fit_its_state_is_refused_and_stays() {
    let home = Home::new();
    let events = every(MINUTE, 30);
    let tenant = Tenant::new(events.clone());
    home.file("events.ndjson", "somebody's\n");
    said(
        fetch(&home, day() + HOUR).at(&tenant).run(),
        2,
        &["events.ndjson exists, but its state does not"],
    );
    assert_eq!(text(&home), "somebody's\n");
    fs::remove_file(home.path("events.ndjson")).expect("removed");
    fetch(&home, day() + HOUR).at(&tenant).succeed();
    let whole = text(&home);
    for (left, part) in [
        (&whole[..whole.len() - 1], "its state vouches for"),
        ("", "its state vouches for"),
        (
            &format!("{}x", &whole[..whole.len() - 1]),
            "no line ends at",
        ),
    ] {
        home.file("events.ndjson", left);
        said(fetch(&home, day() + 2 * HOUR).at(&tenant).run(), 2, &[part]);
        assert_eq!(text(&home), left);
    }
    fs::remove_file(home.path("events.ndjson")).expect("removed");
    said(
        fetch(&home, day() + 2 * HOUR).at(&tenant).run(),
        2,
        &[
            "has 0 bytes, but its state vouches for",
            "jcx state reset --force s.state",
        ],
    );
    // What a killed run wrote behind what its state vouches for goes.
    home.file("events.ndjson", format!("{whole}{{\"half\":"));
    fetch(&home, day() + 2 * HOUR).at(&tenant).succeed();
    assert_eq!(text(&home), whole);
}

#[test]
fn another_query_is_refused_in_words() {
    let home = Home::new();
    let tenant = Tenant::new(every(MINUTE, 3));
    fetch(&home, day() + HOUR).at(&tenant).succeed();
    let (data, kept) = (text(&home), home.read("s.state"));
    for (args, parts) in [
        (
            &["--service", "sso"][..],
            &["--service all", "--service sso"][..],
        ),
        (&["--filter", "event_type=a"], &["--filter event_type=a"]),
        (&["--exclude", "event_type=a"], &["--exclude event_type=a"]),
        (&["--search", "ann"], &["--search ann"]),
    ] {
        for dry in [&[][..], &["-n"]] {
            let run = fetch(&home, day() + 2 * HOUR)
                .args(args)
                .args(dry)
                .at(&tenant)
                .run();
            said(run, 2, parts).expect_said("hint: ");
        }
    }
    let changed = String::from_utf8(kept.clone())
        .expect("text")
        .replace("\"fetch\"", "\"sync\"");
    home.file("s.state", changed);
    said(
        fetch(&home, day() + 2 * HOUR).at(&tenant).run(),
        2,
        &["s.state"],
    );
    assert_eq!((text(&home), home.read("s.state") == kept), (data, false));
}

#[test]
fn a_state_that_is_cut_or_has_a_flipped_bit_is_refused() {
    let home = Home::new();
    let tenant = Tenant::new(every(MINUTE, 3));
    fetch(&home, day() + HOUR).at(&tenant).succeed();
    let (data, whole) = (text(&home), home.read("s.state"));
    let calls = tenant.calls().len();
    // All of them are tried on the library; here the whole program is.
    let mut broken: Vec<Vec<u8>> = (0..whole.len())
        .step_by(whole.len() / 12)
        .map(|length| whole[..length].to_vec())
        .collect();
    broken.push(whole[..whole.len() - 1].to_vec());
    broken.push(vec![0; whole.len()]);
    for bit in (0..whole.len() * 8).step_by(whole.len() * 8 / 17) {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        broken.push(bytes);
    }
    for bytes in broken {
        home.file("s.state", &bytes);
        let run = fetch(&home, day() + 2 * HOUR).at(&tenant).run();
        said(run, 2, &["s.state", "hint: "]);
        assert_eq!((text(&home), home.read("s.state")), (data.clone(), bytes));
    }
    assert_eq!(tenant.calls().len(), calls, "nothing was asked");
}

/// Runs up to a page that is refused for good, so that what was delivered before is saved.
fn broken_off(home: &Home, events: &[Event], at_page: usize, page_size: &str) {
    let refused = Fault::status(401, "no");
    let tenant = Tenant::start(
        events.to_vec(),
        Behaviour {
            pages: Script::none().from(at_page, refused),
            ..Behaviour::default()
        },
    );
    fetch(home, day() + 24 * HOUR)
        .args(["--page-size", page_size, "--jobs", "1"])
        .at(&tenant)
        .run()
        .expect_code(4);
}

#[test]
fn a_walk_that_broke_off_is_gone_on_with_behind_its_cursor() {
    for jobs in ["1", "4"] {
        let home = Home::new();
        // Few events, far apart: the cursor stands long behind the second up to which everything is certain.
        let events = every(7 * MINUTE, 200);
        broken_off(&home, &events, 6, "10");
        let walk = state(&home)["walk"].clone();
        let cursor = walk["cursor"].as_str().expect("a cursor").to_owned();
        let tenant = Tenant::new(events.clone());
        let run = fetch(&home, day() + 24 * HOUR)
            .args(["--page-size", "10", "--jobs", jobs, "-v"])
            .at(&tenant)
            .succeed();
        run.expect_said("behind the saved cursor")
            .expect_unsaid("warning");
        assert_eq!(text(&home), lines(&events));
        let asked = tenant.page_calls()[0].text();
        assert!(asked.contains(&cursor), "{asked}");
        let summary = home.summary("run.json");
        assert_eq!(
            (&summary["exit"], &summary["events"]),
            (&0.into(), &150.into())
        );
        assert_eq!(state(&home)["events"], 200);
    }
}

#[test]
fn a_cursor_that_is_refused_costs_time_and_no_event() {
    // A tenant that knows its cursors for some time has never seen this one.
    for (life, refused) in [
        (
            CursorLife::Forever,
            Script::none().on(1, Fault::status(400, "Invalid search_after")),
        ),
        (CursorLife::Requests(1000), Script::none()),
    ] {
        let home = Home::new();
        let mut events = every(7 * MINUTE, 150);
        // Equal ones on both sides of where it broke off.
        for _ in 0..15 {
            events.push(nameless(day() + 350 * MINUTE));
        }
        events.sort_by_key(|event| event.place);
        broken_off(&home, &events, 6, "10");
        let tenant = Tenant::start(
            events.clone(),
            Behaviour {
                cursor_life: life,
                pages: refused,
                ..Behaviour::default()
            },
        );
        let run = fetch(&home, day() + 24 * HOUR)
            .args(["--page-size", "10", "--jobs", "4", "-v"])
            .at(&tenant)
            .succeed();
        run.expect_said("does not take the saved cursor")
            .expect_unsaid("warning");
        assert!(!tenant.page_calls()[1].text().contains("search_after"));
        assert_eq!(text(&home), lines(&events));
        assert_eq!(home.summary("run.json")["exit"], 0);
    }
}

#[test]
fn a_saved_cursor_is_left_alone_where_late_events_may_lie_before_it() {
    let home = Home::new();
    let events = every(7 * MINUTE, 100);
    broken_off(&home, &events, 4, "10");
    let tenant = Tenant::new(events.clone());
    // Another page size may mean another way through the events.
    fetch(&home, day() + 24 * HOUR)
        .args(["--page-size", "20"])
        .at(&tenant)
        .succeed();
    assert!(!tenant.page_calls()[0].text().contains("search_after"));
    assert_eq!(text(&home), lines(&events));
    let home = Home::new();
    broken_off(&home, &events, 4, "10");
    fetch(&home, day() + 24 * HOUR)
        .args(["--page-size", "10", "--overlap", "20d"])
        .at(&tenant)
        .succeed();
    assert_eq!(text(&home), lines(&events));
}

#[test]
fn pages_that_do_not_say_how_far_they_reach_are_not_repeated() {
    for at_page in 2..9 {
        let home = Home::new();
        let mut events = every(30 * MINUTE, 30);
        for number in 0..20 {
            events.push(undated(
                day() + 10 * HOUR + number,
                &(number / 2).to_string(),
            ));
        }
        events.sort_by_key(|event| event.place);
        let broken = Tenant::start(
            events.clone(),
            Behaviour {
                pages: Script::none().from(at_page, Fault::status(401, "no")),
                ..Behaviour::default()
            },
        );
        let args = ["--page-size", "7", "--jobs", "1", "--overlap", "1m"];
        fetch(&home, day() + 24 * HOUR)
            .args(args)
            .at(&broken)
            .run()
            .expect_code(4);
        let tenant = Tenant::new(events.clone());
        fetch(&home, day() + 24 * HOUR)
            .args(args)
            .at(&tenant)
            .succeed();
        assert_same_events(&text(&home), &events);
    }
}

/// An event that says whose it is.
fn owned(number: usize, at: Nanos, organization: &str) -> Event {
    let text = event_text(number, at);
    let named = text.replacen('{', &format!("{{\"organization\":\"{organization}\","), 1);
    Event::read(named)
}

#[test]
fn an_event_of_another_organization_ends_the_run_and_loses_nothing() {
    let home = Home::new();
    let ours: Vec<Event> = every(MINUTE, 100)
        .iter()
        .zip(0..)
        .map(|(event, number)| owned(number, event.place, "aaaa"))
        .collect();
    let mut mixed = ours.clone();
    mixed[25] = owned(25, mixed[25].place, "bbbb");
    let tenant = Tenant::new(mixed);
    let args = ["--page-size", "10", "--jobs", "1"];
    let run = fetch(&home, day() + 24 * HOUR).args(args).at(&tenant).run();
    said(run, 5, &["aaaa", "bbbb", "hint: "]);
    assert!(!text(&home).contains("bbbb"));
    let tenant = Tenant::new(ours.clone());
    fetch(&home, day() + 24 * HOUR)
        .args(args)
        .at(&tenant)
        .succeed();
    assert_eq!(text(&home), lines(&ours));
    assert_eq!(state(&home)["organization"], "aaaa");
    // The state pins it: the key of another one is noticed with the first event.
    let other = Tenant::new(vec![owned(7, day() + 30 * HOUR, "cccc")]);
    let run = fetch(&home, day() + 40 * HOUR).at(&other).run();
    said(run, 5, &["cccc"]);
    assert_eq!(text(&home), lines(&ours));
    assert_eq!(state(&home)["organization"], "aaaa");
}

#[test]
fn what_passed_retention_is_told_once_and_listed_until_somebody_takes_note() {
    let home = Home::new();
    let events = every(HOUR, 72);
    let tenant = Tenant::start(
        events.clone(),
        Behaviour {
            retention: Retention::Hidden(instant::now() - 9 * 24 * HOUR),
            ..Behaviour::default()
        },
    );
    let all = Tenant::new(events.clone());
    fetch(&home, day() + 10 * HOUR).at(&all).succeed();
    let until = instant::text(day() + 10 * HOUR, 0);
    let on = |code| {
        fetch(&home, day() + 72 * HOUR)
            .args(["--retention", "9d", "--metrics-file", "m.prom"])
            .at(&tenant)
            .run()
            .expect_code(code)
    };
    let metrics = || String::from_utf8(home.read("m.prom")).expect("text");
    on(9).expect_error_and_hint("has passed retention", "jcx state ack s.state");
    let summary = home.summary("run.json");
    assert_eq!(summary["gaps"][0]["start"], until);
    assert_eq!(summary["gaps"][0]["reason"], "retention");
    assert_eq!(
        (&summary["ok"], &summary["reasons"][0]),
        (&false.into(), &"gap".into())
    );
    assert_eq!(state(&home)["gaps"][0]["start"], until);
    let kept = events
        .iter()
        .filter(|event| event.place >= instant::now() - 9 * 24 * HOUR);
    let kept: Vec<Event> = events[..10].iter().chain(kept).cloned().collect();
    assert_eq!(text(&home), lines(&kept));
    on(0).expect_unsaid("retention");
    assert_eq!(home.summary("run.json")["gaps"][0]["start"], until);
    assert!(
        metrics().contains("jcx_open_gaps{command=\"fetch\"} 1\n"),
        "{}",
        metrics()
    );
    assert!(metrics().contains(&format!(
        "jcx_events_total{{command=\"fetch\"}} {}\n",
        kept.len()
    )));
    assert!(metrics().contains("jcx_last_success_timestamp_seconds{command=\"fetch\"} "));
    home.jcx(["state", "ack", "s.state"]).succeed();
    on(0);
    assert_eq!(
        home.summary("run.json")["gaps"].as_array().map(Vec::len),
        Some(0)
    );
    assert!(
        metrics().contains("jcx_open_gaps{command=\"fetch\"} 0\n"),
        "{}",
        metrics()
    );
    assert_eq!(text(&home), lines(&kept));
}

#[test]
fn an_interrupted_run_saves_what_it_delivered() {
    let home = Home::new();
    let events = every(MINUTE, 300);
    let tenant = Tenant::start(
        events.clone(),
        Behaviour {
            pages: Script::none().from(1, Fault::Late(Duration::from_millis(40))),
            ..Behaviour::default()
        },
    );
    let args = ["--page-size", "10", "--jobs", "1"];
    for signal in [("INT", 130), ("TERM", 143)] {
        let before = tenant.page_calls().len();
        let running = fetch(&home, day() + 24 * HOUR)
            .args(args)
            .at(&tenant)
            .start();
        while tenant.page_calls().len() < before + 5 {
            std::thread::sleep(Duration::from_millis(5));
        }
        running.signal(signal.0);
        let run = running.wait().expect_code(signal.1);
        assert!(run.took < Duration::from_secs(2), "{:?}", run.took);
        let saved = state(&home)["bytes"].as_u64().expect("a number");
        assert_eq!(
            usize::try_from(saved).ok(),
            Some(text(&home).len()),
            "nothing is cut back"
        );
        assert!(saved > 0);
    }
    fetch(&home, day() + 24 * HOUR)
        .args(args)
        .at(&tenant)
        .succeed();
    assert_eq!(text(&home), lines(&events));
}

#[test]
fn one_run_at_a_time_has_the_state() {
    let home = Home::new();
    let events = every(MINUTE, 50);
    let tenant = Tenant::start(
        events.clone(),
        Behaviour {
            pages: Script::none().on(1, Fault::Late(Duration::from_millis(1200))),
            ..Behaviour::default()
        },
    );
    let first = fetch(&home, day() + 24 * HOUR).at(&tenant).start();
    while tenant.page_calls().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = fetch(&home, day() + 24 * HOUR).at(&tenant).run();
    said(second, 11, &["another run holds", "hint: "]);
    let third = fetch(&home, day() + 24 * HOUR)
        .args(["--lock-wait", "20s"])
        .at(&tenant);
    third.succeed();
    first.wait().expect_code(0);
    assert_eq!(text(&home), lines(&events));
}

#[test]
fn a_dry_run_writes_nothing_and_asks_for_no_page() {
    let home = Home::new();
    let events = every(MINUTE, 180);
    let tenant = Tenant::new(events.clone());
    let shown = |until, json: bool| {
        let dry = if json { &["-n", "--json"][..] } else { &["-n"] };
        fetch(&home, until).args(dry).at(&tenant).succeed().stdout
    };
    let json: Value = serde_json::from_slice(&shown(day() + HOUR, true)).expect("JSON");
    assert_eq!(json["count"], 61, "the end counts as the server counts it");
    assert_eq!(home.names(), ["run.json"]);
    fetch(&home, day() + HOUR).at(&tenant).succeed();
    let pages = tenant.page_calls().len();
    let kept = (home.read("s.state"), text(&home));
    let json: Value = serde_json::from_slice(&shown(day() + 2 * HOUR, true)).expect("JSON");
    let window = &json["windows"][0];
    assert_eq!(window["start"], instant::text(day() + 30 * MINUTE, 0));
    assert_eq!(window["end"], instant::text(day() + 2 * HOUR, 0));
    let table = String::from_utf8(shown(day() + 2 * HOUR, false)).expect("text");
    assert!(table.contains("events    91\n"), "{table}");
    let nothing = String::from_utf8(shown(day() + HOUR, false)).expect("text");
    assert!(nothing.contains("there is nothing to fetch"), "{nothing}");
    assert_eq!((home.read("s.state"), text(&home)), kept);
    assert_eq!(tenant.page_calls().len(), pages);
    let run = home.jcx(["state", "show", "s.state", "--json"]).succeed();
    let json: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    assert_eq!(
        (&json["events"], &json["kind"]),
        (&60.into(), &"state".into())
    );
}
