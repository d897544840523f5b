//! Section 3: what empty values, numbers, texts, instants, addresses and odd parents become.

use super::{body, document, field, rest};
use jcx::ecs::{Id, Mapper, NoDocument, Options};
use serde_json::json;

#[test]
fn empty_values_are_dropped_everywhere_and_others_kept() {
    let rows = [
        (r#"{"a":null,"b":"","c":{},"d":[],"x":1}"#, r#"{"x":1}"#),
        (r#"{"a":{"b":{"c":null}},"x":1}"#, r#"{"x":1}"#),
        (
            r#"{"a":[null,"",1,[],[[]],{},{"b":""},2]}"#,
            r#"{"a":[1,2]}"#,
        ),
        (
            r#"{"a":[{"b":null,"c":0},[null,{"d":[""]}]]}"#,
            r#"{"a":[{"c":0}]}"#,
        ),
        (
            r#"{"a":false,"b":0,"c":"0","d":" ","e":0.0}"#,
            r#"{"a":false,"b":0,"c":"0","d":" ","e":0.0}"#,
        ),
    ];
    for (event, expected) in rows {
        assert_eq!(rest(event), expected, "{event}");
    }
}

#[test]
fn parents_that_become_empty_by_the_clean_up_stay() {
    let rows = [
        (
            r#"{"initiated_by":{"email":"a@example.test"}}"#,
            r#"{"initiated_by":{}}"#,
        ),
        (
            r#"{"system":{"id":"1","hostname":"h"}}"#,
            r#"{"system":{}}"#,
        ),
        (r#"{"id":"1","service":"sso"}"#, "{}"),
    ];
    for (event, expected) in rows {
        assert_eq!(rest(event), expected, "{event}");
    }
}

#[test]
fn numbers_keep_their_kind_and_integers_their_digits() {
    let thousand = "9".repeat(1000);
    let rows = [
        ("0", "0"),
        ("2147483648", "2147483648"),
        ("9007199254740993", "9007199254740993"),
        ("18446744073709551616", "18446744073709551616"),
        (&thousand, &thousand),
        ("-0", "0"),
        ("-0.0", "-0.0"),
        ("1.0", "1.0"),
        ("1.50", "1.5"),
        ("1e3", "1000.0"),
        ("1E-2", "0.01"),
        ("1e-400", "0.0"),
        ("1e400", "1e400"),
        ("1e300", "1.0e300"),
    ];
    for (raw, expected) in rows {
        assert_eq!(
            rest(&format!(r#"{{"x":{raw}}}"#)),
            format!(r#"{{"x":{expected}}}"#)
        );
        // The same where a value is copied, unless it cannot be.
        if raw.len() < 19 {
            let event = format!(r#"{{"service":[{raw}]}}"#);
            assert!(
                body(&event).contains(&format!(r#""module":[{expected}]"#)),
                "{event}"
            );
        }
    }
}

#[test]
fn lines_that_are_no_strict_json_are_no_events() {
    let deep = |levels: usize| {
        [
            r#"{"a":"#.repeat(levels),
            "1".to_owned(),
            "}".repeat(levels),
        ]
        .concat()
    };
    let mut mapper = Mapper::new(Options::default());
    assert!(mapper.map(deep(1000).as_bytes(), &mut Vec::new()).is_ok());
    let too_deep = deep(1001);
    let too_long = format!(r#"{{"a":{}}}"#, "1".repeat(1001));
    let rows: [(&[u8], &str, Option<usize>); 27] = [
        (br#"{"a":1,"a":2}"#, "twice", Some(7)),
        (br#"{"a":[{"b":1,"b":1}]}"#, "twice", Some(13)),
        (too_deep.as_bytes(), "1000 levels", Some(5000)),
        (too_long.as_bytes(), "1000 digits", Some(5)),
        (br#"{"a":NaN}"#, "a value", Some(5)),
        (br#"{"a":Infinity}"#, "a value", Some(5)),
        (br#"{"a":01}"#, "leading zero", Some(6)),
        (br#"{"a":.5}"#, "a value", Some(5)),
        (br#"{"a":+1}"#, "a value", Some(5)),
        (b"{\"a\":\"\t\"}", "control character", Some(6)),
        (b"{'a':1}", "double quotes", Some(1)),
        (b"{a:1}", "double quotes", Some(1)),
        (br#"{"a":1,}"#, "double quotes", Some(7)),
        (b"\xef\xbb\xbf{\"a\":1}", "byte order mark", Some(0)),
        (br#"{"a":1} x"#, "more text", Some(8)),
        (br#"{"a":1}//"#, "more text", Some(7)),
        (b"{\"a\":\"\xff\"}", "not UTF-8", Some(6)),
        (br#"{"a":"#, "ends", Some(5)),
        (b"{", "ends", Some(1)),
        (b"", "ends", Some(0)),
        (b"[1]", "a list instead of an object", None),
        (b"42", "a number instead of an object", None),
        (br#""x""#, "a string instead of an object", None),
        (b"true", "a boolean instead of an object", None),
        (b"null", "null instead of an object", None),
        (b"{}", "an object with nothing in it", None),
        (
            br#"{"a":null,"b":[{"c":""}]}"#,
            "an object with nothing in it",
            None,
        ),
    ];
    for (line, reason, offset) in rows {
        let shown = String::from_utf8_lossy(line);
        let refused = mapper.map(line, &mut Vec::new()).expect_err(&shown);
        let NoDocument::NotAnEvent(refused) = refused else {
            panic!("{shown}: {refused:?}");
        };
        assert!(refused.reason.contains(reason), "{shown}: {refused:?}");
        assert_eq!(refused.offset, offset, "{shown}: {refused:?}");
    }
}

/// A worker has 2 MiB; three quarters must do, in an unoptimised build, wherever the levels are.
#[test]
fn the_deepest_event_fits_into_the_stack_of_a_thread() {
    let nested = |open: &str, close: &str| {
        [
            open.repeat(998),
            "[9223372036854775807]".to_owned(),
            close.repeat(998),
        ]
        .concat()
    };
    let map_all = move || {
        let mut mapper = Mapper::new(Options::default());
        for deep in [nested("[", "]"), nested(r#"{"\u0061":"#, "}")] {
            for place in ["id", "timestamp", "client_ip", "event_type", "message", "x"] {
                let event = format!(r#"{{"{place}":{deep}}}"#);
                let document = mapper
                    .map(event.as_bytes(), &mut Vec::new())
                    .expect("an event");
                let failing = matches!(place, "timestamp" | "client_ip");
                assert_eq!(document.pipeline_error, failing, "{place}");
            }
        }
    };
    let thread = std::thread::Builder::new()
        .stack_size(1536 << 10)
        .spawn(map_all);
    thread.expect("a thread").join().expect("no overflow");
}

#[test]
fn a_key_with_a_dot_and_the_empty_key_are_ordinary() {
    let event = r#"{"initiated_by.email":"x","":"y","system":{"":{"":1}}}"#;
    assert_eq!(rest(event), event);
    assert_eq!(field(event, "source"), None);
}

#[test]
fn a_key_is_what_it_says_however_it_is_escaped() {
    let event = r#"{"\u0069d":"1","initiated\u005fby":{"ema\u0069l":"e","k\u00e9y":1}}"#;
    assert_eq!(field(event, "event.id"), Some(json!("1")));
    assert_eq!(field(event, "source.user.email"), Some(json!("e")));
    assert_eq!(rest(event), r#"{"initiated\u005fby":{"k\u00e9y":1}}"#);
}

#[test]
fn texts_go_out_as_they_came_in_half_pairs_too() {
    let event = r#"{"message":"\ud83d\/ \u0000","x":{"\udc00":"é\u00e9"},"initiated_by":{"username":"cut \ud83d"}}"#;
    let body = body(event);
    assert!(body.contains(r#""message":"\ud83d\/ \u0000""#), "{body}");
    assert!(
        body.contains(r#""related":{"user":["cut \ud83d"]}"#),
        "{body}"
    );
    assert!(body.contains(r#""user":{"name":"cut \ud83d"}"#), "{body}");
    assert_eq!(
        rest(event),
        r#"{"x":{"\udc00":"é\u00e9"},"initiated_by":{}}"#
    );
}

#[test]
fn white_space_between_tokens_means_nothing() {
    let spaced = document(" {\t\"id\" : \"1 2\" ,\r\n \"x\":[ 1 , 2 ] } \n");
    let tight = document(r#"{"id":"1 2","x":[1,2]}"#);
    assert_eq!(spaced, tight);
    assert_eq!(
        document(" { \"x\" : \"a b\" } ").id,
        Id::of_text(br#"{"x":"a b"}"#)
    );
}

#[test]
fn a_timestamp_that_is_no_text_is_taken_as_its_text() {
    let rows = [
        ("2023", Some("2023-01-01T00:00:00.000Z")),
        (r#""2023-05\u002d06""#, Some("2023-05-06T00:00:00.000Z")),
        ("2023.0", None),
        ("1683356889", None),
        ("20230506", None),
        ("true", None),
        (r#"["2023-05-06"]"#, None),
        (r#"{"a":"2023-05-06"}"#, None),
        (r#"" ""#, None),
    ];
    for (timestamp, expected) in rows {
        let event = format!(r#"{{"timestamp":{timestamp}}}"#);
        assert_eq!(
            field(&event, "@timestamp"),
            expected.map(|text| json!(text)),
            "{event}"
        );
        assert_eq!(
            document(&event).pipeline_error,
            expected.is_none(),
            "{event}"
        );
    }
}

#[test]
fn addresses_are_copied_verbatim_or_fail() {
    let valid = [
        r#""192.0.2.1""#,
        r#""2001:DB8::1""#,
        r#""::FFFF:192.0.2.1""#,
        r#""fe80::1%en0""#,
        r#""192.0.2.\u0031""#,
        r#"["192.0.2.1","::1"]"#,
    ];
    for address in valid {
        let event = format!(r#"{{"client_ip":{address}}}"#);
        assert!(
            body(&event).contains(&format!(r#""client":{{"ip":{address}}}"#)),
            "{event}"
        );
        assert!(!document(&event).pipeline_error, "{event}");
    }
    let invalid = [
        r#""192.0.2.1%en0""#,
        r#""[::1]""#,
        r#""192.0.2.1:80""#,
        r#""192.0.2.0/24""#,
        r#"" 192.0.2.1""#,
        r#""192.0.2.1,192.0.2.2""#,
        r#""192.0.2.256""#,
        r#""192.0.2.01""#,
        r#""::1%""#,
        r#""::192.0.2.1%en0""#,
        r#""localhost""#,
        "1",
        "true",
        r#"{"ip":"192.0.2.1"}"#,
        r#"["192.0.2.1","x"]"#,
        r#"["192.0.2.1",["::1"]]"#,
        "[1]",
    ];
    for address in invalid {
        for source in ["client_ip", "src_ip"] {
            let event = format!(r#"{{"{source}":{address}}}"#);
            assert!(document(&event).pipeline_error, "{event}");
        }
    }
}

#[test]
fn nothing_is_copied_or_removed_below_a_parent_that_is_no_object() {
    let parents = [
        r#"{"initiated_by":[{"id":"1","email":"e","username":"u"}]}"#,
        r#"{"initiated_by":"ana"}"#,
        r#"{"system":"H1"}"#,
        r#"{"system":[{"id":"1","hostname":"h"}]}"#,
    ];
    for event in parents {
        assert_eq!(rest(event), event);
        assert_eq!(
            (field(event, "source"), field(event, "host")),
            (None, None),
            "{event}"
        );
    }
    for useragent in [r#""Mozilla""#, "[1]", "true", r#"{"os":"x"}"#] {
        let event = format!(r#"{{"useragent":{useragent},"x":1}}"#);
        assert_eq!(rest(&event), r#"{"x":1}"#);
        assert_eq!(field(&event, "user_agent"), None, "{event}");
    }
}
