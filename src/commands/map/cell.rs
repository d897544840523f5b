//! One cell of a table: values of a document as text, and the text as RFC 4180 and spreadsheets want it.

use std::borrow::Cow;

use super::record::Record;
use crate::json::elements::elements;
use crate::json::text::decode;

/// Between the values of a list.
const BETWEEN: &[u8] = b"; ";

/// A cell while it is filled. What stands in the document as it is to be written is not copied.
#[derive(Clone, Default)]
pub struct Cell<'d> {
    text: Cow<'d, [u8]>,
    filled: bool,
}

impl<'d> Cell<'d> {
    /// Makes this its text.
    pub fn set(&mut self, text: &'d [u8]) {
        self.text = Cow::Borrowed(text);
        self.filled = true;
    }

    /// Its text, without quotes.
    #[cfg(test)]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Adds a value, which stands in valid JSON: a list of scalars one by one, another structure as it is written.
    pub fn add(&mut self, value: &'d [u8]) {
        let is_scalar = |element: &[u8]| !matches!(element.first(), Some(b'{' | b'['));
        if value.first() == Some(&b'[') && elements(value).all(is_scalar) {
            elements(value).for_each(|element| self.add_one(element));
        } else {
            self.add_one(value);
        }
    }

    fn add_one(&mut self, value: &'d [u8]) {
        if value == b"null" {
            return;
        }
        let text = text_of(value);
        if std::mem::replace(&mut self.filled, true) {
            let all = self.text.to_mut();
            all.extend_from_slice(BETWEEN);
            all.extend_from_slice(&text);
        } else {
            self.text = text;
        }
    }

    /// Adds it to a record as its next field; a `safe` one is nothing that a spreadsheet would run.
    pub fn write(mut self, safe: bool, record: &mut Record, out: &mut Vec<u8>) {
        if safe && is_formula(&self.text) {
            self.text.to_mut().insert(0, b'\'');
        }
        record.field(&self.text, out);
    }
}

/// What a string says; any other value as it is written.
fn text_of(value: &[u8]) -> Cow<'_, [u8]> {
    let inner = value
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    let Some(Ok(raw)) = inner.map(std::str::from_utf8) else {
        return Cow::Borrowed(value);
    };
    match decode(raw, char::REPLACEMENT_CHARACTER) {
        Cow::Borrowed(plain) => Cow::Borrowed(plain.as_bytes()),
        Cow::Owned(plain) => Cow::Owned(plain.into_bytes()),
    }
}

/// Whether a spreadsheet may take a cell for a formula (OWASP, "CSV Injection"): by its first character, also in the wide
/// form of East Asia and behind spaces, which some programs take off. A plain number is none.
fn is_formula(cell: &[u8]) -> bool {
    let Ok(cell) = std::str::from_utf8(cell) else {
        return false;
    };
    if cell.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    let begins = cell.trim_start().starts_with([
        '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]);
    begins && !is_number(cell)
}

/// Whether this is a number as JSON writes it.
fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let starts = digits.starts_with(|first: char| first.is_ascii_digit());
    starts
        && cell
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        && cell.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::record::Record;
    use super::{Cell, is_formula};

    fn written(values: &[&str], safe: bool) -> String {
        let mut cell = Cell::default();
        for value in values {
            cell.add(value.as_bytes());
        }
        let mut out = Vec::new();
        // Behind another one: a record of one empty field is written otherwise.
        let mut record = Record::new();
        record.field(b"x", &mut out);
        cell.write(safe, &mut record, &mut out);
        record.end(&mut out);
        out.drain(..2);
        out.truncate(out.len() - 2);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn values_become_text() {
        for (value, text) in [
            ("\"plain\"", "plain"),
            (r#""a\"b,c""#, "\"a\"\"b,c\""),
            (r#""line\nbreak\ud800""#, "\"line\nbreak\u{fffd}\""),
            (r#""\ud83d\ude00""#, "\u{1f600}"),
            ("1.50", "1.50"),
            ("true", "true"),
            ("null", ""),
            ("[]", ""),
            (r#"["a","b; c",3,false]"#, "a; b; c; 3; false"),
            ("[1,[2]]", "\"[1,[2]]\""),
            (r#"[{"a":1}]"#, "\"[{\"\"a\"\":1}]\""),
            (r#"{"a":"\ud800"}"#, "\"{\"\"a\"\":\"\"\\ud800\"\"}\""),
        ] {
            assert_eq!(written(&[value], false), text, "{value}");
        }
        assert_eq!(
            written(&["1", "[2,3]", "null", "\"\"", "4"], false),
            "1; 2; 3; ; 4"
        );
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_defused() {
        for cell in [
            "=1+1",
            "+49 40 123",
            "-cmd|' /C calc'!A0",
            "@SUM(A1)",
            "\tx",
            "\rx",
            "\nx",
            " =1",
            "\u{a0}=1",
            "\u{ff1d}1",
            "--5",
            "-5-5",
            "-5; -6",
            "-",
            "+5",
        ] {
            assert!(is_formula(cell.as_bytes()), "{cell:?}");
        }
        for cell in [
            "",
            "a=1",
            "5",
            "-5",
            "-5.25",
            "-1e-7",
            "'=1",
            "{\"a\":1}",
            "\u{e9}",
        ] {
            assert!(!is_formula(cell.as_bytes()), "{cell:?}");
        }
        assert_eq!(written(&["\"=1,2\""], true), "\"'=1,2\"");
        assert_eq!(written(&["\"=1\""], true), "'=1");
        assert_eq!(written(&["\"=1\""], false), "=1");
        assert_eq!(written(&["-7"], true), "-7");
    }
}
