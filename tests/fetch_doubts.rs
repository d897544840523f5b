//! Where nobody knows how the API behaves, `jcx fetch` comes out right both ways (`docs/insights-api.md` section 12).

use crate::harness::{Home, day, event, event_text, events, faulty, fetch_day, lines};
use crate::samples::http::Script;
use crate::samples::instant::{self, HOUR, MILLISECOND, MINUTE, Nanos, SECOND};
use crate::samples::tenant::{
    AlertNames, Behaviour, Cap, Doubt, EmptyPageCursor, Encoding, End, Event, Fault, Headers,
    Precision, Tenant, Ties,
};
use serde_json::json;
use std::time::{Duration, SystemTime};

/// Runs a fetch of the day that must give these events, and gives its summary.
fn gives(tenant: &Tenant, arguments: &[&str], expected: &[Event]) -> serde_json::Value {
    let home = Home::new();
    let run = fetch_day(&home)
        .at(tenant)
        .args(["--summary", "sum"])
        .args(arguments)
        .succeed();
    run.expect_stdout(lines(expected));
    home.summary("sum")
}

#[test]
fn u1_an_event_at_the_end_is_not_of_this_window() {
    for (end, dropped) in [(End::Inclusive, 1), (End::Exclusive, 0)] {
        let mut all = events(3);
        all.push(event(9, day() + 24 * HOUR));
        let tenant = Tenant::start(
            all,
            Behaviour {
                end,
                ..Behaviour::default()
            },
        );
        let summary = gives(&tenant, &[], &events(3));
        assert_eq!(summary["out_of_window"], json!(dropped), "{end:?}");
        assert_eq!(summary["events"], json!(3));
        tenant.finish();
    }
}

#[test]
fn u3_the_window_is_cut_by_nanoseconds_whatever_the_server_compares() {
    let (since, until) = (day() + 250 * MILLISECOND, day() + HOUR + 999_999_999);
    let inside = [
        event(1, since),
        event(2, since + 1),
        event(3, day() + HOUR),
        event(4, until - 1),
    ];
    let outside = [
        event(5, since - 1),
        event(6, until),
        event(7, day() + HOUR + SECOND),
        event(8, day() + HOUR + SECOND + 400_000),
    ];
    for precision in [Precision::Milliseconds, Precision::Nanoseconds] {
        let home = Home::new();
        let all = inside.iter().chain(&outside).cloned().collect();
        let tenant = Tenant::start(
            all,
            Behaviour {
                precision,
                ..Behaviour::default()
            },
        );
        let window = [
            "fetch",
            "--since",
            &instant::text(since, 9),
            "--until",
            &instant::text(until, 9),
        ];
        home.jcx(window)
            .at(&tenant)
            .succeed()
            .expect_stdout(lines(&inside));
        tenant.finish();
    }
}

#[test]
fn u4_the_two_names_of_alerts_are_one() {
    let alerts: Vec<Event> = events(2)
        .into_iter()
        .map(|event| event.served_as("alerts"))
        .collect();
    for alert_names in [
        AlertNames::Both,
        AlertNames::OnlyAlerts,
        AlertNames::OnlyAlert,
    ] {
        for asked in ["alert", "alerts"] {
            let tenant = Tenant::start(
                alerts.clone(),
                Behaviour {
                    alert_names,
                    ..Behaviour::default()
                },
            );
            gives(&tenant, &["--service", asked], &alerts);
            assert_eq!(
                serde_json::from_slice::<serde_json::Value>(&tenant.page_calls()[0].body)
                    .expect("JSON")["service"],
                json!(["alerts"])
            );
            tenant.finish();
        }
    }
}

#[test]
fn u5_an_unknown_service_is_warned_about_and_sent() {
    let fetch = |unknown_service| {
        let home = Home::new();
        let tenant = Tenant::start(
            events(2),
            Behaviour {
                unknown_service,
                ..Behaviour::default()
            },
        );
        let run = fetch_day(&home)
            .at(&tenant)
            .args(["--service", "directry"])
            .run();
        let sent = tenant.page_calls()[0].text();
        assert!(sent.contains("directry"), "{sent}");
        tenant.finish();
        run.expect_said("jcx: warning: ").expect_said("directory")
    };
    fetch(Doubt::Answered).expect_code(0).expect_stdout("");
    fetch(Doubt::Refused)
        .expect_code(2)
        .expect_said("supported: access_management, alerts")
        .expect_stdout("");
}

#[test]
fn u6_a_start_in_the_servers_future_is_a_refusal_or_nothing() {
    for (future_start, code) in [(Doubt::Refused, 2), (Doubt::Answered, 0)] {
        let home = Home::new();
        // The server's clock is a day behind the window.
        let behaviour = Behaviour {
            future_start,
            now: day() - 24 * HOUR,
            ..Behaviour::default()
        };
        let tenant = Tenant::start(Vec::new(), behaviour);
        fetch_day(&home)
            .at(&tenant)
            .run()
            .expect_code(code)
            .expect_stdout("");
        tenant.finish();
    }
}

#[test]
fn u7_no_page_larger_than_the_documented_one_is_asked_for() {
    for large_limit in [Doubt::Answered, Doubt::Refused] {
        let tenant = Tenant::start(
            events(3),
            Behaviour {
                large_limit,
                ..Behaviour::default()
            },
        );
        gives(&tenant, &["--page-size", "10000"], &events(3));
        gives(&tenant, &["--page-size", "1"], &events(3));
        tenant.finish();
    }
    for size in ["10001", "0", "-5", "many"] {
        let (home, tenant) = (Home::new(), Tenant::new(events(3)).expecting(0..=0));
        fetch_day(&home)
            .at(&tenant)
            .arg(format!("--page-size={size}"))
            .run()
            .expect_code(2)
            .expect_said("--page-size");
        tenant.finish();
    }
}

#[test]
fn u8_a_smaller_page_than_asked_for_is_no_last_page() {
    let caps = [
        Cap::AsAsked,
        Cap::Fixed(4),
        Cap::Changing(vec![10, 4, 7, 1, 3]),
        Cap::Changing(vec![3, 10]),
    ];
    for cap in caps {
        let tenant = Tenant::start(
            events(25),
            Behaviour {
                cap: cap.clone(),
                ..Behaviour::default()
            },
        );
        gives(&tenant, &["--page-size", "10"], &events(25));
        tenant.finish();
    }
}

#[test]
fn u10_the_cursor_of_an_empty_last_page_means_nothing() {
    for empty_page_cursor in [EmptyPageCursor::Repeated, EmptyPageCursor::Absent] {
        let tenant = Tenant::start(
            events(20),
            Behaviour {
                empty_page_cursor,
                ..Behaviour::default()
            },
        )
        .expecting(4..=5);
        let summary = gives(&tenant, &["--page-size", "10"], &events(20));
        assert_eq!(summary["retries"], json!(0));
        assert_eq!(tenant.page_calls().len(), 3);
        tenant.finish();
    }
}

#[test]
fn u14_packed_and_chunked_answers_are_the_same_answers() {
    for encoding in [
        Encoding::Identity,
        Encoding::Chunked,
        Encoding::Gzip,
        Encoding::GzipChunked,
    ] {
        let script = Script::none().on(2, Fault::Cut(300));
        let behaviour = Behaviour {
            encoding,
            pages: script,
            ..Behaviour::default()
        };
        let tenant = Tenant::start(events(25), behaviour);
        let summary = gives(&tenant, &["--page-size", "10"], &events(25));
        assert_eq!(
            summary["retries"],
            json!(1),
            "the cut answer is asked for again: {encoding:?}"
        );
        tenant.finish();
    }
}

/// How long a fetch whose second page is rate limited once waits before it asks again.
fn wait_of(retry_after: Option<&str>) -> Duration {
    let tenant = faulty(15, Script::none().on(2, Fault::rate_limited(retry_after)));
    let summary = gives(&tenant, &["--page-size", "10"], &events(15));
    assert_eq!(summary["retries"], json!(1));
    let calls = tenant.page_calls();
    assert_eq!(calls.len(), 3);
    let waited = calls[2].at.duration_since(calls[1].at);
    tenant.finish();
    waited
}

#[test]
fn u15_a_rate_limit_is_obeyed_where_it_says_how_long() {
    let second = Duration::from_secs(1);
    let told = wait_of(Some("2"));
    assert!(told >= 2 * second && told < 9 * second, "{told:?}");
    assert!(wait_of(None) < 31 * second);
}

#[test]
fn u15_a_rate_limit_may_name_a_date() {
    let date = http_date(SystemTime::now() + Duration::from_secs(3));
    let waited = wait_of(Some(&date));
    assert!(
        waited >= Duration::from_millis(1500) && waited < Duration::from_secs(10),
        "{waited:?} for {date}"
    );
}

/// An instant as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(at: SystemTime) -> String {
    let since = at
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970");
    let at = Nanos::try_from(since.as_nanos()).expect("before 2262");
    let text = instant::text(at, 0);
    let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let weekday = names[usize::try_from(instant::weekday(at)).expect("a day of the week")];
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = months[text[5..7].parse::<usize>().expect("a month") - 1];
    format!(
        "{weekday}, {} {month} {} {} GMT",
        &text[8..10],
        &text[..4],
        &text[11..19]
    )
}

#[test]
fn u16_an_equal_copy_is_dropped_and_another_body_kept() {
    let equal = [
        event(1, day()),
        event(2, day() + SECOND),
        event(2, day() + SECOND),
        event(3, day() + MINUTE),
    ];
    let tenant = Tenant::new(equal.to_vec());
    // Two pages, so that the copy stands on the next one.
    let summary = gives(
        &tenant,
        &["--page-size", "2"],
        &[equal[0].clone(), equal[1].clone(), equal[3].clone()],
    );
    assert_eq!(summary["duplicates_dropped"], json!(1));
    tenant.finish();

    let other = Event::read(event(2, day() + SECOND).text.replace("\"n\":2", "\"n\":3"));
    let different = [equal[0].clone(), equal[1].clone(), other, equal[3].clone()];
    let tenant = Tenant::new(different.to_vec());
    let summary = gives(&tenant, &["--page-size", "2"], &different);
    assert_eq!(summary["duplicates_dropped"], json!(0));
    assert_eq!(summary["id_conflicts"], json!(1));
    tenant.finish();
}

#[test]
fn u17_events_without_id_or_timestamp_are_kept() {
    let stamp = instant::text(day() + SECOND, 3);
    let without_id = Event::read(format!(
        "{{\"timestamp\":\"{stamp}\",\"service\":\"ldap\",\"dn\":\"uid=x\"}}"
    ));
    let without_timestamp = Event::placed(
        day() + 2 * SECOND,
        "{\"id\":\"5f\",\"service\":\"directory\"}",
    );
    let null_timestamp = Event::placed(day() + 3 * SECOND, "{\"id\":\"60\",\"timestamp\":null}");
    let all = [
        event(1, day()),
        without_id.clone(),
        without_id,
        without_timestamp,
        null_timestamp,
        event(2, day() + MINUTE),
    ];
    let tenant = Tenant::new(all.to_vec());
    let summary = gives(&tenant, &["--page-size", "4"], &all);
    assert_eq!(
        (&summary["events"], &summary["duplicates_dropped"]),
        (&json!(6), &json!(0))
    );
    assert_eq!(summary["out_of_window"], json!(0));
    assert!(
        summary["unexplained"] == json!(2) || summary["without_timestamp"] == json!(2),
        "{summary}"
    );
    tenant.finish();
}

#[test]
fn u19_only_documented_keys_are_sent() {
    for unknown_key in [Doubt::Answered, Doubt::Refused] {
        let tenant = Tenant::start(
            events(25),
            Behaviour {
                unknown_key,
                ..Behaviour::default()
            },
        );
        gives(
            &tenant,
            &["--page-size", "10", "--service", "directory"],
            &events(25),
        );
        tenant.finish();
    }
}

#[test]
fn u21_a_timestamp_far_from_the_window_is_kept_and_one_at_its_edge_is_not() {
    let future = Event::placed(day() + HOUR, event_text(7, day() + 400 * 24 * HOUR));
    let past = Event::placed(day() + 2 * HOUR, event_text(8, day() - 48 * HOUR));
    let edge = Event::placed(day() + 3 * HOUR, event_text(9, day() + 24 * HOUR + SECOND));
    let home = Home::new();
    let tenant = Tenant::new(vec![event(1, day()), future.clone(), past.clone(), edge]);
    let run = fetch_day(&home)
        .at(&tenant)
        .args(["--summary", "sum"])
        .succeed();
    run.expect_said("jcx: warning: ")
        .expect_stdout(lines(&[event(1, day()), future, past]));
    let summary = home.summary("sum");
    assert_eq!(
        (&summary["out_of_window"], &summary["unexplained"]),
        (&json!(1), &json!(2))
    );
    tenant.finish();
    let tenant = Tenant::new(vec![event(1, day())]);
    let summary = gives(&tenant, &[], &[event(1, day())]);
    assert_eq!(
        (&summary["out_of_window"], &summary["unexplained"]),
        (&json!(0), &json!(0))
    );
    tenant.finish();
}

#[test]
fn u25_the_order_inside_a_millisecond_is_the_servers() {
    let crowd: Vec<Event> = (0..23)
        .map(|number| event(number, day() + HOUR + 1000))
        .collect();
    for ties in [Ties::ByNanosecond, Ties::Arbitrary] {
        let tenant = Tenant::start(
            crowd.clone(),
            Behaviour {
                ties,
                ..Behaviour::default()
            },
        );
        let home = Home::new();
        let run = fetch_day(&home)
            .at(&tenant)
            .args(["--page-size", "4"])
            .succeed();
        let text = String::from_utf8(run.stdout).expect("text");
        let mut got: Vec<&str> = text.lines().collect();
        let mut sent: Vec<&str> = crowd.iter().map(|event| event.text.as_str()).collect();
        assert_eq!(
            got == sent,
            ties == Ties::ByNanosecond,
            "the order is the server's"
        );
        got.sort_unstable();
        sent.sort_unstable();
        assert_eq!(got, sent);
        tenant.finish();
    }
}

#[test]
fn u26_headers_may_be_missing_as_long_as_the_end_can_be_proven() {
    for headers in [
        Headers::Complete,
        Headers::Dashed,
        Headers::NoCount,
        Headers::NoLimit,
        Headers::LowerCase,
    ] {
        for count in [25, 20, 3] {
            let tenant = Tenant::start(
                events(count),
                Behaviour {
                    headers,
                    ..Behaviour::default()
                },
            );
            gives(&tenant, &["--page-size", "10"], &events(count));
            tenant.finish();
        }
    }
    let tenant = Tenant::start(
        events(3),
        Behaviour {
            headers: Headers::NoUnderscore,
            ..Behaviour::default()
        },
    );
    gives(&tenant, &["--page-size", "10"], &events(3));
    tenant.finish();
}

#[test]
fn u26_a_full_page_without_a_cursor_is_not_taken_for_the_last() {
    let home = Home::new();
    let tenant = Tenant::start(
        events(25),
        Behaviour {
            headers: Headers::NoUnderscore,
            ..Behaviour::default()
        },
    );
    let run = fetch_day(&home)
        .at(&tenant)
        .args(["--page-size", "10", "-o", "out"])
        .run()
        .expect_code(5);
    run.expect_said("underscore");
    assert_eq!(home.names(), Vec::<String>::new());
    tenant.finish();
}

#[test]
fn u26_a_page_with_neither_limit_nor_cursor_proves_nothing() {
    let home = Home::new();
    let script = Script::none().from(1, Fault::Without("X-Limit"));
    let behaviour = Behaviour {
        headers: Headers::NoUnderscore,
        pages: script,
        ..Behaviour::default()
    };
    let tenant = Tenant::start(events(3), behaviour);
    fetch_day(&home)
        .at(&tenant)
        .run()
        .expect_code(5)
        .expect_said("X-Limit");
    tenant.finish();
}

#[test]
fn u28_a_block_in_the_middle_leaves_what_was_written_and_a_mark() {
    for status in [402, 403] {
        let home = Home::new();
        let tenant = faulty(
            35,
            Script::none().from(3, Fault::status(status, "blocked for now")),
        );
        let run = fetch_day(&home)
            .at(&tenant)
            .args(["--page-size", "10", "--summary", "sum"])
            .run()
            .expect_code(4);
        run.expect_said("blocked for now")
            .expect_said("simulated-0")
            .expect_stdout(lines(&events(20)) + "{");
        let summary = home.summary("sum");
        assert_eq!(
            (&summary["ok"], &summary["exit"], &summary["events"]),
            (&json!(false), &json!(4), &json!(20))
        );
        fetch_day(&home)
            .at(&tenant)
            .args(["--page-size", "10", "-o", "out"])
            .run()
            .expect_code(4);
        assert_eq!(home.names(), ["sum"]);
        tenant.finish();
    }
}
