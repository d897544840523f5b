//! One event as it travels: its text, and the few facts that fetching needs of it.
//!
//! The text is never parsed into values and written again; what was received is what is delivered.

use chrono::{DateTime, Utc};

use crate::json::members;
use crate::time::parse_timestamp;

/// What fetching must know of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The raw `id` value, quotes included; `None` when missing, null or empty.
    pub id: Option<Vec<u8>>,
    /// The instant of `timestamp`; `None` when missing or no RFC 3339 text.
    pub instant: Option<DateTime<Utc>>,
    /// The raw `organization` value; `None` when missing, null or empty.
    pub organization: Option<Vec<u8>>,
}

impl Facts {
    /// Reads them from an event's text, which may be damaged elsewhere.
    pub fn of(text: &[u8]) -> Self {
        let mut facts = Self::default();
        for member in members::members(text) {
            if members::key_is(member.key, "id") && !matches!(member.value, b"null" | b"\"\"") {
                facts.id = Some(member.value.to_vec());
            } else if members::key_is(member.key, "organization")
                && !matches!(member.value, b"null" | b"\"\"")
            {
                facts.organization = Some(member.value.to_vec());
            } else if members::key_is(member.key, "timestamp") {
                facts.instant = members::string_of(member.value)
                    .as_deref()
                    .and_then(parse_timestamp);
            }
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::Facts;
    use crate::time::parse_timestamp;

    #[test]
    fn id_and_instant_are_those_of_the_event_itself() {
        let facts = Facts::of(br#"{"resource":{"id":"no","timestamp":"no"},"timestamp":"2026-03-01T00:00:00.5Z","id":"yes"}"#);
        assert_eq!(facts.id.as_deref(), Some(&b"\"yes\""[..]));
        assert_eq!(facts.instant, parse_timestamp("2026-03-01T00:00:00.5Z"));
    }

    #[test]
    fn missing_null_and_empty_are_none() {
        for text in [
            &b"{}"[..],
            b"{\"id\":null,\"timestamp\":null}",
            b"{\"id\":\"\",\"timestamp\":7}",
            b"42",
            b"{\"id\":",
        ] {
            assert_eq!(
                Facts::of(text),
                Facts::default(),
                "{}",
                String::from_utf8_lossy(text)
            );
        }
    }
}
