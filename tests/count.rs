//! `jcx count`: numbers without a download, in parts that people and programs can read, and never a wrong one in silence.

use crate::harness::{Home, Jcx, Outcome, day, event, events};
use crate::samples::http::{Reply, Script};
use crate::samples::instant::{self, DAY, HOUR, MINUTE, Nanos, SECOND};
use crate::samples::tenant::{
    AlertNames, Behaviour, Count, DistinctList, Doubt, EmptyBuckets, End, Event, Fault, Tenant,
};
use serde_json::{Value, json};

/// `count` of a window in absolute times, with a summary.
fn count(home: &Home, tenant: &Tenant, (since, until): (Nanos, Nanos), more: &[&str]) -> Jcx {
    let (since, until) = (instant::text(since, 3), instant::text(until, 3));
    home.jcx(["count", "--since", &since, "--until", &until])
        .args(["--summary", "summary.json"])
        .args(more)
        .at(tenant)
}

/// The whole of [`day`] and the one after it.
fn days() -> (Nanos, Nanos) {
    (day(), day() + 2 * DAY)
}

fn of(service: &str, event_type: &str, number: usize, at: Nanos) -> Event {
    let stamp = instant::text(at, 0);
    Event::read(format!(
        "{{\"id\":\"{number:024x}\",\"timestamp\":\"{stamp}\",\"service\":\"{service}\",\"event_type\":\"{event_type}\"}}"
    ))
}

/// Six events: four of one type and service, one of another, one without a type.
fn mixed() -> Vec<Event> {
    let at = |number: usize| day() + i64::try_from(number).expect("small") * MINUTE;
    let mut events: Vec<Event> = (0..4)
        .map(|number| of("sso", "sso_auth", number, at(number)))
        .collect();
    events.push(of("directory", "user_update", 4, at(4)));
    let text = format!(
        "{{\"timestamp\":\"{}\",\"service\":\"directory\"}}",
        instant::text(at(5), 0)
    );
    events.push(Event::read(text));
    events
}

fn answer(run: &Outcome) -> Value {
    serde_json::from_slice(&run.stdout).expect("one JSON object")
}

fn stdout(run: &Outcome) -> String {
    String::from_utf8(run.stdout.clone()).expect("text")
}

#[test]
fn a_count_is_one_request_and_no_download() {
    let (home, tenant) = (Home::new(), Tenant::new(events(5)).expecting(1..=1));
    let run = count(&home, &tenant, days(), &["--service", "directory"]).succeed();
    let (start, end) = (instant::text(days().0, 0), instant::text(days().1, 0));
    assert_eq!(stdout(&run), format!("5 events from {start} to {end}\n"));
    assert_eq!(run.stderr, "");
    let calls = tenant.calls();
    assert!(calls[0].path.ends_with("/events/count"));
    let sent: Value = serde_json::from_str(&calls[0].text()).expect("JSON");
    let body = json!({"service": ["directory"], "start_time": start, "end_time": end});
    assert_eq!(sent, body);
    let summary = home.summary("summary.json");
    assert_eq!(summary["api_count"], 5);
    assert_eq!(summary["requests"], 1);
    assert_eq!(summary["window"], json!({"start": start, "end": end}));
    tenant.finish();
}

#[test]
fn the_answer_for_programs_is_one_object() {
    let (home, tenant) = (Home::new(), Tenant::new(events(3)));
    let run = count(&home, &tenant, days(), &["--json"]).succeed();
    run.expect_stdout("{\"count\":3,\"by\":null,\"buckets\":[]}\n");
}

#[test]
fn values_are_counted_wherever_the_list_stands() {
    for distinct_list in [DistinctList::Buckets, DistinctList::FieldName] {
        let behaviour = Behaviour {
            distinct_list,
            // A key that the API does not know would be refused.
            unknown_key: Doubt::Refused,
            ..Behaviour::default()
        };
        let (home, tenant) = (
            Home::new(),
            Tenant::start(mixed(), behaviour).expecting(4..=4),
        );
        let run = count(&home, &tenant, days(), &["--by", "service", "--json"]).succeed();
        let buckets = json!([{"key": "sso", "count": 4}, {"key": "directory", "count": 2}]);
        let expected = json!({"count": 6, "by": "service", "buckets": buckets});
        assert_eq!(answer(&run), expected, "{distinct_list:?}");
        let run = count(&home, &tenant, days(), &["--by", "event_type", "--json"]).succeed();
        let buckets = json!([{"key": "sso_auth", "count": 4}, {"key": "user_update", "count": 1}]);
        assert_eq!(answer(&run)["buckets"], buckets, "{distinct_list:?}");
        run.expect_said("warning: the parts by event_type add up to 5 of 6 events");
        tenant.finish();
    }
}

#[test]
fn days_without_events_are_seen() {
    let mut all = events(2);
    all.push(event(9, day() + 3 * DAY + HOUR));
    for empty_buckets in [EmptyBuckets::Listed, EmptyBuckets::LeftOut] {
        let behaviour = Behaviour {
            empty_buckets,
            unknown_key: Doubt::Refused,
            ..Behaviour::default()
        };
        let (home, tenant) = (Home::new(), Tenant::start(all.clone(), behaviour));
        // From the afternoon before: the first day is a part of one, and is a bucket all the same.
        let window = (day() - 8 * HOUR, day() + 5 * DAY);
        let run = count(&home, &tenant, window, &["--by", "day", "--json"]).succeed();
        let numbers = [(-1, 0), (0, 2), (1, 0), (2, 0), (3, 1), (4, 0)];
        let bucket = |(days, count): (i64, u64)| json!({"key": instant::date(day() + days * DAY), "count": count});
        let expected: Vec<Value> = numbers.into_iter().map(bucket).collect();
        assert_eq!(
            answer(&run)["buckets"],
            json!(expected),
            "{empty_buckets:?}"
        );
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn hours_are_those_of_utc() {
    let (home, tenant) = (Home::new(), Tenant::new(events(90)));
    let window = (day() + 30 * MINUTE, day() + 2 * HOUR);
    let run = count(&home, &tenant, window, &["--by", "hour", "--json"]).succeed();
    let key = |hours| instant::text(day() + hours * HOUR, 0);
    let buckets = json!([{"key": key(0), "count": 30}, {"key": key(1), "count": 30}]);
    let expected = json!({"count": 60, "by": "hour", "buckets": buckets});
    assert_eq!(answer(&run), expected);
}

#[test]
fn an_event_exactly_at_the_end_is_counted_as_the_server_does() {
    for (end, expected) in [(End::Inclusive, 2), (End::Exclusive, 1)] {
        let behaviour = Behaviour {
            end,
            ..Behaviour::default()
        };
        let all = vec![event(1, day()), event(2, day() + DAY)];
        let (home, tenant) = (Home::new(), Tenant::start(all, behaviour));
        let window = (day(), day() + DAY);
        let run = count(&home, &tenant, window, &["--by", "day", "--json"]).succeed();
        let found = answer(&run);
        assert_eq!(found["count"], expected, "{end:?}");
        let buckets = found["buckets"].as_array().map(Vec::len);
        assert_eq!(buckets, usize::try_from(expected).ok(), "{end:?}");
        assert_eq!(run.stderr, "", "{end:?}: the parts add up");
    }
}

#[test]
fn bars_are_scaled_to_eighty_columns_where_there_is_no_terminal() {
    let (home, tenant) = (Home::new(), Tenant::new(mixed()));
    let run = count(&home, &tenant, days(), &["--by", "service"]).succeed();
    let text = stdout(&run);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], format!("sso        4  {}", "█".repeat(66)));
    assert_eq!(lines[0].chars().count(), 80);
    assert_eq!(lines[1], format!("directory  2  {}", "█".repeat(33)));
    assert!(lines[2].starts_with("6 events from "));
    assert_eq!(lines.len(), 3);
}

#[test]
fn no_events_are_a_success() {
    for by in ["service", "day", "hour", "event_type"] {
        let (home, tenant) = (Home::new(), Tenant::new(Vec::new()).expecting(2..=2));
        let run = count(&home, &tenant, days(), &["--by", by]).succeed();
        assert!(stdout(&run).starts_with("0 events from "), "{by}");
        let run = count(&home, &tenant, days(), &["--by", by, "--json"]).succeed();
        assert_eq!(answer(&run), json!({"count": 0, "by": by, "buckets": []}));
        tenant.finish();
    }
}

#[test]
fn an_empty_window_asks_nothing() {
    let (home, tenant) = (Home::new(), Tenant::new(events(1)).expecting(0..=0));
    let run = count(&home, &tenant, (day(), day()), &["--by", "day"]).succeed();
    assert!(stdout(&run).starts_with("0 events from "));
    assert_eq!(home.summary("summary.json")["requests"], 0);
    tenant.finish();
}

#[test]
fn a_list_that_is_not_whole_is_a_hole() {
    let behaviour = Behaviour {
        distinct_most: 1,
        ..Behaviour::default()
    };
    let (home, tenant) = (Home::new(), Tenant::start(mixed(), behaviour));
    let run = count(&home, &tenant, days(), &["--by", "service", "--json"]).run();
    let run = run.expect_code(3).expect_said("2 events are left out");
    let expected = json!({"count": 6, "by": "service", "buckets": [{"key": "sso", "count": 4}]});
    assert_eq!(answer(&run), expected);
    assert_eq!(home.summary("summary.json")["reasons"], json!(["holes"]));
}

#[test]
fn a_count_that_differs_from_its_parts_is_told() {
    for (off, said) in [
        (-1, "add up to 5 of 4 events"),
        (2, "add up to 5 of 7 events"),
    ] {
        let behaviour = Behaviour {
            count: Count::Off(off),
            ..Behaviour::default()
        };
        let (home, tenant) = (Home::new(), Tenant::start(events(5), behaviour));
        let run = count(&home, &tenant, days(), &["--by", "day"]).succeed();
        run.expect_said("warning: the parts by day")
            .expect_said(said);
    }
}

#[test]
fn a_call_that_is_missing_is_named() {
    let missing = |status| Script::none().from(1, Fault::status(status, "Not here"));
    for status in [404, 405] {
        let without_count = Behaviour {
            counts: missing(status),
            ..Behaviour::default()
        };
        let (home, tenant) = (
            Home::new(),
            Tenant::start(mixed(), without_count).expecting(1..=1),
        );
        let run = count(&home, &tenant, days(), &[]).run().expect_code(2);
        run.expect_error_and_hint("/events/count answered", "--api-url")
            .expect_stdout("");
        tenant.finish();
        let without_parts = Behaviour {
            distincts: missing(status),
            intervals: missing(status),
            ..Behaviour::default()
        };
        let tenant = Tenant::start(mixed(), without_parts).expecting(4..=4);
        for (by, call) in [
            ("service", "/events/distinct"),
            ("hour", "/events/interval"),
        ] {
            let run = count(&home, &tenant, days(), &["--by", by]).run();
            run.expect_code(5)
                .expect_error_and_hint(&format!("{call} answered {status}: Not here"), call)
                .expect_stdout("{");
        }
        tenant.finish();
    }
}

#[test]
fn nonsense_is_asked_for_again_and_then_an_error() {
    let behaviour = |fault: Fault| Behaviour {
        counts: Script::none().on(1, fault.clone()),
        distincts: Script::none().on(1, fault.clone()),
        intervals: Script::none().from(1, fault),
        ..Behaviour::default()
    };
    for (fault, what) in [
        (Fault::Answer(Reply::html(200)), "a count was expected"),
        (Fault::Body("[]".to_owned()), "a count was expected"),
        (
            Fault::Body("{\"count\":-1}".to_owned()),
            "a count was expected",
        ),
        (Fault::Body(String::new()), "a count was expected"),
        (
            Fault::Body("{\"count\":1.5,\"buckets\":[{\"key\":\"x\"}]}".to_owned()),
            "a count was expected",
        ),
    ] {
        let (home, tenant) = (
            Home::new(),
            Tenant::start(mixed(), behaviour(fault.clone())),
        );
        let run = count(&home, &tenant, days(), &["--by", "service", "--json"]).succeed();
        assert_eq!(answer(&run)["count"], 6, "{fault:?}");
        assert_eq!(home.summary("summary.json")["retries"], 2, "{fault:?}");
        let run = count(&home, &tenant, days(), &["--by", "day"]).run();
        run.expect_code(5).expect_said(what).expect_stdout("{");
    }
}

#[test]
fn buckets_that_do_not_begin_in_utc_are_refused() {
    let shifted = (day() + 5 * HOUR) / 1_000_000;
    let body = format!("{{\"buckets\":[{{\"key\":{shifted},\"doc_count\":5}}]}}");
    let behaviour = Behaviour {
        intervals: Script::none().from(1, Fault::Body(body)),
        ..Behaviour::default()
    };
    let (home, tenant) = (Home::new(), Tenant::start(events(5), behaviour));
    let run = count(&home, &tenant, days(), &["--by", "day"]).run();
    run.expect_code(5)
        .expect_error_and_hint("no midnight of UTC", "jcx fetch");
}

#[test]
fn what_may_pass_is_waited_for() {
    let behaviour = Behaviour {
        counts: Script::none()
            .on(1, Fault::status(503, "later"))
            .on(2, Fault::rate_limited(Some("0")))
            .on(3, Fault::Cut(5)),
        ..Behaviour::default()
    };
    let (home, tenant) = (
        Home::new(),
        Tenant::start(events(4), behaviour).expecting(4..=4),
    );
    let run = count(&home, &tenant, days(), &["--json"]).succeed();
    assert_eq!(answer(&run)["count"], 4);
    assert_eq!(home.summary("summary.json")["retries"], 3);
    tenant.finish();
}

#[test]
fn alerts_are_counted_under_either_name() {
    for alert_names in [AlertNames::OnlyAlerts, AlertNames::OnlyAlert] {
        let behaviour = Behaviour {
            alert_names,
            ..Behaviour::default()
        };
        let all = vec![of("alerts", "alert_created", 1, day() + SECOND)];
        let (home, tenant) = (Home::new(), Tenant::start(all, behaviour));
        let more = ["--service", "alert", "--by", "event_type", "--json"];
        let run = count(&home, &tenant, days(), &more).succeed();
        let buckets = json!([{"key": "alert_created", "count": 1}]);
        let expected = json!({"count": 1, "by": "event_type", "buckets": buckets});
        assert_eq!(answer(&run), expected, "{alert_names:?}");
    }
}

#[test]
fn refusals_have_the_codes_of_fetch() {
    let (home, tenant) = (Home::new(), Tenant::new(events(1)).expecting(1..=1));
    let command = count(&home, &tenant, days(), &[]).env("JCX_API_KEY", "");
    let run = command.run().expect_code(4);
    run.expect_error_and_hint("no JumpCloud API key", "JCX_API_KEY")
        .expect_stdout("{");
    let command = count(&home, &tenant, days(), &["--json"]).env("JCX_API_KEY", "another-key");
    let run = command.run().expect_code(4).expect_said("401");
    run.expect_unsaid("another-key").expect_stdout("{");
    let old = count(&home, &tenant, (day() - 100 * DAY, day()), &[]);
    let run = old.run().expect_code(2);
    run.expect_error_and_hint("earliest start", "--clamp")
        .expect_stdout("");
    tenant.finish();
}

#[test]
fn clamping_reports_the_part_that_is_not_counted() {
    let (home, tenant) = (Home::new(), Tenant::new(events(5)));
    let window = (day() - 100 * DAY, day() + DAY);
    let run = count(&home, &tenant, window, &["--clamp", "--json"]).succeed();
    assert_eq!(answer(&run)["count"], 5);
    let gaps = home.summary("summary.json")["gaps"].clone();
    assert_eq!(gaps[0]["reason"], "retention");
}
