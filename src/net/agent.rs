//! One HTTP agent for both remotes: every time-out set, no redirects, the system's roots and one more, proxies.
//!
//! A status is never an error here; the floors above know what theirs mean.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ureq::http::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use ureq::http::{Method, Request, Response};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    ConnectProxyConnector, Connector, RustlsConnector, TcpConnector,
};
use ureq::{Agent, AsSendBody, Body, Error, Timeout};

use super::base_url::BaseUrl;
use super::proxy::proxy_for;
use super::tls::TlsConnector;
use super::trust::Trust;
use crate::failure::Result;

/// What an agent for one remote is made of.
pub struct AgentSettings<'a> {
    /// The remote; its scheme and host pick the proxy.
    pub url: &'a BaseUrl,
    /// Whom to trust, and as whom to come.
    pub trust: &'a Trust,
    /// Longest wait for the answer to begin, and for it to go on; for a connection half of it at most.
    pub answer_within: Duration,
    /// The process's environment, for the proxy variables.
    pub environment: &'a BTreeMap<String, String>,
}

/// One request.
pub struct Call<'a> {
    /// `GET`, `POST` or `PUT`.
    pub method: Method,
    /// The whole address.
    pub url: &'a str,
    /// Headers, secrets marked as such.
    pub headers: Vec<(&'static str, HeaderValue)>,
    /// The body, if there is one.
    pub body: Option<&'a [u8]>,
}

/// Why there is no answer at all.
#[derive(Debug)]
pub struct Trouble {
    /// What happened, in words.
    pub text: String,
    /// Whether the same request may succeed later.
    pub transient: bool,
    /// What is known of the request all the same.
    pub loss: Loss,
}

/// What is known of a request that got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// There was no connection, so it cannot have done anything.
    Unsent,
    /// The connection was closed under it: so ends one that is too large for whoever reads it.
    CutOff,
    /// It was answered, with more than anybody reads: one that asks for less gets less.
    LongAnswer,
    /// It may have done anything.
    Unknown,
}

const CONNECT_WITHIN: Duration = Duration::from_secs(15);
const SILENCE: Duration = Duration::from_mins(1);

/// Builds the agent.
pub fn build_agent(settings: &AgentSettings<'_>) -> Result<Agent> {
    // A connection that does not come about is to be known for that, and not for an answer that took too long.
    let connect_within = CONNECT_WITHIN.min(settings.answer_within / 2);
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_resolve(Some(connect_within))
        .timeout_connect(Some(connect_within))
        .timeout_send_request(Some(SILENCE))
        .timeout_recv_response(Some(settings.answer_within))
        .timeout_per_read(Some(settings.answer_within))
        .timeout_per_write(Some(SILENCE))
        .user_agent(concat!(
            "jcx/",
            env!("CARGO_PKG_VERSION"),
            " (Directory Insights export)"
        ))
        .proxy(proxy_for(settings.url, settings.environment)?)
        .max_idle_connections_per_host(32)
        .tls_config(settings.trust.usual())
        .build();
    let Some(own) = settings.trust.own() else {
        return Ok(config.new_agent());
    };
    // ureq's own chain, with ours before its TLS, which passes over what is in TLS already.
    let connector = ()
        .chain(ConnectProxyConnector::default())
        .chain(TcpConnector::default())
        .chain(TlsConnector {
            authority: settings.url.authority(),
            config: Arc::clone(own),
        })
        .chain(RustlsConnector::default());
    Ok(Agent::with_parts(
        config,
        connector,
        DefaultResolver::default(),
    ))
}

/// Sends one request; an answer of any status is an answer.
///
/// # Errors
/// [`Trouble`] where none arrived.
pub fn send(agent: &Agent, call: Call<'_>) -> std::result::Result<Response<Body>, Trouble> {
    send_within(agent, call, None)
}

/// The same; the whole of it, with the answer's body, may take no longer than this.
///
/// # Errors
/// [`Trouble`] where no answer arrived in time.
pub fn send_within(
    agent: &Agent,
    call: Call<'_>,
    limit: Option<Duration>,
) -> std::result::Result<Response<Body>, Trouble> {
    let mut builder = Request::builder().method(call.method).uri(call.url);
    for (name, value) in call.headers {
        builder = builder.header(name, value);
    }
    let result = match call.body {
        Some(body) => builder
            .body(body)
            .map_err(Error::from)
            .and_then(|request| run(agent, request, limit)),
        None => builder
            .body(())
            .map_err(Error::from)
            .and_then(|request| run(agent, request, limit)),
    };
    result.map_err(|error| Trouble {
        transient: is_transient(&error),
        loss: loss(&error),
        text: error.to_string(),
    })
}

fn run<B: AsSendBody>(
    agent: &Agent,
    request: Request<B>,
    limit: Option<Duration>,
) -> std::result::Result<Response<Body>, Error> {
    if limit.is_none() {
        return agent.run(request);
    }
    let request = agent.configure_request(request);
    agent.run(request.timeout_global(limit).build())
}

/// Certificates, proxies and addresses do not mend themselves; names, connections and time-outs may.
fn is_transient(error: &Error) -> bool {
    match error {
        Error::Io(io) => io.kind() != ErrorKind::InvalidData,
        Error::Timeout(_)
        | Error::HostNotFound
        | Error::ConnectionFailed
        | Error::Protocol(_)
        | Error::ConnectProxyFailed(_)
        | Error::Decompress(..) => true,
        _ => false,
    }
}

fn loss(error: &Error) -> Loss {
    if is_unsent(error) {
        Loss::Unsent
    } else if is_cut_off(error) {
        Loss::CutOff
    } else {
        Loss::Unknown
    }
}

fn is_cut_off(error: &Error) -> bool {
    let Error::Io(io) = error else { return false };
    matches!(
        io.kind(),
        ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof
            | ErrorKind::WriteZero
    )
}

/// What can only happen before there is a connection.
fn is_unsent(error: &Error) -> bool {
    match error {
        Error::Io(io) => matches!(
            io.kind(),
            ErrorKind::ConnectionRefused
                | ErrorKind::HostUnreachable
                | ErrorKind::NetworkUnreachable
                | ErrorKind::NetworkDown
                | ErrorKind::AddrNotAvailable
        ),
        Error::Timeout(Timeout::Resolve | Timeout::Connect)
        | Error::HostNotFound
        | Error::ConnectionFailed
        | Error::ConnectProxyFailed(_) => true,
        _ => false,
    }
}

/// A header as text, where it is there and is text.
pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
}

/// As long as anybody is waited for, which every clock can hold: a hundred years.
const LONGEST_WAIT: Duration = Duration::from_hours(100 * 365 * 24);

/// `Retry-After` in seconds or as an HTTP date.
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = header(headers, RETRY_AFTER.as_str())?;
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some((date.to_utc() - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ureq::http::header::{HeaderMap, HeaderValue};

    use super::retry_after;
    use crate::time::parse_timestamp;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = parse_timestamp("2026-03-01T00:00:00Z").expect("a time");
        for (text, expected) in [
            ("7", Some(Duration::from_secs(7))),
            (
                "Sun, 01 Mar 2026 00:00:09 GMT",
                Some(Duration::from_secs(9)),
            ),
            ("Sat, 28 Feb 2026 00:00:00 GMT", Some(Duration::ZERO)),
            ("soon", None),
            ("-1", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", HeaderValue::from_static(text));
            assert_eq!(retry_after(&headers, now), expected, "{text}");
        }
    }
}
