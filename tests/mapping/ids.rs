//! Section 5: the vectors of `_id`, events without an id, and two events with one id.

use super::document;
use jcx::ecs::{Id, RecentIds};

#[test]
fn the_vectors_come_out() {
    let rows = [
        (
            r#""id":"63c264c6c1bd55c1b7e901a4","timestamp":"2023-01-14T08:16:06.495Z""#,
            "+n2ZBv39b9wASQ0vnepOMg==",
        ),
        (
            r#""id":"0123456789abcdef12345678","timestamp":"2025-06-18T01:40:48.953462371Z""#,
            "6YN9STp1MnIaCDomzBWNJA==",
        ),
        (
            r#""id":"0123456789abcdef12345678","timestamp":"2025-06-18T01:40:47.663248444Z""#,
            "qNdSqOWtKKLw692Xvxk6Xg==",
        ),
        (
            r#""id":"63c264c6c1bd55c1b7e901a4""#,
            "/giGCA6mfLw/vB7Tne4FZA==",
        ),
        (
            r#""id":"63c264c6c1bd55c1b7e901a4","timestamp":null"#,
            "/giGCA6mfLw/vB7Tne4FZA==",
        ),
        (
            r#""id":"63c264c6c1bd55c1b7e901a4","timestamp":"""#,
            "/giGCA6mfLw/vB7Tne4FZA==",
        ),
        (
            r#""id":42,"timestamp":"2023-01-14T08:16:06.495Z""#,
            "jTuBGP8phGDf3GpkjyHk8g==",
        ),
    ];
    for (members, id) in rows {
        assert_eq!(
            document(&format!("{{{members}}}")).id.to_string(),
            id,
            "{members}"
        );
        // Neither the order nor anything else in the event matters.
        assert_eq!(
            document(&format!(r#"{{"service":"sso",{members},"x":1}}"#))
                .id
                .as_str(),
            id
        );
    }
}

#[test]
fn the_hash_sees_the_text_of_the_timestamp() {
    let id = |timestamp: &str| document(&format!(r#"{{"id":"1","timestamp":"{timestamp}"}}"#)).id;
    assert_ne!(
        id("2023-01-14T08:16:06.495Z"),
        id("2023-01-14T08:16:06.495000Z")
    );
    assert_eq!(
        id("2023-01-14T08:16:06.495Z"),
        id("2023-01-14T08:16:06.495\\u005a")
    );
}

#[test]
fn an_event_without_an_id_is_known_by_its_whole_text() {
    let events = [
        r#"{"timestamp":"2024-01-01T00:00:00Z","x":1}"#,
        r#"{"id":null,"timestamp":"2024-01-01T00:00:00Z"}"#,
        r#"{"id":"","timestamp":"2024-01-01T00:00:00Z"}"#,
        r#"{"id":{"a":[]},"timestamp":"2024-01-01T00:00:00Z"}"#,
        r#"{"x":1}"#,
    ];
    for event in events {
        assert_eq!(document(event).id, Id::of_text(event.as_bytes()), "{event}");
    }
    // The text, not its white space.
    assert_eq!(document(r#" { "x" : 1 } "#).id, Id::of_text(br#"{"x":1}"#));
    assert_ne!(document(r#"{"x":1}"#).id, document(r#"{"x":1.0}"#).id);
}

#[test]
fn two_events_with_one_id_are_two_documents_and_a_copy_is_one() {
    let mut recent = RecentIds::new();
    let event = |message: &str| {
        let text = format!(r#"{{"id":"1","timestamp":"2024","message":"{message}"}}"#);
        (document(&text), Id::of_text(text.as_bytes()))
    };
    let (first, second) = (event("a"), event("b"));
    assert_eq!(first.0.id, second.0.id);
    let given = [&first, &second, &first, &second]
        .map(|(document, text)| recent.give_out(document.id, document.text, || *text));
    assert_eq!(
        given.map(|given| given.conflict),
        [false, true, false, true]
    );
    assert_eq!(
        given.map(|given| given.id),
        [first.0.id, second.1, first.0.id, second.1]
    );
}
