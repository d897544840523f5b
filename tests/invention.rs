//! The invented events keep their word: a test that trusts them must not be fooled.

use crate::harness::Home;
use crate::samples::instant::{self, DAY};
use crate::samples::invent::{self, Plan};
use crate::samples::json;
use std::collections::{BTreeMap, BTreeSet};

const NOW: &str = "2025-03-14T10:20:30.123456789Z";

fn plan(count: usize) -> Plan {
    let now = instant::parse(NOW).expect("a timestamp");
    Plan {
        seed: 7,
        now,
        days: 30,
        count,
    }
}

#[test]
fn instants_read_and_write_all_fraction_lengths() {
    let exact = instant::parse(NOW).expect("a timestamp");
    for digits in 0..=9 {
        let text = instant::text(exact, digits);
        let read = instant::parse(&text).expect("what was written");
        assert_eq!(instant::text(read, digits), text);
    }
    assert_eq!(instant::parse("1970-01-01T01:30:00+01:30"), Some(0));
    assert_eq!(
        instant::text(
            instant::parse("2024-02-29T23:59:59Z").expect("a leap day"),
            0
        ),
        "2024-02-29T23:59:59Z"
    );
    for wrong in [
        "2023-02-29T00:00:00Z",
        "2024-01-01 00:00:00Z",
        "2024-01-01T00:00:00",
        "2024-01-01T00:00:00.0123456789Z",
    ] {
        assert_eq!(instant::parse(wrong), None, "{wrong}");
    }
    assert_eq!(
        instant::weekday(instant::parse("2025-03-14T00:00:00Z").expect("a Friday")),
        4
    );
}

#[test]
fn invented_events_are_life_like() {
    let events = invent::events(&plan(20_000));
    assert_eq!(events.len(), 20_000);
    let mut services = BTreeMap::new();
    let mut ids = BTreeSet::new();
    let mut sizes = Vec::new();
    let mut last = i64::MIN;
    for event in &events {
        let read = json::read(&event.text).expect("JSON");
        let stamp = read
            .get("timestamp")
            .and_then(json::Json::as_text)
            .expect("a timestamp");
        assert_eq!(instant::parse(stamp), Some(event.instant));
        assert!(event.instant >= last, "ordered");
        last = event.instant;
        *services.entry(event.service).or_insert(0) += 1;
        assert!(
            ids.insert(read.get("id").expect("an id").text.to_owned()),
            "unique ids"
        );
        sizes.push(event.text.len());
    }
    let now = plan(0).now;
    assert!(events[0].instant >= now - 30 * DAY && last < now);
    let average = sizes.iter().sum::<usize>() / sizes.len();
    assert!((900..1600).contains(&average), "average {average}");
    assert!(sizes.iter().any(|size| *size > 60_000), "a large one");
    assert!(services.len() >= 20, "{services:?}");
    assert!(sizes.iter().filter(|size| **size > 3000).count() < 100);
}

#[test]
fn every_invented_event_maps_without_a_failure() {
    let home = Home::new();
    let lines = invent::events(&plan(5000))
        .iter()
        .fold(String::new(), |text, event| text + &event.text + "\n");
    let run = home.jcx(["map", "--summary", "sum"]).input(lines).succeed();
    let printed = String::from_utf8(run.stdout).expect("text");
    assert_eq!(printed.lines().count(), 5000);
    let summary = home.summary("sum");
    let counts =
        ["read", "mapped", "pipeline_errors", "id_conflicts"].map(|name| summary[name].as_u64());
    assert_eq!(
        counts,
        [Some(5000), Some(5000), Some(0), Some(0)],
        "{summary}"
    );
}
