//! What asks one tenant, from as many walks at once as there are: its settings and its numbers.
//!
//! How it asks is said beside what it asks: `request` (one request), `attempts` (again), `page`, `counting`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ureq::Agent;

use super::alert_name::AlertName;
use super::auth::Credentials;
use super::tenancy::Tenancy;
use crate::net::{Ambient, BaseUrl, Pace, Patience};
use crate::term::Printer;

/// What a client is made of.
pub struct ClientSettings {
    /// The connection.
    pub agent: Agent,
    /// The API's base address.
    pub url: BaseUrl,
    /// Who asks.
    pub credentials: Credentials,
    /// Whose events are read.
    pub tenancy: Tenancy,
    /// The bucket and pause of the run.
    pub pace: Pace,
    /// The budget of the run.
    pub patience: Patience,
    /// Clock, sleep, chance, the wish to stop.
    pub ambient: Ambient,
    /// Where requests and waits are told.
    pub printer: Printer,
}

/// A client of one tenant.
pub struct Client {
    pub(super) settings: ClientSettings,
    pub(super) url: String,
    /// A page has arrived: the address and the query are right.
    pub(super) paged: AtomicBool,
    /// How many questions of any kind were answered.
    pub(super) answers: AtomicU64,
    pub(super) requests: AtomicU64,
    retries: AtomicU64,
    pub(super) alert_name: AlertName,
}

impl Client {
    /// A client that has not asked anything yet.
    pub fn new(settings: ClientSettings) -> Self {
        let url = settings.url.join("/insights/directory/v1/events");
        Self {
            settings,
            url,
            paged: AtomicBool::new(false),
            answers: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            alert_name: AlertName::default(),
        }
    }

    /// How many requests were sent.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// How many of them were sent again.
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// The same is asked again.
    pub fn count_retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether a page was answered: the query is right, too.
    pub fn has_paged(&self) -> bool {
        self.paged.load(Ordering::SeqCst)
    }

    /// Whether any question was answered: the address and the credentials are right.
    pub(super) fn was_answered(&self) -> bool {
        self.answers.load(Ordering::SeqCst) > 0
    }
}

#[cfg(test)]
mod tests {
    use super::Client;

    #[test]
    fn several_walks_may_share_a_client() {
        fn shared<T: Send + Sync>() {}
        shared::<Client>();
    }
}
