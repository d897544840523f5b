//! Values as text: how a document writes them, how a text field takes one in, how a message repeats one.
//!
//! Strings and keys go out as received. Knows no field.

use super::number;
use crate::reference::json::text;
use crate::reference::json::tree::Value;

/// Characters of a value that a message repeats.
const EXCERPT: usize = 100;

/// Writes a value without white space: strings and keys as received, numbers by `docs/ecs-mapping.md`, section 3.2.
pub fn write_value(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(raw) => out.extend_from_slice(number::canonical(raw).as_bytes()),
        Value::String(raw) => write_quoted(raw, out),
        Value::Array(elements) => {
            out.push(b'[');
            for (at, element) in elements.iter().enumerate() {
                write_comma(at, out);
                write_value(element, out);
            }
            out.push(b']');
        }
        Value::Object(object) => {
            out.push(b'{');
            for (at, (key, member)) in object.0.iter().enumerate() {
                write_key(at, key, out);
                write_value(member, out);
            }
            out.push(b'}');
        }
    }
}

fn write_comma(at: usize, out: &mut Vec<u8>) {
    if at > 0 {
        out.push(b',');
    }
}

pub fn write_key(at: usize, raw: &str, out: &mut Vec<u8>) {
    write_comma(at, out);
    write_quoted(raw, out);
    out.push(b':');
}

fn write_quoted(raw: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(raw.as_bytes());
    out.push(b'"');
}

/// The value as a text: a string as it stands, anything else as it is written.
pub fn as_text<'a>(value: &Value<'a>) -> Value<'a> {
    match value {
        Value::String(raw) => Value::String(raw.clone()),
        other => Value::owned_text(&plain(other)),
    }
}

/// The characters of that text; half a surrogate pair becomes U+FFFD.
pub fn plain(value: &Value<'_>) -> String {
    if let Value::String(raw) = value {
        return text::decode(raw, char::REPLACEMENT_CHARACTER).into_owned();
    }
    let mut written = Vec::new();
    write_value(value, &mut written);
    String::from_utf8_lossy(&written).into_owned()
}

/// The beginning of a text, in quotes.
pub fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{as_text, excerpt};
    use crate::reference::json::read::read;

    #[test]
    fn a_value_becomes_the_text_that_is_written() {
        let cases = [
            (r#""a\ud800""#, r"a\ud800"),
            ("true", "true"),
            ("-0", "0"),
            ("1e3", "1000.0"),
            (r#"["a",{"b":1}]"#, r#"[\"a\",{\"b\":1}]"#),
        ];
        for (json, raw) in cases {
            let value = read(json.as_bytes()).expect("JSON");
            assert_eq!(as_text(&value), super::Value::String(raw.into()), "{json}");
        }
    }

    #[test]
    fn a_message_repeats_the_beginning_of_a_long_text() {
        assert_eq!(excerpt("a\nb"), r#""a\nb""#);
        assert_eq!(
            excerpt(&"é".repeat(200)),
            format!("\"{}\"…", "é".repeat(100))
        );
    }
}
