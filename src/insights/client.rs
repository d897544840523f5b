//! What asks one tenant, from as many walks at once as there are: its settings, its numbers, and the question for a page.
//!
//! When to ask again is `attempts`', the order of pages is `walk`'s, other questions are `counting`'s.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::value::RawValue;
use ureq::Agent;

use super::alert_name::AlertName;
use super::attempts::Tries;
use super::auth::Credentials;
use super::fault::Fault;
use super::page::{Page, read_page};
use super::query::Query;
use super::request::Question;
use super::tenancy::Tenancy;
use super::trouble::Trouble;
use crate::net::{Ambient, BaseUrl, Pace, Patience};
use crate::store::Spool;
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

    /// Whether a question of this kind was answered: for pages a page, as a count proves nothing about their query.
    pub(super) fn has_begun(&self, question: &Question<'_>) -> bool {
        if question.call.is_none() {
            self.has_paged()
        } else {
            self.was_answered()
        }
    }

    /// The page behind `cursor`, its events in `spool`.
    ///
    /// # Errors
    /// A refusal, or what happened last when the budget was used up; the failure's kind decides the exit code.
    pub fn page(
        &self,
        query: &Query,
        cursor: Option<&RawValue>,
        spool: &mut Spool,
    ) -> Result<Page, Trouble> {
        self.ask_for_page(query, cursor, spool, Tries::WithinBudget)
    }

    /// Asks a few times for the first page of a query, to see whether it can be had; `spool` is empty, and stays so.
    ///
    /// # Errors
    /// As of a page, without its budget.
    pub fn probe(&self, query: &Query, spool: &mut Spool) -> Result<(), Trouble> {
        let page = self.ask_for_page(query, None, spool, Tries::Few);
        spool.drop_page().map_err(Trouble::local)?;
        page.map(|_| ())
    }

    fn ask_for_page(
        &self,
        query: &Query,
        cursor: Option<&RawValue>,
        spool: &mut Spool,
        tries: Tries,
    ) -> Result<Page, Trouble> {
        self.by_name(&query.selection.services, |services| {
            let question = Question {
                url: &self.url,
                body: &query.body(services, cursor),
                since: query.window.start,
                call: None,
                tries,
            };
            self.persist(&question, |headers, reader| {
                spool.drop_page().map_err(Fault::local)?;
                let page = read_page(headers, reader, spool, &mut self.watch(&question))?;
                query.selection.filters.check(spool)?;
                let told = format!("{} events", page.count);
                Ok((page, told))
            })
        })
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
