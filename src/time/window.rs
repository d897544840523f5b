//! The half-open window `[start, end)` of a run, and where an event stands in it.
//!
//! The server's own end rule and precision are unknown, so the client decides (`docs/insights-api.md` section 5).

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use super::when::rfc3339;

/// A half-open span of time, resolved once at the start of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First instant that belongs to the window.
    pub start: DateTime<Utc>,
    /// First instant that no longer belongs to it.
    pub end: DateTime<Utc>,
}

/// Where an event stands, judged against the window of the whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In `[start, end)`: delivered.
    Inside,
    /// At most a second outside: the server's end rule or the rounding to seconds explains it; another window's event.
    Seam,
    /// Further outside, or without an instant: nothing explains it, so it is kept.
    Unexplained,
}

impl Window {
    /// Whether there is no instant in it.
    pub fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    /// Where an event with this instant stands.
    pub fn place(&self, instant: Option<DateTime<Utc>>) -> Place {
        let second = TimeDelta::seconds(1);
        match instant {
            Some(at) if at >= self.start && at < self.end => Place::Inside,
            Some(at) if at >= self.start - second && at <= self.end + second => Place::Seam,
            _ => Place::Unexplained,
        }
    }

    /// The whole seconds to ask the server for: start rounded down, end rounded up.
    pub fn in_whole_seconds(&self) -> (String, String) {
        let second = TimeDelta::seconds(1);
        let floor = |at: DateTime<Utc>| at.duration_trunc(second).unwrap_or(at);
        let end = floor(self.end);
        let end = if end < self.end { end + second } else { end };
        (rfc3339(floor(self.start)), rfc3339(end))
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Window};
    use crate::time::parse_timestamp;

    fn window(start: &str, end: &str) -> Window {
        Window {
            start: parse_timestamp(start).expect("a time"),
            end: parse_timestamp(end).expect("a time"),
        }
    }

    #[test]
    fn start_is_inside_and_end_is_not() {
        let window = window("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z");
        for (at, place) in [
            ("2026-03-01T00:00:00Z", Place::Inside),
            ("2026-03-01T23:59:59.999999999Z", Place::Inside),
            ("2026-03-02T00:00:00Z", Place::Seam),
            ("2026-03-02T00:00:01Z", Place::Seam),
            ("2026-03-02T00:00:01.000000001Z", Place::Unexplained),
            ("2026-02-28T23:59:59Z", Place::Seam),
            ("2026-02-28T23:59:58.9Z", Place::Unexplained),
            ("2027-03-01T00:00:00Z", Place::Unexplained),
        ] {
            assert_eq!(window.place(parse_timestamp(at)), place, "{at}");
        }
        assert_eq!(window.place(None), Place::Unexplained);
    }

    #[test]
    fn asks_for_whole_seconds_around_the_window() {
        let window = window("2026-03-01T00:00:00.5Z", "2026-03-02T00:00:00.000000001Z");
        let (start, end) = window.in_whole_seconds();
        assert_eq!(start, "2026-03-01T00:00:00Z");
        assert_eq!(end, "2026-03-02T00:00:01Z");
    }
}
