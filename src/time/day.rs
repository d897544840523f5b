//! Days of UTC: their numbers, their names, and their bounds.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use super::window::Window;

/// Seconds of a day.
const SECONDS: i64 = 86_400;

/// The number of an instant's day since 1970.
pub fn day_number(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(SECONDS)
}

/// `YYYY-MM-DD` of a day with this number.
pub fn day_name(number: i64) -> String {
    let start = DateTime::from_timestamp(number.saturating_mul(SECONDS), 0).unwrap_or_default();
    start.format("%Y-%m-%d").to_string()
}

/// A day from midnight to midnight; empty only at the end of all time.
pub fn whole_day(date: NaiveDate) -> Window {
    let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
    let next = date.checked_add_days(Days::new(1)).unwrap_or(date);
    Window {
        start: midnight(date),
        end: midnight(next),
    }
}

#[cfg(test)]
mod tests {
    use super::{day_name, day_number, whole_day};
    use crate::time::parse_timestamp;

    #[test]
    fn a_day_begins_at_midnight_and_ends_at_the_next_one() {
        for (at, name) in [
            ("2026-03-01T00:00:00Z", "2026-03-01"),
            ("2026-03-01T23:59:59.999999999Z", "2026-03-01"),
            ("1969-12-31T23:59:59Z", "1969-12-31"),
        ] {
            let at = parse_timestamp(at).expect("a time");
            assert_eq!(day_name(day_number(at)), name);
            let day = whole_day(at.date_naive());
            assert!(day.start <= at && at < day.end);
            assert_eq!(day_number(day.end), day_number(day.start) + 1);
        }
    }
}
