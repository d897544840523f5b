//! What a client asks, and how much trouble the answer is worth. Knows neither who asks nor what comes back.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// What is asked.
pub struct Question<'a> {
    /// The address.
    pub url: &'a str,
    /// The body, JSON.
    pub body: &'a [u8],
    /// Where the window starts, to explain a refusal.
    pub since: DateTime<Utc>,
    /// Which call below `/events` it is; none for a page.
    pub call: Option<&'static str>,
    /// How much trouble it is worth.
    pub tries: Tries,
}

/// How much trouble a question is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tries {
    /// The whole budget of the run.
    WithinBudget,
    /// Three: the answer is welcome, and nothing hangs on it.
    Few,
    /// One, which may take no longer than this: whoever asks knows another way.
    Within(Duration),
}

impl Tries {
    /// How long one request may take, where that is bounded as a whole.
    pub fn limit(self) -> Option<Duration> {
        match self {
            Self::WithinBudget | Self::Few => None,
            Self::Within(limit) => Some(limit),
        }
    }
}
