//! Where the pipe's events come from: the simulated tenant of the tour, with the same invented company.
//!
//! The one place to change when events shall come from elsewhere. Knows nothing of servers that documents go to.

use crate::samples::instant::{self, Nanos};
use crate::samples::invent::{self, Plan};
use crate::samples::tenant::{Event, Tenant};
use crate::workplace::Summary;

/// As many as the tour has, over as many days.
const PLAN: (usize, i64) = (20_000, 30);

/// A tenant to fetch from, and what it has.
pub struct Source {
    tenant: Tenant,
    instants: Vec<Nanos>,
}

impl Source {
    /// A month of an invented company's events, up to now.
    pub fn tenant() -> Self {
        let (count, days) = PLAN;
        let plan = Plan {
            seed: 7,
            now: instant::now(),
            days,
            count,
        };
        let invented = invent::events(&plan);
        let instants = invented.iter().map(|event| event.instant).collect();
        let events = invented
            .into_iter()
            .map(|event| Event::placed(event.instant, event.text))
            .collect();
        Self {
            tenant: Tenant::new(events),
            instants,
        }
    }

    /// What `jcx fetch` needs to find it.
    pub fn environment(&self) -> [(&'static str, String); 2] {
        [
            ("JCX_API_URL", self.tenant.url()),
            ("JCX_API_KEY", self.tenant.key().to_owned()),
        ]
    }

    /// How many events lie in the window that `jcx fetch` says it asked for.
    pub fn events_between(&self, summary: &Summary) -> usize {
        let bound = |name: &str| {
            let text = summary.text(&format!("/window/{name}"));
            instant::parse(text).unwrap_or_else(|| panic!("no instant: {text}"))
        };
        let window = bound("start")..bound("end");
        self.instants
            .iter()
            .filter(|instant| window.contains(instant))
            .count()
    }
}
