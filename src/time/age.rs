//! Durations in words: `15d`, `36h`, `2h30m`, `90min`, `45s`, `1w`.

use chrono::TimeDelta;

use super::unreadable::Unreadable;

/// Seconds of each unit; minutes have two spellings.
const UNITS: [(&str, i64); 7] = [
    ("w", 7 * 86_400),
    ("d", 86_400),
    ("h", 3_600),
    ("min", 60),
    ("m", 60),
    ("s", 1),
    ("sec", 1),
];

/// Parses an age or duration such as `2h30m`; a day is 24 hours.
///
/// # Errors
/// Text that says what to write instead: a bare number, `1M`, an unknown unit, nothing, or more than time can hold.
pub fn parse_age(text: &str) -> Result<TimeDelta, Unreadable> {
    let mut rest = text;
    let mut seconds: i64 = 0;
    if rest.is_empty() {
        return Err(Unreadable::new(
            "the duration is empty",
            "write for example 15d, 36h or 90min",
        ));
    }
    while !rest.is_empty() {
        let (number, after) = leading_number(rest, text)?;
        let letters = after
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(after.len());
        let (unit, next) = after.split_at(letters);
        let factor = unit_seconds(unit, text)?;
        seconds = number
            .checked_mul(factor)
            .and_then(|part| seconds.checked_add(part))
            .ok_or_else(|| too_long(text))?;
        rest = next;
    }
    TimeDelta::try_seconds(seconds).ok_or_else(|| too_long(text))
}

fn leading_number<'a>(rest: &'a str, text: &str) -> Result<(i64, &'a str), Unreadable> {
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let number = rest[..digits].parse::<i64>().map_err(|_| {
        let what = format!("`{text}` is not a duration");
        Unreadable::new(what, "write for example 15d, 36h, 2h30m, 90min or 45s")
    })?;
    Ok((number, &rest[digits..]))
}

fn unit_seconds(unit: &str, text: &str) -> Result<i64, Unreadable> {
    if let Some((_, seconds)) = UNITS.iter().find(|(name, _)| *name == unit) {
        return Ok(*seconds);
    }
    Err(match unit {
        "" if text.bytes().all(|byte| byte.is_ascii_digit()) => Unreadable::new(
            format!("`{text}` has no unit"),
            format!("write for example {text}d for days, {text}h for hours, {text}min or {text}s"),
        ),
        "" => Unreadable::new(
            format!("`{text}` is not a duration"),
            "write whole numbers with units, for example 15d, 36h, 2h30m or 90min",
        ),
        "M" => Unreadable::new(
            format!("`{text}`: months have no fixed length, and minutes are `m` or `min`"),
            "write for example 30d or 1min",
        ),
        _ => Unreadable::new(
            format!("`{text}`: unknown unit `{unit}`"),
            "the units are w, d, h, m (or min) and s",
        ),
    })
}

fn too_long(text: &str) -> Unreadable {
    Unreadable::new(
        format!("`{text}` is longer than time can be counted"),
        "write a shorter one",
    )
}

#[cfg(test)]
mod tests {
    use super::parse_age;

    #[test]
    fn words_become_seconds() {
        for (text, seconds) in [
            ("15d", 1_296_000),
            ("36h", 129_600),
            ("2h30m", 9_000),
            ("90min", 5_400),
            ("90m", 5_400),
            ("45s", 45),
            ("1w", 604_800),
            ("0s", 0),
        ] {
            assert_eq!(
                parse_age(text).map(|d| d.num_seconds()),
                Ok(seconds),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_duration_says_what_to_write() {
        for (text, hint) in [
            ("15", "15d"),
            ("1M", "minutes are"),
            ("", "15d"),
            ("d", "15d"),
            ("-3d", "15d"),
            ("1.5h", "whole numbers"),
            ("3y", "unknown unit `y`"),
            ("99999999999999999999d", "15d"),
            ("9999999999999999d", "longer"),
            ("15 d", "whole numbers"),
        ] {
            let error = parse_age(text).expect_err(text).to_string();
            assert!(error.contains(hint), "{text}: {error}");
        }
    }
}
