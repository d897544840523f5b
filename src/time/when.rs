//! Points in time: what a user may write for `--since` and `--until`, and what an event's `timestamp` may look like.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

use super::age::parse_age;
use super::unreadable::Unreadable;

/// Parses `now`, an age before `now`, `YYYY-MM-DD` (00:00 UTC), or RFC 3339 with an offset.
///
/// # Errors
/// Text that says what to write instead (`docs/command-line.md`, "Times").
pub fn parse_when(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, Unreadable> {
    let text = text.trim();
    if text == "now" {
        return Ok(now);
    }
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(instant.to_utc());
    }
    if looks_like_a_date(text) {
        return parse_day(text);
    }
    let age = parse_age(text).map_err(|mut error| {
        error.write.push_str("; or a date such as 2026-03-01");
        error
    })?;
    now.checked_sub_signed(age).ok_or_else(|| {
        Unreadable::new(
            format!("`{text}` lies before the beginning of time"),
            "write a later one",
        )
    })
}

/// Four digits and a hyphen: meant as a date, whatever follows.
fn looks_like_a_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 4 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

fn parse_day(text: &str) -> Result<DateTime<Utc>, Unreadable> {
    if text.len() == 10 {
        return NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc())
            .map_err(|_| {
                Unreadable::new(
                    format!("`{text}`: there is no such day"),
                    "write a day as YYYY-MM-DD",
                )
            });
    }
    let local = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%d %H:%M",
    ];
    if local
        .iter()
        .any(|form| NaiveDateTime::parse_from_str(text, form).is_ok())
    {
        return Err(Unreadable::new(
            format!("`{text}` has no zone"),
            format!("write {text}Z for UTC, or an offset such as {text}+02:00"),
        ));
    }
    Err(Unreadable::new(
        format!("`{text}` is not a time"),
        "write for example 2026-03-01, 2026-03-01T08:00:00Z or 15d",
    ))
}

/// The instant of an event's `timestamp`: RFC 3339 with 0 to 9 or more fraction digits and any offset
/// (`docs/insights-api.md` section 8). `None` for everything else: such an event has no instant.
pub fn parse_timestamp(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|instant| instant.to_utc())
}

/// An instant as `2026-03-01T08:00:00Z`, with a fraction only where it has one.
pub fn rfc3339(instant: DateTime<Utc>) -> String {
    let text = instant.to_rfc3339_opts(SecondsFormat::Nanos, true);
    let digits = text.trim_end_matches('Z').trim_end_matches('0');
    format!("{}Z", digits.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::{parse_timestamp, parse_when, rfc3339};

    fn now() -> DateTime<Utc> {
        parse_timestamp("2026-03-31T12:00:00Z").expect("a time")
    }

    #[test]
    fn every_way_to_write_a_point_in_time() {
        for (text, expected) in [
            ("now", "2026-03-31T12:00:00Z"),
            ("15d", "2026-03-16T12:00:00Z"),
            ("2026-03-01", "2026-03-01T00:00:00Z"),
            ("2026-03-01T08:00:00+02:00", "2026-03-01T06:00:00Z"),
            ("2026-03-01T08:00:00.25Z", "2026-03-01T08:00:00.25Z"),
        ] {
            assert_eq!(
                parse_when(text, now()).map(rfc3339),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_time_says_what_to_write() {
        for (text, hint) in [
            ("15", "15d"),
            ("1M", "minutes are"),
            ("2026-02-30", "no such day"),
            ("2026-03-01T08:00:00", "2026-03-01T08:00:00Z"),
            ("2026-03-01 08:00", "no zone"),
            ("2026-13-01T08:00:00Z", "is not a time"),
            ("yesterday", "15d"),
        ] {
            let error = parse_when(text, now()).expect_err(text).to_string();
            assert!(error.contains(hint), "{text}: {error}");
        }
    }

    #[test]
    fn fraction_digits_and_offsets_are_instants_not_texts() {
        let whole = parse_timestamp("2026-03-01T00:00:10Z").expect("a time");
        let finer = parse_timestamp("2026-03-01T00:00:10.343Z").expect("a time");
        assert!(whole < finer, "string order gets this wrong");
        assert_eq!(parse_timestamp("2026-03-01T02:00:10+02:00"), Some(whole));
        assert!(parse_timestamp("2026-03-01T00:00:10.123456789Z").is_some());
        assert_eq!(parse_timestamp("1772323210"), None);
        assert_eq!(parse_timestamp(""), None);
    }
}
