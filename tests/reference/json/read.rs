//! A strict reader of one JSON text: RFC 8259 and no more, with the limits of `docs/ecs-mapping.md`, section 3.2.
//!
//! Says what is wrong and at which byte; keeps every scalar as it stands. Its depth is bounded, so it may call itself.
//! Knows no event.

use super::text;
use super::tree::{Object, Value};
use std::borrow::Cow;
use std::collections::HashSet;

/// Containers inside each other; the outermost counts as the first.
pub const MAX_LEVELS: usize = 1000;
/// Digits of one number, those of fraction and exponent included.
pub const MAX_DIGITS: usize = 1000;

/// Why a text is not JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong, in words.
    pub reason: String,
    /// Bytes before the place.
    pub offset: usize,
}

/// Reads the one JSON value that `bytes` hold.
pub fn read(bytes: &[u8]) -> Result<Value<'_>, Malformed> {
    read_within(bytes, MAX_LEVELS)
}

/// The same with another limit: a document is deeper than its event.
pub fn read_within(bytes: &[u8], max_levels: usize) -> Result<Value<'_>, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|error| Malformed {
        reason: "not UTF-8".to_owned(),
        offset: error.valid_up_to(),
    })?;
    let mut reader = Reader {
        text,
        at: 0,
        level: 0,
        max_levels,
    };
    if text.starts_with('\u{feff}') {
        return reader.fail("a byte order mark before the text");
    }
    let value = reader.value()?;
    reader.skip_white_space();
    if reader.peek().is_some() {
        return reader.fail("more text after the end of the value");
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    level: usize,
    max_levels: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self) -> Result<Value<'a>, Malformed> {
        self.skip_white_space();
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => Ok(Value::String(Cow::Borrowed(self.string()?))),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.literal(),
        }
    }

    /// One level down, unless that is too deep.
    fn nested(
        &mut self,
        read: fn(&mut Self) -> Result<Value<'a>, Malformed>,
    ) -> Result<Value<'a>, Malformed> {
        if self.level == self.max_levels {
            return self.fail("more than 1000 levels inside each other");
        }
        self.level += 1;
        self.at += 1;
        let value = read(self);
        self.level -= 1;
        value
    }

    fn object(&mut self) -> Result<Value<'a>, Malformed> {
        let mut members = Vec::new();
        let mut seen = HashSet::new();
        if self.accept(b'}') {
            return Ok(Value::Object(Object(members)));
        }
        loop {
            let key = self.key()?;
            if !seen.insert(text::comparable(key)) {
                return self.fail_before(key, "an object has this key twice");
            }
            members.push((key, self.value()?));
            if self.accept(b'}') {
                return Ok(Value::Object(Object(members)));
            }
            self.expect(b',', "a comma or the end of the object")?;
        }
    }

    /// A key with its colon.
    fn key(&mut self) -> Result<&'a str, Malformed> {
        self.skip_white_space();
        if self.peek() != Some(b'"') {
            return self.unexpected("a key in double quotes");
        }
        let key = self.string()?;
        self.expect(b':', "a colon")?;
        Ok(key)
    }

    fn array(&mut self) -> Result<Value<'a>, Malformed> {
        let mut elements = Vec::new();
        if self.accept(b']') {
            return Ok(Value::Array(elements));
        }
        loop {
            elements.push(self.value()?);
            if self.accept(b']') {
                return Ok(Value::Array(elements));
            }
            self.expect(b',', "a comma or the end of the list")?;
        }
    }

    /// The raw text of a string; the reader stands on its opening quote.
    fn string(&mut self) -> Result<&'a str, Malformed> {
        self.at += 1;
        let start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(0..0x20) => return self.fail("a control character inside a string"),
                Some(_) => self.at += 1,
                None => return self.fail("the text ends inside a string"),
            }
        }
        self.at += 1;
        Ok(&self.text[start..self.at - 1])
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        let rest = &self.text.as_bytes()[self.at + 1..];
        let length = match rest.first() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') if rest.len() > 4 && rest[1..5].iter().all(u8::is_ascii_hexdigit) => 6,
            _ => return self.fail("an escape that JSON does not know"),
        };
        self.at += length;
        Ok(())
    }

    fn number(&mut self) -> Result<Value<'a>, Malformed> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let mut digits = match self.peek() {
            Some(b'0') => {
                self.at += 1;
                if let Some(b'0'..=b'9') = self.peek() {
                    return self.fail("a number with a leading zero");
                }
                1
            }
            _ => self.digits()?,
        };
        if self.peek() == Some(b'.') {
            self.at += 1;
            digits += self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            digits += self.digits()?;
        }
        if digits > MAX_DIGITS {
            self.at = start;
            return self.fail("a number of more than 1000 digits");
        }
        Ok(Value::number(&self.text[start..self.at]))
    }

    /// How many digits stand here; at least one.
    fn digits(&mut self) -> Result<usize, Malformed> {
        let rest = &self.text.as_bytes()[self.at..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return self.unexpected("a digit");
        }
        self.at += count;
        Ok(count)
    }

    fn literal(&mut self) -> Result<Value<'a>, Malformed> {
        let literals = [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
        ];
        for (word, value) in literals {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        self.unexpected("a value")
    }

    fn skip_white_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn accept(&mut self, byte: u8) -> bool {
        self.skip_white_space();
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, byte: u8, what: &str) -> Result<(), Malformed> {
        if self.accept(byte) {
            Ok(())
        } else {
            self.unexpected(what)
        }
    }

    fn unexpected<T>(&self, wanted: &str) -> Result<T, Malformed> {
        match self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next())
        {
            Some(found) => self.fail(format!("{found:?} where {wanted} belongs")),
            None => self.fail(format!("the text ends where {wanted} belongs")),
        }
    }

    fn fail<T>(&self, reason: impl Into<String>) -> Result<T, Malformed> {
        Err(Malformed {
            reason: reason.into(),
            offset: self.at,
        })
    }

    /// A failure that is seen only when `key` has been read with its colon, and points at the key.
    fn fail_before<T>(&self, key: &'a str, reason: &str) -> Result<T, Malformed> {
        let offset = key.as_ptr() as usize - self.text.as_ptr() as usize - 1;
        Err(Malformed {
            reason: reason.to_owned(),
            offset,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_DIGITS, MAX_LEVELS, read};
    use crate::reference::json::tree::{Object, Value};

    #[test]
    fn scalars_stay_as_they_stand() {
        let text = br#" {"a" : [ 1.50 , -0, 1e400, null, true ] , "b\u0000" : "\ud800\/" } "#;
        let list = vec![
            Value::number("1.50"),
            Value::number("-0"),
            Value::number("1e400"),
            Value::Null,
            Value::Bool(true),
        ];
        let expected = Object(vec![
            ("a", Value::Array(list)),
            (r"b\u0000", Value::String(r"\ud800\/".into())),
        ]);
        assert_eq!(read(text), Ok(Value::Object(expected)));
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        let cases: [(&[u8], usize, &str); 34] = [
            (b"", 0, "ends where a value"),
            (b"  ", 2, "ends where a value"),
            (b"{", 1, "ends where a key"),
            (br#"{"a"#, 3, "ends inside a string"),
            (br#"{"a":1"#, 6, "ends where a comma"),
            (br#"{"a":1} x"#, 8, "more text after"),
            (br#"{"a":1}{"a":1}"#, 7, "more text after"),
            (br#"{"a":NaN}"#, 5, "a value belongs"),
            (br#"{"a":Infinity}"#, 5, "a value belongs"),
            (br#"{"a":-Infinity}"#, 6, "a digit belongs"),
            (br#"{"a":01}"#, 6, "leading zero"),
            (br#"{"a":-01}"#, 7, "leading zero"),
            (br#"{"a":.5}"#, 5, "a value belongs"),
            (br#"{"a":5.}"#, 7, "a digit belongs"),
            (br#"{"a":1e}"#, 7, "a digit belongs"),
            (br#"{"a":+1}"#, 5, "a value belongs"),
            (br#"{"a":0x1}"#, 6, "a comma or the end"),
            (b"{\"a\":\"x\ny\"}", 7, "control character"),
            (b"{\"a\":\"x\x00y\"}", 7, "control character"),
            (b"{\"a\":1,\x0c\"b\":2}", 7, "a key in double quotes"),
            (b"{'a':1}", 1, "a key in double quotes"),
            (b"{a:1}", 1, "a key in double quotes"),
            (br#"{"a":1,}"#, 7, "a key in double quotes"),
            (br#"{"a":[1,]}"#, 8, "a value belongs"),
            (br#"{"a" 1}"#, 5, "a colon belongs"),
            (br#"{"a":tru}"#, 5, "a value belongs"),
            (br#"{"a":"\x"}"#, 6, "an escape"),
            (br#"{"a":"\u12g4"}"#, 6, "an escape"),
            (b"{\"a\":1 // one\n}", 7, "a comma or the end"),
            (br#"{/* */"a":1}"#, 1, "a key in double quotes"),
            (b"\xef\xbb\xbf{}", 0, "byte order mark"),
            (b"{\"a\":\"\xff\"}", 6, "not UTF-8"),
            (b"{\"a\":\"\xed\xa0\x80\"}", 6, "not UTF-8"),
            (b"[1 2]", 3, "a comma or the end"),
        ];
        for (text, offset, reason) in cases {
            let shown = String::from_utf8_lossy(text);
            let malformed = read(text).expect_err(&shown);
            assert_eq!(malformed.offset, offset, "{shown}: {}", malformed.reason);
            assert!(
                malformed.reason.contains(reason),
                "{shown}: {}",
                malformed.reason
            );
        }
    }

    #[test]
    fn a_key_that_says_the_same_twice_is_refused_at_any_depth() {
        let twice = [
            (r#"{"a":1,"a":1}"#, 7),
            (r#"{"a":1,"\u0061":2}"#, 7),
            (r#"{"x":[{"y":{"":1,"":2}}]}"#, 17),
            (r#"{"\ud800":1,"\uD800":2}"#, 12),
            (r#"{"\ud83d\ude00":1,"😀":2}"#, 18),
        ];
        for (text, offset) in twice {
            let malformed = read(text.as_bytes()).expect_err(text);
            assert_eq!(
                (malformed.offset, malformed.reason.contains("twice")),
                (offset, true)
            );
        }
        let different = [
            r#"{"a":1,"A":2}"#,
            r#"{"a":{"b":1},"c":{"b":1}}"#,
            r#"{"\ud800":1,"\ud801":2,"?":3,"\ufffd":4}"#,
            r#"{"\\ud800":1,"\ud800":2}"#,
        ];
        for text in different {
            assert!(read(text.as_bytes()).is_ok(), "{text}");
        }
    }

    /// The stack of a worker thread has 2 MiB; an unoptimised build needs the most of it.
    #[test]
    fn the_deepest_text_fits_into_the_stack_of_a_thread() {
        let deep = |levels: usize| [vec![b'['; levels], vec![b']'; levels]].concat();
        let read_all = move || {
            assert!(read(&deep(MAX_LEVELS)).is_ok());
            let malformed = read(&deep(MAX_LEVELS + 1)).expect_err("too deep");
            assert_eq!(malformed.offset, MAX_LEVELS);
            let objects = br#"{"a":"#.repeat(MAX_LEVELS);
            assert!(read(&objects).is_err_and(|error| error.reason.contains("ends")));
            assert!(read(&b"[".repeat(1_000_000)).is_err());
        };
        let thread = std::thread::Builder::new()
            .stack_size(2 << 20)
            .spawn(read_all);
        thread.expect("a thread").join().expect("no overflow");
    }

    #[test]
    fn a_number_has_a_thousand_digits_at_most() {
        let limit = "9".repeat(MAX_DIGITS);
        let fits = [
            limit.clone(),
            format!("-{limit}"),
            format!("{}.5e-1", "9".repeat(998)),
        ];
        for text in fits {
            assert_eq!(read(text.as_bytes()), Ok(Value::number(&text)));
        }
        for text in [
            format!("{limit}0"),
            format!("{limit}.0"),
            format!("{limit}e1"),
        ] {
            let malformed = read(text.as_bytes()).expect_err("too long");
            assert_eq!(
                (malformed.offset, malformed.reason.contains("digits")),
                (0, true)
            );
        }
    }
}
