//! `jcx fetch` with several jobs: the same bytes as with one, whatever the API is like and whatever goes wrong.

mod order;
mod world;

use crate::harness::{Home, Jcx};
use crate::samples::instant::{self, Nanos};
use crate::samples::tenant::Tenant;

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
