//! `jcx fetch` with several jobs: the same bytes as with one, whatever the API is like and whatever goes wrong.

mod doubts;
mod endings;
mod faults;
mod order;
mod world;

use crate::harness::{Home, Jcx, day, event_text};
use crate::samples::instant::{self, HOUR, MILLISECOND, MINUTE, Nanos, SECOND};
use crate::samples::invent::random::Random;
use crate::samples::tenant::{Event, Tenant};
use std::sync::Mutex;

/// `fetch` of a window, in a hurry.
fn fetch(home: &Home, tenant: &Tenant, (since, until): (Nanos, Nanos)) -> Jcx {
    let (since, until) = (instant::text(since, 9), instant::text(until, 9));
    home.jcx(["fetch", "--since", &since, "--until", &until])
        .at(tenant)
        .args(["--rate", "100000"])
}

/// How much of a long test is run: the number in this variable, or a small one.
fn effort(variable: &str, otherwise: u64) -> u64 {
    let given = std::env::var(variable).ok();
    given.map_or(otherwise, |text| {
        text.parse().expect("a number in the variable")
    })
}

/// What `each` finds wrong with all of these, several at once.
fn at_once<T: Send>(
    all: impl Iterator<Item = T> + Send,
    each: impl Fn(T) -> Vec<String> + Sync,
) -> Vec<String> {
    let left = Mutex::new(all);
    let next = || left.lock().expect("no test panics here").next();
    std::thread::scope(|scope| {
        let worker = || std::iter::from_fn(next).flat_map(&each).collect::<Vec<_>>();
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(worker)).collect();
        let found = workers
            .into_iter()
            .map(|worker| worker.join().expect("a verdict"));
        found.flatten().collect()
    })
}

/// Mostly they wait.
const WORKERS: usize = 8;

/// Whose events the storms are.
const ORGANIZATION: &str = "0123456789abcdef01234567";

/// Events of six hours from [`day`] on: quiet, busy, and crowded spans.
fn storms() -> Vec<Event> {
    let mut random = Random::new(7);
    let mut events = Vec::new();
    for (from, span, count) in [
        (0, 6 * HOUR, 60),
        (HOUR, 10 * MINUTE, 120),
        (2 * HOUR, 2 * SECOND, 70),
        (3 * HOUR, MILLISECOND, 50),
        (5 * HOUR, 40 * MINUTE, 100),
    ] {
        for _ in 0..count {
            let at = day() + from + random.below(span).div_euclid(1000) * 1000;
            let text = event_text(events.len(), at);
            let owned = format!("{{\"organization\":\"{ORGANIZATION}\",");
            events.push(Event::read(text.replacen('{', &owned, 1)));
        }
    }
    events
}

/// The first line in which two texts differ.
fn difference(left: &str, right: &str) -> String {
    let mut lines = left.lines().zip(right.lines()).enumerate();
    let differs = lines.find(|(_, (left, right))| left != right);
    let sizes = (left.lines().count(), right.lines().count());
    format!("{differs:?}, {sizes:?} lines")
}
