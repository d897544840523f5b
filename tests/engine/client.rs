//! Requests of the tests' own, past `jcx`: what a server says about itself and about what it holds.
//!
//! Knows no document and no check.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;

/// Larger than any page of documents asked for here.
const LONGEST_REPLY: u64 = 512 << 20;

/// One server's HTTP interface; refuses nothing, follows nothing, uses no proxy.
pub struct Client {
    agent: Agent,
    base: String,
    authorization: Option<String>,
}

/// A reply, whatever its status.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub text: String,
}

impl Client {
    /// `account`: name and password, for a server that asks.
    pub fn new(base: &str, account: Option<(&str, &str)>) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_mins(1)))
            .max_redirects(0)
            .proxy(None)
            .build()
            .new_agent();
        Self {
            agent,
            base: base.to_owned(),
            authorization: account.map(|(name, password)| {
                format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
            }),
        }
    }

    pub fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, "")
    }

    pub fn delete(&self, path: &str) -> Reply {
        self.ask("DELETE", path, "")
    }

    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask("POST", path, &body.to_string())
    }

    pub fn put(&self, path: &str, body: &Value) -> Reply {
        self.ask("PUT", path, &body.to_string())
    }

    /// Any request; a body is JSON or NDJSON text.
    ///
    /// # Panics
    /// When no reply arrives.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> Reply {
        self.try_ask(method, path, body)
            .unwrap_or_else(|error| panic!("{method} {}{path}: {error}", self.base))
    }

    /// As [`Self::ask`], for a server that may not be there yet, or any more.
    pub fn try_ask(&self, method: &str, path: &str, body: &str) -> Result<Reply, ureq::Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("content-type", "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let reply = if body.is_empty() {
            self.agent.run(request.body(())?)?
        } else {
            self.agent.run(request.body(body.to_owned())?)?
        };
        let status = reply.status().as_u16();
        let text = reply
            .into_body()
            .into_with_config()
            .limit(LONGEST_REPLY)
            .read_to_string()?;
        Ok(Reply { status, text })
    }
}

impl Reply {
    /// The body, when the status is `status`.
    ///
    /// # Panics
    /// On any other status, and when the body is not JSON.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text))
    }
}
