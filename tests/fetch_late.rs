//! `jcx fetch --out-dir DIR`: days that were written before a count could prove them whole are counted by a later run.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use crate::harness::{Home, Jcx, day, event, lines};
use crate::samples::http::Script;
use crate::samples::instant::{self, DAY, HOUR, MINUTE, Nanos, SECOND};
use crate::samples::tenant::{Behaviour, Event, Fault, Tenant};

const DAYS: Nanos = 3;

/// Three days.
fn fetch(home: &Home, tenant: &Tenant) -> Jcx {
    let at = |instant| instant::text(instant, 0);
    home.jcx(["fetch", "--since", &at(day())])
        .args(["--until", &at(day() + DAYS * DAY)])
        .args(["--out-dir", "days", "--rate", "1000", "--jobs", "1"])
        .args(["--summary", "run.json"])
        .at(tenant)
}

/// Every hour, so that one stands at each midnight.
fn hourly() -> Vec<Event> {
    (0..72)
        .map(|hour| {
            let number = usize::try_from(hour).expect("small");
            event(number, day() + hour * HOUR)
        })
        .collect()
}

/// The same, and one in the last hour of the second day, there only when the three days were fetched.
fn with_a_late_one() -> Vec<Event> {
    let mut events = hourly();
    events.push(event(900, day() + 2 * DAY - MINUTE).late(3));
    events.sort_by_key(|event| event.place);
    events
}

fn files(home: &Home) -> BTreeMap<String, Vec<u8>> {
    let listed = fs::read_dir(home.path("days")).expect("a folder");
    let names = listed.map(|entry| entry.expect("an entry").file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .map(|name| (name.clone(), home.read(&format!("days/{name}"))))
        .collect()
}

fn api_counts(home: &Home) -> Vec<Value> {
    let text = String::from_utf8(home.read("days/manifest.ndjson")).expect("text");
    let days = text.lines().skip(1);
    days.map(|line| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        line["api_count"].clone()
    })
    .collect()
}

fn second_day(home: &Home) -> String {
    let name = format!("days/{}.ndjson", instant::date(day() + DAY));
    String::from_utf8(home.read(&name)).expect("text")
}

fn of_second_day(events: &[Event]) -> String {
    let own = |event: &&Event| (day() + DAY..day() + 2 * DAY).contains(&event.place);
    lines(&events.iter().filter(own).cloned().collect::<Vec<_>>())
}

#[test]
fn late_events_are_found_by_the_next_run() {
    let (home, events) = (Home::new(), with_a_late_one());
    let tenant = Tenant::new(events.clone());
    fetch(&home, &tenant).arg("--no-count").succeed();
    assert_eq!(api_counts(&home), [Value::Null, Value::Null, Value::Null]);
    assert_eq!(second_day(&home), of_second_day(&hourly()));
    fetch(&home, &tenant).succeed().expect_unsaid("warning");
    assert_eq!(tenant.page_calls().len(), 4, "that day alone");
    assert_eq!(second_day(&home), of_second_day(&events));
    let summary = home.summary("run.json");
    assert_eq!(
        summary["windows"],
        json!({"done": 1, "failed": 0, "skipped": 2})
    );
    assert_eq!(summary["events"], 25);
    // What stands at the next midnight is counted, too.
    assert_eq!(api_counts(&home), [25, 26, 24]);
    let calls = tenant.calls().len();
    fetch(&home, &tenant).succeed();
    assert_eq!(tenant.calls().len(), calls, "each day has its count");
    let anew = Home::new();
    fetch(&anew, &tenant).succeed();
    assert_eq!(files(&home), files(&anew), "equal data gives equal bytes");
}

#[test]
fn a_day_that_is_whole_is_counted_once_and_not_fetched() {
    let (home, tenant) = (Home::new(), Tenant::new(hourly()));
    fetch(&home, &tenant).arg("--no-count").succeed();
    for _ in 0..3 {
        fetch(&home, &tenant).arg("--no-count").succeed();
    }
    assert!(tenant.count_calls().is_empty());
    fetch(&home, &tenant).succeed();
    assert_eq!(home.summary("run.json")["events"], 0);
    let counts = tenant.count_calls().len();
    assert_eq!(home.summary("run.json")["requests"], counts);
    assert_eq!(api_counts(&home), [25, 25, 24]);
    fetch(&home, &tenant).succeed();
    assert_eq!(
        (tenant.count_calls().len(), tenant.page_calls().len()),
        (counts, 3)
    );
    let anew = Home::new();
    fetch(&anew, &tenant).succeed();
    assert_eq!(files(&home), files(&anew), "equal data gives equal bytes");
}

#[test]
fn a_count_that_cannot_be_had_leaves_the_day_and_is_asked_for_again() {
    for (fault, asked) in [
        (Fault::status(404, "Not Found"), 1),
        (Fault::status(403, "no"), 1),
        (Fault::status(500, "technical difficulties"), 3),
    ] {
        let (home, events) = (Home::new(), with_a_late_one());
        let mute = Behaviour {
            counts: Script::none().from(1, fault),
            ..Behaviour::default()
        };
        let tenant = Tenant::start(events.clone(), mute);
        fetch(&home, &tenant).arg("--no-count").succeed();
        let before = files(&home);
        let run = fetch(&home, &tenant).succeed();
        run.expect_said("cannot be counted now");
        assert_eq!(tenant.count_calls().len(), asked, "and no other day");
        assert_eq!(files(&home), before);
        assert_eq!(tenant.page_calls().len(), 3);
        let tenant = Tenant::new(events.iter().cloned().map(|event| event.late(0)).collect());
        fetch(&home, &tenant).succeed();
        assert_eq!(second_day(&home), of_second_day(&events));
    }
}

#[test]
fn a_late_day_that_cannot_be_fetched_stays_as_it_is() {
    let (home, events) = (Home::new(), with_a_late_one());
    let closed = Behaviour {
        pages: Script::none().on(4, Fault::status(400, "this day is closed")),
        ..Behaviour::default()
    };
    let tenant = Tenant::start(events.clone(), closed);
    fetch(&home, &tenant).arg("--no-count").succeed();
    let run = fetch(&home, &tenant).run();
    run.expect_code(2).expect_said("this day is closed");
    assert_eq!(second_day(&home), of_second_day(&hourly()));
    assert_eq!(api_counts(&home), [json!(25), Value::Null, json!(24)]);
    fetch(&home, &tenant).succeed();
    assert_eq!(second_day(&home), of_second_day(&events));
}

#[test]
fn what_has_passed_retention_or_is_not_comparable_is_not_counted() {
    let (home, tenant) = (Home::new(), Tenant::new(with_a_late_one()));
    fetch(&home, &tenant).arg("--no-count").succeed();
    let before = files(&home);
    fetch(&home, &tenant).args(["--retention", "1h"]).succeed();
    assert!(tenant.count_calls().is_empty());
    assert_eq!(files(&home), before);
    let (narrow, filter) = (Home::new(), ["--search", "update"]);
    for _ in 0..2 {
        fetch(&narrow, &tenant).args(filter).succeed();
    }
    assert!(tenant.count_calls().is_empty());
}

#[test]
fn what_ended_a_moment_ago_is_not_counted_yet() {
    let home = Home::new();
    let now = instant::now();
    let tenant = Tenant::new(vec![event(1, now - 15 * MINUTE)]);
    let at = |instant: Nanos| instant::text(instant.div_euclid(SECOND) * SECOND, 0);
    for _ in 0..2 {
        home.jcx(["fetch", "--out-dir", "days"])
            .args(["--since", &at(now - 20 * MINUTE)])
            .args(["--until", &at(now - 10 * MINUTE)])
            .at(&tenant)
            .succeed();
    }
    assert!(tenant.count_calls().is_empty());
}

#[test]
fn a_dry_run_looks_for_late_events_and_writes_nothing() {
    let (home, tenant) = (Home::new(), Tenant::new(with_a_late_one()));
    fetch(&home, &tenant).arg("--no-count").succeed();
    let before = files(&home);
    let run = fetch(&home, &tenant)
        .args(["--dry-run", "--json"])
        .succeed();
    let plan: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    assert_eq!(plan["windows"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&plan["count"], &plan["requests"]),
        (&json!(26), &json!(3 + 1 + 2))
    );
    assert_eq!(files(&home), before);
    assert_eq!(tenant.page_calls().len(), 3);
}
