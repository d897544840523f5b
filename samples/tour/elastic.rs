//! Asks the server itself how many documents it has.
//!
//! Reads the same `JCX_ES_*` variables as `jcx push`, but none of its code: the count is there to check it.

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// A server and the data stream that is loaded.
pub struct Elastic {
    agent: Agent,
    base: String,
    authorization: Option<String>,
}

impl Elastic {
    /// The data stream `stream` of the server at `url`, with the credentials of the environment.
    pub fn new(url: &str, stream: &str) -> Result<Self> {
        Ok(Self {
            agent: agent(url)?,
            base: format!("{}/{stream}", url.trim_end_matches('/')),
            authorization: authorization()?,
        })
    }

    /// How many documents there are; `None` when the target does not exist yet.
    pub fn count(&self) -> Result<Option<u64>> {
        let mut request = self.agent.get(format!("{}/_count", self.base));
        if let Some(value) = &self.authorization {
            request = request.header("Authorization", value);
        }
        let mut answer = request.call().context("asking for the count")?;
        let text = answer
            .body_mut()
            .read_to_string()
            .context("reading the count")?;
        match answer.status().as_u16() {
            404 => Ok(None),
            200 => {
                let reply: serde_json::Value =
                    serde_json::from_str(&text).context("reading the count")?;
                reply["count"]
                    .as_u64()
                    .map(Some)
                    .context("no count in the answer")
            }
            status => bail!("{}/_count answered {status}: {text}", self.base),
        }
    }

    /// The count once it has reached `expected`, or what it is after half a minute.
    pub fn count_until(&self, expected: u64) -> Result<u64> {
        // A refresh needs a privilege of its own; without it the documents appear a little later.
        let mut request = self.agent.post(format!("{}/_refresh", self.base));
        if let Some(value) = &self.authorization {
            request = request.header("Authorization", value);
        }
        request.send_empty().context("asking for a refresh")?;
        let since = Instant::now();
        loop {
            let count = self.count()?.unwrap_or(0);
            if count >= expected || since.elapsed() > Duration::from_secs(30) {
                return Ok(count);
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }
}

/// A variable of the environment; an empty one is none, as for `jcx` itself.
pub fn variable(name: &str) -> Option<String> {
    let value = std::env::var(name).ok();
    value.filter(|value| !value.trim().is_empty())
}

/// A secret from the file that one variable names, or from another variable itself.
fn secret(file: &str, plain: &str) -> Result<Option<String>> {
    let Some(path) = variable(file) else {
        return Ok(variable(plain));
    };
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {file}: {path}"))?;
    Ok(Some(text.trim().to_owned()))
}

fn authorization() -> Result<Option<String>> {
    if let Some(key) = secret("JCX_ES_API_KEY_FILE", "JCX_ES_API_KEY")? {
        let encoded = if key.contains(':') {
            STANDARD.encode(key)
        } else {
            key
        };
        return Ok(Some(format!("ApiKey {encoded}")));
    }
    if let Some(token) = secret("JCX_ES_BEARER_TOKEN_FILE", "JCX_ES_BEARER_TOKEN")? {
        return Ok(Some(format!("Bearer {token}")));
    }
    let Some(user) = variable("JCX_ES_USERNAME") else {
        return Ok(None);
    };
    let password = secret("JCX_ES_PASSWORD_FILE", "JCX_ES_PASSWORD")?.unwrap_or_default();
    Ok(Some(format!(
        "Basic {}",
        STANDARD.encode(format!("{user}:{password}"))
    )))
}

fn agent(url: &str) -> Result<Agent> {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_mins(1)));
    let config = if url.contains("127.0.0.1") {
        config.proxy(None)
    } else {
        config
    };
    let Some(path) = variable("JCX_ES_CA_FILE") else {
        return Ok(config.build().new_agent());
    };
    let pem = std::fs::read(&path).with_context(|| format!("reading {path}"))?;
    let certificates: Vec<Certificate<'static>> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&certificates))
        .build();
    Ok(config.tls_config(tls).build().new_agent())
}
