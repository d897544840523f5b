//! Whether everything came, as far as JumpCloud's own counts can tell.

use serde_json::json;

use crate::harness::{Home, Jcx, Outcome, day, event, lines};
use crate::samples::http::Script;
use crate::samples::instant::{self, DAY, HOUR, MILLISECOND, MINUTE, Nanos, SECOND};
use crate::samples::tenant::{Behaviour, Count, End, Event, Fault, Retention, Tenant};

fn fetch(home: &Home, since: Nanos, until: Nanos) -> Jcx {
    let at = |instant| instant::text(instant, 0);
    home.jcx(["fetch", "--since", &at(since), "--until", &at(until)])
        .args(["--rate", "1000", "--summary", "run.json"])
}

/// Half past each hour, from [`day`] on.
fn hourly(count: usize) -> Vec<Event> {
    (0..count)
        .zip(0..)
        .map(|(number, hours): (usize, Nanos)| event(number, day() + hours * HOUR + HOUR / 2))
        .collect()
}

fn said(outcome: Outcome, code: i32, parts: &[&str]) -> Outcome {
    parts
        .iter()
        .fold(outcome.expect_code(code), |outcome, part| {
            outcome.expect_said(part)
        })
}

#[test]
fn fewer_than_counted_is_a_hole_that_names_the_days_and_more_is_none() {
    let events = hourly(72);
    for (off, code) in [(0, 0), (-1, 0), (-50, 0), (1, 3), (50, 3)] {
        let home = Home::new();
        let tenant = Tenant::start(
            events.clone(),
            Behaviour {
                count: Count::Off(off),
                ..Behaviour::default()
            },
        );
        let run = fetch(&home, day(), day() + 3 * DAY)
            .at(&tenant)
            .run()
            .expect_code(code);
        // What came is valid.
        let run = run.expect_stdout(lines(&events));
        let summary = home.summary("run.json");
        assert_eq!(summary["api_count"], 72 + off);
        if code == 3 {
            run.expect_said(&format!("counts {off} event"));
            assert_eq!(summary["reasons"], json!(["count"]));
        }
    }
}

#[test]
fn a_day_of_which_less_came_is_named() {
    for jobs in ["1", "4"] {
        let home = Home::new();
        let events = hourly(72);
        let tenant = Tenant::start(
            events.clone(),
            Behaviour {
                counts: Script::none().on(1, Fault::Body("{\"count\":73}".to_owned())),
                intervals: Script::none().on(1, Fault::Body(by_day([24, 25, 24]))),
                ..Behaviour::default()
            },
        );
        let args = ["--jobs", jobs, "-o", "events.ndjson"];
        let run = fetch(&home, day(), day() + 3 * DAY)
            .args(args)
            .at(&tenant)
            .run();
        let date = instant::date(day() + DAY);
        said(
            run,
            3,
            &[
                "counts 1 event that did not come (72 of 73)",
                &format!("{date} (24 of 25)"),
            ],
        );
        assert_eq!(home.read("events.ndjson"), lines(&events).into_bytes());
    }
}

/// The answer of `/events/interval` to a question of days.
fn by_day(counts: [u64; 3]) -> String {
    let bucket = |(count, number): (u64, Nanos)| {
        let start = day() + number * DAY;
        format!(
            "{{\"key\":{},\"key_as_string\":\"{}\",\"doc_count\":{count}}}",
            start / MILLISECOND,
            instant::text(start, 3)
        )
    };
    let buckets: Vec<String> = counts.into_iter().zip(0..).map(bucket).collect();
    format!("{{\"buckets\":[{}]}}", buckets.join(","))
}

#[test]
fn an_event_exactly_at_the_end_is_nobodys_loss() {
    // The count heeds the end otherwise than the pages do: the day's last event is counted and not returned, or the reverse.
    for (end, counted) in [(End::Exclusive, 73), (End::Inclusive, 72)] {
        let home = Home::new();
        let mut events = hourly(72);
        events.push(event(900, day() + 3 * DAY));
        let counts = Script::none().on(1, Fault::Body(format!("{{\"count\":{counted}}}")));
        let tenant = Tenant::start(
            events.clone(),
            Behaviour {
                end,
                counts,
                ..Behaviour::default()
            },
        );
        let run = fetch(&home, day(), day() + 3 * DAY).at(&tenant).succeed();
        run.expect_stdout(lines(&events[..72]))
            .expect_unsaid("count");
    }
}

#[test]
fn the_newest_half_hour_is_not_compared() {
    let home = Home::new();
    let now = instant::now();
    let events: Vec<Event> = (0..50)
        .map(|number| {
            event(
                number,
                now - 2 * HOUR + Nanos::try_from(number).expect("small") * 2 * MINUTE,
            )
        })
        .collect();
    let tenant = Tenant::new(events.clone());
    let run = home
        .jcx(["fetch", "--since", "3h", "--summary", "run.json"])
        .at(&tenant)
        .succeed();
    run.expect_stdout(lines(&events));
    let asked = tenant.count_calls()[0].text();
    let end = asked
        .split("\"end_time\":\"")
        .nth(1)
        .and_then(|rest| instant::parse(&rest[..20]));
    let end = end.expect("an end");
    assert!(
        (now - 30 * MINUTE - SECOND..now - 29 * MINUTE).contains(&end),
        "{asked}"
    );
    let run = home.jcx(["fetch", "--since", "20m"]).at(&tenant).succeed();
    drop(run);
    assert_eq!(tenant.count_calls().len(), 1, "nothing of it is settled");
}

#[test]
fn what_would_not_be_comparable_is_not_counted() {
    let home = Home::new();
    let tenant = Tenant::start(
        hourly(72),
        Behaviour {
            count: Count::Off(9),
            ..Behaviour::default()
        },
    );
    for args in [
        &["--no-count"][..],
        &["--filter", "event_type=user_update"],
        &["--search", "user_update"],
    ] {
        fetch(&home, day(), day() + 3 * DAY)
            .args(args)
            .at(&tenant)
            .succeed();
        assert!(tenant.count_calls().is_empty(), "{args:?}");
    }
    // What is left out on this side was received all the same.
    let tenant = Tenant::new(hourly(72));
    let args = ["--exclude", "event_type=user_update"];
    fetch(&home, day(), day() + 3 * DAY)
        .args(args)
        .at(&tenant)
        .succeed()
        .expect_stdout("");
    assert_eq!(tenant.count_calls().len(), 1);
    assert_eq!(home.summary("run.json")["excluded"], 72);
}

#[test]
fn a_count_that_cannot_be_had_is_a_warning() {
    let home = Home::new();
    let events = hourly(30);
    let tenant = Tenant::start(
        events.clone(),
        Behaviour {
            counts: Script::none().from(1, Fault::status(400, "no")),
            ..Behaviour::default()
        },
    );
    let run = fetch(&home, day(), day() + 3 * DAY).at(&tenant).succeed();
    run.expect_stdout(lines(&events))
        .expect_said("nothing proves that all of them came");
}

#[test]
fn duplicates_are_received_before_they_are_dropped() {
    let home = Home::new();
    let mut events = hourly(40);
    events.extend([events[7].clone(), events[7].clone(), events[20].clone()]);
    events.sort_by_key(|event| event.place);
    for size in ["10000", "5"] {
        let tenant = Tenant::new(events.clone());
        fetch(&home, day(), day() + 3 * DAY)
            .args(["--page-size", size])
            .at(&tenant)
            .succeed()
            .expect_stdout(lines(&hourly(40)));
        let summary = home.summary("run.json");
        assert_eq!(
            (&summary["duplicates_dropped"], &summary["api_count"]),
            (&3.into(), &43.into())
        );
    }
}

#[test]
fn a_shorter_history_than_was_asked_for_is_suspected() {
    let now = instant::now();
    let midnight = now.div_euclid(DAY) * DAY;
    let events: Vec<Event> = (0..30 * 24)
        .map(|number| {
            event(
                number,
                midnight - Nanos::try_from(number).expect("small") * HOUR - 1,
            )
        })
        .collect();
    for (retention, warned) in [(15, true), (22, false), (60, false)] {
        let home = Home::new();
        let tenant = Tenant::start(
            events.clone(),
            Behaviour {
                retention: Retention::Hidden(now - retention * DAY),
                ..Behaviour::default()
            },
        );
        let run = home
            .jcx(["fetch", "--since", "30d", "-o", "e.ndjson"])
            .at(&tenant)
            .succeed();
        if warned {
            run.expect_said("a history of 15 days")
                .expect_said("--retention 15d");
        } else {
            run.expect_unsaid("history");
        }
    }
    let home = Home::new();
    let tenant = Tenant::start(
        events,
        Behaviour {
            retention: Retention::Refused(now - 15 * DAY),
            ..Behaviour::default()
        },
    );
    let run = home
        .jcx(["fetch", "--since", "30d"])
        .at(&tenant)
        .run()
        .expect_code(4);
    run.expect_error_and_hint("402", "--retention 15d");
}
