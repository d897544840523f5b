//! The same bytes for any number of jobs.

use super::world::World;
use super::{at_once, difference, effort, fetch};
use crate::harness::Home;
use crate::samples::tenant::Tenant;

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
