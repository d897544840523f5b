//! Section 2: the steps in their order, one row after the other.

use super::{body, document, field, rest, text};
use serde_json::{Value, json};

#[test]
fn the_worked_example_comes_out_byte_for_byte() {
    let event = r#"{"id":"650000000000000000000001","timestamp":"2024-03-01T00:00:00.9999Z","@version":"1","service":"sso","event_type":"sso_auth","client_ip":"2001:DB8::1","sso_token_success":false,"error_message":"","initiated_by":{"email":"ana@example.test"},"system":{"id":"s1","hostname":"H1"},"application":{"name":"wiki","id":""},"useragent":{"os":"Mac OS X","name":"Safari","os_name":"Mac OS X","build":""},"ratio":1e3,"mfa_meta":{"type":" "}}"#;
    let expected = r#"{"@timestamp":"2024-03-01T00:00:00.999Z","client":{"ip":"2001:DB8::1"},"ecs":{"version":"8.11.0"},"event":{"action":"sso_auth","category":["authentication"],"id":"650000000000000000000001","module":"sso","outcome":"failure","type":["info"]},"host":{"hostname":"H1","id":"s1"},"jumpcloud":{"event":{"application":{"name":"wiki"},"initiated_by":{},"mfa_meta":{"type":" "},"ratio":1000.0,"sso_token_success":false,"system":{}}},"source":{"user":{"email":"ana@example.test"}},"user_agent":{"name":"Safari","os":{"name":"Mac OS X"}}}"#;
    let document = document(event);
    // Written in the event's own order below `jumpcloud.event`; the page sorts it, and order carries no meaning.
    let sorted: Value = serde_json::from_slice(&document.body).expect("JSON");
    assert_eq!(sorted.to_string(), expected);
    assert!(text(&document).contains(r#""event":{"sso_token_success":false,"initiated_by":{},"system":{},"application":{"name":"wiki"},"ratio":1000.0,"mfa_meta":{"type":" "}}"#));
    assert!(document.has_timestamp && !document.pipeline_error);
}

#[test]
fn steps_1_and_12_leave_the_least_that_a_document_has() {
    let least = r#"{"ecs":{"version":"8.11.0"},"event":{"outcome":"unknown"},"jumpcloud":{"event":{"x":1}}}"#;
    assert_eq!(body(r#"{"x":1}"#), least);
    assert!(!document(r#"{"x":1}"#).has_timestamp);
}

#[test]
fn step_4_drops_what_is_empty_before_anything_is_named() {
    let event =
        r#"{"id":"","timestamp":null,"message":[],"username":{},"event_type":[null,""],"x":1}"#;
    assert_eq!(body(event), body(r#"{"x":1}"#));
}

#[test]
fn step_8_makes_the_timestamp() {
    assert_eq!(
        field(
            r#"{"timestamp":"2024-03-01T01:02:03.4567+01:00"}"#,
            "@timestamp"
        ),
        Some(json!("2024-03-01T00:02:03.456Z"))
    );
    assert_eq!(field(r#"{"x":1}"#, "@timestamp"), None);
}

#[test]
fn step_9_copies_addresses() {
    let event = r#"{"client_ip":"192.0.2.1","src_ip":"2001:DB8::2"}"#;
    assert_eq!(field(event, "client.ip"), Some(json!("192.0.2.1")));
    assert_eq!(field(event, "source.ip"), Some(json!("2001:DB8::2")));
}

#[test]
fn step_10_knows_eight_event_types() {
    let rows = [
        (
            "authentication",
            [
                "ldap_bind",
                "user_login_attempt",
                "sso_auth",
                "admin_login_attempt",
            ],
        ),
        (
            "iam",
            [
                "user_password_warning_email",
                "user_password_reset_request",
                "user_activation_email",
                "user_unlocked",
            ],
        ),
    ];
    for (category, event_types) in rows {
        for event_type in event_types {
            let event = format!(r#"{{"event_type":"{event_type}"}}"#);
            assert_eq!(
                field(&event, "event.category"),
                Some(json!([category])),
                "{event_type}"
            );
            assert_eq!(
                field(&event, "event.type"),
                Some(json!(["info"])),
                "{event_type}"
            );
        }
    }
    for other in [
        r#""user_create""#,
        r#""SSO_AUTH""#,
        r#"["sso_auth"]"#,
        "1",
        r#""radius_auth""#,
        r#""login_attempt""#,
    ] {
        let event = format!(r#"{{"event_type":{other}}}"#);
        assert_eq!(field(&event, "event.category"), None, "{other}");
        assert_eq!(field(&event, "event.type"), None, "{other}");
    }
    assert_eq!(
        field(r#"{"event_type":"sso\u005fauth"}"#, "event.category"),
        Some(json!(["authentication"]))
    );
}

/// Source below the event, target in the document.
const COPIES: [(&str, &str); 17] = [
    ("id", "event.id"),
    ("message", "message"),
    ("system.id", "host.id"),
    ("system.hostname", "host.hostname"),
    ("initiated_by.id", "source.user.id"),
    ("initiated_by.email", "source.user.email"),
    ("initiated_by.username", "source.user.name"),
    ("username", "user.name"),
    ("useragent.device", "user_agent.device.name"),
    ("useragent.name", "user_agent.name"),
    ("useragent.version", "user_agent.version"),
    ("useragent.os_name", "user_agent.os.name"),
    ("useragent.os_full", "user_agent.os.full"),
    ("useragent.os_version", "user_agent.os.version"),
    ("event_type", "event.action"),
    ("service", "event.module"),
    ("process_name", "process.name"),
];

#[test]
fn step_11_copies_any_type_as_it_is() {
    let values = [
        r#""a \u00e9\/""#,
        "true",
        "false",
        "42",
        "-7",
        "1.5",
        r#"["b",["c"],{"d":1}]"#,
        r#"{"z":1,"a":{"b":"c"}}"#,
    ];
    for (source, target) in COPIES {
        for value in values {
            let event = match source.split_once('.') {
                Some((parent, child)) => format!(r#"{{"{parent}":{{"{child}":{value}}}}}"#),
                None => format!(r#"{{"{source}":{value}}}"#),
            };
            let expected: Value = serde_json::from_str(value).expect("JSON");
            assert_eq!(field(&event, target), Some(expected), "{event}");
            let last = target.rsplit('.').next().expect("a name");
            assert!(
                body(&event).contains(&format!(r#""{last}":{value}"#)),
                "{event}"
            );
        }
    }
}

#[test]
fn step_11_renames_the_version_and_step_16_removes_it() {
    assert_eq!(rest(r#"{"@version":"1","x":1}"#), r#"{"x":1}"#);
    assert_eq!(rest(r#"{"version":"7","x":1}"#), r#"{"x":1}"#);
}

#[test]
fn step_12_looks_at_booleans_only() {
    let rows = [
        (r#"{"x":1}"#, "unknown"),
        (r#"{"success":true}"#, "success"),
        (r#"{"success":false}"#, "failure"),
        (r#"{"sso_token_success":true}"#, "success"),
        (r#"{"sso_token_success":false}"#, "failure"),
        (r#"{"sso_token_success":true,"success":false}"#, "failure"),
        (r#"{"success":true,"sso_token_success":false}"#, "success"),
        (r#"{"success":"true"}"#, "unknown"),
        (r#"{"success":1}"#, "unknown"),
        (r#"{"success":[true]}"#, "unknown"),
        (r#"{"success":"false","sso_token_success":true}"#, "success"),
    ];
    for (event, outcome) in rows {
        assert_eq!(
            field(event, "event.outcome"),
            Some(json!(outcome)),
            "{event}"
        );
    }
}

#[test]
fn step_14_relates_the_source_address_and_never_the_clients() {
    let rows = [
        (r#"{"src_ip":"192.0.2.1"}"#, Some(json!(["192.0.2.1"]))),
        (r#"{"client_ip":"192.0.2.1"}"#, None),
        (
            r#"{"client_ip":"192.0.2.1","src_ip":"192.0.2.2"}"#,
            Some(json!(["192.0.2.2"])),
        ),
        (
            r#"{"src_ip":["192.0.2.1","192.0.2.2"]}"#,
            Some(json!(["192.0.2.1", "192.0.2.2"])),
        ),
        (
            r#"{"auth_context":{"jumpcloud_protect_device":{"ip":"192.0.2.3"}}}"#,
            None,
        ),
        (
            r#"{"jumpcloud_protect_device":{"ip":"192.0.2.3"}}"#,
            Some(json!(["192.0.2.3"])),
        ),
        (
            r#"{"jumpcloud_protect_device":{"ip":"192.0.2.3"},"src_ip":"192.0.2.1"}"#,
            Some(json!(["192.0.2.3", "192.0.2.1"])),
        ),
        (
            r#"{"jumpcloud_protect_device":{"id":"x"},"src_ip":"192.0.2.1"}"#,
            Some(json!(["192.0.2.1"])),
        ),
        (r#"{"jumpcloud_protect_device":{"id":"x"}}"#, None),
        // One address in two spellings: what the texts say is compared.
        (
            r#"{"src_ip":["192.0.2.4","192.0.2.\u0034","192.0.2.5"]}"#,
            Some(json!(["192.0.2.4", "192.0.2.5"])),
        ),
        (
            r#"{"jumpcloud_protect_device":{"ip":"192.0.2.\u0034"},"src_ip":"192.0.2.4"}"#,
            Some(json!(["192.0.2.4"])),
        ),
    ];
    for (event, related) in rows {
        assert_eq!(field(event, "related.ip"), related, "{event}");
    }
    assert_eq!(
        field(r#"{"client_ip":"192.0.2.1"}"#, "client.ip"),
        Some(json!("192.0.2.1"))
    );
}

#[test]
fn step_15_relates_the_initiators_name_only() {
    let rows = [
        (
            r#"{"initiated_by":{"username":"ana"}}"#,
            Some(json!(["ana"])),
        ),
        (
            r#"{"initiated_by":{"username":true}}"#,
            Some(json!(["true"])),
        ),
        (r#"{"initiated_by":{"username":42}}"#, Some(json!(["42"]))),
        (r#"{"initiated_by":{"username":-0}}"#, Some(json!(["0"]))),
        (
            r#"{"initiated_by":{"username":0.001}}"#,
            Some(json!(["0.001"])),
        ),
        (
            r#"{"initiated_by":{"username":1e3}}"#,
            Some(json!(["1000.0"])),
        ),
        (
            r#"{"initiated_by":{"username":9999999.5}}"#,
            Some(json!(["9999999.5"])),
        ),
        (
            r#"{"initiated_by":{"id":"1","email":"ana@example.test"},"username":"bo"}"#,
            None,
        ),
    ];
    for (event, related) in rows {
        assert_eq!(field(event, "related.user"), related, "{event}");
    }
    for never in ["related.hosts", "related.hash"] {
        let event = r#"{"system":{"hostname":"H"},"object_storage_item_version_sha_256_sum":"00"}"#;
        assert_eq!(field(event, never), None);
    }
}

#[test]
fn step_16_removes_what_was_copied_and_nothing_else() {
    let event = r#"{"version":1,"timestamp":"2024-01-01","client_ip":"192.0.2.1","src_ip":"192.0.2.2","id":"1","message":"m","username":"u","useragent":{"os":"x","major":"1","name":"n"},"event_type":"t","service":"s","process_name":"p","system":{"id":"1","hostname":"h","displayName":"d"},"initiated_by":{"id":"1","email":"e","username":"u","type":"admin"},"organization":"o","provider":"p","geoip":{"a":1},"mfa":true,"resource":{"id":"1","username":"u"},"changes":[{"field":"f","to":"t"}],"association":{"op":"add"},"auth_context":{"system":{"id":"1"}},"application":{"id":"1"},"success":true,"error_message":"e","user_agent":{"name":"n"}}"#;
    let expected = r#"{"system":{"displayName":"d"},"initiated_by":{"type":"admin"},"organization":"o","provider":"p","geoip":{"a":1},"mfa":true,"resource":{"id":"1","username":"u"},"changes":[{"field":"f","to":"t"}],"association":{"op":"add"},"auth_context":{"system":{"id":"1"}},"application":{"id":"1"},"success":true,"error_message":"e","user_agent":{"name":"n"}}"#;
    assert_eq!(rest(event), expected);
    assert_eq!(field(event, "event.kind"), None);
    assert_eq!(field(event, "user_agent.name"), Some(json!("n")));
    assert_eq!(field(r#"{"user_agent":{"name":"n"}}"#, "user_agent"), None);
}
