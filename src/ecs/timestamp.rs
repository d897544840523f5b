//! From the text of an event's `timestamp` to `@timestamp`: `docs/ecs-mapping.md`, section 3.3.
//!
//! The accepted forms are Elastic's, fixed widths and all; the result is UTC, cut to milliseconds. Region names as zones
//! are not read: they are optional there and no event has one.

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike};

/// The furthest a zone may be from UTC, in seconds.
const MAX_OFFSET: u32 = 18 * 3600;

/// Bytes of `yyyy-MM-ddTHH:mm:ss`.
const SECONDS: usize = 19;
/// Bytes of `yyyy-MM-ddTHH:mm:ss.SSS`.
const MILLIS: usize = 23;
/// Bytes of `.SSS`.
const FRACTION: usize = MILLIS - SECONDS;
/// Days of each month, in a year that is no leap year.
const DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Appends the instant that `text` names as the JSON string `"yyyy-MM-ddTHH:mm:ss.SSSZ"`; nothing, and `false`, where it is no date, or
/// one outside the years 0001 to 9999.
pub(super) fn write_utc(text: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(length) = usual(text) else {
        return write_unusual(text, out);
    };
    // Written where it belongs, in pieces of fixed size: what is put together elsewhere from pieces of any size has to be waited for.
    let (start, end) = (out.len() + 1, out.len() + 1 + length);
    out.extend_from_slice(b"\"0000-00-00T00:00:00.000Z\"");
    out[start..start + SECONDS].copy_from_slice(&text[..SECONDS]);
    out[end - FRACTION..end].copy_from_slice(&text[length - FRACTION..length]);
    true
}

#[cold]
#[inline(never)]
fn write_unusual(text: &[u8], out: &mut Vec<u8>) -> bool {
    let utc = to_utc(text);
    if let Some(utc) = &utc {
        out.push(b'"');
        out.extend_from_slice(utc.as_bytes());
        out.push(b'"');
    }
    utc.is_some()
}

/// How much of the form that nearly all events have, `yyyy-MM-ddTHH:mm:ss` with or without a fraction, then `Z`, can stay as it is; nothing for other forms and for what may
/// be no date.
fn usual(text: &[u8]) -> Option<usize> {
    let (seconds, rest) = text.split_first_chunk::<SECONDS>()?;
    let fraction = rest.strip_suffix(b"Z")?;
    // Every byte is looked at, whatever the ones before are: nearly always all are as they should be.
    let mut is_shaped = fraction.len() != 1 && fraction.len() <= 10;
    for (byte, shape) in seconds.iter().zip(b"0000-00-00T00:00:00") {
        is_shaped &= byte == shape || (*shape == b'0' && byte.is_ascii_digit());
    }
    for (at, byte) in fraction.iter().enumerate() {
        is_shaped &= if at == 0 {
            *byte == b'.'
        } else {
            byte.is_ascii_digit()
        };
    }
    if !is_shaped {
        return None;
    }
    let two = |at: usize| u32::from(seconds[at] - b'0') * 10 + u32::from(seconds[at + 1] - b'0');
    let (month, day) = (two(5), two(8));
    // The 29th of February is left to the calendar.
    let days = DAYS.get(month.checked_sub(1)? as usize)?;
    let is_date = (1..=*days).contains(&day) && &seconds[..4] != b"0000";
    let is_time = two(11) < 24 && two(14) < 60 && two(17) < 60;
    (is_date && is_time).then_some(MILLIS.min(SECONDS + fraction.len()))
}

/// The instant that `text` names as `yyyy-MM-ddTHH:mm:ss.SSSZ`; nothing where it is no date, or one outside the years
/// 0001 to 9999.
fn to_utc(text: &[u8]) -> Option<String> {
    let mut rest = Rest(text);
    let date = date(&mut rest)?;
    let mut time = NaiveTime::MIN;
    let mut offset = TimeDelta::zero();
    if rest.accept(b'T') {
        time = time_of_day(&mut rest)?;
        offset = zone(&mut rest)?;
    }
    if !rest.0.is_empty() {
        return None;
    }
    let utc = date.and_time(time).checked_sub_signed(offset)?;
    let in_range = (1..=9999).contains(&utc.year());
    let millis = utc.nanosecond() / 1_000_000;
    in_range.then(|| format!("{}.{millis:03}Z", utc.format("%Y-%m-%dT%H:%M:%S")))
}

/// `yyyy`, `yyyy-MM` or `yyyy-MM-dd`; what is missing is the first.
fn date(rest: &mut Rest) -> Option<NaiveDate> {
    let year = rest.digits(4).filter(|year| *year > 0)?;
    let month = if rest.accept(b'-') {
        rest.digits(2)?
    } else {
        1
    };
    // A day stands only behind a month: a bare year with another `-` has been read as one above.
    let day = if rest.accept(b'-') {
        rest.digits(2)?
    } else {
        1
    };
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// Nothing, `HH`, `HH:mm`, `HH:mm:ss`, or that with a fraction.
fn time_of_day(rest: &mut Rest) -> Option<NaiveTime> {
    let (mut hour, mut minute, mut second, mut nanos) = (0, 0, 0, 0);
    if rest.starts_with_digit() {
        hour = rest.digits(2)?;
        if rest.accept(b':') {
            minute = rest.digits(2)?;
            if rest.accept(b':') {
                second = rest.digits(2)?;
                if rest.accept(b'.') || rest.accept(b',') {
                    nanos = fraction(rest)?;
                }
            }
        }
    }
    NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)
}

/// One to nine digits, as nanoseconds.
fn fraction(rest: &mut Rest) -> Option<u32> {
    let count = rest
        .0
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if !(1..=9).contains(&count) {
        return None;
    }
    let missing = u32::try_from(9 - count).ok()?;
    Some(rest.digits(count)? * 10_u32.pow(missing))
}

/// Nothing (which is UTC), `Z`, `±HH`, `±HHmm`, `±HH:mm` or `±HH:mm:ss`.
fn zone(rest: &mut Rest) -> Option<TimeDelta> {
    let east = rest.accept(b'+');
    if !east && !rest.accept(b'-') {
        rest.accept(b'Z');
        return Some(TimeDelta::zero());
    }
    let hours = rest.digits(2)?;
    let (mut minutes, mut seconds) = (0, 0);
    if rest.accept(b':') {
        minutes = rest.digits(2)?;
        if rest.accept(b':') {
            seconds = rest.digits(2)?;
        }
    } else if rest.starts_with_digit() {
        minutes = rest.digits(2)?;
    }
    let distance = hours * 3600 + minutes * 60 + seconds;
    if minutes > 59 || seconds > 59 || distance > MAX_OFFSET {
        return None;
    }
    let distance = TimeDelta::seconds(i64::from(distance));
    Some(if east { distance } else { -distance })
}

/// What has not been read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn accept(&mut self, byte: u8) -> bool {
        let rest = self.0.strip_prefix(&[byte]);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn starts_with_digit(&self) -> bool {
        self.0.first().is_some_and(u8::is_ascii_digit)
    }

    /// Exactly `count` ASCII digits, nine at most.
    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u32::from(digit - b'0'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{to_utc, write_utc};

    /// The same by way of the quick form where that is possible.
    fn written(text: &str) -> Option<String> {
        let mut out = Vec::new();
        let is_date = write_utc(text.as_bytes(), &mut out);
        assert_eq!(is_date, !out.is_empty());
        let quoted = String::from_utf8(out).expect("ASCII");
        is_date.then(|| quoted.trim_matches('"').to_owned())
    }

    #[test]
    fn the_usual_form_is_read_as_any_other() {
        for date in [
            "2024-02-28",
            "2024-02-29",
            "2023-02-29",
            "2023-04-30",
            "2023-04-31",
            "2023-12-31",
            "2023-13-01",
            "2023-00-10",
            "2023-01-00",
            "0000-01-01",
            "0001-01-01",
            "9999-12-31",
        ] {
            for time in [
                "23:59:59Z",
                "23:59:60Z",
                "00:00:00.0Z",
                "23:59:59.1234Z",
                "23:59:59.999999999Z",
                "24:00:00.1Z",
                "23:60:00.1Z",
                "23:59:60.1Z",
                "00:00:00.Z",
                "00:00:00.1234567890Z",
                "00:00:00.12",
                "00:00:00,12Z",
            ] {
                let text = format!("{date}T{time}");
                assert_eq!(written(&text), to_utc(text.as_bytes()), "{text}");
            }
        }
    }

    #[test]
    fn every_accepted_form_becomes_utc_with_three_decimals() {
        let cases = [
            ("2023", "2023-01-01T00:00:00.000Z"),
            ("2023-05", "2023-05-01T00:00:00.000Z"),
            ("2023-05-06", "2023-05-06T00:00:00.000Z"),
            ("2023-05T", "2023-05-01T00:00:00.000Z"),
            ("2023-05-06T", "2023-05-06T00:00:00.000Z"),
            ("2023-05-06TZ", "2023-05-06T00:00:00.000Z"),
            ("2023-05-06T+02:00", "2023-05-05T22:00:00.000Z"),
            ("2023-05-06T07", "2023-05-06T07:00:00.000Z"),
            ("2023-05-06T07:08", "2023-05-06T07:08:00.000Z"),
            ("2023-05-06T07:08:09", "2023-05-06T07:08:09.000Z"),
            ("2023-05-06T07:08:09Z", "2023-05-06T07:08:09.000Z"),
            ("2023-05-06T07:08:09.1Z", "2023-05-06T07:08:09.100Z"),
            ("2023-05-06T07:08:09,12Z", "2023-05-06T07:08:09.120Z"),
            ("2023-05-06T07:08:09.123456789Z", "2023-05-06T07:08:09.123Z"),
            ("2024-03-01T00:00:59.9999Z", "2024-03-01T00:00:59.999Z"),
            ("2023-05-06T07:08:09.999999999", "2023-05-06T07:08:09.999Z"),
            ("2023-05-06T07Z", "2023-05-06T07:00:00.000Z"),
            ("2023-05-06T07:08+02", "2023-05-06T05:08:00.000Z"),
            ("2023-05-06T07:08:09-0530", "2023-05-06T12:38:09.000Z"),
            ("2023-05-06T07:08:09.5+05:45", "2023-05-06T01:23:09.500Z"),
            ("2023-05-06T07:08:09-01:02:03", "2023-05-06T08:10:12.000Z"),
            ("2023-05-06T00:00:00+18:00", "2023-05-05T06:00:00.000Z"),
            ("2023-05-06T00:00:00-18:00", "2023-05-06T18:00:00.000Z"),
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(to_utc(text.as_bytes()).as_deref(), Some(expected), "{text}");
            assert_eq!(written(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_elastic_does_not_read_is_no_date_here_either() {
        let others = [
            "",
            " ",
            "2023-05-06 07:08:09",
            "2023-05-06T07:08:09.1234567890Z",
            "2023-05-06T07:08:09.Z",
            "2023-05-06T07:08.5Z",
            "2023-05-06T07.5Z",
            "2023-05-06T07:08:60Z",
            "2023-05-06T24:00:00Z",
            "2023-05-06T07:60:00Z",
            "2023-02-29T00:00:00Z",
            "2023-04-31",
            "2023-13-01",
            "2023-00-01",
            "2023-01-00",
            "2023-05-06Z",
            "2023-05-06+02:00",
            "2023-W18-6",
            "2023-126",
            "20230506",
            "20230506T070809Z",
            "1683356889",
            "1683356889000",
            "2023-5-6",
            "2023-05-6",
            "23-05-06",
            "+2023-05-06",
            "-2023-05-06",
            "12023-05-06",
            "2023-05-06t07:08:09Z",
            "2023-05-06T07:08:09z",
            "2023-05-06T7:08:09Z",
            "2023-05-06T07:8:09Z",
            "2023-05-06T0708Z",
            "2023-05-06T07:08:09+2",
            "2023-05-06T07:08:09+02:",
            "2023-05-06T07:08:09+02:0",
            "2023-05-06T07:08:09+02:60",
            "2023-05-06T07:08:09+02:00:60",
            "2023-05-06T07:08:09+18:01",
            "2023-05-06T07:08:09-18:00:01",
            "2023-05-06T07:08:09+19",
            "2023-05-06T07:08:09Z ",
            "2023-05-06T07:08:09Z\n",
            " 2023-05-06T07:08:09Z",
            "2023-05-06T07:08:09ZZ",
            "2023-05-06T07:08:09Z+02:00",
            "٢٠٢٣-05-06",
            "2023-05-06T07:08:09Zx",
            "now",
        ];
        for text in others {
            assert_eq!(to_utc(text.as_bytes()), None, "{text}");
            assert_eq!(written(text), None, "{text}");
        }
    }

    #[test]
    fn years_outside_four_digits_are_refused_before_and_after_conversion() {
        for text in [
            "0000-01-01",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
        ] {
            assert_eq!(to_utc(text.as_bytes()), None, "{text}");
        }
    }
}
