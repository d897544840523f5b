//! `jcx fetch` with several jobs: the same bytes as with one, whatever the API is like and whatever goes wrong.

mod order;
mod world;

use crate::harness::{Home, Jcx};
use crate::samples::instant::{self, Nanos};
use crate::samples::tenant::Tenant;
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
const WORKERS: usize = 6;
