//! What can go wrong with one request, and whether asking again may help (`docs/insights-api.md` section 7).

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use ureq::http::header::{HeaderMap, LOCATION};

use super::trouble::{self, Cause};
use crate::failure::{Failure, Kind};
use crate::net::{Trouble, header, retry_after};

/// A request that did not give what was asked for.
#[derive(Debug)]
pub struct Fault {
    /// What happened.
    pub failure: Failure,
    /// Whether to ask again.
    pub again: Again,
    /// What it is, where asking in another way may help.
    pub cause: Cause,
}

/// Whether the same request may succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// It will not.
    Never,
    /// It may, within the budget; after this time, if the server said so.
    Later(Option<Duration>),
    /// The answer is of another kind than an array: a wrong address, until an answer has arrived.
    Nonsense,
    /// The answer lacks what it is asked for: another version of the API, most likely. Few tries tell.
    Misshapen,
    /// The token is not accepted any more: worth one new one.
    NewToken,
}

/// An answer of another status than 200, as far as it is needed to explain it.
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// The beginning of its body.
    pub body: &'a [u8],
    /// The address that was asked.
    pub url: &'a str,
}

#[derive(Deserialize)]
struct Message {
    message: String,
}

impl From<Trouble> for Fault {
    fn from(trouble: Trouble) -> Self {
        let again = if trouble.transient {
            Again::Later(None)
        } else {
            Again::Never
        };
        Self::new(Failure::new(Kind::JumpCloud, trouble.text), again)
    }
}

impl From<Fault> for trouble::Trouble {
    fn from(fault: Fault) -> Self {
        Self {
            failure: fault.failure,
            cause: fault.cause,
        }
    }
}

impl Fault {
    /// A fault that asking in another way does not help.
    pub fn new(failure: Failure, again: Again) -> Self {
        Self {
            failure,
            again,
            cause: Cause::Other,
        }
    }

    /// One that the same request will meet again.
    pub fn never(failure: Failure) -> Self {
        Self::new(failure, Again::Never)
    }

    /// One of this side.
    pub fn local(failure: Failure) -> Self {
        Self {
            cause: Cause::Local,
            ..Self::never(failure)
        }
    }

    /// The same with another hint.
    pub fn with_hint(self, hint: String) -> Self {
        Self {
            failure: self.failure.hint(hint),
            ..self
        }
    }

    /// A page that cannot be right; the next try may give a whole one.
    pub fn damaged(what: impl Into<String>) -> Self {
        Self::new(Failure::new(Kind::JumpCloud, what), Again::Later(None))
    }

    /// What a status other than 200 means. `begun`: an answer has arrived before; `old`: the window reaches back more than 15 days.
    pub fn of_status(answer: &Answer<'_>, begun: bool, old: bool, now: DateTime<Utc>) -> Self {
        let text = answer.describe();
        let refused = if begun { Kind::JumpCloud } else { Kind::Usage };
        let (kind, again, hint) = match answer.status {
            400 => (
                refused,
                Again::Never,
                Some("JumpCloud refuses the request itself; see its text above".to_owned()),
            ),
            401 => (
                Kind::Credentials,
                Again::NewToken,
                Some(UNAUTHORIZED.to_owned()),
            ),
            402 => (Kind::Credentials, Again::Never, Some(payment(old))),
            403 => (Kind::Credentials, Again::Never, Some(FORBIDDEN.to_owned())),
            404 | 405 => (
                refused,
                Again::Never,
                Some("check --api-url: it is the host alone, without /insights/…".to_owned()),
            ),
            300..=399 => (refused, Again::Never, Some(redirect(answer.headers))),
            408 | 429 | 500..=599 => (
                Kind::JumpCloud,
                Again::Later(retry_after(answer.headers, now)),
                None,
            ),
            _ => (Kind::JumpCloud, Again::Never, None),
        };
        let fault = Self {
            cause: cause(answer.status),
            ..Self::new(Failure::new(kind, text), again)
        };
        match hint {
            Some(hint) => fault.with_hint(hint),
            None => fault,
        }
    }
}

/// Which refusals another question may escape.
fn cause(status: u16) -> Cause {
    match status {
        400 => Cause::Refused,
        429 => Cause::RateLimited,
        500 => Cause::ServerError,
        _ => Cause::Other,
    }
}

const UNAUTHORIZED: &str =
    "check the key; a key of another region is refused too: try --region us, eu or in";
const FORBIDDEN: &str = "three causes are known: the administrator's role has no right to read Directory Insights (or API \
access is not enabled for it in the portal), the key needs an organization to be named (--org), or this address is blocked";

fn payment(old: bool) -> String {
    let base = "Directory Insights is not enabled for this organisation, or its licence limits the history";
    if old {
        format!("{base}; try --retention 15d --clamp")
    } else {
        base.to_owned()
    }
}

fn redirect(headers: &HeaderMap) -> String {
    let target = header(headers, LOCATION.as_str()).unwrap_or("nowhere");
    let host = target
        .split("://")
        .nth(1)
        .and_then(|rest| rest.split(['/', '?']).next())
        .unwrap_or(target);
    let host = host.rsplit('@').next().unwrap_or(host);
    format!(
        "redirects are not followed, the key would go with them; it points to {host}: check --api-url"
    )
}

impl Answer<'_> {
    /// Status, the server's own words, and the request's id.
    pub fn describe(&self) -> String {
        let id = header(self.headers, "x-request-id")
            .map(|id| format!(" (X-Request-Id {id})"))
            .unwrap_or_default();
        format!("{} answered {}{}{id}", self.url, self.status, self.words())
    }

    fn words(&self) -> String {
        if let Ok(Message { message }) = serde_json::from_slice(self.body) {
            return format!(": {message}");
        }
        match self.body {
            b"" => String::new(),
            body => format!(" with {}", show(self.headers, body)),
        }
    }
}

/// Content type, size and beginning of a body that is not understood.
pub fn show(headers: &HeaderMap, body: &[u8]) -> String {
    let kind = header(headers, "content-type").unwrap_or("no content type");
    let beginning: String = String::from_utf8_lossy(body).chars().take(120).collect();
    format!(
        "{kind}, {} bytes: {}",
        body.len(),
        beginning.split_whitespace().collect::<Vec<_>>().join(" ")
    )
}

#[cfg(test)]
mod tests {
    use ureq::http::header::{HeaderMap, HeaderValue};

    use super::{Again, Answer, Fault};
    use crate::failure::Kind;
    use crate::time::parse_timestamp;

    fn fault(status: u16, begun: bool) -> Fault {
        let mut headers = HeaderMap::new();
        headers.insert(
            "location",
            HeaderValue::from_static("https://console.example.test/login?next=x"),
        );
        headers.insert("x-request-id", HeaderValue::from_static("req-7"));
        let answer = Answer {
            status,
            headers: &headers,
            body: b"{\"message\":\"no\"}",
            url: "https://api.test/events",
        };
        Fault::of_status(
            &answer,
            begun,
            true,
            parse_timestamp("2026-03-01T00:00:00Z").expect("a time"),
        )
    }

    #[test]
    fn every_status_has_its_code_and_whether_to_ask_again() {
        let (usage, refused, jumpcloud) = (Kind::Usage, Kind::Credentials, Kind::JumpCloud);
        for (status, first, later, again) in [
            (302, usage, jumpcloud, Again::Never),
            (400, usage, jumpcloud, Again::Never),
            (401, refused, refused, Again::NewToken),
            (402, refused, refused, Again::Never),
            (403, refused, refused, Again::Never),
            (404, usage, jumpcloud, Again::Never),
            (405, usage, jumpcloud, Again::Never),
            (408, jumpcloud, jumpcloud, Again::Later(None)),
            (413, jumpcloud, jumpcloud, Again::Never),
            (429, jumpcloud, jumpcloud, Again::Later(None)),
            (500, jumpcloud, jumpcloud, Again::Later(None)),
            (503, jumpcloud, jumpcloud, Again::Later(None)),
        ] {
            assert_eq!(fault(status, false).failure.kind(), first, "{status} first");
            assert_eq!(fault(status, true).failure.kind(), later, "{status} later");
            assert_eq!(fault(status, false).again, again, "{status}");
        }
    }

    #[test]
    fn the_servers_words_and_the_hints_are_shown() {
        let refused = fault(400, false).failure;
        assert_eq!(
            refused.message(),
            "https://api.test/events answered 400: no (X-Request-Id req-7)"
        );
        assert!(
            fault(302, false)
                .failure
                .hint_text()
                .is_some_and(|hint| hint.contains("console.example.test:"))
        );
        assert!(
            fault(402, false)
                .failure
                .hint_text()
                .is_some_and(|hint| hint.contains("--retention 15d"))
        );
    }
}
