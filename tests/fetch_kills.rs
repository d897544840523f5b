//! SIGKILL at any moment: the run after it leaves what an undisturbed one would have left.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::fetch_continue::sense;
use crate::harness::{Home, Jcx, day, event};
use crate::samples::http::Script;
use crate::samples::instant::{self, DAY, MINUTE, Nanos, SECOND};
use crate::samples::tenant::{Behaviour, End, Event, Fault, Tenant};

/// How often a run is killed; `JCX_KILLS` sets another number.
fn kills() -> u64 {
    let given = std::env::var("JCX_KILLS").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(25)
}

/// Numbers that look random, the same in every run of the tests.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Three days of events: lonely ones, crowds of one second, equal ones, some without id or time.
fn events() -> Vec<Event> {
    let mut chance = Chance(7);
    let mut events = Vec::new();
    for number in 0..700 {
        let crowd = 3 * DAY / 40 * i64::try_from(number / 18).expect("small");
        let at: Nanos = match number % 5 {
            0..3 => crowd,
            3 => crowd + i64::try_from(chance.below(5)).expect("small") * SECOND,
            _ => i64::try_from(chance.below(3 * 24 * 60)).expect("small") * MINUTE,
        };
        events.push(match number % 23 {
            7 => {
                let stamp = instant::text(day() + at, 3);
                let text = format!("{{\"timestamp\":\"{stamp}\",\"service\":\"ldap\"}}");
                Event::read(text)
            }
            11 => Event::placed(
                day() + at,
                format!("{{\"service\":\"mdm\",\"n\":{}}}", number % 4),
            ),
            _ => event(number, day() + at),
        });
    }
    for at in [day() + DAY, day() + 2 * DAY, day() + 3 * DAY] {
        events.push(event(9_000, at));
    }
    events.sort_by_key(|event| event.place);
    events
}

/// Answers that take long enough for a run to be killed in each of its parts.
fn slow(events: &[Event], end: End) -> Tenant {
    let late = Fault::Late(Duration::from_millis(60));
    Tenant::start(
        events.to_vec(),
        Behaviour {
            end,
            pages: Script::none().from(1, late),
            ..Behaviour::default()
        },
    )
}

fn window() -> [String; 6] {
    let at = |instant| instant::text(instant, 0);
    [
        "fetch",
        "--since",
        &at(day()),
        "--until",
        &at(day() + 3 * DAY),
        "--no-count",
    ]
    .map(str::to_owned)
}

fn appended(home: &Home) -> Jcx {
    home.jcx(window())
        .args(["--state", "s.state", "-o", "events.ndjson", "--append"])
        .args([
            "--page-size",
            "9",
            "--rate",
            "5000",
            "--jobs",
            "2",
            "--overlap",
            "30m",
        ])
}

fn archived(home: &Home) -> Jcx {
    home.jcx(window())
        .args(["--out-dir", "days", "--compress", "zst"])
        .args(["--page-size", "9", "--rate", "5000", "--jobs", "3"])
}

/// Kills one run after the other at moments of the first `longest`, and compares what is left whenever one reached its end.
fn kill(run: fn(&Home) -> Jcx, tenant: &Tenant, longest: Duration, compare: impl Fn(&Home)) {
    let mut chance = Chance(kills());
    let longest = u64::try_from(longest.as_micros()).expect("short").max(1);
    let (mut killed, mut home) = (0, Home::new());
    while killed < kills() {
        let running = run(&home).at(tenant).start();
        std::thread::sleep(Duration::from_micros(chance.below(longest)));
        running.signal("KILL");
        match running.wait().code() {
            137 => killed += 1,
            code => {
                assert_eq!(code, 0);
                compare(&std::mem::replace(&mut home, Home::new()));
            }
        }
    }
    run(&home).at(tenant).succeed();
    compare(&home);
}

#[test]
fn a_file_that_grows_is_the_same_after_any_number_of_kills() {
    let end = if kills().is_multiple_of(2) {
        End::Exclusive
    } else {
        End::Inclusive
    };
    let tenant = slow(&events(), end);
    let undisturbed = Home::new();
    appended(&undisturbed).at(&tenant).succeed();
    // A position is saved once a second.
    kill(appended, &tenant, Duration::from_millis(1_250), |home| {
        let counted = |home: &Home| {
            let text = String::from_utf8(home.read("events.ndjson")).expect("text");
            let mut counts = BTreeMap::new();
            for line in text.lines() {
                *counts.entry(line.to_owned()).or_insert(0) += 1;
            }
            counts
        };
        let (here, there) = (counted(home), counted(&undisturbed));
        for line in here.keys().chain(there.keys()) {
            assert_eq!(here.get(line), there.get(line), "{line}");
        }
        assert!(home.read("events.ndjson") == undisturbed.read("events.ndjson"));
        assert_eq!(home.names(), ["events.ndjson", "s.state"]);
        assert_eq!(sense(home), sense(&undisturbed));
    });
}

#[test]
fn an_archive_is_the_same_after_any_number_of_kills() {
    let events = events();
    let tenant = slow(&events, End::Inclusive);
    let undisturbed = Home::new();
    let took = archived(&undisturbed).at(&tenant).succeed().took;
    let names = |home: &Home| {
        let listed = std::fs::read_dir(home.path("days")).expect("a folder");
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<String> = listed
            .map(|entry| name(entry).to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&undisturbed).len(), 5, "{:?}", names(&undisturbed));
    // A day that is there is not asked for again, so all kills together have the time of one run.
    kill(archived, &tenant, took / 3, |home| {
        assert_eq!(names(home), names(&undisturbed));
        for name in names(home) {
            let path = format!("days/{name}");
            assert!(home.read(&path) == undisturbed.read(&path), "{name}");
        }
        assert_eq!(home.names(), ["days"]);
    });
}
