//! Asks the server itself how many documents it has.
//!
//! Reads the same `JCX_ES_*` variables as `jcx push`, but none of its code: the count is there to check it.

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::http::{Method, Request};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// A server and the data stream that is loaded.
pub struct Elastic {
    agent: Agent,
    /// The stream's address on each node.
    bases: Vec<String>,
    authorization: Option<String>,
}

impl Elastic {
    /// The data stream `stream` of the server at `urls`, nodes with commas between them, with the credentials of the
    /// environment.
    pub fn new(urls: &str, stream: &str) -> Result<Self> {
        let nodes = urls.split(',').map(str::trim);
        let nodes = nodes.filter(|url| !url.is_empty());
        let base = |url: &str| format!("{}/{stream}", url.trim_end_matches('/'));
        Ok(Self {
            agent: agent(urls)?,
            bases: nodes.map(base).collect(),
            authorization: authorization()?,
        })
    }

    /// What the first node says that can be reached; a refresh is asked for with a body of no bytes.
    fn ask(&self, call: &str, is_refresh: bool) -> Result<(u16, String)> {
        let mut answer = Err(anyhow!("JCX_ES_URL names no server"));
        for base in &self.bases {
            let url = format!("{base}/{call}");
            let asked = self.ask_at(&url, is_refresh);
            answer = asked.with_context(|| format!("asking {url}"));
            if answer.is_ok() {
                break;
            }
        }
        answer
    }

    fn ask_at(&self, url: &str, is_refresh: bool) -> Result<(u16, String)> {
        let body: &[u8] = b"";
        let mut request = Request::builder().uri(url);
        if let Some(value) = &self.authorization {
            request = request.header("Authorization", value);
        }
        let mut answer = if is_refresh {
            self.agent.run(request.method(Method::POST).body(body)?)?
        } else {
            self.agent.run(request.body(())?)?
        };
        let text = answer.body_mut().read_to_string()?;
        Ok((answer.status().as_u16(), text))
    }

    /// How many documents there are; `None` when the target does not exist yet.
    pub fn count(&self) -> Result<Option<u64>> {
        let (status, text) = self.ask("_count", false)?;
        match status {
            404 => Ok(None),
            200 => {
                let reply: serde_json::Value =
                    serde_json::from_str(&text).context("reading the count")?;
                reply["count"]
                    .as_u64()
                    .map(Some)
                    .context("no count in the answer")
            }
            status => bail!("_count was answered with {status}: {text}"),
        }
    }

    /// The count once it has reached `expected`, or what it is after half a minute.
    pub fn count_until(&self, expected: u64) -> Result<u64> {
        // A refresh needs a privilege of its own; without it the documents appear a little later.
        self.ask("_refresh", true)?;
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
