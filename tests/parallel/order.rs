//! The same bytes for any number of jobs.

use super::world::World;
use super::{at_once, difference, effort, fetch};
use crate::harness::{Home, day, event_text, lines};
use crate::samples::instant::{HOUR, MINUTE, Nanos};
use crate::samples::tenant::{Behaviour, End, Event, Precision, Tenant, Ties};

/// Fetches a world with so many jobs, and gives what came.
fn fetched(world: &World, tenant: &Tenant, jobs: &str) -> String {
    let home = Home::new();
    let page_size = world.page_size.to_string();
    let run = fetch(&home, tenant, world.window)
        .args(["--jobs", jobs, "--page-size", &page_size])
        .run();
    let (code, text) = (run.code(), String::from_utf8(run.stdout).expect("text"));
    if code == 0 {
        text
    } else {
        format!("{text}\n{code}: {}", run.stderr)
    }
}

#[test]
fn any_number_of_jobs_gives_the_tenants_own_order() {
    let first = effort("JCX_SEED", 0);
    let seeds = first..first + effort("JCX_SEEDS", 24);
    let wrong = at_once(seeds, |seed| {
        let world = World::new(seed);
        let tenant = Tenant::start(world.events.clone(), world.behaviour.clone());
        let expected = world.expected(&tenant.held());
        let tried = ["1", "2", "4", "8"].map(|jobs| (jobs, fetched(&world, &tenant, jobs)));
        let differs = |(jobs, got): &(&str, String)| {
            let found = (*got != expected).then(|| difference(got, &expected));
            found.map(|found| format!("seed {seed}, {jobs} jobs: {found}"))
        };
        tried.iter().filter_map(differs).collect::<Vec<_>>()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Events at the beginning of some minutes, which is where slices end, so many that slices do: a part of them exactly there, in no
/// order.
fn crowds(minutes: Nanos, filler: usize) -> Vec<Event> {
    let filler = format!("\"filler\":\"{}\",\"n\":", "x".repeat(filler));
    let mut events = Vec::new();
    for minute in 0..minutes {
        for number in 0..30 {
            let within = number * 7_919 % 1_000 * 1_000;
            let at = day() + HOUR + minute * 30 * MINUTE + if number % 3 == 0 { within } else { 0 };
            let text = event_text(events.len(), at);
            events.push(Event::read(text.replace("\"n\":", &filler)));
        }
    }
    events
}

/// What is wrong with the order of these events for some numbers of jobs.
fn out_of_order(events: Vec<Event>, behaviour: Behaviour) -> Vec<String> {
    let told = format!("{:?}", (behaviour.end, behaviour.precision, behaviour.ties));
    let tenant = Tenant::start(events, behaviour);
    let expected = lines(&tenant.held());
    let tried = [("1", "20"), ("2", "20"), ("4", "7"), ("8", "40")];
    let wrong = tried.iter().filter_map(|(jobs, size)| {
        let home = Home::new();
        let run = fetch(&home, &tenant, (day(), day() + 9 * HOUR));
        let run = run.args(["--jobs", jobs, "--page-size", size]).run();
        let got = String::from_utf8_lossy(&run.stdout);
        let first: String = difference(&got, &expected).chars().take(300).collect();
        (got != expected).then(|| format!("{told}, {jobs} jobs: {}, {first}", run.code()))
    });
    wrong.collect()
}

#[test]
fn ties_at_a_seam_stand_as_one_walk_returns_them() {
    let mut behaviours = Vec::new();
    for end in [End::Inclusive, End::Exclusive] {
        for precision in [Precision::Milliseconds, Precision::Nanoseconds] {
            for ties in [Ties::ByNanosecond, Ties::Arbitrary] {
                behaviours.push(Behaviour {
                    end,
                    precision,
                    ties,
                    ..Behaviour::default()
                });
            }
        }
    }
    let mut wrong = at_once(behaviours.into_iter(), |behaviour| {
        out_of_order(crowds(12, 0), behaviour)
    });
    // Here a slice returns a part of the millisecond that it ends with, and more than should wait in memory.
    let partly = Behaviour {
        precision: Precision::Nanoseconds,
        ties: Ties::Arbitrary,
        ..Behaviour::default()
    };
    wrong.extend(out_of_order(crowds(4, 80_000), partly));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
