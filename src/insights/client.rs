//! Asks for one page until it is there: pace, retries, tokens. The order of pages is `walk`'s.

use std::io::Read;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::value::RawValue;
use ureq::Agent;
use ureq::http::Method;
use ureq::http::header::{HeaderMap, HeaderValue};

use super::auth::Credentials;
use super::fault::{Again, Answer, Fault};
use super::page::{Page, read_page};
use super::query::Query;
use crate::failure::{Failure, Kind, Result};
use crate::net::{Ambient, BaseUrl, Call, Pace, Patience, Retry, Verdict, header, send};
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
    settings: ClientSettings,
    url: String,
    /// A page has arrived: the address and the query are right.
    begun: AtomicBool,
    requests: AtomicU64,
    retries: AtomicU64,
    /// Of the last answer; 0 where there was none.
    status: AtomicU16,
}

/// How often an answer that is no list is tried before the first page arrived.
const NONSENSE: u32 = 3;
/// The least time that a whole event may take to arrive.
const DRIP: Duration = Duration::from_secs(5);
/// How much of an error's body is read.
const ERROR_BODY: u64 = 1 << 16;

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

    /// Whether a page has arrived.
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
        let ambient = &self.settings.ambient;
        let body = query.body(cursor);
        let mut retry = Retry::default();
        let mut renewed = false;
        loop {
            self.settings.pace.wait_turn(ambient);
            self.check_stop()?;
            spool.clear();
            let fault = match self.attempt(query, &body, spool) {
                Ok(page) => {
                    self.begun.store(true, Ordering::SeqCst);
                    self.settings.patience.progress(ambient.now());
                    return Ok(page);
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

    /// A page is asked for again.
    pub fn count_retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    fn check_stop(&self) -> Result<()> {
        if self.settings.ambient.stopping() {
            Err(Failure::new(Kind::Interrupted(0), "interrupted"))
        } else {
            Ok(())
        }
    }

    /// Sleeps before the next try, or ends with the fault.
    fn wait_or_give_up(&self, fault: Fault, retry: &mut Retry) -> Result<()> {
        let ambient = &self.settings.ambient;
        let asked = match fault.again {
            Again::Never | Again::NewToken => return Err(fault.failure),
            Again::Nonsense if !self.has_begun() && retry.failures() + 1 >= NONSENSE => {
                return Err(fault.failure);
            }
            Again::Nonsense => None,
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

    /// One request; a server that repeats a secret does not get it into any message.
    fn attempt(
        &self,
        query: &Query,
        body: &[u8],
        spool: &mut Spool,
    ) -> std::result::Result<Page, Fault> {
        let conceal = |text: &str| self.settings.credentials.conceal(text);
        self.ask(query, body, spool).map_err(|fault| Fault {
            failure: fault.failure.map_message(conceal),
            again: fault.again,
        })
    }

    fn ask(
        &self,
        query: &Query,
        body: &[u8],
        spool: &mut Spool,
    ) -> std::result::Result<Page, Fault> {
        let ambient = &self.settings.ambient;
        self.status.store(0, Ordering::Relaxed);
        let headers = vec![
            self.settings
                .credentials
                .header(ambient, self.has_begun())?,
            ("content-type", HeaderValue::from_static("application/json")),
            ("accept", HeaderValue::from_static("application/json")),
        ];
        self.requests.fetch_add(1, Ordering::Relaxed);
        let began = ambient.now();
        let call = Call {
            method: Method::POST,
            url: &self.url,
            headers,
            body: Some(body),
        };
        let response = send(&self.settings.agent, call).map_err(|trouble| {
            Fault::from(crate::net::Trouble {
                text: format!("{}: {}", self.url, trouble.text),
                ..trouble
            })
        });
        let response = response
            .inspect_err(|fault| self.settings.printer.request(&fault.failure.message()))?;
        let (parts, body) = response.into_parts();
        let mut reader = body.into_reader();
        let status = parts.status.as_u16();
        self.status.store(status, Ordering::Relaxed);
        let result = if status == 200 {
            read_page(&parts.headers, &mut reader, spool, &mut self.watch())
                .map_err(|fault| with_id(fault, &parts.headers))
        } else {
            Err(self.refusal(status, &parts.headers, &mut reader, query))
        };
        let seconds = (ambient.now() - began).as_secs_f64();
        let id = header(&parts.headers, "x-request-id").unwrap_or("-");
        let count = spool.len();
        self.settings.printer.request(&format!(
            "POST {}: {status}, {count} events, {seconds:.2} s, X-Request-Id {id}",
            self.url
        ));
        result
    }

    /// A watch over a body that arrives: fails when no whole event came for the length of the budget. A server that
    /// drips keeps every single read within its time.
    fn watch(&self) -> impl FnMut(usize) -> std::result::Result<(), Fault> {
        let (ambient, budget) = (&self.settings.ambient, self.settings.patience.budget());
        let (mut seen, mut since) = (0, ambient.now());
        move |events| {
            if events > seen {
                (seen, since) = (events, ambient.now());
            }
            let waited = ambient.now().saturating_duration_since(since);
            if waited <= budget.max(DRIP) {
                return Ok(());
            }
            let seconds = waited.as_secs();
            Err(Fault::damaged(format!(
                "the answer drips: no whole event for {seconds} s"
            )))
        }
    }

    fn refusal(
        &self,
        status: u16,
        headers: &HeaderMap,
        reader: &mut dyn Read,
        query: &Query,
    ) -> Fault {
        let mut body = Vec::new();
        // The status says enough where the text cannot be read.
        let _read = reader.take(ERROR_BODY).read_to_end(&mut body);
        let now = (self.settings.ambient.wall)();
        let old = query.window.start < now - TimeDelta::days(15);
        let answer = Answer {
            status,
            headers,
            body: &body,
            url: &self.url,
        };
        Fault::of_status(&answer, self.has_begun(), old, now)
    }
}

fn with_id(fault: Fault, headers: &HeaderMap) -> Fault {
    let Some(id) = header(headers, "x-request-id") else {
        return fault;
    };
    let text = format!("{} (X-Request-Id {id})", fault.failure.message());
    let hint = fault.failure.hint_text().map(str::to_owned);
    let failure = Failure::new(fault.failure.kind(), text);
    Fault {
        failure: if let Some(hint) = hint {
            failure.hint(hint)
        } else {
            failure
        },
        again: fault.again,
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
