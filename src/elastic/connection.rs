//! One server, and how patiently it is asked.
//!
//! Gives answers of any status back; only what every question has in common is decided here: credentials refused,
//! redirects, and troubles that pass (`docs/elasticsearch-bulk.md` section 2).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use ureq::http::Method;
use ureq::http::header::{HeaderValue, LOCATION};

use super::cluster::Cluster;
use super::exchange::{Asked, Body, Question, Reply, Setback};
use super::node::Node;
pub use super::patient::Patient;
use super::stopping;
use crate::failure::{Failure, Result};
use crate::net::{BaseUrl, Loss, Retry, Trouble, Verdict, header, retry_after};

/// Headers of the web pages of both engines, which are what people have the address of.
const DASHBOARDS: [(&str, &str); 2] = [
    ("kbn-name", "Kibana"),
    ("osd-name", "OpenSearch Dashboards"),
];

/// A server that can be asked, from several threads.
pub struct Connection {
    cluster: Cluster,
    /// Whether anything was ever answered.
    answered: AtomicBool,
    /// Surroundings, budget, pause and printer.
    pub(super) patient: Patient,
}

impl Connection {
    /// Of one node, or several of one cluster.
    ///
    /// # Panics
    /// Where there is none.
    pub fn new(nodes: Vec<Node>, authorization: Option<HeaderValue>, patient: Patient) -> Self {
        Self {
            cluster: Cluster::new(nodes, authorization, patient.clone()),
            answered: AtomicBool::new(false),
            patient,
        }
    }

    /// Requests sent so far, of every kind.
    pub fn requests(&self) -> u64 {
        self.cluster.requests.load(Ordering::Relaxed)
    }

    /// How many of them were sent because another one failed.
    pub fn retries(&self) -> u64 {
        self.cluster.retries.load(Ordering::Relaxed)
    }

    /// The server's address, for messages: that of its first node.
    pub fn url(&self) -> &BaseUrl {
        &self.cluster.first().url
    }

    /// Makes sure that several addresses are those of one cluster, as far as they say.
    pub(super) fn check_cluster(&self) -> Result<()> {
        self.cluster.check()
    }

    /// Sends one request and reads the whole answer.
    pub(super) fn call(&self, question: Question<'_>) -> std::result::Result<Reply, Trouble> {
        let result = self.cluster.call(question);
        if result.is_ok() {
            self.answered.store(true, Ordering::Relaxed);
        }
        result
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
        let is_from = |(name, _): &&(&str, &str)| reply.headers.contains_key(*name);
        if let Some((_, name)) = DASHBOARDS.iter().find(is_from) {
            let shown = self.cluster.credentials.conceal_text(&reply.shown());
            return Err(stopping::dashboards(&reply.url, name, &shown));
        }
        match reply.status {
            401 => {
                let had_any = self.cluster.authorization.is_some();
                Err(stopping::refused_credentials(
                    &reply.url,
                    had_any,
                    &reply.shown(),
                ))
            }
            300..=399 => {
                let to = header(&reply.headers, LOCATION.as_str()).unwrap_or("nowhere");
                let to = self.cluster.credentials.conceal_text(to);
                Err(stopping::redirected(&reply.url, reply.status, &to))
            }
            408 | 429 | 500..=599 => {
                let elsewhere = reply.is_of_node() && self.cluster.has_other();
                let wanted = retry_after(&reply.headers, (self.patient.ambient.wall)());
                let after = wanted.map(Asked::After);
                Ok(Some(Setback {
                    text: format!("{} answered {}", reply.url, reply.shown()),
                    asked: if elsewhere {
                        Some(Asked::Elsewhere)
                    } else {
                        after
                    },
                    everybody: holds_everybody(reply.status, wanted) && !elsewhere,
                }))
            }
            _ => Ok(None),
        }
    }

    /// No answer: something that may pass, or a failure.
    pub(super) fn of_trouble(&self, trouble: &Trouble) -> Result<Setback> {
        let text = trouble.text.clone();
        if trouble.transient {
            return Ok(Setback {
                text,
                // Another node's answer is as long.
                asked: (trouble.loss != Loss::LongAnswer && self.cluster.has_other())
                    .then_some(Asked::Elsewhere),
                everybody: false,
            });
        }
        Err(stopping::unreachable(&text, self.url()))
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
        let (asked, elsewhere) = match setback.asked {
            Some(Asked::After(asked)) => (Some(asked), false),
            Some(Asked::Elsewhere) => (None, true),
            None => (None, false),
        };
        match retry.failed(patience, ambient, asked) {
            Verdict::GiveUp => {
                let answered = self.answered.load(Ordering::Relaxed);
                let silent = (!answered).then(|| self.url());
                Err(stopping::gave_up(patience.budget(), setback, silent))
            }
            Verdict::Wait(_) if elsewhere => {
                self.cluster.retries.fetch_add(1, Ordering::Relaxed);
                printer.waiting(&format!("{}; asking another node", setback.text));
                Ok(())
            }
            Verdict::Wait(wait) => {
                self.cluster.retries.fetch_add(1, Ordering::Relaxed);
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
        let shown = self.cluster.credentials.conceal_text(&reply.shown());
        stopping::not_elasticsearch(&reply.url, &shown)
    }
}

/// Whether nobody shall ask for a while. A server that is merely busy, and wants no pause, gets fewer requests at once
/// instead: the wait of one unlucky request grows, and must not be everybody's.
fn holds_everybody(status: u16, asked: Option<Duration>) -> bool {
    status == 503 || (status == 429 && asked.is_some())
}
