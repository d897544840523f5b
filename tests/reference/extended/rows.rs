//! The rows of section 9's table, each with what it takes and what it leaves alone.

use crate::reference::{Options, Profile, map};
use serde_json::{Value, json};

fn body(event: &str, tags: &[&str]) -> Value {
    let options = Options {
        profile: Profile::Extended,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..Options::default()
    };
    let document = map(event.as_bytes(), &options).expect("an event");
    serde_json::from_slice(&document.body).expect("JSON")
}

/// Some fields of an event's document; null stands for none.
fn check(event: &str, fields: &[(&str, Value)]) {
    let body = body(event, &[]);
    for (name, expected) in fields {
        let pointer = format!("/{}", name.replace('.', "/"));
        let found = body.pointer(&pointer).cloned().unwrap_or_default();
        assert_eq!(found, *expected, "{name} of {event}");
    }
}

#[test]
fn the_least_event_has_its_origin() {
    let expected = json!({
        "ecs": {"version": "8.11.0"},
        "event": {"kind": "event", "outcome": "unknown", "provider": "jumpcloud"},
        "jumpcloud": {"event": {"x": 1}},
        "observer": {"product": "Directory Insights", "vendor": "JumpCloud"},
    });
    assert_eq!(body(r#"{"x":1}"#, &[]), expected);
}

#[test]
fn kind_category_and_type_come_from_the_catalogue_behind_elastics() {
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
            "ldap_bind",
            "event",
            json!(["authentication"]),
            json!(["info", "start"]),
        ),
        ("alert_created", "alert", Value::Null, json!(["info"])),
        ("ldap_srch", "event", json!(["database"]), json!(["access"])),
        (
            "asset_management_asset_delete",
            "event",
            json!(["configuration"]),
            json!(["deletion"]),
        ),
        (
            "user_unl\\u006fcked",
            "event",
            json!(["iam"]),
            json!(["info", "change", "user"]),
        ),
        ("User_Unlocked", "event", Value::Null, Value::Null),
        ("of tomorrow", "event", Value::Null, Value::Null),
    ];
    for (event_type, kind, category, types) in rows {
        let event = format!(r#"{{"event_type":"{event_type}"}}"#);
        let fields = [
            ("event.kind", json!(kind)),
            ("event.category", category),
            ("event.type", types),
        ];
        check(&event, &fields);
    }
    check(
        r#"{"event_type":["sso_auth"]}"#,
        &[("event.kind", json!("event")), ("event.type", Value::Null)],
    );
}

#[test]
fn messages_and_codes_of_errors() {
    let event = r#"{"error_message":"a","outer":{"error_message":"\u0061"},"message_chain":{"response_message":"b","response_code":CODE}}"#;
    for (code, messages) in [
        ("200", json!(["a"])),
        ("204.0", json!(["a"])),
        ("2.99e2", json!(["a"])),
        ("\"201\"", json!(["a"])),
        ("300", json!(["a", "b"])),
        ("199", json!(["a", "b"])),
        ("\"20\"", json!(["a", "b"])),
        ("\"2000\"", json!(["a", "b"])),
        ("true", json!(["a", "b"])),
        ("null", json!(["a", "b"])),
    ] {
        check(
            &event.replace("CODE", code),
            &[("error.message", messages), ("event.reason", json!("a"))],
        );
    }
    check(
        r#"{"error_message":["a"]}"#,
        &[("error", Value::Null), ("event.reason", Value::Null)],
    );
    for (members, code) in [
        (r#""error_code":49"#, json!("49")),
        (r#""error_code":-7"#, json!("-7")),
        (r#""error_code":"E1""#, json!("E1")),
        (r#""error_code":0"#, Value::Null),
        (r#""error_code":-0"#, Value::Null),
        (r#""error_code":"0""#, Value::Null),
        (r#""error_code":1.0"#, Value::Null),
        (r#""error_code":9223372036854775808"#, Value::Null),
        (
            r#""error_code":0,"error_chain":[1,{"error_code":0},{"error_code":12},{"error_code":13}]"#,
            json!("12"),
        ),
        (
            r#""error_code":5,"error_chain":[{"error_code":12}]"#,
            json!("5"),
        ),
        (r#""error_chain":{"error_code":12}"#, Value::Null),
    ] {
        check(&format!("{{{members}}}"), &[("error.code", code)]);
    }
}

#[test]
fn alerts_have_a_severity_and_a_rule() {
    let event = r#"{"service":"alerts","severity":"SEVERITY","category":"SECURITY","correlation":{"id":"r1"},"auth_context":{"policies_applied":[{"id":"p","name":"n"}]}}"#;
    for (word, number) in [("low", 21), ("Medium", 47), ("HIGH", 73), ("cRitical", 99)] {
        let fields = [
            ("event.severity", json!(number)),
            ("rule", json!({"category": "SECURITY", "id": "r1"})),
        ];
        check(&event.replace("SEVERITY", word), &fields);
    }
    check(
        &event.replace("SEVERITY", "info"),
        &[("event.severity", Value::Null)],
    );
    let other = event.replace("alerts", "directory");
    check(
        &other,
        &[
            ("event.severity", Value::Null),
            ("rule", json!({"id": ["p"], "name": ["n"]})),
        ],
    );
}

#[test]
fn policies_are_lists_without_repetition() {
    let event = r#"{"auth_context":{"policies_applied":[{"id":"a","name":"x"},"b",{"id":"\u0061","name":1},{"name":"y"}]}}"#;
    check(event, &[("rule", json!({"id": ["a"], "name": ["x", "y"]}))]);
    check(
        r#"{"auth_context":{"policies_applied":[{"x":1}]}}"#,
        &[("rule", Value::Null)],
    );
}

#[test]
fn the_initiator_is_the_user_where_nobody_else_is() {
    let initiator = r#""initiated_by":{"id":"i","email":"e","username":"n","type":"admin"}"#;
    let user = json!({"id": "i", "email": "e", "name": "n", "roles": ["admin"]});
    check(&format!("{{{initiator}}}"), &[("user", user)]);
    check(
        &format!(r#"{{{initiator},"username":"u"}}"#),
        &[("user", json!({"name": "u"}))],
    );
    check(
        &format!(r#"{{{initiator},"username":7}}"#),
        &[("user", json!({"name": 7}))],
    );
    check(r#"{"initiated_by":[{"id":"i"}]}"#, &[("user", Value::Null)]);
    check(
        r#"{"initiated_by":{"id":1,"type":"system"}}"#,
        &[("user", json!({"roles": ["system"]}))],
    );
}

#[test]
fn a_target_is_the_resource_or_an_end_of_the_association() {
    let ends = r#""association":{"connection":{"from":{"type":"user","object_id":"f"},"to":{"type":"user","object_id":"t","name":"T"}}}"#;
    let resource = r#""resource":{"type":"systemuser","id":"r","username":"R","email":"a","recipient_email":"b"}"#;
    let target = json!({"id": "r", "name": "R", "email": "a"});
    check(
        &format!("{{{resource},{ends}}}"),
        &[("user.target", target)],
    );
    check(
        &format!("{{{ends}}}"),
        &[("user.target", json!({"id": "t", "name": "T"}))],
    );
    let backwards = ends.replace(r#""to":{"type":"user","#, r#""to":{"type":"system","#);
    check(
        &format!("{{{backwards}}}"),
        &[("user.target", json!({"id": "f"}))],
    );
    check(
        r#"{"resource":{"type":"admin","recipient_email":"b"}}"#,
        &[("user.target", json!({"email": "b"}))],
    );
    check(
        r#"{"resource":{"type":"application","id":"b"}}"#,
        &[("user", Value::Null)],
    );
}

#[test]
fn a_persons_changes_are_the_first_texts() {
    let changes = r#""changes":[{"field":"email","to":7},{"field":"email","to":"e"},{"field":"email","to":"f"},{"field":"username","from":"x"},1]"#;
    let of = |kind: &str| format!(r#"{{"resource":{{"type":"{kind}"}},{changes}}}"#);
    check(&of("user"), &[("user.changes", json!({"email": "e"}))]);
    check(&of("user_group"), &[("user", Value::Null)]);
}

#[test]
fn a_group_is_a_group_and_the_targets_where_there_is_one() {
    let event = r#"{"association":{"connection":{"from":{"type":"user","object_id":"u"},"to":{"type":"user_group","object_id":"g","name":"G"}}},"system_group":{"type":"system_group","id":"s"}}"#;
    let group = json!({"id": "g", "name": "G"});
    check(
        event,
        &[
            ("group", group.clone()),
            ("user.target.group", group),
            ("user.target.id", json!("u")),
        ],
    );
    let event = r#"{"resource":{"type":"user_group","id":"g","displayName":"D"}}"#;
    check(
        event,
        &[
            ("group", json!({"id": "g", "name": "D"})),
            ("user", Value::Null),
        ],
    );
    check(r#"{"system_group":{"id":"s"}}"#, &[("group", Value::Null)]);
    check(
        r#"{"system_group":{"id":"s","type":"system_group"}}"#,
        &[("group", json!({"id": "s"}))],
    );
}

#[test]
fn an_organization_is_a_text() {
    check(
        r#"{"organization":"o"}"#,
        &[("organization.id", json!("o"))],
    );
    check(r#"{"organization":7}"#, &[("organization", Value::Null)]);
}

#[test]
fn the_source_is_the_client_where_there_is_no_other() {
    let place = r#""geoip":{"country_code":"NO"}"#;
    let side = json!({"ip": "::1", "geo": {"country_iso_code": "NO"}});
    check(
        &format!(r#"{{"client_ip":"::1",{place}}}"#),
        &[("source", side.clone()), ("client", side)],
    );
    check(
        &format!(r#"{{"client_ip":"::1","src_ip":"::2",{place}}}"#),
        &[("source", json!({"ip": "::2"}))],
    );
    check(
        &format!(r#"{{"client_ip":"::1","src_ip":"x",{place}}}"#),
        &[("source", Value::Null)],
    );
}

#[test]
fn related_addresses_are_valid_ones() {
    let event = r#"{"client_ip":["192.0.2.1","192.0.2.2"],"src_ip":"192.0.2.2","auth_context":{"jumpcloud_protect_device":{"ip":["x",["::1"],"192.0.2.\u0031","::2"]}}}"#;
    check(
        event,
        &[("related.ip", json!(["192.0.2.2", "192.0.2.1", "::2"]))],
    );
    check(
        r#"{"client_ip":["192.0.2.1","x"]}"#,
        &[
            ("related.ip", json!(["192.0.2.1"])),
            ("client", Value::Null),
        ],
    );
}

#[test]
fn related_users_are_named_once_in_their_order() {
    let event = r#"{"initiated_by":{"username":"in","id":"ii","email":"ie"},"username":"u","resource":{"type":"user","id":"ri","username":"in","recipient_email":"re"},"outer":{"username":"o"},"auth_context":{"jumpcloud_protect_device":{"username":"dn","user_id":"ii"}}}"#;
    check(
        event,
        &[(
            "related.user",
            json!(["in", "ii", "ie", "u", "ri", "re", "o", "dn"]),
        )],
    );
    check(
        r#"{"initiated_by":{"username":42,"id":"42"}}"#,
        &[("related.user", json!(["42"]))],
    );
}

#[test]
fn hosts_are_related_and_one_is_the_host() {
    let event = r#"{"system":{"id":"s","displayName":"D"},"auth_context":{"system":{"id":"a","hostname":"A","os":"o","version":"v"}},"resource":{"hostname":"R"},"os_meta_family":"f"}"#;
    let host = json!({"id": "s", "name": "D", "os": {"full": "o", "version": "v", "family": "f"}});
    check(
        event,
        &[("host", host), ("related.hosts", json!(["D", "A", "R"]))],
    );
    let event = r#"{"system":{"displayName":"D"},"auth_context":{"system":{"id":"a","hostname":"\u00c9COLE-\u03a3","displayName":"A"}}}"#;
    check(
        event,
        &[(
            "host",
            json!({"id": "a", "hostname": "\u{c9}COLE-\u{3a3}", "name": "\u{e9}cole-\u{3c3}"}),
        )],
    );
    check(
        r#"{"system":{"displayName":"D"},"auth_context":{"system":{"displayName":"A"}}}"#,
        &[("host", json!({"name": "D"}))],
    );
    check(
        r#"{"auth_context":{"system":{"id":"a","displayName":"A"}}}"#,
        &[("host", json!({"id": "a", "name": "A"}))],
    );
    let raw = map(
        br#"{"system":{"hostname":"A\uD800\"\/"}}"#,
        &Options {
            profile: Profile::Extended,
            ..Options::default()
        },
    );
    let text = String::from_utf8(raw.expect("an event").body).expect("UTF-8");
    assert!(text.contains(r#""name":"a\ud800\"/""#), "{text}");
}

#[test]
fn an_address_of_a_network_card_has_hyphens() {
    let mac = |mac: &str| format!(r#"{{"query_responses":{{"wifi_mac":"{mac}"}}}}"#);
    for form in [
        "00:00:5e:00:53:af",
        "00-00-5e-00-53-AF",
        "0000.5E00.53af",
        "00005e0053af",
        "00\\u003a00:5e:00:53:af",
    ] {
        check(&mac(form), &[("host.mac", json!(["00-00-5E-00-53-AF"]))]);
    }
    for other in [
        "00:00:5e:00:53",
        "00:00-5e:00:53:af",
        "0:0:5e:0:53:af",
        "00:00:5e:00:53:ag",
        "0000:5e00:53af",
        "00:00:5e:00:53:a\u{e9}",
    ] {
        check(&mac(other), &[("host", Value::Null)]);
    }
}

#[test]
fn devices_and_user_agents() {
    let device = r#""auth_context":{"jumpcloud_protect_device":{"id":"p","make":"m","model":"o"}}"#;
    let made = json!({"id": "p", "manufacturer": "m", "model": {"name": "o"}});
    check(&format!("{{{device}}}"), &[("device", made)]);
    check(
        &format!(r#"{{{device},"device_object_id":"d"}}"#),
        &[("device.id", json!("d"))],
    );
    check(
        r#"{"mdm_device_id":"m","device_object_id":"d"}"#,
        &[("device.id", json!("m"))],
    );
    let event = r#"{"useragent":{"name":"n","os":"a"},"user_agent":{"name":"x","device":"d","version":"1","os_name":"on","os_full":"of","os_version":"ov","os":"b"}}"#;
    let agent = json!({"name": "n", "device": {"name": "d"}, "version": "1", "os": {"name": "on", "full": "of", "version": "ov", "family": "a"}});
    check(event, &[("user_agent", agent)]);
    check(
        r#"{"user_agent":{"version":1,"os":"b"}}"#,
        &[("user_agent", json!({"os": {"family": "b"}}))],
    );
}

#[test]
fn services_and_their_addresses() {
    let event = |service: &str, url: &str| {
        format!(
            r#"{{"service":"{service}","application":{{"name":"n","sso_url":"{url}","version":"1","path":"p"}}}}"#
        )
    };
    let fields = |domain: Value| {
        [
            ("service.name", json!("n")),
            ("url.domain", domain),
            ("package", Value::Null),
        ]
    };
    for (url, domain) in [
        ("https://a.example.test/x?y#z", json!("a.example.test")),
        (
            "HTTPS:\\/\\/u:p@A.example.test:443",
            json!("A.example.test"),
        ),
        ("http://[2001:db8::1]:80/", json!("[2001:db8::1]")),
        ("http://[2001:db8::1]x/", Value::Null),
        ("http://a.example.test?b@c", json!("a.example.test")),
        ("ftp://a.example.test/", Value::Null),
        ("a.example.test", Value::Null),
        ("https:///x", Value::Null),
        ("https://a b/", Value::Null),
        ("https://:443/", Value::Null),
    ] {
        check(&event("sso", url), &fields(domain.clone()));
        check(&event("directory", url), &fields(domain));
    }
    let package = json!({"name": "n", "version": "1", "path": "p"});
    check(
        &event("software", "https://a/"),
        &[
            ("package", package),
            ("service", Value::Null),
            ("url", Value::Null),
        ],
    );
    check(
        r#"{"service":"sso","application":{"name":"n","display_label":"l"}}"#,
        &[("service.name", json!("l"))],
    );
}

#[test]
fn files_and_protocols() {
    let event = r#"{"object_storage_item_version_name":"n","object_storage_item_version_size":73,"object_storage_item_version_sha_256_sum":"9f"}"#;
    let file = json!({"name": "n", "size": 73, "hash": {"sha256": "9f"}});
    check(event, &[("file", file), ("related.hash", json!(["9f"]))]);
    for size in ["1.0", "9223372036854775808", "\"7\""] {
        check(
            &format!(r#"{{"object_storage_item_version_size":{size}}}"#),
            &[("file", Value::Null)],
        );
    }
    check(
        r#"{"service":"ldap","tls_established":false}"#,
        &[
            ("network.protocol", json!("ldap")),
            ("tls.established", json!(false)),
        ],
    );
    check(
        r#"{"service":"radius","tls_established":"yes","mfa_meta":{"type":"totp"}}"#,
        &[
            ("network.protocol", json!("radius")),
            ("tls", Value::Null),
            ("labels.mfa_type", json!("totp")),
        ],
    );
    check(
        r#"{"service":"sso","mfa_meta":"totp"}"#,
        &[("network", Value::Null), ("labels", Value::Null)],
    );
}

#[test]
fn the_events_own_place_is_tagged() {
    let event = r#"{"timestamp":"T","geoip":{"country_code2":"SE","region_code":"AB","region_name":"Stockholm","continent_code":"EU","timezone":"Europe/Stockholm","latitude":59.3326,"longitude":18}}"#;
    let geo = json!({
        "country_iso_code": "SE", "region_iso_code": "SE-AB", "region_name": "Stockholm", "continent_code": "EU",
        "timezone": "Europe/Stockholm", "location": {"lat": 59.3326, "lon": 18},
    });
    let sound = event.replace(r#""T""#, r#""2024""#);
    check(
        &sound,
        &[("client.geo", geo), ("tags", json!(["jcx_geo_from_event"]))],
    );
    assert_eq!(
        body(&sound, &["a"])["tags"],
        json!(["a", "jcx_geo_from_event"])
    );
    let failed = json!(["a", "preserve_original_event", "jcx_geo_from_event"]);
    assert_eq!(body(event, &["a"])["tags"], failed);
    let asked = json!(["jcx_geo_from_event", "b"]);
    assert_eq!(body(&sound, &["jcx_geo_from_event", "b"])["tags"], asked);
    for nothing in [
        r#""latitude":59.3"#,
        r#""latitude":"59.3","longitude":18"#,
        r#""latitude":90.1,"longitude":18"#,
        r#""region_code":"AB""#,
        r#""latitude":-90.5,"longitude":1"#,
    ] {
        check(
            &format!(r#"{{"geoip":{{{nothing}}}}}"#),
            &[("client", Value::Null), ("tags", Value::Null)],
        );
    }
}

#[test]
fn a_failure_keeps_its_marks_and_gets_what_can_still_be_mapped() {
    let event = r#"{"id":"1","timestamp":"bad","client_ip":"::1","event_type":"user_unlocked","service":"systems","success":false,"username":"u","system":{"hostname":"H"},"useragent":{"name":"n","version":2},"error_message":"e"}"#;
    let body = body(event, &[]);
    assert_eq!(body["event"]["kind"], "pipeline_error");
    assert_eq!(body["event"]["original"], event);
    assert_eq!(body["tags"], json!(["preserve_original_event"]));
    assert_eq!(body["error"]["message"][1], "e");
    assert_eq!(body["jumpcloud"]["event"]["username"], "u");
    let fields = [
        ("@timestamp", Value::Null),
        ("client.ip", json!("::1")),
        ("source.ip", json!("::1")),
        ("event.category", json!(["iam"])),
        ("event.type", json!(["info", "change", "user"])),
        ("event.id", json!("1")),
        ("event.action", json!("user_unlocked")),
        ("event.module", json!("systems")),
        ("event.outcome", json!("failure")),
        ("user.name", json!("u")),
        ("host", json!({"hostname": "H", "name": "h"})),
        // What is no text is not copied any more.
        ("user_agent", json!({"name": "n"})),
    ];
    check(event, &fields);
    let event = r#"{"id":9223372036854775808,"timestamp":"2024"}"#;
    check(
        event,
        &[
            ("@timestamp", json!("2024-01-01T00:00:00.000Z")),
            ("event.id", Value::Null),
        ],
    );
}
