//! What a handler wants the client to see, including how the connection misbehaves.

use super::gzip;
use std::fmt::Write as _;
use std::time::Duration;

/// How the bytes of an answer end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// As announced; the connection stays open.
    Whole,
    /// As announced, then closed.
    Closed,
    /// This many bytes of the body, then closed.
    Cut(usize),
    /// This many bytes of the body, then silence.
    Stalled(usize),
    /// No answer: the connection is reset.
    Reset,
    /// No answer: the connection is closed.
    Dropped,
    /// These bytes instead of an answer, then closed.
    Raw(Vec<u8>),
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers besides the framing ones.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    pub(super) chunked: bool,
    pub(super) pause: Duration,
    pub(super) ending: Ending,
}

impl Reply {
    /// An answer without a body.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            chunked: false,
            pause: Duration::ZERO,
            ending: Ending::Whole,
        }
    }

    /// A JSON answer.
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::new(status)
            .header("Content-Type", "application/json")
            .body(body.into())
    }

    /// A web page where none belongs.
    pub fn html(status: u16) -> Self {
        let page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Sign in</body></html>\n";
        Self::new(status)
            .header("Content-Type", "text/html; charset=utf-8")
            .body(page)
    }

    /// No answer but a TCP reset (for a request with a body; one without is closed).
    pub fn reset() -> Self {
        Self {
            ending: Ending::Reset,
            ..Self::new(0)
        }
    }

    /// No answer, the connection is closed.
    pub fn dropped() -> Self {
        Self {
            ending: Ending::Dropped,
            ..Self::new(0)
        }
    }

    /// Arbitrary bytes instead of an answer.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            ending: Ending::Raw(bytes.into()),
            ..Self::new(0)
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Takes the headers of that name away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers
            .retain(|header| !header.0.eq_ignore_ascii_case(name));
        self
    }

    /// Replaces a header.
    #[must_use]
    pub fn with(self, name: &str, value: impl Into<String>) -> Self {
        self.without(name).header(name, value)
    }

    /// Replaces the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends the body in chunks, without `Content-Length`.
    #[must_use]
    pub fn chunked(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// Compresses the body and says so.
    #[must_use]
    pub fn gzip(mut self) -> Self {
        self.body = gzip::pack(&self.body);
        self.header("Content-Encoding", "gzip")
    }

    /// Waits before the first byte.
    #[must_use]
    pub fn after(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Announces the whole body, sends `bytes` of it and closes.
    #[must_use]
    pub fn cut(mut self, bytes: usize) -> Self {
        self.ending = Ending::Cut(bytes);
        self
    }

    /// Announces the whole body, sends `bytes` of it and falls silent.
    #[must_use]
    pub fn stalled(mut self, bytes: usize) -> Self {
        self.ending = Ending::Stalled(bytes);
        self
    }

    /// Closes the connection after the answer.
    #[must_use]
    pub fn closing(mut self) -> Self {
        self.ending = Ending::Closed;
        self
    }

    /// The bytes on the wire, as far as they are sent.
    pub(super) fn wire(&self) -> Vec<u8> {
        if let Ending::Raw(bytes) = &self.ending {
            return bytes.clone();
        }
        let mut wire = self.head().into_bytes();
        let sent = match self.ending {
            Ending::Cut(bytes) | Ending::Stalled(bytes) => bytes.min(self.body.len()),
            _ => self.body.len(),
        };
        if !self.chunked {
            wire.extend_from_slice(&self.body[..sent]);
            return wire;
        }
        // Chunks of an odd size, so that they end inside tokens.
        for chunk in self.body[..sent].chunks(4093) {
            wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            wire.extend_from_slice(chunk);
            wire.extend_from_slice(b"\r\n");
        }
        if matches!(self.ending, Ending::Whole | Ending::Closed) {
            wire.extend_from_slice(b"0\r\n\r\n");
        }
        wire
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if self.chunked {
            head.push_str("Transfer-Encoding: chunked\r\n");
        } else {
            let _ = write!(head, "Content-Length: {}\r\n", self.body.len());
        }
        if self.ending != Ending::Whole {
            head.push_str("Connection: close\r\n");
        }
        head.push_str("\r\n");
        head
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        301 => "Moved Permanently",
        302 => "Found",
        307 => "Temporary Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}
