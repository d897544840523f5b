//! Step 7: the bytes that an event's `_id` is made of (`docs/ecs-mapping.md`, section 5).
//!
//! Byte for byte what Elasticsearch's fingerprint processor feeds its hash, so that a document that an Elastic Agent
//! stored is recognised. The hash sees the timestamp's text: nothing is normalised before.

use super::event::{Event, inside_quotes, said};
use super::id::Id;
use super::source::Source;
use super::steps::Failed;
use crate::json::elements::elements;
use crate::json::members::members;
use crate::json::{number, text};

/// The id of an event that has an `id`; nothing without one (such an event gets the id of its whole text).
/// Fails, as the processor does, on an integer beyond 64 bits. `buffer` is memory that is used again.
pub(super) fn of_event(event: &Event<'_>, buffer: &mut Vec<u8>) -> Result<Option<Id>, Failed> {
    buffer.clear();
    for source in [Source::Id, Source::Timestamp] {
        if let Some(text) = event.said(source, '?') {
            buffer.push(0);
            buffer.extend_from_slice(&text);
        } else if let Some(span) = event.span(source) {
            feed(&event.value(span), buffer).map_err(|()| {
                let field = source.name();
                Failed::new(format!(
                    "{field}: an integer beyond 64 bits cannot be part of the _id"
                ))
            })?;
        }
    }
    Ok(event.span(Source::Id).map(|_| Id::of_buffer(buffer)))
}

/// A scalar is a zero byte and its value; a list is its elements, an object its sorted entries.
fn feed(value: &[u8], buffer: &mut Vec<u8>) -> Result<(), ()> {
    match value.first() {
        Some(b'[') => elements(value).try_for_each(|element| feed(element, buffer)),
        Some(b'{') => feed_entries(value, buffer),
        _ => {
            buffer.push(0);
            feed_scalar(value, buffer)
        }
    }
}

fn feed_entries(object: &[u8], buffer: &mut Vec<u8>) -> Result<(), ()> {
    let mut entries: Vec<_> = members(object)
        .map(|member| (String::from_utf8_lossy(member.key), member.value))
        .collect();
    entries.sort_by_cached_key(|(key, _)| text::utf16(key));
    for (key, value) in entries {
        buffer.push(0);
        buffer.extend_from_slice(text::decode(&key, '?').as_bytes());
        feed(value, buffer)?;
    }
    Ok(())
}

fn feed_scalar(scalar: &[u8], buffer: &mut Vec<u8>) -> Result<(), ()> {
    if let Some(raw) = inside_quotes(scalar) {
        buffer.extend_from_slice(&said(raw, '?'));
        return Ok(());
    }
    match scalar {
        b"true" => buffer.push(1),
        b"false" => buffer.push(2),
        digits => {
            let raw = String::from_utf8_lossy(digits);
            if number::is_decimal(&raw) {
                buffer.extend_from_slice(&number::double(&raw).to_le_bytes());
            } else {
                feed_integer(raw.parse().map_err(|_| ())?, buffer);
            }
        }
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
    use crate::ecs::event::Event;
    use crate::ecs::source::Source;
    use crate::json::scan::Scanner;
    use crate::json::slots::Slots;
    use crate::json::wanted::Wanted;

    fn buffer_of(json: &str) -> Result<Vec<u8>, ()> {
        let mut buffer = Vec::new();
        feed(json.as_bytes(), &mut buffer).map(|()| buffer)
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
            let mut scanner = Scanner::default();
            let wanted = Wanted::new(Source::NAMES);
            scanner
                .scan(json.as_bytes(), &wanted, Slots::NONE)
                .expect("JSON");
            let event = Event::new(json.as_bytes(), &scanner);
            let id = of_event(&event, &mut Vec::new());
            let id = id.expect("small numbers").expect("an id");
            assert_eq!(id.as_str(), expected, "{json}");
        }
    }
}
