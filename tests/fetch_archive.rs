//! `jcx fetch --out-dir DIR`: whole days, none asked for twice, none promised and silently missing.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{Home, Jcx, Outcome, day, event, event_text, lines};
use crate::samples::http::Script;
use crate::samples::instant::{self, DAY, HOUR, MINUTE, Nanos, SECOND};
use crate::samples::tenant::{Behaviour, End, Event, Fault, Retention, Tenant};

/// An archive of what lies between two instants.
fn fetch(home: &Home, since: Nanos, until: Nanos) -> Jcx {
    let at = |instant| instant::text(instant, 0);
    home.jcx(["fetch", "--since", &at(since), "--until", &at(until)])
        .args(["--out-dir", "days", "--rate", "1000"])
        .args(["--summary", "run.json"])
}

fn said(outcome: Outcome, code: i32, parts: &[&str]) -> Outcome {
    parts
        .iter()
        .fold(outcome.expect_code(code), |outcome, part| {
            outcome.expect_said(part)
        })
}

/// Every file of the archive but the lock.
fn files(home: &Home) -> BTreeMap<String, Vec<u8>> {
    let listed = fs::read_dir(home.path("days")).expect("a folder");
    let names = listed.map(|entry| entry.expect("an entry").file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name != ".jcx-lock")
        .map(|name| (name.clone(), home.read(&format!("days/{name}"))))
        .collect()
}

fn name(at: Nanos) -> String {
    format!("{}.ndjson", instant::date(at))
}

/// The lines of the manifest.
fn manifest(home: &Home) -> Vec<Value> {
    let text = String::from_utf8(home.read("days/manifest.ndjson")).expect("text");
    let line = |line| serde_json::from_str(line).expect("JSON");
    text.lines().map(line).collect()
}

fn day_text(home: &Home, at: Nanos) -> String {
    String::from_utf8(home.read(&format!("days/{}", name(at)))).expect("text")
}

/// The events of a day.
fn of_day(events: &[Event], from: Nanos) -> String {
    let own = |event: &&Event| (from..from + DAY).contains(&event.place);
    lines(&events.iter().filter(own).cloned().collect::<Vec<_>>())
}

fn hourly(count: usize) -> Vec<Event> {
    (0..count)
        .zip(0..)
        .map(|(number, hours): (usize, Nanos)| event(number, day() + hours * HOUR))
        .collect()
}

#[test]
fn the_manifest_says_what_the_files_are() {
    let home = Home::new();
    let mut events = hourly(60);
    events.remove(0);
    events.retain(|event| !(day() + DAY..day() + 2 * DAY).contains(&event.place));
    let tenant = Tenant::new(events.clone());
    fetch(&home, day(), day() + 3 * DAY).at(&tenant).succeed();
    let lines = manifest(&home);
    let at = |instant| instant::text(instant, 0);
    assert_eq!(lines.len(), 4);
    let text = String::from_utf8(home.read("days/manifest.ndjson")).expect("text");
    let head = format!(
        "{{\"format\":1,\"query\":{{\"--service\":\"all\"}},\"since\":\"{}\"",
        at(day())
    );
    assert!(text.starts_with(&head), "{text}");
    for (line, number) in lines[1..].iter().zip(0..) {
        let start: Nanos = day() + number * DAY;
        let file = home.read(&format!("days/{}", name(start)));
        let expected = of_day(&events, start);
        assert_eq!(String::from_utf8_lossy(&file), expected);
        let digits = Sha256::digest(&file);
        let digits: Vec<String> = digits.iter().map(|byte| format!("{byte:02x}")).collect();
        let hash = digits.concat();
        let own: Vec<&Event> = events
            .iter()
            .filter(|event| (start..start + DAY).contains(&event.place))
            .collect();
        assert_eq!(
            *line,
            json!({
                "file": name(start),
                "window": {"start": at(start), "end": at(start + DAY)},
                "events": own.len(),
                "first": own.first().map(|event| at(event.place)),
                "last": own.last().map(|event| at(event.place)),
                "bytes": file.len(),
                "sha256": hash,
                "api_count": line["api_count"],
            })
        );
        // The server counts what stands at the end too.
        let at_end = events
            .iter()
            .filter(|event| event.place == start + DAY)
            .count();
        assert_eq!(line["api_count"], own.len() + at_end);
        let order = [
            "file",
            "window",
            "events",
            "first",
            "last",
            "bytes",
            "sha256",
            "api_count",
        ];
        let text = text.lines().nth(1).expect("a line");
        let places: Vec<usize> = order
            .iter()
            .map(|name| text.find(&format!("\"{name}\":")).expect("there"))
            .collect();
        assert!(places.is_sorted(), "{text}");
    }
    let mut names: Vec<String> = files(&home).into_keys().collect();
    names.retain(|name| name != "manifest.ndjson");
    assert_eq!(
        names,
        [name(day()), name(day() + DAY), name(day() + 2 * DAY)]
    );
    assert_eq!(home.names(), ["days", "run.json"]);
    let summary = home.summary("run.json");
    assert_eq!(
        summary["windows"],
        json!({"done": 3, "failed": 0, "skipped": 0})
    );
    assert_eq!(summary["events"], events.len());
}

#[test]
fn what_is_there_is_not_asked_for_again() {
    let home = Home::new();
    let events = hourly(80);
    let tenant = Tenant::new(events.clone());
    fetch(&home, day() + HOUR, day() + 30 * HOUR)
        .at(&tenant)
        .succeed();
    let calls = tenant.calls().len();
    let before = files(&home);
    for since in [day() + HOUR, day() + 20 * HOUR] {
        fetch(&home, since, day() + 30 * HOUR).at(&tenant).succeed();
        assert_eq!(home.summary("run.json")["windows"]["skipped"], 2);
    }
    assert_eq!(tenant.calls().len(), calls, "nothing was asked");
    assert_eq!(files(&home), before);
    // It grows at both ends, and days that it had in part are fetched whole again.
    fetch(&home, day(), day() + 77 * HOUR).at(&tenant).succeed();
    for number in 0..4 {
        let start = day() + number * DAY;
        let end = (start + DAY).min(day() + 77 * HOUR);
        let own = |event: &&Event| (start..end).contains(&event.place);
        let own: Vec<Event> = events.iter().filter(own).cloned().collect();
        assert_eq!(day_text(&home, start), lines(&own), "{number}");
    }
    let asked = &tenant.page_calls()[2..];
    assert_eq!(asked.len(), 4, "each day once");
    let whole = Home::new();
    fetch(&whole, day(), day() + 77 * HOUR)
        .at(&tenant)
        .succeed();
    assert_eq!(files(&home), files(&whole), "equal data gives equal bytes");
}

#[test]
fn a_day_holds_its_own_events_whatever_the_end_rule_and_the_jobs() {
    let mut events = hourly(49);
    for (number, at) in [day() + DAY, day() + 2 * DAY, day() + 3 * DAY]
        .into_iter()
        .zip(900..)
    {
        events.push(event(at, number - 1));
        events.push(event(at + 10, number));
        events.push(event(at + 20, number));
        events.push(event(at + 30, number + 1));
    }
    events.sort_by_key(|event| event.place);
    for end in [End::Inclusive, End::Exclusive] {
        let mut seen: Option<BTreeMap<String, Vec<u8>>> = None;
        for (jobs, size) in [("1", "10000"), ("4", "10000"), ("1", "3"), ("8", "3")] {
            let home = Home::new();
            let tenant = Tenant::start(
                events.clone(),
                Behaviour {
                    end,
                    ..Behaviour::default()
                },
            );
            let run = fetch(&home, day(), day() + 3 * DAY)
                .args(["--jobs", jobs, "--page-size", size])
                .at(&tenant)
                .succeed();
            run.expect_unsaid("warning");
            for start in [day(), day() + DAY, day() + 2 * DAY] {
                assert_eq!(
                    day_text(&home, start),
                    of_day(&events, start),
                    "{end:?} {jobs} {size}"
                );
            }
            let files = files(&home);
            assert_eq!(
                seen.get_or_insert(files.clone()),
                &files,
                "{end:?} {jobs} {size}"
            );
        }
    }
}

#[test]
fn packed_days_are_the_same_bytes_every_time() {
    let events = hourly(40);
    let tenant = Tenant::new(events.clone());
    for (packing, ending) in [("gz", "gz"), ("zst", "zst")] {
        let homes = [Home::new(), Home::new()];
        for home in &homes {
            fetch(home, day(), day() + 2 * DAY)
                .args(["--compress", packing])
                .at(&tenant)
                .succeed();
        }
        assert_eq!(files(&homes[0]), files(&homes[1]));
        let home = &homes[0];
        let path = format!("days/{}.{ending}", name(day()));
        let mapped = home
            .jcx(["map", &path, "--report-unmapped", "-o", "d.ndjson"])
            .run();
        mapped.expect_code(0);
        assert_eq!(
            String::from_utf8(home.read("d.ndjson"))
                .expect("text")
                .lines()
                .count(),
            24
        );
        let refused = fetch(home, day(), day() + 2 * DAY).at(&tenant).run();
        said(refused, 2, &["--compress", "hint: "]);
    }
}

#[test]
fn another_query_is_refused_and_names_what_differs() {
    let home = Home::new();
    let tenant = Tenant::new(hourly(3));
    fetch(&home, day(), day() + DAY).at(&tenant).succeed();
    let (before, calls) = (files(&home), tenant.calls().len());
    for (args, part) in [
        (&["--service", "sso"][..], "--service sso"),
        (&["--filter", "event_type=a"], "--filter event_type=a"),
        (&["--exclude", "event_type=a"], "--exclude event_type=a"),
        (&["--search", "ann"], "--search ann"),
        (&["--compress", "gz"], "--compress gz"),
    ] {
        for dry in [&[][..], &["-n"]] {
            let run = fetch(&home, day() - DAY, day() + 2 * DAY)
                .args(args)
                .args(dry)
                .at(&tenant);
            said(run.run(), 2, &[part, "hint: "]);
        }
    }
    assert_eq!((files(&home), tenant.calls().len()), (before, calls));
}

#[test]
fn a_day_can_be_fetched_again() {
    let home = Home::new();
    let tenant = Tenant::new(hourly(72));
    fetch(&home, day(), day() + 3 * DAY).at(&tenant).succeed();
    let before = files(&home);
    let path = format!("days/{}", name(day() + DAY));
    let date = instant::date(day() + DAY);
    for damage in [&b"{}\n"[..], b""] {
        home.file(&path, damage);
        let run = fetch(&home, day(), day() + 3 * DAY).at(&tenant).run();
        said(run, 2, &["is damaged", &format!("--refetch {date}")]);
        let calls = tenant.page_calls().len();
        fetch(&home, day(), day() + 3 * DAY)
            .args(["--refetch", &date])
            .at(&tenant)
            .succeed();
        assert_eq!(tenant.page_calls().len(), calls + 1, "that day alone");
        assert_eq!(files(&home), before);
    }
    fs::remove_file(home.path(&path)).expect("removed");
    let run = fetch(&home, day(), day() + 3 * DAY).at(&tenant).run();
    said(run, 2, &[" lacks ", "hint: "]);
    fetch(&home, day(), day() + 3 * DAY)
        .args(["--refetch", &date])
        .at(&tenant)
        .succeed();
    assert_eq!(files(&home), before);
    for date in [
        instant::date(day() - 5 * DAY),
        instant::date(day() + 5 * DAY),
    ] {
        let run = fetch(&home, day(), day() + 3 * DAY)
            .args(["--refetch", &date])
            .at(&tenant);
        said(run.run(), 2, &["--refetch", "hint: "]);
    }
    let run = fetch(&home, day(), day() + 3 * DAY)
        .args(["--refetch", "yesterday"])
        .at(&tenant);
    said(run.run(), 2, &["YYYY-MM-DD"]);
}

#[test]
fn a_manifest_that_was_changed_is_refused() {
    let home = Home::new();
    let tenant = Tenant::new(hourly(30));
    fetch(&home, day(), day() + 2 * DAY).at(&tenant).succeed();
    let whole = home.read("days/manifest.ndjson");
    let calls = tenant.calls().len();
    let mut broken: Vec<Vec<u8>> = (0..whole.len())
        .step_by(whole.len() / 9)
        .map(|length| whole[..length].to_vec())
        .collect();
    for bit in (0..whole.len() * 8).step_by(whole.len() * 8 / 13) {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        broken.push(bytes);
    }
    for bytes in broken {
        home.file("days/manifest.ndjson", &bytes);
        let run = fetch(&home, day(), day() + 4 * DAY).at(&tenant).run();
        said(run, 2, &["manifest.ndjson", "hint: "]);
        assert_eq!(home.read("days/manifest.ndjson"), bytes);
    }
    fs::remove_file(home.path("days/manifest.ndjson")).expect("removed");
    let run = fetch(&home, day(), day() + 4 * DAY).at(&tenant).run();
    said(run, 2, &["nothing vouches for it", "hint: "]);
    assert_eq!(tenant.calls().len(), calls, "nothing was asked");
}

#[test]
fn a_refused_run_leaves_nothing_behind() {
    let home = Home::new();
    let tenant = Tenant::new(Vec::new()).expecting(0..=0);
    let run = home
        .jcx(["fetch", "--since", "1d", "--out-dir", "no/days"])
        .at(&tenant)
        .run();
    said(run, 7, &["no/days", "hint: "]);
    home.file("file", "x");
    let run = home
        .jcx(["fetch", "--since", "1d", "--out-dir", "file"])
        .at(&tenant)
        .run();
    said(run, 2, &["is no folder", "hint: "]);
    for args in [
        &["--since", "91d"][..],
        &["--since", "2d", "--until", "3d"],
        &["--until", "3d"],
        &["--since", "5d", "-o", "x"],
        &["--since", "5d", "--force"],
        &["--since", "5d", "--api-key-file", "missing"],
    ] {
        let run = home
            .jcx(["fetch", "--out-dir", "days"])
            .args(args)
            .at(&tenant)
            .run();
        said(run, 2, &["hint: "]);
        assert_eq!(home.names(), ["file"], "{args:?}");
    }
    home.jcx(["fetch", "--out-dir", "days", "--since", "now"])
        .at(&tenant)
        .succeed();
    tenant.finish();
}

#[test]
fn a_promised_day_past_retention_is_told_once() {
    let home = Home::new();
    let events = hourly(10 * 24);
    let tenant = Tenant::new(events.clone());
    // One day is there and one is not; the third begins within retention.
    fetch(&home, day(), day() + DAY).at(&tenant).succeed();
    let now = instant::now();
    let kept = now - 7 * DAY;
    let late = |code: i32| {
        fetch(&home, day(), day() + 5 * DAY)
            .args(["--retention", "7d", "--metrics-file", "m.prom"])
            .at(&tenant)
            .run()
            .expect_code(code)
    };
    late(9).expect_error_and_hint("has passed retention", "jcx state ack days");
    let summary = home.summary("run.json");
    let gap = &summary["gaps"][0];
    assert_eq!(gap["start"], instant::text(day() + DAY, 0));
    assert_eq!(gap["reason"], "retention");
    let end = gap["end"]
        .as_str()
        .and_then(instant::parse)
        .expect("a time");
    assert!((kept - SECOND..kept + 5 * SECOND).contains(&end));
    assert_eq!(summary["gaps"].as_array().map(Vec::len), Some(1));
    // What of it can still be had is there.
    let partial = instant::date(end);
    let line = manifest(&home)
        .into_iter()
        .find(|line| line["file"] == format!("{partial}.ndjson"));
    assert_eq!(line.expect("the day")["window"]["start"], gap["end"]);
    let pages = tenant.page_calls().len();
    late(0).expect_unsaid("retention");
    assert_eq!(tenant.page_calls().len(), pages, "nothing was asked");
    assert_eq!(home.summary("run.json")["gaps"][0], *gap);
    let metrics = String::from_utf8(home.read("m.prom")).expect("text");
    assert!(
        metrics.contains("jcx_open_gaps{command=\"fetch\"} 1\n"),
        "{metrics}"
    );
    home.jcx(["state", "ack", "days"]).succeed();
    late(0);
    assert_eq!(home.summary("run.json")["gaps"], json!([]));
    // Years later the days that are there need nobody, and no `--since` is too old for them.
    let run = fetch(&home, day(), day() + 5 * DAY)
        .args(["--retention", "1h"])
        .at(&tenant);
    run.succeed();
    assert_eq!(tenant.page_calls().len(), pages);
}

#[test]
fn a_day_whose_beginning_passed_retention_is_continued() {
    let home = Home::new();
    let events = hourly(10 * 24);
    let tenant = Tenant::new(events.clone());
    let now = instant::now();
    let cut = (now - 7 * DAY).div_euclid(HOUR) * HOUR;
    let start = cut.div_euclid(DAY) * DAY;
    // All but the last hours of a day, of which JumpCloud keeps less than that.
    let until = cut + (start + DAY - cut) / 2 / HOUR * HOUR + HOUR / 2;
    fetch(&home, start, until).at(&tenant).succeed();
    let hidden = Tenant::start(
        events.clone(),
        Behaviour {
            retention: Retention::Hidden(now - 7 * DAY),
            ..Behaviour::default()
        },
    );
    let run = fetch(&home, start, start + 2 * DAY)
        .args(["--retention", "7d"])
        .at(&hidden);
    run.succeed().expect_unsaid("warning");
    assert_eq!(day_text(&home, start), of_day(&events, start));
    let line = &manifest(&home)[1];
    assert_eq!(line["window"]["end"], instant::text(start + DAY, 0));
    assert_eq!(
        (&line["events"], &line["api_count"]),
        (&24.into(), &Value::Null)
    );
}

#[test]
fn a_window_that_is_clamped_reports_what_it_left_out() {
    let home = Home::new();
    let events = hourly(10 * 24);
    let tenant = Tenant::new(events);
    for _ in 0..2 {
        fetch(&home, day() - 300 * DAY, day() + 5 * DAY)
            .args(["--retention", "7d", "--clamp"])
            .at(&tenant)
            .succeed()
            .expect_said("past retention");
        let gaps = &home.summary("run.json")["gaps"];
        assert_eq!(gaps[0]["start"], instant::text(day() - 300 * DAY, 0));
        assert_eq!(gaps.as_array().map(Vec::len), Some(1));
    }
    assert_eq!(tenant.page_calls().len(), 2);
    // What was promised then stays promised.
    let since = manifest(&home)[0]["since"].clone();
    fetch(&home, day() - 300 * DAY, day() + 5 * DAY)
        .args(["--retention", "6d", "--clamp"])
        .at(&tenant)
        .succeed();
    assert_eq!(manifest(&home)[0]["since"], since);
}

#[test]
fn one_run_at_a_time_has_the_archive() {
    let home = Home::new();
    let events = hourly(24);
    let tenant = Tenant::start(
        events.clone(),
        Behaviour {
            pages: Script::none().on(1, Fault::Late(Duration::from_millis(1200))),
            ..Behaviour::default()
        },
    );
    let first = fetch(&home, day(), day() + DAY).at(&tenant).start();
    let since = std::time::Instant::now();
    while tenant.page_calls().is_empty() {
        assert!(since.elapsed() < Duration::from_secs(20), "nothing asked");
        std::thread::sleep(Duration::from_millis(5));
    }
    let run = fetch(&home, day(), day() + DAY).at(&tenant).run();
    said(run, 11, &["another run holds", "hint: "]);
    fetch(&home, day(), day() + DAY)
        .args(["--lock-wait", "20s"])
        .at(&tenant)
        .succeed();
    first.wait().expect_code(0);
    assert_eq!(tenant.page_calls().len(), 1);
    assert_eq!(day_text(&home, day()), lines(&events));
}

#[test]
fn an_event_of_another_organization_ends_the_run() {
    let home = Home::new();
    let owned = |number: usize, organization: &str| {
        let at = day() + Nanos::try_from(number).expect("small") * HOUR;
        let text = event_text(number, at);
        let owner = format!("{{\"organization\":\"{organization}\",");
        Event::read(text.replacen('{', &owner, 1))
    };
    let ours: Vec<Event> = (0..48).map(|number| owned(number, "aaaa")).collect();
    let mut mixed = ours.clone();
    mixed[30] = owned(30, "bbbb");
    let tenant = Tenant::new(mixed);
    let run = fetch(&home, day(), day() + 2 * DAY).at(&tenant).run();
    said(run, 5, &["aaaa", "bbbb", "hint: "]);
    assert_eq!(day_text(&home, day()), lines(&ours[..24]));
    let summary = home.summary("run.json");
    assert_eq!(summary["events"], 24, "those of the day that is there");
    assert_eq!(
        summary["last_timestamp"],
        instant::text(day() + 23 * HOUR, 0)
    );
    assert!(!home.path(&format!("days/{}", name(day() + DAY))).exists());
    assert_eq!(manifest(&home)[0]["organization"], "aaaa");
    let other = Tenant::new((0..48).map(|number| owned(number, "cccc")).collect());
    said(
        fetch(&home, day(), day() + 2 * DAY).at(&other).run(),
        5,
        &["aaaa", "cccc"],
    );
    let tenant = Tenant::new(ours.clone());
    fetch(&home, day(), day() + 2 * DAY).at(&tenant).succeed();
    assert_eq!(day_text(&home, day() + DAY), lines(&ours[24..]));
}

#[test]
fn a_day_of_which_less_came_than_is_counted_is_named_and_fetched_again() {
    let home = Home::new();
    // None at midnight, which would count for two days.
    let events: Vec<Event> = (0..72)
        .map(|hour| {
            event(
                hour,
                day() + Nanos::try_from(hour).expect("small") * HOUR + HOUR / 2,
            )
        })
        .collect();
    // An event that is counted and not returned yet.
    let mut more = events.clone();
    more.push(event(500, day() + 30 * HOUR + MINUTE).late(4));
    more.sort_by_key(|event| event.place);
    let body = "{\"count\":25}".to_owned();
    let tenant = Tenant::start(
        more.clone(),
        Behaviour {
            end: End::Exclusive,
            counts: Script::none().on(2, Fault::Body(body)),
            ..Behaviour::default()
        },
    );
    let run = fetch(&home, day(), day() + 3 * DAY)
        .args(["--jobs", "1"])
        .at(&tenant)
        .run();
    said(run, 3, &[&instant::date(day() + DAY)]);
    assert_eq!(home.summary("run.json")["reasons"], json!(["count"]));
    assert_eq!(day_text(&home, day() + DAY), of_day(&events, day() + DAY));
    let pages = tenant.page_calls().len();
    fetch(&home, day(), day() + 3 * DAY).at(&tenant).succeed();
    assert_eq!(tenant.page_calls().len(), pages + 1, "that day alone");
    assert_eq!(day_text(&home, day() + DAY), of_day(&more, day() + DAY));
    fetch(&home, day(), day() + 3 * DAY).at(&tenant).succeed();
    assert_eq!(tenant.page_calls().len(), pages + 1);
    assert_eq!(home.summary("run.json")["gaps"], json!([]));
}

#[test]
fn a_day_that_cannot_be_had_leaves_the_others() {
    let home = Home::new();
    let events = hourly(72);
    let at = |instant| instant::text(instant, 0);
    let (from, to) = (at(day() + DAY), at(day() + 2 * DAY));
    let tenant = Tenant::start(
        events.clone(),
        Behaviour {
            pages: Script::none().on(2, Fault::status(400, "this day is closed")),
            ..Behaviour::default()
        },
    );
    let run = fetch(&home, day(), day() + 3 * DAY)
        .args(["--jobs", "1"])
        .at(&tenant)
        .run();
    said(run, 3, &["is missing", &from, &to]);
    assert_eq!(
        home.summary("run.json")["windows"],
        json!({"done": 2, "failed": 1, "skipped": 0})
    );
    assert_eq!(
        home.summary("run.json")["events"],
        48,
        "those of the two days"
    );
    assert_eq!(
        day_text(&home, day() + 2 * DAY),
        of_day(&events, day() + 2 * DAY)
    );
    assert!(!home.path(&format!("days/{}", name(day() + DAY))).exists());
    let pages = tenant.page_calls().len();
    fetch(&home, day(), day() + 3 * DAY).at(&tenant).succeed();
    assert_eq!(tenant.page_calls().len(), pages + 1);
    assert_eq!(day_text(&home, day() + DAY), of_day(&events, day() + DAY));
}

#[test]
fn a_dry_run_says_what_is_missing_and_writes_nothing() {
    let home = Home::new();
    let tenant = Tenant::new(hourly(72));
    let dry = |json: bool| {
        let flags = if json { &["-n", "--json"][..] } else { &["-n"] };
        fetch(&home, day(), day() + 3 * DAY)
            .args(flags)
            .at(&tenant)
            .succeed()
            .stdout
    };
    let shown: Value = serde_json::from_slice(&dry(true)).expect("JSON");
    assert_eq!(shown["windows"].as_array().map(Vec::len), Some(3));
    assert_eq!(home.names(), ["run.json"]);
    fetch(&home, day(), day() + 2 * DAY).at(&tenant).succeed();
    let (before, pages) = (files(&home), tenant.page_calls().len());
    let shown: Value = serde_json::from_slice(&dry(true)).expect("JSON");
    assert_eq!(
        shown["windows"],
        json!([{
            "start": instant::text(day() + 2 * DAY, 0),
            "end": instant::text(day() + 3 * DAY, 0),
        }])
    );
    assert_eq!(shown["count"], 24);
    let text = String::from_utf8(dry(false)).expect("text");
    assert!(text.contains("events    24\n"), "{text}");
    assert_eq!((files(&home), tenant.page_calls().len()), (before, pages));
    let run = home.jcx(["state", "show", "days", "--json"]).succeed();
    let shown: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    assert_eq!(
        (&shown["kind"], &shown["events"]),
        (&"archive".into(), &48.into())
    );
}

#[test]
fn what_was_never_answered_is_neither_written_nor_promised() {
    let home = Home::new();
    let tenant = Tenant::new(hourly(30));
    let refused = fetch(&home, day(), day() + DAY).args(["--service", "sxo"]);
    said(refused.at(&tenant).run(), 2, &["sxo"]);
    assert_eq!(
        home.names(),
        ["run.json"],
        "no folder, no manifest, no lock"
    );
    let wrong = fetch(&home, day(), day() + DAY).at(&tenant);
    wrong.env("JCX_API_KEY", "another").run().expect_code(4);
    assert_eq!(home.names(), ["run.json"]);
    let state = |arguments: [&str; 2]| {
        let at = |instant| instant::text(instant, 0);
        home.jcx(["fetch", "--since", &at(day()), "--until", &at(day() + DAY)])
            .args(["--state", "state", "-o", "events", "--append"])
            .args(arguments)
            .at(&tenant)
    };
    state(["--service", "sxo"]).run().expect_code(2);
    assert_eq!(home.names(), ["run.json"], "no state, no file");
    state(["--rate", "100"]).succeed();
    fetch(&home, day(), day() + DAY).at(&tenant).succeed();
    assert_eq!(home.names(), ["days", "events", "run.json", "state"]);
}

#[test]
fn a_variable_lists_days_to_be_fetched_anew_with_commas() {
    let home = Home::new();
    let tenant = Tenant::new(hourly(60));
    fetch(&home, day(), day() + 3 * DAY).at(&tenant).succeed();
    let before = tenant.page_calls().len();
    let list = format!("{},{}", instant::date(day()), instant::date(day() + DAY));
    let again = fetch(&home, day(), day() + 3 * DAY).env("JCX_REFETCH", list);
    again.at(&tenant).succeed();
    assert_eq!(tenant.page_calls().len() - before, 2);
}
