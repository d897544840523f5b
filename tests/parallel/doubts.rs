//! Every doubt about the API (`docs/insights-api.md` section 12) through several walks at once: as it is with one.

use super::{ORGANIZATION, at_once, fetch, storms};
use crate::harness::{Home, Outcome, day, lines};
use crate::samples::http::{Reply, Script};
use crate::samples::instant::{self, HOUR, MILLISECOND, Nanos, SECOND};
use crate::samples::tenant::{
    AlertNames, Behaviour, Cap, Count, CursorLife, CursorSpelling, Doubt, EmptyBuckets,
    EmptyPageCursor, Encoding, End, Event, Fault, Filtering, Headers, Layout, Organizations,
    Precision, Retention, Tenant, Ties,
};

/// A tenant in doubt, and how a fetch of it must end.
struct Case {
    name: String,
    behaviour: Behaviour,
    arguments: Vec<&'static str>,
    code: i32,
}

fn case(name: &str, code: i32, change: impl FnOnce(&mut Behaviour)) -> Case {
    let mut behaviour = Behaviour::default();
    change(&mut behaviour);
    Case {
        name: name.to_owned(),
        behaviour,
        arguments: Vec::new(),
        code,
    }
}

impl Case {
    fn with(mut self, arguments: &[&'static str]) -> Self {
        self.arguments.extend(arguments);
        self
    }

    fn run(&self, tenant: &Tenant, jobs: &str) -> Outcome {
        fetch(&Home::new(), tenant, window())
            .args(["--page-size", "20", "--retry-for", "2s", "--jobs", jobs])
            .args(&self.arguments)
            .run()
    }

    /// Runs it with one job and with several, and says what is wrong with either.
    fn verdict(&self) -> Vec<String> {
        let tenant = || {
            let events = storms().into_iter().map(|event| event.served_as("alerts"));
            Tenant::start(events.collect(), self.behaviour.clone())
        };
        let one = self.run(&tenant(), "1");
        let walked = tenant();
        let several = self.run(&walked, "4");
        let mut wrong = Vec::new();
        let calls = walked.page_calls().len();
        if calls > 1500 {
            wrong.push(format!("{}: {calls} pages were asked for", self.name));
        }
        if several.stderr.contains("panicked") {
            wrong.push(format!("{}: {}", self.name, several.stderr));
        }
        for (jobs, run) in [("1", &one), ("4", &several)] {
            if run.code() != self.code {
                let (code, said) = (run.code(), &run.stderr);
                wrong.push(format!(
                    "{}: {jobs} jobs end with {code}: {said}",
                    self.name
                ));
            }
        }
        if matches!(self.code, 0 | 3) && one.stdout != several.stdout {
            wrong.push(format!("{}: 4 jobs give other bytes than 1", self.name));
        }
        if matches!(self.code, 4 | 5) && !several.stdout.ends_with(b"{") {
            wrong.push(format!("{}: no mark", self.name));
        }
        if self.code == 0 && several.stdout.is_empty() != self.name.ends_with("nothing") {
            wrong.push(format!("{}: something else came", self.name));
        }
        wrong
    }
}

fn window() -> (Nanos, Nanos) {
    (day() + 250 * MILLISECOND, day() + 6 * HOUR)
}

fn told(cases: &[Case]) {
    let wrong = at_once(cases.iter(), Case::verdict);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn either_answer_to_a_doubt_gives_the_same_with_several_jobs() {
    let mut cases = vec![
        case("u1 inclusive", 0, |api| api.end = End::Inclusive),
        case("u1 exclusive", 0, |api| api.end = End::Exclusive),
        case("u2", 0, |api| api.empty_window = Doubt::Answered),
        case("u3", 0, |api| api.precision = Precision::Nanoseconds),
        case("u5 refused", 2, |_| {}).with(&["--service", "alrts"]),
        case("u5 nothing", 0, |api| api.unknown_service = Doubt::Answered)
            .with(&["--service", "alrts"]),
        case("u6", 2, |api| api.now = day() - HOUR),
        case("u7", 0, |api| api.large_limit = Doubt::Refused),
        case("u8 lower", 0, |api| api.cap = Cap::Fixed(7)),
        case("u8 changing", 0, |api| {
            api.cap = Cap::Changing(vec![20, 4, 19, 2, 11]);
        }),
        case("u9", 0, |api| api.cursor_life = CursorLife::Requests(500)),
        case("u9 short", 5, |api| {
            api.cursor_life = CursorLife::Requests(0);
        }),
        case("u10", 0, |api| {
            api.empty_page_cursor = EmptyPageCursor::Absent;
        }),
        case("u11", 0, |api| {
            api.retention = Retention::Hidden(day() + 3 * HOUR);
        }),
        case("u11 refused", 4, |api| {
            api.retention = Retention::Refused(day() + HOUR);
        }),
        case("u13 lower", 0, |api| api.count = Count::Off(-7)),
        case("u13 higher", 3, |api| api.count = Count::Off(7)),
        case("u19", 0, |api| api.unknown_key = Doubt::Refused),
        case("u22", 0, |api| {
            api.portal = vec![ORGANIZATION.to_owned()];
            api.organizations = Organizations::Last;
        })
        .with(&["--org", ORGANIZATION]),
        case("u25", 0, |api| api.ties = Ties::Arbitrary),
        case("u27", 0, |_| {}).with(&["--filter", "service=directory"]),
        case("u27 ignored", 5, |api| api.filtering = Filtering::Ignored)
            .with(&["--filter", "service=sso"]),
        case("white space", 0, |api| api.layout = Layout::Indented),
        case("awkward cursors", 0, |api| {
            api.cursor_spelling = CursorSpelling::Awkward;
        }),
    ];
    for names in [
        AlertNames::Both,
        AlertNames::OnlyAlerts,
        AlertNames::OnlyAlert,
    ] {
        let asked = case("u4", 0, |api| api.alert_names = names);
        cases.push(asked.with(&["--service", "alert"]));
    }
    for encoding in [Encoding::Chunked, Encoding::Gzip, Encoding::GzipChunked] {
        cases.push(case("u14", 0, |api| api.encoding = encoding));
    }
    for after in [Some("1"), None] {
        let limited = Script::none().on(5, Fault::rate_limited(after));
        cases.push(case("u15", 0, |api| api.pages = limited));
    }
    for headers in [
        Headers::Dashed,
        Headers::NoCount,
        Headers::NoLimit,
        Headers::LowerCase,
    ] {
        cases.push(case(&format!("u26 {headers:?}"), 0, |api| {
            api.headers = headers;
        }));
    }
    cases.push(case("u26", 5, |api| api.headers = Headers::NoUnderscore));
    for status in [402, 403] {
        let blocked = Script::none().from(6, Fault::status(status, "blocked for now"));
        cases.push(case("u28", 4, |api| api.pages = blocked));
    }
    told(&cases);
}

/// A list of buckets.
fn buckets(list: &[(Nanos, u64)]) -> Fault {
    let bucket = |(start, count): &(Nanos, u64)| {
        let key = start / MILLISECOND;
        format!("{{\"key\":{key},\"key_as_string\":\"\",\"doc_count\":{count}}}")
    };
    let list: Vec<String> = list.iter().map(bucket).collect();
    Fault::Answer(Reply::json(
        200,
        format!("{{\"buckets\":[{}]}}", list.join(",")),
    ))
}

#[test]
fn a_bad_plan_costs_no_event() {
    let (minute, start) = (60 * SECOND, day());
    let all = |count: u64| -> Vec<(Nanos, u64)> {
        (0..360)
            .map(|number| (start + number * minute, count))
            .collect()
    };
    let mut unsorted = all(3);
    unsorted.reverse();
    unsorted.extend(all(4));
    let object = |text: &str| Fault::Answer(Reply::json(200, text));
    let answers = [
        Fault::status(400, "no"),
        Fault::status(403, "no"),
        Fault::status(404, "Not Found"),
        Fault::status(405, "no"),
        Fault::status(500, "technical difficulties"),
        Fault::rate_limited(Some("1")),
        Fault::Answer(Reply::html(200)),
        Fault::Answer(Reply::reset()),
        Fault::Cut(20),
        object(""),
        object("[]"),
        object("{}"),
        object("{\"buckets\":{}}"),
        object("{\"buckets\":[{\"key\":\"x\",\"doc_count\":1}]}"),
        object("{\"buckets\":[{\"key\":1,\"doc_count\":1}]}"),
        object("{\"buckets\":[{\"key\":60000,\"doc_count\":-1}]}"),
        object("{\"buckets\":[{\"key\":-9223372036854720000,\"doc_count\":5}]}"),
        buckets(&[]),
        buckets(&all(0)),
        buckets(&all(1)),
        buckets(&all(1000)),
        buckets(&all(u64::MAX)),
        buckets(&unsorted),
        buckets(&[(start + 60 * minute, 400)]),
        buckets(&[(start + 60 * minute, 1_000_000_000)]),
        buckets(&[(start - 100 * minute, 400), (start + 5000 * minute, 400)]),
    ];
    let mut cases: Vec<Case> = answers
        .into_iter()
        .map(|fault| {
            let name = format!("{fault:?}").chars().take(300).collect::<String>();
            case(&name, 0, |api| {
                api.intervals = Script::none().from(1, fault);
            })
        })
        .collect();
    cases.push(case("left out", 0, |api| {
        api.empty_buckets = EmptyBuckets::LeftOut;
    }));
    told(&cases);
}

#[test]
fn a_count_that_cannot_be_had_proves_nothing_and_costs_nothing() {
    let object = |text: &str| Fault::Answer(Reply::json(200, text));
    let answers = [
        Fault::status(404, "Not Found"),
        Fault::status(403, "no"),
        Fault::status(500, "technical difficulties"),
        Fault::Answer(Reply::html(200)),
        object("{}"),
        object("{\"count\":\"7\"}"),
        object("{\"count\":-7}"),
    ];
    let cases: Vec<Case> = answers
        .into_iter()
        .map(|fault| {
            let name = format!("{fault:?}").chars().take(300).collect::<String>();
            case(&name, 0, |api| api.counts = Script::none().from(1, fault))
        })
        .collect();
    told(&cases);
    let too_many = object("{\"count\":18446744073709551615}");
    told(&[case("too many", 3, |api| {
        api.counts = Script::none().from(1, too_many);
    })]);
}

#[test]
fn a_crowded_second_is_no_obstacle() {
    // More than a page in one second, and more than one in a millisecond, on both sides of nothing.
    let mut crowd: Vec<Event> = storms();
    for number in 0..300 {
        let offset = if number < 120 {
            0
        } else {
            number * MILLISECOND
        };
        let number = usize::try_from(number).expect("small");
        crowd.push(crate::harness::event(
            9000 + number,
            day() + 4 * HOUR + offset,
        ));
    }
    for ties in [Ties::ByNanosecond, Ties::Arbitrary] {
        let behaviour = Behaviour {
            ties,
            ..Behaviour::default()
        };
        let tenant = Tenant::start(crowd.clone(), behaviour);
        let run = |jobs| {
            let home = Home::new();
            let run = fetch(&home, &tenant, (day(), day() + 6 * HOUR));
            let run = run.args(["--page-size", "20", "--jobs", jobs]).succeed();
            run.stdout
        };
        let one = run("1");
        assert_eq!(String::from_utf8_lossy(&one).lines().count(), crowd.len());
        assert!(run("4") == one && run("8") == one, "{ties:?}");
    }
}

#[test]
fn u12_what_all_leaves_out_comes_by_its_name() {
    let named = |(number, event): (usize, Event)| {
        event.served_as(if number % 3 == 0 { "reports" } else { "sso" })
    };
    let events: Vec<Event> = storms().into_iter().enumerate().map(named).collect();
    for missing_in_all in [None, Some("reports")] {
        let behaviour = Behaviour {
            missing_in_all,
            ..Behaviour::default()
        };
        let tenant = Tenant::start(events.clone(), behaviour);
        let held = |wanted: &dyn Fn(&str) -> bool| {
            let mut held = tenant.held();
            held.retain(|event| wanted(&event.service));
            lines(&held)
        };
        for jobs in ["1", "4"] {
            let run = |services: &[&str], expected: String| {
                let services = services.iter().flat_map(|name| ["--service", name]);
                fetch(&Home::new(), &tenant, (day(), day() + 6 * HOUR))
                    .args(["--page-size", "20", "--jobs", jobs])
                    .args(services)
                    .succeed()
                    .expect_stdout(expected);
            };
            run(&[], held(&|service| missing_in_all != Some(service)));
            run(&["all"], held(&|service| missing_in_all != Some(service)));
            run(&["reports"], held(&|service| service == "reports"));
            run(&["sso", "reports"], held(&|_| true));
        }
    }
}

#[test]
fn u20_late_events_cost_no_other_and_the_next_run_has_them() {
    let late = |number: usize| number % 7 == 3;
    for visible_from in [0, 9] {
        let events = storms().into_iter().enumerate();
        let events: Vec<Event> = events
            .map(|(number, event)| event.late(if late(number) { visible_from } else { 0 }))
            .collect();
        for jobs in ["1", "4"] {
            let (home, tenant) = (Home::new(), Tenant::new(events.clone()));
            let run = |until| {
                fetch(&home, &tenant, (day(), until))
                    .args(["--page-size", "20", "--jobs", jobs, "--no-count"])
                    .args(["--state", "state", "-o", "out", "--append"])
                    .args(["--overlap", "7h"])
                    .succeed();
                String::from_utf8(home.read("out")).expect("text")
            };
            let first = run(day() + 6 * HOUR);
            let held = tenant.held();
            // What came stands in the tenant's order, and what was there from the beginning came.
            let mut came = first.lines().peekable();
            for event in &held {
                let is_next = came.next_if_eq(&event.text.as_str()).is_some();
                assert!(is_next || event.visible_from > 0, "{}", event.text);
            }
            assert_eq!(came.next(), None, "{jobs} jobs");
            let both = run(day() + 6 * HOUR + SECOND);
            assert!(both.starts_with(&first));
            let mut all: Vec<&str> = both.lines().collect();
            let mut expected: Vec<&str> = held.iter().map(|event| event.text.as_str()).collect();
            all.sort_unstable();
            expected.sort_unstable();
            assert!(all == expected, "{jobs} jobs: each once");
        }
    }
}

#[test]
fn u23_a_service_accounts_token_serves_all_walks() {
    for needed in [true, false] {
        for jobs in ["1", "4"] {
            let tenant = Tenant::start(
                storms(),
                Behaviour {
                    token_needs_organization: needed,
                    token_life: 40,
                    ..Behaviour::default()
                },
            );
            let run = |organization: &[&str]| {
                let home = Home::new();
                let since = instant::text(day(), 0);
                let until = instant::text(day() + 6 * HOUR, 0);
                home.jcx(["fetch", "--since", &since, "--until", &until])
                    .by_account(&tenant)
                    .args(["--rate", "100000", "--page-size", "20", "--jobs", jobs])
                    .args(organization)
                    .run()
            };
            let held = lines(&tenant.held());
            run(&["--org", ORGANIZATION])
                .expect_code(0)
                .expect_stdout(held.clone());
            let nameless = run(&[]);
            if needed {
                nameless.expect_error_and_hint("x-org-id is required", "--org");
            } else {
                nameless.expect_code(0).expect_stdout(held);
            }
        }
    }
}

#[test]
fn a_token_that_is_good_for_few_requests_ends_no_walk() {
    for token_life in [1, 2, 3] {
        let tenant = Tenant::start(
            storms(),
            Behaviour {
                token_life,
                ..Behaviour::default()
            },
        );
        let home = Home::new();
        let since = instant::text(day(), 0);
        let until = instant::text(day() + 6 * HOUR, 0);
        home.jcx(["fetch", "--since", &since, "--until", &until])
            .by_account(&tenant)
            .args([
                "--rate",
                "100000",
                "--page-size",
                "20",
                "--jobs",
                "8",
                "-vv",
            ])
            .run()
            .expect_code(0)
            .expect_unsaid("simulated-token")
            .expect_stdout(lines(&tenant.held()));
    }
}
