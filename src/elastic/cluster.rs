//! The nodes of one cluster as one server: a request goes to the node whose turn it is, or to the next.
//!
//! Only a request that cannot have done anything goes on to another node here; what became of any other is for whoever
//! asked to find out, who learns from [`Cluster::has_other`] that there is no need to wait.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use ureq::http::Method;
use ureq::http::header::HeaderValue;

use super::exchange::{Question, Reply};
use super::node::Node;
use super::patient::Patient;
use super::redaction::Credentials;
use super::rota::Rota;
use crate::failure::{Failure, Result};
use crate::net::{Loss, Trouble, retry_after};

/// What one node, or all of them, gave.
type Outcome<T> = std::result::Result<T, Trouble>;

/// The nodes, how they are, and as whom we come.
pub(super) struct Cluster {
    nodes: Vec<Node>,
    rota: Rota,
    /// The cluster that the first node to say so is of, and that node.
    uuid: OnceLock<(String, usize)>,
    /// Which nodes were asked what cluster they are of.
    introduced: Vec<AtomicBool>,
    pub authorization: Option<HeaderValue>,
    pub credentials: Credentials,
    patient: Patient,
    pub requests: AtomicU64,
    pub retries: AtomicU64,
}

impl Cluster {
    pub fn new(nodes: Vec<Node>, authorization: Option<HeaderValue>, patient: Patient) -> Self {
        assert!(!nodes.is_empty(), "a cluster has a node");
        Self {
            rota: Rota::new(nodes.len()),
            uuid: OnceLock::new(),
            introduced: nodes.iter().map(|_| AtomicBool::new(false)).collect(),
            nodes,
            credentials: Credentials::of(authorization.as_ref()),
            authorization,
            patient,
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
        }
    }

    /// The first node, for messages about the server as a whole.
    pub fn first(&self) -> &Node {
        &self.nodes[0]
    }

    /// Whether another try may go to a node that has not just failed.
    pub fn has_other(&self) -> bool {
        !self.is_alone() && self.rota.has_awake(self.patient.ambient.now())
    }

    /// Sends one request and reads the whole answer.
    pub fn call(&self, question: Question<'_>) -> Outcome<Reply> {
        let ambient = &self.patient.ambient;
        let mut troubles: Vec<Trouble> = Vec::new();
        for at in self.rota.order(ambient.now(), question.carries_documents()) {
            if !troubles.is_empty() {
                self.retries.fetch_add(1, Ordering::Relaxed);
            }
            match self.introduce(at).and_then(|()| self.ask(at, question)) {
                Ok(reply) => return Ok(reply),
                Err(trouble) => {
                    let goes_on = trouble.loss == Loss::Unsent && !ambient.stopping();
                    troubles.push(trouble);
                    if !goes_on {
                        break;
                    }
                }
            }
        }
        Err(together(&troubles))
    }

    /// One request to one node; notes how the node is.
    fn ask(&self, at: usize, question: Question<'_>) -> Outcome<Reply> {
        let (node, ambient) = (&self.nodes[at], &self.patient.ambient);
        let began = ambient.now();
        self.requests.fetch_add(1, Ordering::Relaxed);
        let result = node.exchange(question, self.authorization.as_ref(), &self.patient);
        let outcome = match &result {
            Ok(reply) => reply.status.to_string(),
            Err(trouble) => trouble.text.clone(),
        };
        let (method, path) = (question.method, question.path);
        let to = if self.is_alone() {
            String::new()
        } else {
            node.url.to_string()
        };
        let took = (ambient.now() - began).as_secs_f64();
        let text = format!("{method} {to}{path}: {outcome} in {took:.3} s");
        self.patient.printer.request(&text);
        match result {
            Ok(reply) => Ok(self.answered(at, reply)),
            Err(trouble) => Err(self.failed(at, trouble)),
        }
    }

    fn answered(&self, at: usize, mut reply: Reply) -> Reply {
        reply.body = self.credentials.conceal(reply.body);
        if reply.is_of_node() {
            let asked = retry_after(&reply.headers, (self.patient.ambient.wall)());
            let rest = self.rota.failed(at, self.patient.ambient.now(), asked);
            self.say_rest(at, rest, &reply.status.to_string());
        } else {
            self.rota.answered(at);
        }
        reply
    }

    fn failed(&self, at: usize, mut trouble: Trouble) -> Trouble {
        if trouble.loss == Loss::LongAnswer {
            // That is nothing a node could rest from.
            self.rota.answered(at);
        } else if trouble.transient {
            let rest = self.rota.failed(at, self.patient.ambient.now(), None);
            self.say_rest(at, rest, &trouble.text);
        } else {
            let is_news = self.rota.despair(at);
            // What does not pass by itself ends the run only where nobody else is there.
            trouble.transient = !self.rota.is_hopeless();
            if is_news && trouble.transient {
                let text = format!("{} is left out: {}", self.nodes[at].url, trouble.text);
                self.patient.printer.warning(&text, None);
            }
        }
        trouble.text = format!("{}: {}", self.nodes[at].url, trouble.text);
        trouble
    }

    fn say_rest(&self, at: usize, rest: Option<Duration>, why: &str) {
        let Some(rest) = rest.filter(|_| !self.is_alone()) else {
            return;
        };
        let text = format!(
            "{} rests for {} s: {why}",
            self.nodes[at].url,
            rest.as_secs()
        );
        self.patient.printer.step(&text);
    }

    fn is_alone(&self) -> bool {
        self.nodes.len() == 1
    }

    /// Makes sure, before anything is written, that all nodes that answer are of one cluster.
    pub fn check(&self) -> Result<()> {
        for at in 0..self.nodes.len() {
            let Ok(Some(first)) = self.stranger(at) else {
                continue;
            };
            let (one, other) = (&self.nodes[first].url, &self.nodes[at].url);
            return Err(
                Failure::usage(format!("{one} and {other} are of different clusters")).hint(
                    "give the addresses of one cluster's nodes, and run jcx once for each cluster",
                ),
            );
        }
        Ok(())
    }

    /// A node that was away when all were looked at is looked at before it is first asked anything else.
    fn introduce(&self, at: usize) -> Outcome<()> {
        match self.stranger(at) {
            Ok(None) => Ok(()),
            Ok(Some(first)) => {
                let text = format!("it is of another cluster than {}", self.nodes[first].url);
                let trouble = Trouble {
                    text,
                    transient: false,
                    loss: Loss::Unsent,
                };
                Err(self.failed(at, trouble))
            }
            // The request itself was not sent.
            Err(trouble) => Err(Trouble {
                loss: Loss::Unsent,
                ..trouble
            }),
        }
    }

    /// The node that says it is of another cluster than this one, where both say so; most servers let anybody know.
    fn stranger(&self, at: usize) -> Outcome<Option<usize>> {
        if self.is_alone() || self.introduced[at].load(Ordering::Relaxed) {
            return Ok(None);
        }
        let reply = self.ask(
            at,
            Question {
                method: &Method::GET,
                path: "/?filter_path=cluster_uuid",
                body: None,
            },
        )?;
        let answer = reply.json().unwrap_or_default();
        // A node that has not found its cluster yet says `_na_`.
        let uuid = answer["cluster_uuid"]
            .as_str()
            .filter(|uuid| *uuid != "_na_");
        if let Some(uuid) = uuid {
            let (known, first) = self.uuid.get_or_init(|| (uuid.to_owned(), at));
            if known != uuid {
                return Ok(Some(*first));
            }
        }
        self.introduced[at].store(!reply.is_of_node(), Ordering::Relaxed);
        Ok(None)
    }
}

/// Several troubles as one; the last one was not followed by another try, and alone may have done anything.
fn together(troubles: &[Trouble]) -> Trouble {
    let texts: Vec<&str> = troubles
        .iter()
        .map(|trouble| trouble.text.as_str())
        .collect();
    Trouble {
        text: texts.join("; "),
        transient: troubles.iter().any(|trouble| trouble.transient),
        loss: troubles.last().map_or(Loss::Unsent, |last| last.loss),
    }
}
