//! Section 9: the profile `extended`, the rows of its table one after the other, failures, and that it only adds.

use super::{document_with, text};
use jcx::ecs::fields::{Origin, fields};
use jcx::ecs::{Options, Profile};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn options(profile: Profile, tags: &[&str]) -> Options {
    Options {
        profile,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..Options::default()
    }
}

/// The document of one event with all additions.
fn extended(event: &str) -> Value {
    extended_with(event, &[])
}

fn extended_with(event: &str, tags: &[&str]) -> Value {
    let document = document_with(options(Profile::Extended, tags), event);
    serde_json::from_slice(&document.body).expect("a document is JSON")
}

/// Asserts fields of that document by their dotted names; null stands for a field that is not there.
fn assert_fields(event: &str, fields: &[(&str, Value)]) {
    let document = extended(event);
    for (name, expected) in fields {
        let path = format!("/{}", name.replace('.', "/"));
        let found = document.pointer(&path).cloned().unwrap_or_default();
        assert_eq!(found, *expected, "{name} of {event}");
    }
}

#[test]
fn the_least_document_says_what_it_is_and_where_it_comes_from() {
    let least = r#"{"ecs":{"version":"8.11.0"},"event":{"kind":"event","outcome":"unknown","provider":"jumpcloud"},"jumpcloud":{"event":{"x":1}},"observer":{"product":"Directory Insights","vendor":"JumpCloud"}}"#;
    let document = document_with(options(Profile::Extended, &[]), r#"{"x":1}"#);
    assert_eq!(text(&document), least);
}

#[test]
fn kind_category_and_type_stand_in_the_catalogue() {
    let none = Value::Null;
    let rows = [
        (
            "user_unlocked",
            "event",
            json!(["iam"]),
            json!(["info", "change", "user"]),
        ),
        (
            "user_activation_email",
            "event",
            json!(["iam", "email"]),
            json!(["info", "user"]),
        ),
        (
            "sso_auth",
            "event",
            json!(["authentication"]),
            json!(["info", "start"]),
        ),
        ("alert_created", "alert", none.clone(), json!(["info"])),
        (
            "ldap_search",
            "event",
            json!(["database"]),
            json!(["access"]),
        ),
        ("ldap_srch", "event", json!(["database"]), json!(["access"])),
        (
            "asset_management_asset_delete",
            "event",
            json!(["configuration"]),
            json!(["deletion"]),
        ),
        (
            "sso\\u005fauth",
            "event",
            json!(["authentication"]),
            json!(["info", "start"]),
        ),
        ("SSO_AUTH", "event", none.clone(), none.clone()),
        ("tomorrows_type", "event", none.clone(), none.clone()),
    ];
    for (event_type, kind, category, types) in rows {
        assert_fields(
            &format!(r#"{{"event_type":"{event_type}"}}"#),
            &[
                ("event.kind", json!(kind)),
                ("event.category", category),
                ("event.type", types),
            ],
        );
    }
    for event_type in ["7", r#"["sso_auth"]"#] {
        assert_fields(
            &format!(r#"{{"event_type":{event_type}}}"#),
            &[
                ("event.kind", json!("event")),
                ("event.category", none.clone()),
            ],
        );
    }
}

#[test]
fn every_type_of_the_catalogue_is_found() {
    for row in jcx::ecs::event_types() {
        let event = format!(r#"{{"event_type":"{}"}}"#, row.name);
        let document = extended(&event);
        assert_eq!(document["event"]["kind"], row.kind, "{event}");
        for (field, elements) in [("category", &row.category), ("type", &row.event_type)] {
            let found = document["event"][field]
                .as_array()
                .cloned()
                .unwrap_or_default();
            assert!(
                elements.iter().all(|one| found.contains(&json!(one))),
                "{event} {found:?}"
            );
        }
    }
}

#[test]
fn what_went_wrong_has_a_reason_messages_and_a_code() {
    let chain = |code: &str| {
        format!(
            r#"{{"error_message":"a","outer":{{"error_message":"b"}},"message_chain":{{"response_message":"c","response_code":{code}}}}}"#
        )
    };
    for code in ["200", "299", "2.5e2", r#""204""#] {
        let fields = [
            ("event.reason", json!("a")),
            ("error.message", json!(["a", "b"])),
        ];
        assert_fields(&chain(code), &fields);
    }
    for code in [
        "199",
        "300",
        "-200",
        r#""2000""#,
        r#""2x0""#,
        r#"" 20""#,
        "true",
        "null",
        "[200]",
    ] {
        assert_fields(&chain(code), &[("error.message", json!(["a", "b", "c"]))]);
    }
    assert_fields(
        r#"{"error_message":"a\/b","outer":{"error_message":"a/b"}}"#,
        &[("error.message", json!(["a/b"]))],
    );
    assert_fields(
        r#"{"error_message":7,"message_chain":"x"}"#,
        &[("error", Value::Null)],
    );
    for (members, code) in [
        (r#""error_code":1"#, json!("1")),
        (
            r#""error_code":-9223372036854775808"#,
            json!("-9223372036854775808"),
        ),
        (r#""error_code":"0x80""#, json!("0x80")),
        (r#""error_code":0"#, Value::Null),
        (r#""error_code":-0"#, Value::Null),
        (r#""error_code":"0""#, Value::Null),
        (r#""error_code":"\u0030""#, Value::Null),
        (r#""error_code":1.5"#, Value::Null),
        (r#""error_code":9223372036854775808"#, Value::Null),
        (r#""error_code":true"#, Value::Null),
        (
            r#""error_code":0,"error_chain":["x",{"error_code":""},{"error_code":0},{"x":1,"error\u005fcode":"E"},{"error_code":3}]"#,
            json!("E"),
        ),
        (
            r#""error_code":1,"error_chain":[{"error_code":3}]"#,
            json!("1"),
        ),
        (r#""error_chain":{"error_code":3}"#, Value::Null),
    ] {
        assert_fields(&format!("{{{members}}}"), &[("error.code", code)]);
    }
}

#[test]
fn an_alert_has_a_severity_and_a_rule() {
    let alert = |service: &str, severity: &str| {
        format!(
            r#"{{"service":"{service}","severity":{severity},"category":"c","correlation":{{"id":"r"}},"auth_context":{{"policies_applied":[{{"id":"p","name":"n"}}]}}}}"#
        )
    };
    for (word, number) in [("low", 21), ("Medium", 47), ("HIGH", 73), ("criticaL", 99)] {
        let rule = json!({"category": "c", "id": "r"});
        let fields = [("event.severity", json!(number)), ("rule", rule)];
        assert_fields(&alert("alerts", &format!("\"{word}\"")), &fields);
        assert_fields(&alert("alert", &format!("\"{word}\"")), &fields);
    }
    for severity in [r#""severe""#, "3", r#"["low"]"#] {
        assert_fields(
            &alert("alerts", severity),
            &[("event.severity", Value::Null)],
        );
    }
    let policies = json!({"id": ["p"], "name": ["n"]});
    assert_fields(
        &alert("sso", r#""low""#),
        &[("event.severity", Value::Null), ("rule", policies)],
    );
}

#[test]
fn policies_are_two_lists_however_many_there_are() {
    let of = |policies: &str| format!(r#"{{"auth_context":{{"policies_applied":{policies}}}}}"#);
    let rows = [
        (
            r#"[{"id":"a","name":"x"},{"id":"\u0061","name":"y"}]"#,
            json!({"id": ["a"], "name": ["x", "y"]}),
        ),
        (
            r#"[[],"a",7,{"metadata":{"id":"no"}},{"name":"","id":"b"}]"#,
            json!({"id": ["b"]}),
        ),
        (r#"[{"id":["a"]},[{"id":"a"}]]"#, Value::Null),
        (r#"{"id":"a"}"#, Value::Null),
        (
            r#"[{"id":"1"},{"id":"2"},{"id":"3"},{"id":"4"},{"id":"5","name":"x"},{"id":"1","name":"x"}]"#,
            json!({"id": ["1", "2", "3", "4", "5"], "name": ["x"]}),
        ),
    ];
    for (policies, rule) in rows {
        assert_fields(&of(policies), &[("rule", rule)]);
    }
}

#[test]
fn the_initiator_is_the_user_where_username_names_nobody() {
    let initiator = r#""initiated_by":{"id":"i","email":"e","username":"n","type":"admin"}"#;
    let rows = [
        (
            initiator.to_owned(),
            json!({"email": "e", "id": "i", "name": "n", "roles": ["admin"]}),
        ),
        (
            format!(r#"{initiator},"username":"u""#),
            json!({"name": "u"}),
        ),
        (
            format!(r#"{initiator},"username":["u"]"#),
            json!({"name": ["u"]}),
        ),
        (
            format!(r#"{initiator},"username":"""#),
            json!({"email": "e", "id": "i", "name": "n", "roles": ["admin"]}),
        ),
        (
            r#""initiated_by":{"id":7,"type":"system"}"#.to_owned(),
            json!({"roles": ["system"]}),
        ),
        (r#""initiated_by":[{"id":"i"}]"#.to_owned(), Value::Null),
    ];
    for (members, user) in rows {
        assert_fields(&format!("{{{members}}}"), &[("user", user)]);
    }
}

#[test]
fn a_target_user_is_one_person_and_no_mixture() {
    let ends = |to: &str, from: &str| {
        format!(
            r#""association":{{"connection":{{"to":{{"type":"{to}","object_id":"t","name":"T","email":"x"}},"from":{{"type":"{from}","object_id":"f"}}}}}}"#
        )
    };
    let resource = |kind: &str| {
        format!(r#""resource":{{"type":"{kind}","id":"r","name":"no","recipient_email":"m"}}"#)
    };
    for kind in ["user", "systemuser", "admin"] {
        let event = format!("{{{},{}}}", resource(kind), ends("user", "user"));
        assert_fields(&event, &[("user.target", json!({"id": "r", "email": "m"}))]);
    }
    for (kind, to, from, target) in [
        (
            "application",
            "user",
            "user",
            json!({"id": "t", "name": "T"}),
        ),
        ("application", "system", "user", json!({"id": "f"})),
        ("application", "system", "admin", Value::Null),
    ] {
        let event = format!("{{{},{}}}", resource(kind), ends(to, from));
        assert_fields(&event, &[("user.target", target)]);
    }
    let both = r#"{"resource":{"type":"user","username":"n","email":"e","recipient_email":"m"}}"#;
    assert_fields(both, &[("user.target", json!({"name": "n", "email": "e"}))]);
    assert_fields(
        r#"{"resource":[{"type":"user","id":"r"}]}"#,
        &[("user", Value::Null)],
    );
}

#[test]
fn changes_of_a_person_are_the_first_texts() {
    let of = |kind: &str| {
        format!(
            r#"{{"resource":{{"type":"{kind}"}},"changes":["x",{{"field":"email","to":7}},{{"field":"email","to":""}},{{"to":"a\"b","fiel\u0064":"em\u0061il"}},{{"field":"email","to":"late"}},{{"field":"username","from":"x","to":"n"}}]}}"#
        )
    };
    assert_fields(
        &of("user"),
        &[("user.changes", json!({"email": "a\"b", "name": "n"}))],
    );
    assert_fields(&of("application"), &[("user", Value::Null)]);
}

#[test]
fn a_group_is_also_the_target_users() {
    let place = |kind: &str| format!(r#"{{"type":"{kind}","object_id":"o","display_name":"d"}}"#);
    let (group, other) = (json!({"id": "o", "name": "d"}), place("system"));
    for place in [
        format!(r#"{{"resource":{}}}"#, place("user_group")),
        format!(
            r#"{{"resource":{other},"association":{{"connection":{{"to":{}}}}}}}"#,
            place("group")
        ),
        format!(
            r#"{{"association":{{"connection":{{"to":{other},"from":{}}}}}}}"#,
            place("a group of")
        ),
        format!(
            r#"{{"resource":{other},"system_group":{}}}"#,
            place("system_group")
        ),
    ] {
        assert_fields(&place, &[("group", group.clone()), ("user", Value::Null)]);
    }
    assert_fields(
        &format!(r#"{{"resource":{}}}"#, place("Group")),
        &[("group", Value::Null)],
    );
    assert_fields(
        r#"{"system_group":{"type":"group","id":"i","object_id":"o","name":7,"displayName":"D","display_name":"d"}}"#,
        &[("group", json!({"id": "i", "name": "D"}))],
    );
    assert_fields(
        r#"{"association":{"connection":{"from":{"type":"user","object_id":"u"},"to":{"type":"user_group","object_id":"g"}}}}"#,
        &[
            ("user.target", json!({"id": "u", "group": {"id": "g"}})),
            ("group", json!({"id": "g"})),
        ],
    );
}

#[test]
fn an_organization_is_a_text() {
    assert_fields(
        r#"{"organization":"o"}"#,
        &[("organization", json!({"id": "o"}))],
    );
    assert_fields(
        r#"{"organization":{"id":"o"}}"#,
        &[("organization", Value::Null)],
    );
}

#[test]
fn the_source_is_the_client_where_the_event_names_no_other() {
    let client = json!({"geo": {"country_iso_code": "NO"}, "ip": "192.0.2.1"});
    let event = r#"{"client_ip":"192.0.2.1","geoip":{"country_code":"NO"}}"#;
    assert_fields(event, &[("source", client.clone()), ("client", client)]);
    let with = |source: &str| event.replacen('{', &format!(r#"{{"src_ip":{source},"#), 1);
    assert_fields(&with(r#""::1""#), &[("source", json!({"ip": "::1"}))]);
    assert_fields(&with(r#""no address""#), &[("source", Value::Null)]);
    let of_list = json!(["192.0.2.1", "::1"]);
    assert_fields(
        r#"{"client_ip":["192.0.2.1","::1"]}"#,
        &[("source.ip", of_list)],
    );
}

#[test]
fn related_addresses_are_valid_and_there_once() {
    let rows = [
        (r#""client_ip":"192.0.2.1""#, json!(["192.0.2.1"])),
        (
            r#""client_ip":"192.0.2.1","src_ip":"192.0.2.2""#,
            json!(["192.0.2.2", "192.0.2.1"]),
        ),
        (
            r#""client_ip":"192.0.2.1","src_ip":"192.0.2.\u0031""#,
            json!(["192.0.2.1"]),
        ),
        (
            r#""client_ip":"bad","src_ip":["::1",7,"::2"]"#,
            json!(["::1", "::2"]),
        ),
        (
            r#""auth_context":{"jumpcloud_protect_device":{"ip":"fe80::1%eth0"}}"#,
            json!(["fe80::1%eth0"]),
        ),
        (
            r#""auth_context":{"jumpcloud_protect_device":{"ip":["::1",["::2"],"x","","::3"]}}"#,
            json!(["::1", "::3"]),
        ),
        (
            r#""auth_context":{"jumpcloud_protect_device":{"ip":"192.0.2.1:80"}}"#,
            Value::Null,
        ),
    ];
    for (members, expected) in rows {
        assert_fields(&format!("{{{members}}}"), &[("related.ip", expected)]);
    }
}

#[test]
fn everybody_is_related_once() {
    let event = r#"{"outer":{"username":"o"},"auth_context":{"jumpcloud_protect_device":{"user_id":"d","username":"\u006f"}},"username":"in","initiated_by":{"email":"ie","id":"ii","username":"in"},"resource":{"type":"user","id":"ri","username":"ie","recipient_email":"re"}}"#;
    let users = json!(["in", "ii", "ie", "ri", "re", "o", "d"]);
    assert_fields(event, &[("related.user", users)]);
    let rows = [
        (
            r#"{"initiated_by":{"username":42,"id":"42"}}"#,
            json!(["42"]),
        ),
        (
            r#"{"initiated_by":{"username":true,"id":"i"}}"#,
            json!(["true", "i"]),
        ),
        (r#"{"username":["u"]}"#, Value::Null),
        (r#"{"username":"u"}"#, json!(["u"])),
    ];
    for (event, users) in rows {
        assert_fields(event, &[("related.user", users)]);
    }
}

#[test]
fn a_host_is_one_system_and_no_mixture() {
    let of = |system: &str, other: &str| {
        format!(r#"{{"system":{{{system}}},"auth_context":{{"system":{{{other}}}}}}}"#)
    };
    let rows = [
        (
            r#""id":"s","displayName":"D""#,
            r#""id":"a","hostname":"A""#,
            json!({"id": "s", "name": "D"}),
        ),
        (
            r#""hostname":"H-1""#,
            r#""id":"a","os":"o","version":"v""#,
            json!({"hostname": "H-1", "name": "h-1", "os": {"full": "o", "version": "v"}}),
        ),
        (
            r#""hostname":["H"],"displayName":"D""#,
            r#""displayName":"A""#,
            json!({"hostname": ["H"], "name": "D"}),
        ),
        (
            r#""displayName":"D""#,
            r#""id":"a","hostname":"\u00c9COLE\u002d\u03a3""#,
            json!({"hostname": "ÉCOLE-Σ", "id": "a", "name": "école-σ"}),
        ),
        (
            r#""displayName":"D""#,
            r#""id":"a","displayName":"A""#,
            json!({"id": "a", "name": "A"}),
        ),
        (
            r#""displayName":"D""#,
            r#""displayName":"A""#,
            json!({"name": "D"}),
        ),
        (r#""x":1"#, r#""displayName":"A""#, json!({"name": "A"})),
        (
            r#""x":1"#,
            r#""hostname":"İ""#,
            json!({"hostname": "İ", "name": "i\u{307}"}),
        ),
    ];
    for (system, other, host) in rows {
        assert_fields(&of(system, other), &[("host", host)]);
    }
    assert_fields(
        r#"{"os_meta_family":"darwin"}"#,
        &[("host", json!({"os": {"family": "darwin"}}))],
    );
    let hosts = r#"{"system":{"hostname":"H","displayName":"D"},"auth_context":{"system":{"hostname":"\u0048"}},"resource":{"hostname":"R"}}"#;
    assert_fields(hosts, &[("related.hosts", json!(["H", "D", "R"]))]);
}

#[test]
fn half_a_surrogate_pair_stays_when_the_rest_becomes_lower_case() {
    let event = r#"{"system":{"hostname":"A\uD83D\"\/\tÄ"}}"#;
    let document = text(&document_with(options(Profile::Extended, &[]), event));
    assert!(document.contains(r#""name":"a\ud83d\"/\tä""#), "{document}");
}

#[test]
fn a_network_card_is_addressed_as_rfc_7042_says() {
    let of = |mac: &str| format!(r#"{{"query_responses":{{"wifi_mac":"{mac}"}}}}"#);
    for mac in [
        "00:00:5e:00:53:aF",
        "00-00-5e-00-53-af",
        "0000.5e00.53af",
        "00005E0053AF",
        r"0\u0030005E0053AF",
    ] {
        assert_fields(&of(mac), &[("host.mac", json!(["00-00-5E-00-53-AF"]))]);
    }
    for mac in [
        "00:00:5e:00:53",
        "00:00:5e-00-53-af",
        "00.00.5e.00.53.af",
        "0000:5e00:53af",
        "00:00:5e:00:53:ag",
        "00005e0053a",
        "000.05e0.053af",
        "é005e0053af",
    ] {
        assert_fields(&of(mac), &[("host", Value::Null)]);
    }
}

#[test]
fn a_device_has_an_identity_and_a_maker() {
    let device = r#""auth_context":{"jumpcloud_protect_device":{"id":"p","make":"m","model":"o"}}"#;
    for (more, id) in [
        ("", "p"),
        (r#","device_object_id":"d""#, "d"),
        (r#","device_object_id":"d","mdm_device_id":"m""#, "m"),
        (r#","mdm_device_id":7"#, "p"),
    ] {
        let expected = json!({"id": id, "manufacturer": "m", "model": {"name": "o"}});
        assert_fields(&format!("{{{device}{more}}}"), &[("device", expected)]);
    }
}

#[test]
fn a_user_agent_has_two_sources() {
    let event = r#"{"useragent":{"name":"a","os_name":["b"],"os":7},"user_agent":{"device":"d","name":"n","version":"v","os_name":"o","os_full":"f","os_version":"w","os":"y"}}"#;
    let agent = json!({"device": {"name": "d"}, "name": "a", "os": {"family": "y", "full": "f", "name": ["b"], "version": "w"}, "version": "v"});
    assert_fields(event, &[("user_agent", agent)]);
    assert_fields(
        r#"{"useragent":{"os":"x"},"user_agent":{"os":"y"}}"#,
        &[("user_agent", json!({"os": {"family": "x"}}))],
    );
}

#[test]
fn a_service_has_a_name_and_an_address() {
    let of = |service: &str, url: &str| {
        format!(
            r#"{{"service":"{service}","application":{{"name":"n","version":"v","path":"p","sso_url":"{url}"}}}}"#
        )
    };
    let rows = [
        ("https://sso.example.test/a?b#c", json!("sso.example.test")),
        (
            "HtTp://u@v:w@Sso.example.test:443",
            json!("Sso.example.test"),
        ),
        (r"https:\/\/sso.example.test\/", json!("sso.example.test")),
        ("https://[2001:db8::1]:8443/", json!("[2001:db8::1]")),
        ("https://[2001:db8::1]", json!("[2001:db8::1]")),
        (
            "https://bücher.example.test?x@y",
            json!("bücher.example.test"),
        ),
        (r#"https://a\"b\\c/"#, json!("a\"b")),
        ("https://[2001:db8::1]x/", Value::Null),
        ("https://[2001:db8::1", Value::Null),
        ("https://[]/", Value::Null),
        ("https://@/", Value::Null),
        ("https:///a", Value::Null),
        ("https://a b/", Value::Null),
        ("ftp://a/", Value::Null),
        ("sso.example.test", Value::Null),
    ];
    for (url, domain) in rows {
        for service in ["sso", "directory"] {
            let fields = [
                ("service.name", json!("n")),
                ("url.domain", domain.clone()),
                ("package", Value::Null),
            ];
            assert_fields(&of(service, url), &fields);
        }
    }
    let half = document_with(
        options(Profile::Extended, &[]),
        &of("sso", r"https://a\ud800b/"),
    );
    assert!(text(&half).contains(r#""url":{"full":"https://a\ud800b/"}"#));
    let full = extended(&of("sso", "not an address"));
    assert_eq!(full["url"], json!({"full": "not an address"}));
    let package = json!({"name": "n", "path": "p", "version": "v"});
    let software = [
        ("package", package),
        ("service", Value::Null),
        ("url", Value::Null),
    ];
    assert_fields(&of("software", "https://a/"), &software);
    assert_fields(
        &of("systems", "https://a/"),
        &[
            ("package", Value::Null),
            ("service", Value::Null),
            ("url", Value::Null),
        ],
    );
    let named = r#"{"service":"sso","application":{"name":"n","display_label":"l"}}"#;
    assert_fields(named, &[("service", json!({"name": "l"}))]);
}

#[test]
fn a_file_has_a_hash_and_a_size() {
    let of = |size: &str| {
        format!(
            r#"{{"object_storage_item_version_name":"n","object_storage_item_version_sha_256_sum":"9f","object_storage_item_version_size":{size}}}"#
        )
    };
    for (size, expected) in [
        ("551680423", json!(551_680_423)),
        ("-0", json!(0)),
        ("9223372036854775807", json!(i64::MAX)),
    ] {
        let file = json!({"hash": {"sha256": "9f"}, "name": "n", "size": expected});
        assert_fields(
            &of(size),
            &[("file", file), ("related.hash", json!(["9f"]))],
        );
    }
    for size in ["1.0", "1e3", "9223372036854775808", r#""7""#] {
        assert_fields(&of(size), &[("file.size", Value::Null)]);
    }
}

#[test]
fn protocol_encryption_and_second_factor() {
    for (service, protocol) in [
        ("ldap", json!("ldap")),
        ("radius", json!("radius")),
        ("sso", Value::Null),
    ] {
        assert_fields(
            &format!(r#"{{"service":"{service}"}}"#),
            &[("network.protocol", protocol)],
        );
    }
    for (established, expected) in [
        ("true", json!(true)),
        ("false", json!(false)),
        (r#""true""#, Value::Null),
        ("1", Value::Null),
    ] {
        assert_fields(
            &format!(r#"{{"tls_established":{established}}}"#),
            &[("tls.established", expected)],
        );
    }
    assert_fields(
        r#"{"mfa_meta":{"type":"totp"}}"#,
        &[("labels", json!({"mfa_type": "totp"}))],
    );
    assert_fields(r#"{"mfa_meta":"totp"}"#, &[("labels", Value::Null)]);
}

#[test]
fn a_place_can_be_what_the_event_says_and_is_tagged_then() {
    let event = r#"{"geoip":{"country_code2":"SE","region_code":"AB","region_name":"Stockholm","continent_code":"EU","timezone":"Europe/Stockholm","latitude":59.3326,"longitude":18}}"#;
    let geo = r#""client":{"geo":{"continent_code":"EU","country_iso_code":"SE","location":{"lat":59.3326,"lon":18},"region_iso_code":"SE-AB","region_name":"Stockholm","timezone":"Europe/Stockholm"}}"#;
    let document = text(&document_with(options(Profile::Extended, &[]), event));
    assert!(document.contains(geo), "{document}");
    for (asked, tags) in [
        (&[][..], json!(["jcx_geo_from_event"])),
        (
            &["a", "preserve_original_event"],
            json!(["preserve_original_event", "a", "jcx_geo_from_event"]),
        ),
        (
            &["jcx_geo_from_event", "b"],
            json!(["jcx_geo_from_event", "b"]),
        ),
    ] {
        assert_eq!(extended_with(event, asked)["tags"], tags);
    }
    let failed = event.replacen('{', r#"{"timestamp":"x","#, 1);
    let tags = json!(["a", "preserve_original_event", "jcx_geo_from_event"]);
    assert_eq!(extended_with(&failed, &["a"])["tags"], tags);
    let first = r#"{"geoip":{"country_code":"NO","country_code2":"SE"}}"#;
    assert_fields(first, &[("client.geo", json!({"country_iso_code": "NO"}))]);
    for nothing in [
        r#""region_code":"AB""#,
        r#""latitude":1.5"#,
        r#""country_code":7"#,
        r#""city":"x""#,
    ] {
        let event = format!(r#"{{"geoip":{{{nothing}}}}}"#);
        assert_fields(&event, &[("client", Value::Null), ("tags", Value::Null)]);
    }
}

#[test]
fn a_location_is_two_numbers_of_degrees_as_documents_have_numbers() {
    let rows = [
        ("90", "180", Some("90,180")),
        ("-90.0", "-180.000", Some("-90.0,-180.0")),
        ("-0.12760", "0.00001", Some("-0.1276,1.0e-5")),
        ("-0", "-0.0", Some("0,-0.0")),
        ("1e1", "1.50", Some("10.0,1.5")),
        (
            "89.123456789012345678",
            "7.5",
            Some("89.12345678901235,7.5"),
        ),
        ("90.1", "7.5", None),
        ("-90.00000001", "7.5", None),
        ("7.5", "180.5", None),
        ("1000", "7.5", None),
        ("1e400", "7.5", None),
        (r#""7.5""#, "7.5", None),
        ("true", "7.5", None),
    ];
    for (latitude, longitude, expected) in rows {
        let event = format!(
            r#"{{"geoip":{{"country_code":"NO","latitude":{latitude},"longitude":{longitude}}}}}"#
        );
        let document = text(&document_with(options(Profile::Extended, &[]), &event));
        let location = expected.map(|both| {
            let (latitude, longitude) = both.split_once(',').expect("two numbers");
            format!(r#""location":{{"lat":{latitude},"lon":{longitude}}}"#)
        });
        assert_eq!(
            location.is_some(),
            document.contains("location"),
            "{document}"
        );
        assert!(
            document.contains(&location.unwrap_or_default()),
            "{document}"
        );
    }
}

#[test]
fn a_failure_stays_and_gets_what_can_still_be_mapped() {
    let event = r#"{"id":"1","timestamp":"bad","client_ip":"::1","event_type":"user_unlocked","service":"systems","success":false,"username":"u","process_name":["p"],"system":{"id":9223372036854775808,"hostname":"H"},"initiated_by":{"id":"i"},"useragent":{"name":"n","version":2},"error_message":"e","@version":"1"}"#;
    let fields = [
        ("@timestamp", Value::Null),
        ("client.ip", json!("::1")),
        ("error.message.1", json!("e")),
        ("event.action", json!("user_unlocked")),
        ("event.category", json!(["iam"])),
        ("event.id", json!("1")),
        ("event.kind", json!("pipeline_error")),
        ("event.module", json!("systems")),
        ("event.original", json!(event)),
        ("event.outcome", json!("failure")),
        ("event.type", json!(["info", "change", "user"])),
        ("host", json!({"hostname": "H", "name": "h"})),
        ("jumpcloud.event.username", json!("u")),
        ("jumpcloud.event.@version", json!("1")),
        ("process", Value::Null),
        (
            "related",
            json!({"hosts": ["H"], "ip": ["::1"], "user": ["i", "u"]}),
        ),
        ("source", json!({"ip": "::1", "user": {"id": "i"}})),
        ("tags", json!(["preserve_original_event"])),
        ("user", json!({"name": "u"})),
        ("user_agent", json!({"name": "n"})),
    ];
    assert_fields(event, &fields);
}

#[test]
fn whatever_failed_the_other_parts_are_completed() {
    let of_step_7 = r#"{"id":9223372036854775808,"timestamp":"2024","success":true}"#;
    let document = document_with(options(Profile::Extended, &[]), of_step_7);
    assert!(document.has_timestamp && document.pipeline_error);
    let instant = json!("2024-01-01T00:00:00.000Z");
    assert_fields(
        of_step_7,
        &[
            ("@timestamp", instant),
            ("event.id", Value::Null),
            ("event.outcome", json!("success")),
        ],
    );
    let of_step_9 = r#"{"client_ip":["::1","x"],"src_ip":"::2","message":"m"}"#;
    let fields = [
        ("client", Value::Null),
        ("source", json!({"ip": "::2"})),
        ("message", json!("m")),
        ("event.outcome", json!("unknown")),
    ];
    assert_fields(of_step_9, &fields);
    let of_step_11 = r#"{"@version":"1","version":"2","username":"u","system":{"id":"s"}}"#;
    assert_fields(
        of_step_11,
        &[("user.name", json!("u")), ("host.id", json!("s"))],
    );
    let of_step_14 =
        r#"{"jumpcloud_protect_device":"x","src_ip":"::1","initiated_by":{"username":"n"}}"#;
    assert_fields(
        of_step_14,
        &[("related", json!({"ip": ["::1"], "user": ["n"]}))],
    );
}

/// Asserts that everything of `less` stands in `more`; lists may go on.
fn assert_holds(more: &Value, less: &Value, path: &str, event: &str) {
    match (more, less) {
        (Value::Object(more), Value::Object(less)) => {
            for (key, value) in less {
                let found = more.get(key).unwrap_or(&Value::Null);
                assert_holds(found, value, &format!("{path}.{key}"), event);
            }
        }
        (Value::Array(more), Value::Array(less)) if !path.starts_with(".jumpcloud") => {
            assert!(more.starts_with(less), "{path} of {event}: {more:?}");
        }
        _ => assert_eq!(more, less, "{path} of {event}"),
    }
}

/// Fields that are one value although they may be objects.
const WHOLE: [&str; 4] = [
    "client.geo.location",
    "jumpcloud.event",
    "message",
    "source.geo.location",
];
/// What no sample has.
const RARE: &str = r#"{"resource":{"type":"user","email":"e"},"changes":[{"field":"email","to":"t"}],"auth_context":{"system":{"os":"o","version":"v"}},"os_meta_family":"f"}"#;

/// The dotted names of all values that are not objects, without those below `jumpcloud.event`.
fn names(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) if !WHOLE.contains(&path) => {
            for (key, value) in members {
                let dot = if path.is_empty() { "" } else { "." };
                names(value, &format!("{path}{dot}{key}"), found);
            }
        }
        _ => {
            found.insert(path.to_owned());
        }
    }
}

#[test]
fn the_samples_get_more_and_nothing_else_and_every_field_is_in_the_table() {
    let known: BTreeSet<_> = fields().iter().map(|field| field.name).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/events");
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the folder exists") {
        let events = fs::read_to_string(entry.expect("readable").path()).expect("UTF-8");
        for event in events.lines() {
            let of = |profile| document_with(options(profile, &["a"]), event);
            let (elastic, extended) = (of(Profile::Elastic), of(Profile::Extended));
            assert_eq!(elastic.id, extended.id, "{event}");
            assert_eq!(elastic.text, extended.text, "{event}");
            assert_eq!(elastic.pipeline_error, extended.pipeline_error, "{event}");
            let (Ok(less), Ok(more)) = (
                serde_json::from_slice(&elastic.body),
                serde_json::from_slice::<Value>(&extended.body),
            ) else {
                // Half a surrogate pair, or more than a double, both of which this reader refuses.
                let is_odd = event.contains(r"\ud") || event.contains("1e400");
                assert!(is_odd, "{event}");
                continue;
            };
            assert_holds(&more, &less, "", event);
            names(&more, "", &mut seen);
        }
    }
    names(&extended(RARE), "", &mut seen);
    seen.remove("jumpcloud.event");
    let unknown: Vec<_> = seen
        .iter()
        .filter(|name| !known.contains(name.as_str()))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let emitted = fields()
        .iter()
        .filter(|field| field.origin == Origin::Emitted);
    let unseen: Vec<_> = emitted
        .map(|field| field.name)
        .filter(|name| !seen.contains(*name))
        .collect();
    assert_eq!(
        unseen,
        ["event.created", "event.dataset"],
        "nobody asked for these"
    );
}
