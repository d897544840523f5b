//! What a number's raw text is worth: `docs/ecs-mapping.md`, section 3.2.
//!
//! An integer keeps its digits however many they are; a decimal stays a decimal. Nothing goes from one kind to the other.

use crate::reference::json::tree::Value;
use std::borrow::Cow;

/// Whether the text has a fraction or an exponent.
pub fn is_decimal(raw: &str) -> bool {
    raw.contains(['.', 'e', 'E'])
}

/// Whether this is an integer that 64 bits (signed) cannot hold.
fn is_beyond_64_bits(raw: &str) -> bool {
    !is_decimal(raw) && raw.parse::<i64>().is_err()
}

/// Whether the value is or contains such an integer.
pub fn is_beyond_64_bits_anywhere(value: &Value<'_>) -> bool {
    match value {
        Value::Number(raw) => is_beyond_64_bits(raw),
        Value::Array(elements) => elements.iter().any(is_beyond_64_bits_anywhere),
        Value::Object(object) => object
            .0
            .iter()
            .any(|(_, value)| is_beyond_64_bits_anywhere(value)),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

/// The double nearest to a decimal; infinite where it overflows.
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

#[cfg(test)]
mod tests {
    use super::{canonical, is_beyond_64_bits};

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
        }
    }
}
