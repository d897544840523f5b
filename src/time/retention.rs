//! How far back JumpCloud keeps events, and what that does to a window.
//!
//! Beyond retention the API answers as if nothing had happened (`docs/insights-api.md` section 8), so the client checks.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use super::window::Window;

/// The retention of a tenant's plan: 90 days, 15 on the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention(pub TimeDelta);

/// A window starts before what is still kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooOld {
    /// The first instant that is still kept.
    pub kept_from: DateTime<Utc>,
    /// The first whole minute that will still be kept when the user has typed it.
    pub suggestion: DateTime<Utc>,
}

impl Retention {
    /// The first instant that is still kept; a window that starts exactly there is fine.
    pub fn kept_from(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.checked_sub_signed(self.0)
            .unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    /// Refuses a window that starts before what is kept.
    ///
    /// # Errors
    /// [`TooOld`] with the earliest start that works.
    pub fn check(&self, window: &Window, now: DateTime<Utc>) -> Result<(), TooOld> {
        let kept_from = self.kept_from(now);
        if window.start >= kept_from {
            return Ok(());
        }
        let minute = TimeDelta::minutes(1);
        let suggestion = kept_from.duration_trunc(minute).unwrap_or(kept_from) + minute * 2;
        Err(TooOld {
            kept_from,
            suggestion,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::Retention;
    use crate::time::{Window, parse_timestamp, rfc3339};

    #[test]
    fn exactly_at_the_edge_is_fine_and_a_nanosecond_earlier_is_not() {
        let now = parse_timestamp("2026-03-31T12:00:30Z").expect("a time");
        let retention = Retention(TimeDelta::days(15));
        let edge = Window {
            start: now - TimeDelta::days(15),
            end: now,
        };
        assert_eq!(retention.check(&edge, now), Ok(()));
        let early = Window {
            start: edge.start - TimeDelta::nanoseconds(1),
            end: now,
        };
        let refused = retention.check(&early, now).expect_err("too old");
        assert_eq!(rfc3339(refused.kept_from), "2026-03-16T12:00:30Z");
        assert_eq!(rfc3339(refused.suggestion), "2026-03-16T12:02:00Z");
    }
}
