//! Asks until the answer is there: pace, retries, tokens. The order of pages is `walk`'s, other questions are `counting`'s.

use std::io::Read;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};

use serde_json::value::RawValue;
use ureq::Agent;
use ureq::http::header::HeaderMap;

use super::auth::Credentials;
use super::fault::{Again, Fault};
use super::page::{Page, read_page};
use super::query::Query;
use super::request::Question;
use crate::failure::{Failure, Result};
use crate::net::{Ambient, BaseUrl, Pace, Patience, Retry, Verdict};
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
    /// An answer has arrived: the address and the query are right.
    begun: AtomicBool,
    pub(super) requests: AtomicU64,
    retries: AtomicU64,
    /// Of the last answer; 0 where there was none.
    pub(super) status: AtomicU16,
}

/// How often an answer that is no list is tried before the first answer arrived, and one of a wrong shape at any time.
const NONSENSE: u32 = 3;

impl Client {
    /// A client that has not asked anything yet.
    pub fn new(settings: ClientSettings) -> Self {
        let url = settings.url.join("/insights/directory/v1/events");
        Self {
            settings,
            url,
            begun: AtomicBool::new(false),
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            status: AtomicU16::new(0),
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

    /// Whether the last answer refused the request's own words (400).
    pub fn was_refused(&self) -> bool {
        self.status.load(Ordering::Relaxed) == 400
    }

    /// Whether an answer has arrived.
    pub fn has_begun(&self) -> bool {
        self.begun.load(Ordering::SeqCst)
    }

    /// The page behind `cursor`, its events in `spool`.
    ///
    /// # Errors
    /// A refusal, or what happened last when the budget was used up; the kind decides the exit code.
    pub fn page(
        &self,
        query: &Query,
        cursor: Option<&RawValue>,
        spool: &mut Spool,
    ) -> Result<Page> {
        spool.clear();
        let body = query.body(cursor);
        let question = Question {
            url: &self.url,
            body: &body,
            since: query.window.start,
        };
        self.persist(&question, |headers, reader| {
            spool.clear();
            let page = read_page(headers, reader, spool, &mut self.watch())?;
            let told = format!("{} events", page.count);
            Ok((page, told))
        })
    }

    /// Asks until there is an answer that `read` takes.
    pub(super) fn persist<T>(
        &self,
        question: &Question<'_>,
        mut read: impl FnMut(&HeaderMap, &mut dyn Read) -> std::result::Result<(T, String), Fault>,
    ) -> Result<T> {
        let ambient = &self.settings.ambient;
        let mut retry = Retry::default();
        let mut renewed = false;
        loop {
            self.settings.pace.wait_turn(ambient);
            ambient.check_stop()?;
            let fault = match self.attempt(question, &mut read) {
                Ok(answer) => {
                    self.begun.store(true, Ordering::SeqCst);
                    self.settings.patience.progress(ambient.now());
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            if fault.again == Again::NewToken && !renewed && self.settings.credentials.renew() {
                renewed = true;
            } else {
                self.wait_or_give_up(fault, &mut retry)?;
            }
            self.count_retry();
        }
    }

    /// The same is asked again.
    pub fn count_retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    /// Sleeps before the next try, or ends with the fault.
    fn wait_or_give_up(&self, fault: Fault, retry: &mut Retry) -> Result<()> {
        let ambient = &self.settings.ambient;
        let asked = match fault.again {
            Again::Never | Again::NewToken => return Err(fault.failure),
            Again::Nonsense if !self.has_begun() && retry.failures() + 1 >= NONSENSE => {
                return Err(fault.failure);
            }
            Again::Misshapen if retry.failures() + 1 >= NONSENSE => return Err(fault.failure),
            Again::Nonsense | Again::Misshapen => None,
            Again::Later(asked) => asked,
        };
        match retry.failed(&self.settings.patience, ambient, asked) {
            Verdict::GiveUp => Err(give_up(
                &fault.failure,
                retry.failures(),
                asked.map(|wait| wait.as_secs()),
            )),
            Verdict::Wait(wait) => {
                let text = format!(
                    "{}; trying again in {:.1} s",
                    fault.failure.message(),
                    wait.as_secs_f64()
                );
                self.settings.printer.waiting(&text);
                if asked.is_some() {
                    self.settings.pace.pause_until(ambient.now() + wait);
                } else {
                    ambient.rest(wait);
                }
                Ok(())
            }
        }
    }
}

fn give_up(last: &Failure, failures: u32, asked: Option<u64>) -> Failure {
    let wish = asked
        .map(|seconds| format!(", and JumpCloud asks to wait {seconds} s"))
        .unwrap_or_default();
    let hint = last
        .hint_text()
        .unwrap_or("run it again later, or give it more time with --retry-for");
    Failure::new(
        last.kind(),
        format!(
            "{} (failure {failures} without progress{wish})",
            last.message()
        ),
    )
    .hint(hint)
}
