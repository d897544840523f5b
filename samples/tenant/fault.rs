//! Deviations from the right answer: replaced, altered or withheld.

use crate::samples::http::Reply;
use std::time::Duration;

/// What happens to one answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This answer instead.
    Answer(Reply),
    /// This many bytes of the body, then the connection closes.
    Cut(usize),
    /// This many bytes of the body, then silence.
    Stall(usize),
    /// The right answer, late.
    Late(Duration),
    /// A header of the right answer replaced: `("X-Result-Count", "7")`.
    Header(&'static str, String),
    /// A header of the right answer taken away.
    Without(&'static str),
    /// The body of the right answer replaced, headers kept.
    Body(String),
    /// The cursor that was just sent comes back with a full page.
    StuckCursor,
    /// The page before comes back, with its own cursor text changed.
    SamePage,
}

impl Fault {
    /// A refusal with the API's own body.
    pub fn status(status: u16, message: &str) -> Self {
        Self::Answer(refusal(status, message))
    }

    /// A rate limit; `retry_after` is the header's text, where there is one.
    pub fn rate_limited(retry_after: Option<&str>) -> Self {
        let reply = refusal(429, "Too Many Requests");
        Self::Answer(match retry_after {
            Some(text) => reply.header("Retry-After", text),
            None => reply,
        })
    }

    /// The right answer with this deviation; those of the walk are made where pages are.
    pub(super) fn apply(self, right: Reply) -> Reply {
        match self {
            Self::Answer(reply) => reply,
            Self::Cut(bytes) => right.cut(bytes),
            Self::Stall(bytes) => right.stalled(bytes),
            Self::Late(pause) => right.after(pause),
            Self::Header(name, value) => right.with(name, value),
            Self::Without(name) => right.without(name),
            Self::Body(body) => right.body(body),
            Self::StuckCursor | Self::SamePage => right,
        }
    }
}

/// `{"message":…}`, with Go's escape of `>` as the service writes it.
pub fn refusal(status: u16, message: &str) -> Reply {
    let text = crate::samples::json::quote(message).replace('>', "\\u003e");
    Reply::json(status, format!("{{\"message\":{text}}}"))
}

/// A refusal of the request itself.
pub(super) fn bad(message: &str) -> Reply {
    refusal(400, message)
}
