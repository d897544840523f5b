//! Step 7: the bytes that an event's `_id` is made of (`docs/ecs-mapping.md`, section 5).
//!
//! Byte for byte what Elasticsearch's fingerprint processor feeds its hash, so that a document that an Elastic Agent
//! stored is recognised. The hash sees the timestamp's text: nothing is normalised before.

use super::murmur::murmur3_x64_128;
use super::number;
use super::steps::Failed;
use crate::reference::json::text;
use crate::reference::json::tree::{Object, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The id of an event that has an `id`; nothing without one (such an event gets the id of its whole text).
/// Fails, as the processor does, on an integer beyond 64 bits.
pub fn of_event(event: &Object<'_>) -> Result<Option<String>, Failed> {
    let mut buffer = Vec::new();
    for field in ["id", "timestamp"] {
        if let Some(value) = event.get(field) {
            feed(value, &mut buffer).map_err(|()| {
                Failed::new(format!(
                    "{field}: an integer beyond 64 bits cannot be part of the _id"
                ))
            })?;
        }
    }
    Ok(event.get("id").map(|_| of_buffer(&buffer)))
}

/// The id that is made of an event's whole text (tokens as received, no white space between them).
pub fn of_text(text: &[u8]) -> String {
    of_buffer(&[&[0], text].concat())
}

fn of_buffer(buffer: &[u8]) -> String {
    let (h1, h2) = murmur3_x64_128(buffer);
    STANDARD.encode([h1.to_be_bytes(), h2.to_be_bytes()].concat())
}

/// A scalar is a zero byte and its value; a list is its elements, an object its sorted entries.
fn feed(value: &Value<'_>, buffer: &mut Vec<u8>) -> Result<(), ()> {
    match value {
        Value::Array(elements) => elements
            .iter()
            .try_for_each(|element| feed(element, buffer)),
        Value::Object(object) => feed_entries(object, buffer),
        scalar => {
            buffer.push(0);
            feed_scalar(scalar, buffer)
        }
    }
}

fn feed_entries(object: &Object<'_>, buffer: &mut Vec<u8>) -> Result<(), ()> {
    let mut entries: Vec<_> = object.0.iter().collect();
    entries.sort_by_cached_key(|(key, _)| text::utf16(key));
    for (key, value) in entries {
        buffer.push(0);
        buffer.extend_from_slice(text::decode(key, '?').as_bytes());
        feed(value, buffer)?;
    }
    Ok(())
}

fn feed_scalar(scalar: &Value<'_>, buffer: &mut Vec<u8>) -> Result<(), ()> {
    match scalar {
        Value::Bool(value) => buffer.push(if *value { 1 } else { 2 }),
        Value::String(raw) => buffer.extend_from_slice(text::decode(raw, '?').as_bytes()),
        Value::Number(raw) if number::is_decimal(raw) => {
            buffer.extend_from_slice(&number::double(raw).to_le_bytes());
        }
        Value::Number(raw) => feed_integer(raw.parse().map_err(|_| ())?, buffer),
        // Step 4 has dropped every null; the others are no scalars.
        Value::Null | Value::Array(_) | Value::Object(_) => {}
    }
    Ok(())
}

/// Four bytes where they suffice, else eight.
fn feed_integer(value: i64, buffer: &mut Vec<u8>) {
    match i32::try_from(value) {
        Ok(short) => buffer.extend_from_slice(&short.to_le_bytes()),
        Err(_) => buffer.extend_from_slice(&value.to_le_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::{feed, of_event};
    use crate::reference::json::read::read;
    use crate::reference::json::tree::Value;

    fn buffer_of(json: &str) -> Result<Vec<u8>, ()> {
        let mut buffer = Vec::new();
        feed(&read(json.as_bytes()).expect("JSON"), &mut buffer).map(|()| buffer)
    }

    #[test]
    fn every_kind_of_value_is_fed_as_the_processor_feeds_it() {
        let cases: [(&str, &[u8]); 18] = [
            (r#""a\u00e9😀""#, b"\0a\xc3\xa9\xf0\x9f\x98\x80"),
            (r#""\ud83d\ude00""#, b"\0\xf0\x9f\x98\x80"),
            (r#""x\ud800y\udc00""#, b"\0x?y?"),
            ("true", &[0, 1]),
            ("false", &[0, 2]),
            ("42", &[0, 42, 0, 0, 0]),
            ("-0", &[0, 0, 0, 0, 0]),
            ("-1", &[0, 255, 255, 255, 255]),
            ("2147483647", &[0, 255, 255, 255, 127]),
            ("2147483648", &[0, 0, 0, 0, 128, 0, 0, 0, 0]),
            ("-2147483649", &[0, 255, 255, 255, 127, 255, 255, 255, 255]),
            ("1.0", &[0, 0, 0, 0, 0, 0, 0, 240, 63]),
            ("1e0", &[0, 0, 0, 0, 0, 0, 0, 240, 63]),
            ("-0.0", &[0, 0, 0, 0, 0, 0, 0, 0, 128]),
            ("1e400", &[0, 0, 0, 0, 0, 0, 0, 240, 127]),
            (r#"["a",["b",true]]"#, b"\0a\0b\0\x01"),
            (r#"{"b":"1","a":["2","3"]}"#, b"\0a\x002\x003\0b\x001"),
            (
                "{\"\u{fb01}\":\"1\",\"\u{1f600}\":\"2\"}",
                b"\0\xf0\x9f\x98\x80\x002\0\xef\xac\x81\x001",
            ),
        ];
        for (json, expected) in cases {
            assert_eq!(buffer_of(json).as_deref(), Ok(expected), "{json}");
        }
    }

    #[test]
    fn an_integer_beyond_64_bits_fails_however_deep() {
        for json in [
            "9223372036854775808",
            "-9223372036854775809",
            r#"[{"a":[1e2,18446744073709551616]}]"#,
        ] {
            assert_eq!(buffer_of(json), Err(()), "{json}");
        }
    }

    #[test]
    fn the_published_vectors_come_out() {
        let cases = [
            (
                r#"{"id":"63c264c6c1bd55c1b7e901a4","timestamp":"2023-01-14T08:16:06.495Z"}"#,
                "+n2ZBv39b9wASQ0vnepOMg==",
            ),
            (
                r#"{"timestamp":"2025-06-18T01:40:48.953462371Z","id":"0123456789abcdef12345678"}"#,
                "6YN9STp1MnIaCDomzBWNJA==",
            ),
            (
                r#"{"id":"0123456789abcdef12345678","timestamp":"2025-06-18T01:40:47.663248444Z"}"#,
                "qNdSqOWtKKLw692Xvxk6Xg==",
            ),
            (
                r#"{"id":"63c264c6c1bd55c1b7e901a4"}"#,
                "/giGCA6mfLw/vB7Tne4FZA==",
            ),
            (
                r#"{"id":42,"timestamp":"2023-01-14T08:16:06.495Z"}"#,
                "jTuBGP8phGDf3GpkjyHk8g==",
            ),
        ];
        for (json, expected) in cases {
            let Ok(Value::Object(event)) = read(json.as_bytes()) else {
                panic!("{json}")
            };
            let id = of_event(&event).expect("small numbers").expect("an id");
            assert_eq!(id, expected, "{json}");
        }
    }
}
