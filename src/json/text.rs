//! The text of a JSON string: from its raw form (between the quotes, escapes as received) to what it says, and back.
//!
//! An escape may name half a surrogate pair, which no Rust string can hold; so raw text stays raw, and whoever needs the
//! characters says what stands for such a half. Expects raw text that `read` has accepted.

use std::borrow::Cow;
use std::cmp::Ordering;

/// The characters of `raw`, with `unpaired` for every half of a surrogate pair.
pub fn decode(raw: &str, unpaired: char) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let characters = CodePoints::of(raw);
    Cow::Owned(
        characters
            .map(|point| char::from_u32(point).unwrap_or(unpaired))
            .collect(),
    )
}

/// Whether `raw` says `plain`, however it is escaped.
pub fn says(raw: &str, plain: &str) -> bool {
    raw == plain
        || memchr::memchr(b'\\', raw.as_bytes()).is_some()
            && CodePoints::of(raw).eq(plain.chars().map(u32::from))
}

/// Brings two raw texts in UTF-8 into an order by what they say; a text with half a surrogate pair is told from others by it.
pub fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let points = |raw| CodePoints::of(std::str::from_utf8(raw).unwrap_or_default());
    points(a).cmp(points(b))
}

/// The text as UTF-16 units, the order in which Java compares strings.
pub fn utf16(raw: &str) -> Vec<u16> {
    let mut units = Vec::with_capacity(raw.len());
    for point in CodePoints::of(raw) {
        match char::from_u32(point) {
            Some(character) => units.extend_from_slice(character.encode_utf16(&mut [0; 2])),
            None => units.extend(u16::try_from(point)),
        }
    }
    units
}

/// The raw form of `plain`: quotes, backslashes and control characters escaped, nothing else.
pub fn escape(plain: &str) -> Cow<'_, str> {
    let needs_escape = |c: char| matches!(c, '"' | '\\') || c < ' ';
    if !plain.contains(needs_escape) {
        return Cow::Borrowed(plain);
    }
    let mut raw = String::with_capacity(plain.len() + plain.len() / 4);
    for character in plain.chars() {
        match character {
            '"' => raw.push_str("\\\""),
            '\\' => raw.push_str("\\\\"),
            '\n' => raw.push_str("\\n"),
            '\r' => raw.push_str("\\r"),
            '\t' => raw.push_str("\\t"),
            c if c < ' ' => raw.extend(unicode_escape(c)),
            c => raw.push(c),
        }
    }
    Cow::Owned(raw)
}

/// Appends the raw form of `plain`, the same as [`escape`] makes, piece by piece.
pub fn write_escaped(plain: &[u8], out: &mut Vec<u8>) {
    let mut done = 0;
    for (at, byte) in plain.iter().enumerate() {
        if matches!(byte, b'"' | b'\\' | 0..0x20) {
            out.extend_from_slice(&plain[done..at]);
            done = at + 1;
            match byte {
                b'"' => out.extend_from_slice(b"\\\""),
                b'\\' => out.extend_from_slice(b"\\\\"),
                control => {
                    let control = char::from(*control).to_string();
                    out.extend_from_slice(escape(&control).as_bytes());
                }
            }
        }
    }
    out.extend_from_slice(&plain[done..]);
}

/// The six characters of a `\u` escape for a control character.
fn unicode_escape(control: char) -> impl Iterator<Item = char> {
    let point = u32::from(control);
    let digits = [point >> 4 & 0xf, point & 0xf];
    let digits = digits
        .into_iter()
        .filter_map(|digit| char::from_digit(digit, 16));
    "\\u00".chars().chain(digits)
}

/// The code points of a raw text; an unpaired surrogate comes as itself.
struct CodePoints<'a> {
    rest: std::str::Chars<'a>,
}

impl<'a> CodePoints<'a> {
    fn of(raw: &'a str) -> Self {
        Self { rest: raw.chars() }
    }

    /// What stands behind a backslash.
    fn escaped(&mut self) -> Option<u32> {
        let point = match self.rest.next()? {
            'b' => 0x08,
            'f' => 0x0c,
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'u' => return self.hexadecimal(),
            other => u32::from(other),
        };
        Some(point)
    }

    /// The four digits of a `\u` escape, together with a second escape where both make one character.
    fn hexadecimal(&mut self) -> Option<u32> {
        let first = self.four_digits()?;
        if !(0xd800..0xdc00).contains(&first) {
            return Some(first);
        }
        let mut ahead = Self {
            rest: self.rest.clone(),
        };
        if ahead.rest.next() == Some('\\')
            && ahead.rest.next() == Some('u')
            && let Some(second @ 0xdc00..0xe000) = ahead.four_digits()
        {
            self.rest = ahead.rest;
            return Some(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
        }
        Some(first)
    }

    fn four_digits(&mut self) -> Option<u32> {
        (0..4).try_fold(0, |value, _| {
            Some(value << 4 | self.rest.next()?.to_digit(16)?)
        })
    }
}

impl Iterator for CodePoints<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        match self.rest.next()? {
            '\\' => self.escaped(),
            plain => Some(u32::from(plain)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, escape, says, utf16, write_escaped};

    #[test]
    fn escapes_are_read_as_the_standard_names_them() {
        let cases = [
            (r"plain ü", "plain ü"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"\u0041\u00e9\u20AC", "Aé€"),
            (r"\ud83d\ude00!", "😀!"),
            (r"\ud83d", "?"),
            (r"\ude00\ud83d", "??"),
            (r"\ud83d\ud83d\ude00", "?😀"),
            (r"\ud83dx\ude00", "?x?"),
            (r"\ud83d\n", "?\n"),
            (r"\\ud83d", r"\ud83d"),
        ];
        for (raw, plain) in cases {
            assert_eq!(decode(raw, '?'), plain, "{raw}");
        }
        assert_eq!(decode(r"\ud800", '\u{fffd}'), "\u{fffd}");
    }

    #[test]
    fn a_name_is_recognised_however_it_is_escaped() {
        assert!(says("id", "id"));
        assert!(says(r"\u0069d", "id"));
        assert!(!says(r"\u0069", "id"));
        assert!(!says(r"\ud800", "?"));
    }

    #[test]
    fn utf16_order_differs_from_the_order_of_characters() {
        assert_eq!(utf16(r"\ud83d\ude00"), [0xd83d, 0xde00]);
        assert_eq!(utf16(r"\ud800a"), [0xd800, 0x61]);
        assert!(utf16("😀") < utf16("\u{fb01}"));
        assert!("😀" > "\u{fb01}");
    }

    #[test]
    fn what_is_escaped_reads_back() {
        for plain in ["", "plain", "a\"b\\c\nd\u{1}e\té😀\u{7f}"] {
            assert_eq!(decode(&escape(plain), '?'), plain);
            let mut out = Vec::new();
            write_escaped(plain.as_bytes(), &mut out);
            assert_eq!(out, escape(plain).as_bytes());
        }
    }
}
