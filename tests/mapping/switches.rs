//! Sections 1 and 7: tags, the two switches, and the fields around the pipeline.

use super::{document_with, rest, text};
use jcx::ecs::{DataStream, Options};
use serde_json::{Value, json};

const EVENT: &str = r#"{"id":"1","@version":"1","service":"sso","x":"\"\\é\ud800"}"#;

fn tagged(tags: &[&str]) -> Options {
    Options {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..Options::default()
    }
}

#[test]
fn without_tags_there_is_no_field_for_them() {
    let options = [Options::default(), tagged(&[""])];
    for options in options {
        // `x` cannot be read back by a reader that refuses half surrogate pairs.
        let body = text(&document_with(options, EVENT));
        assert!(
            !body.contains("tags") && !body.contains("original"),
            "{body}"
        );
    }
}

#[test]
fn the_original_is_the_text_as_received() {
    let options = Options {
        preserve_original: true,
        ..Options::default()
    };
    let line = r#"{ "id" : 1.50, "x":"\"\\é\/\ud800\n" }"#;
    let body = text(&document_with(options, line));
    let original = r#""original":"{\"id\":1.50,\"x\":\"\\\"\\\\é\\/\\ud800\\n\"}""#;
    assert!(body.contains(original), "{body}");
    assert!(
        body.contains(r#""tags":["preserve_original_event"]"#),
        "{body}"
    );
}

#[test]
fn tags_stand_in_elastics_order_however_they_are_asked_for() {
    let both = json!([
        "preserve_original_event",
        "preserve_duplicate_custom_fields",
        "b",
        "a"
    ]);
    let switches = Options {
        preserve_original: true,
        preserve_duplicates: true,
        ..tagged(&["b", "a"])
    };
    let by_name = tagged(&[
        "b",
        "preserve_duplicate_custom_fields",
        "a",
        "preserve_original_event",
    ]);
    let mixed = Options {
        preserve_original: true,
        ..by_name.clone()
    };
    for options in [switches, by_name, mixed] {
        let body = text(&document_with(options, r#"{"id":"1","service":"sso"}"#));
        let body: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(body["tags"], both);
        assert_eq!(body["event"]["original"], r#"{"id":"1","service":"sso"}"#);
        assert_eq!(
            body["jumpcloud"]["event"],
            json!({"id": "1", "service": "sso"})
        );
    }
}

#[test]
fn any_other_tag_is_copied() {
    let body = text(&document_with(tagged(&["forwarded", "a \"b\""]), EVENT));
    assert!(body.contains(r#""tags":["forwarded","a \"b\""]"#), "{body}");
}

#[test]
fn duplicates_stay_on_demand_and_the_version_keeps_its_new_name() {
    let options = Options {
        preserve_duplicates: true,
        ..Options::default()
    };
    let body = text(&document_with(
        options,
        r#"{"id":"1","@version":"1","service":"sso"}"#,
    ));
    assert!(
        body.contains(r#""jumpcloud":{"event":{"id":"1","service":"sso","version":"1"}}"#),
        "{body}"
    );
    assert!(
        body.contains(r#""tags":["preserve_duplicate_custom_fields"]"#),
        "{body}"
    );
    assert_eq!(rest(r#"{"id":"1","@version":"1","service":"sso"}"#), "{}");
}

#[test]
fn the_data_stream_is_named_in_four_fields() {
    let options = |name: &str| {
        let stream: DataStream = name.parse().expect("a name");
        Options {
            data_stream: Some(stream),
            ..Options::default()
        }
    };
    let event = r#"{"x":1}"#;
    let body = text(&document_with(
        options("logs-jumpcloud.events-default"),
        event,
    ));
    let expected = r#"{"data_stream":{"dataset":"jumpcloud.events","namespace":"default","type":"logs"},"ecs":{"version":"8.11.0"},"event":{"dataset":"jumpcloud.events","outcome":"unknown"},"jumpcloud":{"event":{"x":1}}}"#;
    assert_eq!(body, expected);
    let body = text(&document_with(options("audit-jc-eu-1"), event));
    assert!(
        body.contains(r#"{"dataset":"jc","namespace":"eu-1","type":"audit"}"#),
        "{body}"
    );
}
