//! What a number's raw text is worth: `docs/ecs-mapping.md`, section 3.2.
//!
//! An integer keeps its digits however many they are; a decimal stays a decimal. Nothing goes from one kind to the other.

use std::borrow::Cow;

use super::members::skip_string;

/// Whether the text has a fraction or an exponent.
pub fn is_decimal(raw: &str) -> bool {
    raw.contains(['.', 'e', 'E'])
}

/// Whether this is an integer that 64 bits (signed) cannot hold.
pub fn is_beyond_64_bits(raw: &str) -> bool {
    !is_decimal(raw) && raw.parse::<i64>().is_err()
}

/// Whether a JSON text is or contains such an integer.
pub fn any_beyond_64_bits(json: &[u8]) -> bool {
    let mut at = 0;
    while at < json.len() {
        let end = match json[at] {
            b'"' => skip_string(json, at).unwrap_or(json.len()),
            b'-' | b'0'..=b'9' => {
                let is_part =
                    |byte: &&u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
                at + json[at..].iter().take_while(is_part).count()
            }
            _ => at + 1,
        };
        let raw = std::str::from_utf8(&json[at..end]).unwrap_or_default();
        if json[at] != b'"' && end > at + 1 && is_beyond_64_bits(raw) {
            return true;
        }
        at = end;
    }
    false
}

/// The double nearest to a decimal; infinite where it overflows.
///
/// # Panics
/// When `raw` is no JSON number.
pub fn double(raw: &str) -> f64 {
    raw.parse().expect("a JSON number is a Rust number")
}

/// The text in a document: integers digit by digit, decimals in the shortest form that reads back equal, with at least
/// one fraction digit. A decimal beyond every double keeps its text.
pub fn canonical(raw: &str) -> Cow<'_, str> {
    if !is_decimal(raw) {
        return Cow::Borrowed(if raw == "-0" { "0" } else { raw });
    }
    let value = double(raw);
    if value.is_infinite() {
        return Cow::Borrowed(raw);
    }
    let shortest = format!("{value:?}");
    match shortest.split_once('e') {
        Some((digits, exponent)) if !digits.contains('.') => {
            Cow::Owned(format!("{digits}.0e{exponent}"))
        }
        _ => Cow::Owned(shortest),
    }
}

/// Significant digits that every double can tell apart; a decimal of no more is the shortest that reads back equal.
const EXACT_DIGITS: usize = 15;
/// Zeros behind the point up to which a decimal is written without an exponent.
const PLAIN_ZEROS: usize = 3;

/// Whether a number's text is what [`canonical`] makes of it. May say no although it is.
pub fn is_canonical(raw: &[u8]) -> bool {
    let digits = raw.strip_prefix(b"-").unwrap_or(raw);
    let Some(point) = digits.iter().position(|byte| *byte == b'.') else {
        return digits.iter().all(u8::is_ascii_digit) && raw != b"-0";
    };
    let (whole, fraction) = (&digits[..point], &digits[point + 1..]);
    if whole.len() + fraction.len() > EXACT_DIGITS || !fraction.iter().all(u8::is_ascii_digit) {
        return false;
    }
    match fraction {
        b"0" => true,
        [.., b'0'] => false,
        _ => {
            whole != b"0"
                || fraction.iter().take_while(|digit| **digit == b'0').count() <= PLAIN_ZEROS
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{any_beyond_64_bits, canonical, is_beyond_64_bits, is_canonical};

    #[test]
    fn what_is_called_canonical_is() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut digits = |most: usize| -> String {
            (0..random.usize(1..=most))
                .map(|_| char::from(*random.choice(b"0011239").expect("some")))
                .collect()
        };
        let mut found = 0;
        for number in 0..20_000 {
            let whole = digits(9).trim_start_matches('0').to_owned();
            let whole = if whole.is_empty() { "0" } else { &whole };
            let fraction = [String::new(), format!(".{}", digits(9))][number % 2].clone();
            let exponent = if number % 7 == 0 { "e3" } else { "" };
            let raw = format!("{}{whole}{fraction}{exponent}", ["", "-"][number / 2 % 2]);
            if is_canonical(raw.as_bytes()) {
                assert_eq!(canonical(&raw), raw);
                found += 1;
            }
        }
        assert!(found > 10_000, "{found}");
        for raw in [
            "0.0",
            "-0.0",
            "0.0001",
            "-122.4194",
            "37.774929",
            "0",
            "-7",
            "123456789012345678901",
        ] {
            assert!(is_canonical(raw.as_bytes()), "{raw}");
        }
        for raw in [
            "-0",
            "0.00001",
            "1.50",
            "1e3",
            "1.5e300",
            "0.1000000000000000",
        ] {
            assert!(!is_canonical(raw.as_bytes()), "{raw}");
        }
    }

    #[test]
    fn integers_keep_their_digits_and_decimals_their_kind() {
        let cases = [
            ("0", "0"),
            ("-0", "0"),
            ("2147483648", "2147483648"),
            ("9007199254740993", "9007199254740993"),
            ("18446744073709551616", "18446744073709551616"),
            ("-0.0", "-0.0"),
            ("0.0", "0.0"),
            ("1.0", "1.0"),
            ("1.50", "1.5"),
            ("1e3", "1000.0"),
            ("1E-2", "0.01"),
            ("1E+2", "100.0"),
            ("-1e-400", "-0.0"),
            ("1e-400", "0.0"),
            ("1e300", "1.0e300"),
            ("1.5e300", "1.5e300"),
            ("1e-7", "1.0e-7"),
            ("0.1000000000000000055511151231257827", "0.1"),
            ("1e400", "1e400"),
            ("-1e400", "-1e400"),
        ];
        for (raw, expected) in cases {
            assert_eq!(canonical(raw), expected, "{raw}");
        }
    }

    #[test]
    fn sixty_four_bits_are_signed() {
        for fits in ["9223372036854775807", "-9223372036854775808", "-0", "1e400"] {
            assert!(!is_beyond_64_bits(fits), "{fits}");
        }
        for beyond in ["9223372036854775808", "-9223372036854775809"] {
            assert!(is_beyond_64_bits(beyond), "{beyond}");
            for json in [format!("[1,{{\"9\":[{beyond}]}}]"), beyond.to_owned()] {
                assert!(any_beyond_64_bits(json.as_bytes()), "{json}");
            }
            let text = format!(
                "[\"\\\"{beyond}\",{{\"{beyond}\":1}},{beyond}.0,null,-0,9223372036854775807]"
            );
            assert!(!any_beyond_64_bits(text.as_bytes()), "{text}");
        }
    }
}
