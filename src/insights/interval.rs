//! Spans of time that events are counted in: how the API names them, and where they begin.

use chrono::{DateTime, Utc};

/// The width of a span of time, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// From one full second to the next.
    Second,
    /// From one full minute to the next.
    Minute,
    /// From one full hour to the next.
    Hour,
    /// From midnight to midnight.
    Day,
}

impl Interval {
    /// The API's word for it.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "m",
            Self::Hour => "h",
            Self::Day => "d",
        }
    }

    /// Its length in seconds.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }

    /// The start of a span that the server gives in milliseconds.
    ///
    /// # Errors
    /// In words, where no such span begins there in UTC.
    pub(super) fn start(self, millisecond: i64) -> Result<DateTime<Utc>, String> {
        let start = DateTime::from_timestamp_millis(millisecond)
            .ok_or_else(|| format!("{millisecond} is no time in milliseconds"))?;
        if millisecond.rem_euclid(self.seconds() * 1000) == 0 {
            return Ok(start);
        }
        let whole = match self {
            Self::Second => "full second",
            Self::Minute => "full minute",
            Self::Hour => "full hour",
            Self::Day => "midnight",
        };
        Err(format!(
            "a bucket begins at {start}, which is no {whole} of UTC"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::Interval;

    #[test]
    fn spans_begin_at_full_hours_and_midnights_of_utc() {
        let begins = |interval: Interval, millisecond| interval.start(millisecond).is_ok();
        assert!(begins(Interval::Day, 0) && begins(Interval::Day, 86_400_000));
        assert!(begins(Interval::Hour, 3_600_000) && !begins(Interval::Day, 3_600_000));
        assert!(begins(Interval::Minute, 60_000) && !begins(Interval::Hour, 60_000));
        assert!(begins(Interval::Second, 1_000) && !begins(Interval::Minute, 1_000));
        assert!(!begins(Interval::Second, 1) && !begins(Interval::Hour, i64::MAX));
    }
}
