//! Section 4: what a failing step leaves behind, row by row.

use super::{document, document_with, text};
use jcx::ecs::{Id, Options};
use serde_json::{Value, json};

const BEYOND: &str = "9223372036854775808";

/// The failed document of `event`, without what every failed document has; checks those parts.
fn leftovers(event: &str) -> Value {
    let document = document(event);
    assert!(document.pipeline_error, "{event}");
    let mut body: Value = serde_json::from_slice(&document.body).expect("JSON");
    assert_eq!(body["ecs"]["version"], "8.11.0");
    assert_eq!(body["event"]["kind"], "pipeline_error");
    assert_eq!(body["event"]["original"], event);
    assert_eq!(body["tags"], json!(["preserve_original_event"]));
    let messages = body["error"]["message"].as_array().expect("a list");
    assert!(messages.len() == 1 && messages[0].is_string(), "{event}");
    assert_eq!(document.has_timestamp, body.get("@timestamp").is_some());
    let members = body.as_object_mut().expect("an object");
    for common in ["ecs", "tags", "error", "jumpcloud"] {
        members.remove(common);
    }
    let event_fields = members["event"].as_object_mut().expect("an object");
    event_fields.remove("kind");
    event_fields.remove("original");
    if event_fields.is_empty() {
        members.remove("event");
    }
    body
}

/// The uncleaned event in its document.
fn whole_event(event: &str) -> bool {
    text(&document(event)).contains(&format!(r#""jumpcloud":{{"event":{event}}}"#))
}

#[test]
fn step_7_leaves_the_event_alone() {
    for event in [
        format!(r#"{{"id":{BEYOND},"timestamp":"2024-01-01","client_ip":"192.0.2.1"}}"#),
        format!(r#"{{"id":"1","timestamp":{BEYOND}}}"#),
        format!(r#"{{"id":["1",{{"a":-{BEYOND}9}}],"timestamp":"2024-01-01"}}"#),
        format!(r#"{{"timestamp":[{BEYOND}]}}"#),
    ] {
        assert_eq!(leftovers(&event), json!({}), "{event}");
        assert!(whole_event(&event), "{event}");
        assert_eq!(document(&event).id, Id::of_text(event.as_bytes()));
    }
}

#[test]
fn step_8_leaves_event_and_id() {
    let event =
        r#"{"id":"63c264c6c1bd55c1b7e901a4","timestamp":"yesterday","client_ip":"192.0.2.1"}"#;
    assert_eq!(leftovers(event), json!({}));
    assert!(whole_event(event));
    assert_ne!(document(event).id, Id::of_text(event.as_bytes()));
}

#[test]
fn step_9_leaves_what_came_before_either_address() {
    let event = r#"{"id":"1","timestamp":"2024-01-01","client_ip":"x","src_ip":"192.0.2.2","event_type":"sso_auth"}"#;
    assert_eq!(
        leftovers(event),
        json!({"@timestamp": "2024-01-01T00:00:00.000Z"})
    );
    assert!(whole_event(event));
    let event = r#"{"id":"1","timestamp":"2024-01-01","client_ip":"192.0.2.1","src_ip":"x","event_type":"sso_auth"}"#;
    let expected = json!({"@timestamp": "2024-01-01T00:00:00.000Z", "client": {"ip": "192.0.2.1"}});
    assert_eq!(leftovers(event), expected);
    assert!(whole_event(event));
}

#[test]
fn step_11_leaves_two_copies_when_the_version_clashes() {
    let event = r#"{"id":"1","message":"m","timestamp":"2024-01-01","client_ip":"192.0.2.1","src_ip":"192.0.2.2","event_type":"sso_auth","@version":"1","version":"2","username":"u"}"#;
    let expected = json!({
        "@timestamp": "2024-01-01T00:00:00.000Z",
        "client": {"ip": "192.0.2.1"},
        "source": {"ip": "192.0.2.2"},
        "event": {"id": "1", "category": ["authentication"], "type": ["info"]},
        "message": "m",
    });
    assert_eq!(leftovers(event), expected);
    assert!(whole_event(event));
}

#[test]
fn step_11_leaves_the_copies_before_an_integer_beyond_64_bits() {
    // In the order of the step; each is the first that cannot be copied.
    let order = [
        "message",
        "system.hostname",
        "initiated_by.email",
        "username",
        "useragent.os_full",
        "service",
        "process_name",
    ];
    for place in order {
        let value = |name: &str| {
            if name == place {
                format!(r#"[{{"a":{BEYOND}}}]"#)
            } else {
                format!(r#""{name}""#)
            }
        };
        let event = format!(
            r#"{{"id":"i","message":{},"system":{{"id":"s","hostname":{}}},"initiated_by":{{"email":{},"username":"n"}},"username":{},"useragent":{{"name":"n","os_full":{}}},"event_type":"user_unlocked","service":{},"process_name":{}}}"#,
            value("message"),
            value("system.hostname"),
            value("initiated_by.email"),
            value("username"),
            value("useragent.os_full"),
            value("service"),
            value("process_name"),
        );
        let mut expected = json!({"event": {"id": "i", "category": ["iam"], "type": ["info"]}});
        let steps: [(&str, &str, &str); 11] = [
            ("message", "/message", "message"),
            ("", "/host/id", "s"),
            ("system.hostname", "/host/hostname", "system.hostname"),
            (
                "initiated_by.email",
                "/source/user/email",
                "initiated_by.email",
            ),
            ("", "/source/user/name", "n"),
            ("username", "/user/name", "username"),
            ("", "/user_agent/name", "n"),
            (
                "useragent.os_full",
                "/user_agent/os/full",
                "useragent.os_full",
            ),
            ("", "/event/action", "user_unlocked"),
            ("service", "/event/module", "service"),
            ("process_name", "/process/name", "process_name"),
        ];
        for (_, target, value) in steps.iter().take_while(|(name, ..)| *name != place) {
            set(&mut expected, target, value);
        }
        assert_eq!(leftovers(&event), expected, "{place}");
        assert!(whole_event(&event), "{place}");
    }
}

fn set(document: &mut Value, pointer: &str, value: &str) {
    let mut node = document;
    for name in pointer.split('/').skip(1) {
        node = &mut node[name];
    }
    *node = json!(value);
}

#[test]
fn step_11_has_renamed_the_version_before_a_later_copy_fails() {
    let event = format!(r#"{{"@version":"1","service":{BEYOND}}}"#);
    assert!(
        text(&document(&event))
            .contains(&format!(r#""event":{{"service":{BEYOND},"version":"1"}}"#))
    );
}

#[test]
fn an_integer_beyond_64_bits_is_no_failure_where_nothing_copies_it() {
    let event = format!(r#"{{"resource":{{"id":{BEYOND}}},"success":{BEYOND}}}"#);
    assert!(!document(&event).pipeline_error);
}

#[test]
fn step_14_leaves_everything_up_to_step_13() {
    for device in [r#""x""#, "[1]", "true", "1"] {
        let event = format!(
            r#"{{"id":"1","timestamp":"2024-01-01","src_ip":"192.0.2.2","success":true,"initiated_by":{{"username":"u"}},"service":"directory","jumpcloud_protect_device":{device}}}"#
        );
        let expected = json!({
            "@timestamp": "2024-01-01T00:00:00.000Z",
            "source": {"ip": "192.0.2.2", "user": {"name": "u"}},
            "event": {"id": "1", "module": "directory", "outcome": "success"},
        });
        assert_eq!(leftovers(&event), expected, "{event}");
        assert!(whole_event(&event), "{event}");
    }
}

#[test]
fn a_failure_adds_the_tag_only_where_it_is_missing() {
    let event = r#"{"timestamp":"x"}"#;
    let tags = |options| {
        let body: Value =
            serde_json::from_slice(&document_with(options, event).body).expect("JSON");
        (body["tags"].clone(), body["event"]["original"].clone())
    };
    let options = Options {
        tags: vec!["a".to_owned()],
        ..Options::default()
    };
    assert_eq!(
        tags(options),
        (json!(["a", "preserve_original_event"]), json!(event))
    );
    let options = Options {
        tags: vec!["a".to_owned()],
        preserve_original: true,
        ..Options::default()
    };
    assert_eq!(
        tags(options),
        (json!(["preserve_original_event", "a"]), json!(event))
    );
}

#[test]
fn a_failure_still_names_its_data_stream() {
    let options = Options {
        data_stream: Some(jcx::ecs::DataStream::default()),
        ..Options::default()
    };
    let body: Value =
        serde_json::from_slice(&document_with(options, r#"{"timestamp":"x"}"#).body).expect("JSON");
    assert_eq!(body["data_stream"]["dataset"], "jumpcloud.events");
    assert_eq!(body["event"]["dataset"], "jumpcloud.events");
}

#[test]
fn a_message_says_field_and_value_but_never_a_whole_long_text() {
    let cases = [
        (
            r#"{"timestamp":"31.12.2024"}"#.to_owned(),
            r#"timestamp: "31.12.2024" is no date"#,
        ),
        (
            r#"{"client_ip":["::1",7]}"#.to_owned(),
            "client_ip: a number is no IP address",
        ),
        (
            r#"{"src_ip":"10.0.0.1/8"}"#.to_owned(),
            r#"src_ip: "10.0.0.1/8" is no IP address"#,
        ),
    ];
    for (event, message) in cases {
        let body: Value = serde_json::from_slice(&document(&event).body).expect("JSON");
        assert_eq!(body["error"]["message"], json!([message]), "{event}");
    }
    let long = format!(r#"{{"timestamp":"{}"}}"#, "x".repeat(10_000));
    let body: Value = serde_json::from_slice(&document(&long).body).expect("JSON");
    assert!(
        body["error"]["message"][0]
            .as_str()
            .is_some_and(|message| message.len() < 200)
    );
}
