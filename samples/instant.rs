//! Instants as nanoseconds since 1970 in UTC, and their RFC 3339 text.
//!
//! The simulated servers compare instants themselves and must not borrow the code they are there to check.

use std::time::{SystemTime, UNIX_EPOCH};

/// Nanoseconds since 1970-01-01T00:00:00Z; good for the years 1678 to 2261.
pub type Nanos = i64;

/// One second in nanoseconds.
pub const SECOND: Nanos = 1_000_000_000;
/// One minute in nanoseconds.
pub const MINUTE: Nanos = 60 * SECOND;
/// One hour in nanoseconds.
pub const HOUR: Nanos = 60 * MINUTE;
/// One day in nanoseconds.
pub const DAY: Nanos = 24 * HOUR;
/// One millisecond in nanoseconds.
pub const MILLISECOND: Nanos = SECOND / 1000;

/// The clock's present instant.
pub fn now() -> Nanos {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970");
    Nanos::try_from(since.as_nanos()).expect("a clock before 2262")
}

/// Reads an RFC 3339 instant with 0 to 9 fraction digits and `Z` or an offset; `None` for anything else.
pub fn parse(text: &str) -> Option<Nanos> {
    let (date, rest) = text.split_once('T')?;
    let days = days_of(date)?;
    let zone_at = rest.find(['Z', '+', '-'])?;
    let (time, zone) = rest.split_at(zone_at);
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let seconds = clock_seconds(clock)? - zone_seconds(zone)?;
    let nanos = fraction_nanos(fraction)?;
    let whole = days.checked_mul(86_400)?.checked_add(seconds)?;
    whole.checked_mul(SECOND)?.checked_add(nanos)
}

/// Writes an instant in UTC with `digits` (0 to 9) fraction digits, truncated.
pub fn text(instant: Nanos, digits: usize) -> String {
    let seconds = instant.div_euclid(SECOND);
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let fraction = format!("{:09}", instant.rem_euclid(SECOND));
    let dot = if digits == 0 { "" } else { "." };
    let shown = &fraction[..digits];
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{dot}{shown}Z")
}

/// The date of an instant in UTC, `YYYY-MM-DD`.
pub fn date(instant: Nanos) -> String {
    text(instant, 0)[..10].to_owned()
}

/// Day of the week, 0 = Monday.
pub fn weekday(instant: Nanos) -> i64 {
    (instant.div_euclid(DAY) + 3).rem_euclid(7)
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let whole = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    whole.then(|| text.parse().ok()).flatten()
}

fn days_of(date: &str) -> Option<i64> {
    let mut parts = date.splitn(3, '-');
    let (year, month, day) = (
        number(parts.next()?, 4)?,
        number(parts.next()?, 2)?,
        number(parts.next()?, 2)?,
    );
    let days = days_from_civil(year, month, day);
    (civil(days) == (year, month, day)).then_some(days)
}

fn clock_seconds(clock: &str) -> Option<i64> {
    let mut parts = clock.splitn(3, ':');
    let (hour, minute, second) = (
        number(parts.next()?, 2)?,
        number(parts.next()?, 2)?,
        number(parts.next()?, 2)?,
    );
    (hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)
}

fn zone_seconds(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    Some(sign * (number(hours, 2)? * 3600 + number(minutes, 2)? * 60))
}

fn fraction_nanos(fraction: &str) -> Option<i64> {
    if fraction.len() > 9 {
        return None;
    }
    number(fraction, fraction.len())
        .filter(|_| !fraction.is_empty())
        .map(|value| value * 10_i64.pow(u32::try_from(9 - fraction.len()).unwrap_or(0)))
}

/// Howard Hinnant's `days_from_civil`: days since 1970-01-01 of a proleptic Gregorian date.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year + era * 400 + i64::from(month <= 2), month, day)
}
