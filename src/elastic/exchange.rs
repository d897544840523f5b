//! A question to a server and its answer, as values.

use std::time::Duration;

use serde_json::Value;
use ureq::http::Method;
use ureq::http::header::{CONTENT_TYPE, HeaderMap};

use super::repair;
use super::server_error::ServerError;
use crate::net::{BaseUrl, header};
use crate::term::counted;

/// Characters of an unknown answer that are shown.
const EXCERPT: usize = 80;

/// The content type of documents.
pub(super) const NDJSON: &str = "application/x-ndjson";

/// What to ask.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub method: &'a Method,
    /// Behind the base URL, with its query.
    pub path: &'a str,
    pub body: Option<Body<'a>>,
}

/// A request's body.
#[derive(Clone, Copy)]
pub(super) struct Body<'a> {
    pub bytes: &'a [u8],
    pub content_type: &'static str,
    pub gzip: bool,
}

/// An answer, whole.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Which node gave it.
    pub url: BaseUrl,
}

/// Something that may pass by itself.
pub(super) struct Setback {
    /// What happened.
    pub text: String,
    /// When to ask again, where that is known.
    pub asked: Option<Asked>,
    /// Whether everybody shall hold off, and not only this request.
    pub everybody: bool,
}

impl Setback {
    /// Items that are to be sent again: their queue is full, or their shard away.
    pub fn of_items(error: &ServerError, documents: usize) -> Self {
        let disk = if error.kind == "cluster_block_exception" {
            " (the server's disk is too full to write; it takes documents again when space is freed)"
        } else {
            ""
        };
        Self {
            text: format!(
                "{} put off: {}{disk}",
                counted(documents as u64, "document"),
                error.shown_of_item()
            ),
            asked: None,
            everybody: false,
        }
    }
}

/// When to ask again.
#[derive(Clone, Copy)]
pub(super) enum Asked {
    /// After what the server wants (`Retry-After`).
    After(Duration),
    /// At once: another node is there.
    Elsewhere,
}

impl<'a> Question<'a> {
    /// Whether it is a load.
    pub fn carries_documents(&self) -> bool {
        self.body.is_some_and(|body| body.content_type == NDJSON)
    }

    /// What is sent: a `POST` without a text announces that it has none.
    pub fn bytes(&self) -> Option<&'a [u8]> {
        let empty: &[u8] = &[];
        let announced = (self.method == Method::POST).then_some(empty);
        self.body.map(|body| body.bytes).or(announced)
    }
}

impl<'a> Body<'a> {
    /// A JSON text.
    pub fn json(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            content_type: "application/json",
            gzip: false,
        }
    }
}

impl Reply {
    /// The body as JSON, where it is.
    pub fn json(&self) -> Option<Value> {
        repair::parse(&self.body).ok()
    }

    /// Whether it says that this node, or what stands before it, is not well, and nothing of the cluster.
    pub fn is_of_node(&self) -> bool {
        matches!(self.status, 502..=504)
    }

    /// The error it holds, as the engines word them.
    pub fn error(&self) -> Option<ServerError> {
        ServerError::in_body(&self.body)
    }

    /// Status and error, or what else it is, for a person.
    pub fn shown(&self) -> String {
        match self.error() {
            Some(error) => format!("{}: {}", self.status, error.shown()),
            None => format!("{} {}", self.status, self.excerpt()),
        }
    }

    /// Content type and first bytes, for an answer that nobody understands.
    fn excerpt(&self) -> String {
        let kind = header(&self.headers, CONTENT_TYPE.as_str()).unwrap_or("without a content type");
        let text = String::from_utf8_lossy(&self.body);
        let line: Vec<&str> = text.split_whitespace().collect();
        let start: String = line.join(" ").chars().take(EXCERPT).collect();
        if start.is_empty() {
            format!("({kind}, no text)")
        } else {
            format!("({kind}: {start})")
        }
    }
}

/// A name as part of a URL's path.
pub(super) fn segment(name: &str) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _written = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::segment;

    #[test]
    fn a_name_becomes_a_path_segment() {
        assert_eq!(
            segment("logs-jumpcloud.events-default"),
            "logs-jumpcloud.events-default"
        );
        assert_eq!(segment("a/b +é"), "a%2Fb%20%2B%C3%A9");
    }
}
