//! One server: its agent, its address, our credentials, and how patiently it is asked.
//!
//! Gives answers of any status back; only what every question has in common is decided here: credentials refused,
//! redirects, and troubles that pass (`docs/elasticsearch-bulk.md` section 2).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Method;
use ureq::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, LOCATION};

use super::exchange::{Body, Question, Reply, Setback, read_whole};
use super::redaction::Credentials;
use super::stopping;
use crate::failure::{Failure, Kind, Result};
use crate::net::{
    Ambient, BaseUrl, Call, Pace, Patience, Retry, Trouble, Verdict, header, retry_after, send,
};
use crate::term::Printer;

/// The largest answer that is read, in bytes: one item for each document, some with a page of reasons.
const LARGEST_ANSWER: u64 = 64 << 20;

/// So many times the longest silence is the longest answer.
const DRIPS: u32 = 5;

/// What is shared by all who ask: surroundings, budget, pause and printer.
#[derive(Clone)]
pub struct Patient {
    /// Clock, sleep, chance and the wish to stop.
    pub ambient: Ambient,
    /// How long without progress.
    pub patience: Arc<Patience>,
    /// The pause that the server asked for.
    pub pace: Arc<Pace>,
    /// How long an answer may be silent; all of it may take a few times as long.
    pub answer_within: Duration,
    /// Where to speak.
    pub printer: Printer,
}

/// A server that can be asked, from several threads.
pub struct Connection {
    agent: Agent,
    url: BaseUrl,
    authorization: Option<HeaderValue>,
    credentials: Credentials,
    /// Surroundings, budget, pause and printer.
    pub(super) patient: Patient,
    requests: AtomicU64,
    retries: AtomicU64,
}

impl Connection {
    /// Of an agent that was built for this URL.
    pub fn new(
        agent: Agent,
        url: BaseUrl,
        authorization: Option<HeaderValue>,
        patient: Patient,
    ) -> Self {
        Self {
            agent,
            url,
            credentials: Credentials::of(authorization.as_ref()),
            authorization,
            patient,
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
        }
    }

    /// Requests sent so far, of every kind.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// How many of them were sent because another one failed.
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// The server's address, for messages.
    pub fn url(&self) -> &BaseUrl {
        &self.url
    }

    /// Sends one request and reads the whole answer.
    pub(super) fn call(&self, question: Question<'_>) -> std::result::Result<Reply, Trouble> {
        let began = self.patient.ambient.now();
        self.requests.fetch_add(1, Ordering::Relaxed);
        let result = self.exchange(question);
        let took = (self.patient.ambient.now() - began).as_secs_f64();
        let outcome = match &result {
            Ok(reply) => reply.status.to_string(),
            Err(trouble) => trouble.text.clone(),
        };
        let (method, path) = (question.method, question.path);
        self.patient
            .printer
            .request(&format!("{method} {path}: {outcome} in {took:.3} s"));
        result
    }

    fn exchange(&self, question: Question<'_>) -> std::result::Result<Reply, Trouble> {
        let url = self.url.join(question.path);
        let response = send(
            &self.agent,
            Call {
                method: question.method.clone(),
                url: &url,
                headers: self.headers(question.body),
                body: question.bytes(),
            },
        )?;
        let (parts, body) = response.into_parts();
        let mut limited = body.into_with_config().limit(LARGEST_ANSWER);
        limited = limited.lossy_utf8(false);
        // The request arrived; what it did is unknown, and asking again is safe.
        let Patient {
            ambient,
            answer_within,
            ..
        } = &self.patient;
        let within = *answer_within * DRIPS;
        let body = read_whole(&mut limited.reader(), within, ambient).map_err(|error| Trouble {
            text: format!("the answer did not arrive whole: {error}"),
            transient: true,
            cut_off: false,
        })?;
        Ok(Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: self.credentials.conceal(body),
        })
    }

    fn headers(&self, body: Option<Body<'_>>) -> Vec<(&'static str, HeaderValue)> {
        let mut headers = Vec::new();
        if let Some(authorization) = &self.authorization {
            headers.push((AUTHORIZATION.as_str(), authorization.clone()));
        }
        if let Some(body) = body {
            let kind = HeaderValue::from_static(body.content_type);
            headers.push((CONTENT_TYPE.as_str(), kind));
            if body.gzip {
                let gzip = HeaderValue::from_static("gzip");
                headers.push((CONTENT_ENCODING.as_str(), gzip));
            }
        }
        headers
    }

    /// Whether the server gives any answer at all just now.
    pub(super) fn answers(&self) -> bool {
        let question = Question {
            method: &Method::GET,
            path: "/",
            body: None,
        };
        self.call(question).is_ok()
    }

    /// Asks until an answer comes that will not change by itself; any status but 401 and redirects is one.
    pub(super) fn ask(&self, method: &Method, path: &str, body: Option<&Value>) -> Result<Reply> {
        self.progress();
        let reply = self.ask_for(method, path, body, |reply| Ok(Ok(reply)))?;
        self.progress();
        Ok(reply)
    }

    /// Asks until `read` makes something of an answer; what it takes for a setback is asked again. No progress of the
    /// run: who asks before each try of something else must not renew its budget.
    pub(super) fn ask_for<T>(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        read: impl Fn(Reply) -> Result<std::result::Result<T, Setback>>,
    ) -> Result<T> {
        let bytes = body.map(|body| body.to_string().into_bytes());
        let body = bytes.as_deref().map(Body::json);
        let question = Question { method, path, body };
        let mut retry = Retry::default();
        loop {
            self.patient.pace.wait_turn(&self.patient.ambient);
            self.patient.ambient.check_stop()?;
            let setback = match self.call(question) {
                Ok(reply) => match self.setback(&reply)? {
                    None => match read(reply)? {
                        Ok(answer) => return Ok(answer),
                        Err(setback) => setback,
                    },
                    Some(setback) => setback,
                },
                Err(trouble) => self.of_trouble(&trouble)?,
            };
            self.hold_off(&mut retry, &setback)?;
        }
    }

    /// Asks a question that may go unanswered: the JSON of a 200, or nothing.
    pub(super) fn ask_once(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Option<Value> {
        let bytes = body.map(|body| body.to_string().into_bytes());
        let body = bytes.as_deref().map(Body::json);
        let reply = self.call(Question { method, path, body }).ok()?;
        reply.json().filter(|_| reply.status == 200)
    }

    /// An answer that may be another one later; `Err` for those that end every run.
    pub(super) fn setback(&self, reply: &Reply) -> Result<Option<Setback>> {
        match reply.status {
            401 => {
                let had_any = self.authorization.is_some();
                Err(stopping::refused_credentials(
                    &self.url,
                    had_any,
                    &reply.shown(),
                ))
            }
            300..=399 => {
                let to = header(&reply.headers, LOCATION.as_str()).unwrap_or("nowhere");
                let to = self.credentials.conceal_text(to);
                Err(stopping::redirected(&self.url, reply.status, &to))
            }
            408 | 429 | 500..=599 => Ok(Some(Setback {
                text: format!("{} answered {}", self.url, reply.shown()),
                asked: retry_after(&reply.headers, (self.patient.ambient.wall)()),
                everybody: matches!(reply.status, 429 | 503),
            })),
            _ => Ok(None),
        }
    }

    /// No answer: something that may pass, or a failure.
    pub(super) fn of_trouble(&self, trouble: &Trouble) -> Result<Setback> {
        let text = format!("{}: {}", self.url, trouble.text);
        if trouble.transient {
            return Ok(Setback {
                text,
                asked: None,
                everybody: false,
            });
        }
        Err(Failure::new(Kind::Elasticsearch, text))
    }

    /// Waits before the next try, or gives up.
    pub(super) fn hold_off(&self, retry: &mut Retry, setback: &Setback) -> Result<()> {
        let Patient {
            ambient,
            patience,
            pace,
            printer,
            ..
        } = &self.patient;
        match retry.failed(patience, ambient, setback.asked) {
            Verdict::GiveUp => Err(stopping::gave_up(patience.budget(), setback)),
            Verdict::Wait(wait) => {
                self.retries.fetch_add(1, Ordering::Relaxed);
                printer.waiting(&format!(
                    "{}; trying again in {:.1} s",
                    setback.text,
                    wait.as_secs_f64()
                ));
                if setback.everybody {
                    pace.pause_until(ambient.now() + wait);
                } else {
                    ambient.rest(wait);
                }
                Ok(())
            }
        }
    }

    /// Something was achieved, or work begins after nothing was to be done: the budget begins anew.
    pub(super) fn progress(&self) {
        self.patient.patience.progress(self.patient.ambient.now());
    }

    /// The answer of something else than Elasticsearch or OpenSearch.
    pub(super) fn not_elasticsearch(&self, reply: &Reply) -> Failure {
        stopping::not_elasticsearch(&self.url, &reply.shown())
    }
}
