//! Whatever goes wrong on the way, at the first page, in the middle or at the end: everything comes, or the run says that it did not.

use super::{at_once, difference, effort, fetch, storms};
use crate::harness::{Home, day, event, lines};
use crate::samples::http::{Reply, Script};
use crate::samples::instant::{self, HOUR, MILLISECOND, MINUTE, Nanos, SECOND};
use crate::samples::invent::random::Random;
use crate::samples::tenant::{Behaviour, Fault, Tenant};
use serde_json::{Value, json};
use std::time::Duration;

const WINDOW: Nanos = 6 * HOUR;
/// A page request when several walks are under way.
const MIDDLE: usize = 9;

/// What may come once, and be right when it is asked again.
fn passing() -> Vec<Fault> {
    let mut faults: Vec<Fault> = [408, 500, 502, 503, 504]
        .map(|status| Fault::status(status, "technical difficulties"))
        .into();
    let garbled = Reply::raw("HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\n");
    faults.extend([
        Fault::rate_limited(Some("1")),
        Fault::rate_limited(None),
        Fault::Answer(Reply::reset()),
        Fault::Answer(Reply::dropped()),
        Fault::Answer(garbled),
        Fault::Answer(Reply::html(200)),
        Fault::Answer(Reply::json(200, "{\"events\":[]}")),
        Fault::Answer(Reply::new(200)),
        Fault::Cut(0),
        Fault::Cut(300),
        Fault::Stall(300),
        Fault::Late(Duration::from_secs(5)),
        Fault::Header("X-Result-Count", "7".to_owned()),
        Fault::Without("X-Search_after"),
        Fault::StuckCursor,
        Fault::SamePage,
        Fault::Body("[{\"id\":\"x\"".to_owned()),
    ]);
    faults
}

/// What does not pass, with its exit code where it comes first, and later.
fn refusals() -> Vec<(Fault, i32, i32)> {
    let elsewhere = Reply::new(301).header("Location", "https://elsewhere.example/x");
    let mut faults = vec![(Fault::Answer(elsewhere), 2, 5)];
    for (status, first, later) in [
        (400, 2, 5),
        (401, 4, 4),
        (402, 4, 4),
        (403, 4, 4),
        (404, 2, 5),
        (405, 2, 5),
        (413, 5, 5),
    ] {
        faults.push((Fault::status(status, "no"), first, later));
    }
    faults.push((Fault::Header("X-Sort", "DESC".to_owned()), 5, 5));
    faults
}

/// A fault at a page request, and perhaps at all that follow.
#[derive(Clone, Debug)]
struct Trial {
    fault: Fault,
    at: usize,
    lasting: bool,
    /// The exit codes that are right, if this request is ever made.
    codes: Vec<i32>,
}

/// What a run left.
struct Found {
    code: i32,
    stdout: String,
    file: Option<String>,
    summary: Value,
    said: String,
}

impl Trial {
    fn script(&self) -> Script<Fault> {
        if self.lasting {
            Script::none().from(self.at, self.fault.clone())
        } else {
            Script::none().on(self.at, self.fault.clone())
        }
    }

    fn run(&self, into_file: bool) -> Found {
        let behaviour = Behaviour {
            pages: self.script(),
            ..Behaviour::default()
        };
        let tenant = Tenant::start(storms(), behaviour);
        let home = Home::new();
        let command = fetch(&home, &tenant, (day(), day() + WINDOW)).args([
            "--page-size",
            "20",
            "--jobs",
            "4",
            "--summary",
            "sum",
            "--timeout",
            "1s",
            "--retry-for",
            if self.lasting { "1s" } else { "10s" },
        ]);
        let run = if into_file {
            command.args(["-o", "out"])
        } else {
            command
        }
        .run();
        let names = home.names();
        Found {
            code: run.code(),
            stdout: String::from_utf8_lossy(&run.stdout).into_owned(),
            file: names
                .contains(&"out".to_owned())
                .then(|| String::from_utf8_lossy(&home.read("out")).into_owned()),
            summary: home.summary("sum"),
            said: format!("{} {names:?}", run.stderr),
        }
    }

    fn verdict(&self) -> Vec<String> {
        let whole = lines(&storms_in_order());
        let mut wrong = Vec::new();
        for into_file in [false, true] {
            // A file is as good a witness as a stream where nothing fails.
            if into_file && !(self.lasting && self.at == MIDDLE) {
                continue;
            }
            let found = self.run(into_file);
            wrong.extend(self.wrong_with(&found, into_file, &whole).map(|what| {
                format!(
                    "{what}, file {into_file}: {self:?} ended with {}: {}; {}",
                    found.code,
                    found.said,
                    difference(&found.stdout, &whole)
                )
            }));
        }
        wrong
    }

    fn wrong_with(&self, found: &Found, into_file: bool, whole: &str) -> Option<&'static str> {
        let delivered = if into_file {
            found.file.as_deref().unwrap_or("")
        } else {
            &found.stdout
        };
        let summary = |name: &str| &found.summary[name];
        if !self.codes.contains(&found.code) || summary("exit") != &json!(found.code) {
            return Some("another code");
        }
        if found.code == 0 {
            let complete = delivered == whole && summary("gaps") == &json!([]);
            let told = summary("windows") == &json!({"done": 1, "failed": 0, "skipped": 0});
            return (!complete || !told).then_some("not complete");
        }
        if into_file {
            return found.file.is_some().then_some("a file of a failed run");
        }
        let before = delivered.strip_suffix('{').unwrap_or(delivered);
        if delivered.ends_with('{') != (found.code != 2) || !whole.starts_with(before) {
            return Some("no mark, or no beginning");
        }
        let told = summary("windows") == &json!({"done": 0, "failed": 1, "skipped": 0});
        let named = summary("gaps")
            .as_array()
            .is_some_and(|gaps| gaps.len() == 1);
        (!told || !named || summary("ok") != &json!(false)).then_some("another summary")
    }
}

fn storms_in_order() -> Vec<crate::samples::tenant::Event> {
    Tenant::new(storms()).expecting(0..=0).held()
}

#[test]
fn what_passes_costs_time_alone() {
    let trials = passing().into_iter().flat_map(|fault| {
        [1, 2, MIDDLE, 24].map(|at| Trial {
            fault: fault.clone(),
            at,
            lasting: false,
            codes: vec![0],
        })
    });
    let wrong = at_once(trials, |trial| trial.verdict());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_stays_ends_the_run_and_shows() {
    let mut trials = Vec::new();
    for (fault, first, later) in refusals() {
        for (at, lasting, codes) in [
            (1, false, vec![first]),
            (MIDDLE, false, vec![later]),
            (MIDDLE, true, vec![later]),
            // Which request is the last one is not the same every time.
            (24, true, vec![later, 0]),
        ] {
            let fault = fault.clone();
            trials.push(Trial {
                fault,
                at,
                lasting,
                codes,
            });
        }
    }
    for fault in passing() {
        for (at, codes) in [(1, vec![5]), (MIDDLE, vec![5]), (24, vec![5, 0])] {
            let fault = fault.clone();
            let lasting = true;
            trials.push(Trial {
                fault,
                at,
                lasting,
                codes,
            });
        }
    }
    let wrong = at_once(trials.into_iter(), |trial| trial.verdict());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn with_many_faults_everything_comes_or_the_run_says_so() {
    let whole = lines(&storms_in_order());
    let first = effort("JCX_SEED", 0);
    let wrong = at_once(first..first + effort("JCX_SEEDS", 6), |seed| {
        let mut random = Random::new(seed);
        let faults = passing();
        let mut script = |percent| {
            (1..3000).fold(Script::none(), |script, number| {
                let fault = random.pick(&faults).clone();
                // What takes long is tried elsewhere.
                let slow = matches!(fault, Fault::Stall(_) | Fault::Late(_));
                if random.chance(percent) && !slow {
                    script.on(number, fault)
                } else {
                    script
                }
            })
        };
        let behaviour = Behaviour {
            pages: script(30),
            intervals: script(30),
            counts: script(30),
            ..Behaviour::default()
        };
        let tenant = Tenant::start(storms(), behaviour);
        let home = Home::new();
        let run = fetch(&home, &tenant, (day(), day() + WINDOW))
            .args(["--page-size", "20", "--jobs", "8", "--timeout", "1s"])
            .run();
        let text = String::from_utf8_lossy(&run.stdout);
        let right = match run.code() {
            0 => text == whole,
            5 => text
                .strip_suffix('{')
                .is_some_and(|before| whole.starts_with(before)),
            _ => false,
        };
        let told = || format!("seed {seed} ended with {}: {}", run.code(), run.stderr);
        if right { Vec::new() } else { vec![told()] }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Fetches with eight walks, one of which is rate limited while whatever the others ask next is answered only after `slow`: the
/// wait that was told, in seconds, and how many requests came before it was over.
fn rate_limited(after: Option<&str>, slow: Duration) -> (f64, usize) {
    let limited = Script::none().on(MIDDLE, Fault::rate_limited(after));
    let pages = (1..WALKS).fold(limited, |script, next| {
        script.on(MIDDLE + next, Fault::Late(slow))
    });
    let behaviour = Behaviour {
        pages,
        ..Behaviour::default()
    };
    let tenant = Tenant::start(storms(), behaviour);
    let home = Home::new();
    let run = fetch(&home, &tenant, (day(), day() + WINDOW))
        .args(["--page-size", "20", "--jobs", &WALKS.to_string(), "-v"])
        .succeed();
    let mut told = run.stderr.split("trying again in ").skip(1);
    let told = told.next().and_then(|text| text.split(' ').next());
    let promised: f64 = told.expect("a wait").parse().expect("seconds");
    run.expect_stdout(lines(&storms_in_order()));
    let at = tenant.page_calls()[MIDDLE - 1].at;
    // It is told in tenths of a second.
    let over = at + Duration::from_secs_f64((promised - 0.06).max(0.0));
    let calls = tenant.calls().into_iter();
    let early = calls.filter(|call| call.at > at && call.at < over).count();
    (promised, early)
}

/// Walks at once where a pause is to hold them.
const WALKS: usize = 8;

#[test]
fn the_pause_of_one_rate_limit_holds_all_walks() {
    // What each of the others had on its way then is not held back, and busy with it none can ask more before it can know.
    let (promised, early) = rate_limited(Some("2"), Duration::from_secs(1));
    assert!(promised >= 2.0, "{promised}");
    assert!(early < WALKS, "{early} requests in {promised} s");
    // A wait by chance may be too short to tell, and short answers do not cover every delay of a machine under load.
    let mut seen = Vec::new();
    let held = (0..12).any(|_| {
        let (promised, early) = rate_limited(None, Duration::from_millis(100));
        seen.push((promised, early));
        promised >= 0.3 && early < WALKS
    });
    assert!(held, "{seen:?}");
}

/// Fetches three days of a tenant that fails whenever a window with this instant is asked for.
fn with_a_broken_instant(home: &Home, broken_at: Nanos, arguments: &[&str]) -> (i32, String) {
    let behaviour = Behaviour {
        broken_at: Some(broken_at),
        ..Behaviour::default()
    };
    let places = (0..40).map(|number| day() + number * 90 * MINUTE);
    let events = places.flat_map(|at| [at, at + SECOND]).enumerate();
    let events = events.map(|(number, at)| event(number, at));
    let tenant = Tenant::start(events.collect(), behaviour);
    let run = fetch(home, &tenant, (day(), day() + 60 * HOUR))
        .args([
            "--page-size",
            "10",
            "--jobs",
            "4",
            "--retry-for",
            "0s",
            "--summary",
            "sum",
        ])
        .args(arguments)
        .run();
    (run.code(), run.stderr)
}

#[test]
fn one_broken_second_costs_a_file_or_a_day_and_is_named() {
    let broken_at = day() + 30 * HOUR + 500 * MILLISECOND;
    let home = Home::new();
    let (code, said) = with_a_broken_instant(&home, broken_at, &["-o", "out"]);
    assert_eq!((code, home.names()), (5, vec!["sum".to_owned()]), "{said}");
    let home = Home::new();
    let (code, said) = with_a_broken_instant(&home, broken_at, &["--out-dir", "days"]);
    assert_eq!(code, 3, "{said}");
    let summary = home.summary("sum");
    assert_eq!(
        summary["windows"],
        json!({"done": 2, "failed": 1, "skipped": 0})
    );
    assert!(
        said.contains(&instant::text(broken_at, 0)),
        "the hole is one second: {said}"
    );
    for (number, there) in [(0, true), (1, false), (2, true)] {
        let file = format!(
            "days/{}.ndjson",
            instant::date(day() + number * instant::DAY)
        );
        assert_eq!(home.path(&file).exists(), there, "{file}");
    }
    let first = home.read(&format!("days/{}.ndjson", instant::date(day())));
    assert_eq!(String::from_utf8_lossy(&first).lines().count(), 32);
    assert!(
        !summary["gaps"].as_array().expect("gaps").is_empty(),
        "{summary}"
    );
}

#[test]
fn an_outage_is_no_row_of_broken_days() {
    let behaviour = Behaviour {
        pages: Script::none().from(5, Fault::status(500, "technical difficulties")),
        ..Behaviour::default()
    };
    let places = (0..400).map(|number| day() + number * 15 * MINUTE);
    let events = places.enumerate().map(|(number, at)| event(number, at));
    let tenant = Tenant::start(events.collect(), behaviour);
    for (target, code) in [("-o", 5), ("--out-dir", 5)] {
        let home = Home::new();
        let run = fetch(&home, &tenant, (day(), day() + 100 * HOUR))
            .args(["--page-size", "10", "--jobs", "4", "--retry-for", "2s"])
            .args([target, "there"])
            .run()
            .expect_code(code);
        // The budget, and a few questions more.
        assert!(run.took < Duration::from_secs(12), "{:?}", run.took);
    }
}

#[test]
fn a_plan_that_never_comes_holds_nobody_up() {
    let tenant = Tenant::start(
        storms(),
        Behaviour {
            intervals: Script::none().from(1, Fault::Late(Duration::from_secs(30))),
            ..Behaviour::default()
        },
    );
    let since = std::time::Instant::now();
    let home = Home::new();
    let run = fetch(&home, &tenant, (day(), day() + WINDOW));
    let run = run.args(["--page-size", "20"]).succeed();
    assert!(run.stdout == lines(&tenant.held()).as_bytes());
    assert!(
        since.elapsed() < Duration::from_secs(15),
        "{:?}",
        since.elapsed()
    );
}
