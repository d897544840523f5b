//! What databases say of addresses, and which databases are taken. Networks, places and names are invented.

use jcx::ecs::{self, GeoIp, Unfit};
use jcx::failure::Kind;

use crate::harness::Home;
use crate::samples::mmdb::{Database, Value, names, text};

fn map(members: Vec<(&'static str, Value)>) -> Value {
    Value::Map(members)
}

fn location(latitude: Value, longitude: Value) -> (&'static str, Value) {
    let members = vec![("latitude", latitude), ("longitude", longitude)];
    ("location", map(members))
}

fn subdivision(code: &str, name: &str) -> Value {
    map(vec![("iso_code", text(code)), names(name)])
}

/// A record with everything, in the order in which databases have it.
fn everything() -> Value {
    map(vec![
        (
            "city",
            map(vec![("geoname_id", Value::U32(1)), names("Nullstadt")]),
        ),
        ("continent", map(vec![("code", text("XC")), names("Xenia")])),
        (
            "country",
            map(vec![
                ("is_in_european_union", Value::Bool(true)),
                ("iso_code", text("XX")),
                names("Xland"),
            ]),
        ),
        location(Value::Double(51.5142), Value::Double(-0.0931)),
        (
            "registered_country",
            map(vec![("iso_code", text("YY")), names("Yland")]),
        ),
        (
            "subdivisions",
            Value::List(vec![
                subdivision("N", "The North"),
                subdivision("NE", "North-East"),
            ]),
        ),
        ("traits", map(vec![("note", text(&"long ".repeat(1000)))])),
    ])
}

const EVERYTHING: &str = r#"{"city_name":"Nullstadt","continent_name":"Xenia","country_iso_code":"XX","country_name":"Xland","location":{"lat":51.5142,"lon":-0.0931},"region_iso_code":"XX-NE","region_name":"North-East"}"#;

fn country(code: &str) -> Value {
    map(vec![("country", map(vec![("iso_code", text(code))]))])
}

fn city_database(networks: Vec<(&'static str, Value)>) -> Database {
    Database {
        kind: "GeoLite2-City",
        ip_version: 6,
        record_size: 28,
        networks,
    }
}

/// The `geo` of an address in a database.
fn geo_in(database: &Database, address: &str) -> Option<String> {
    let databases = GeoIp::new(Some(database.write()), None).expect("a City database");
    let mut out = b"before".to_vec();
    let is_there = databases.geo(address, &mut out).expect("a sound database");
    appended(is_there, out)
}

fn appended(is_there: bool, out: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(out).expect("UTF-8");
    let object = text.strip_prefix("before").expect("only appended");
    assert_eq!(is_there, !object.is_empty());
    is_there.then(|| object.to_owned())
}

/// The `geo` that comes of one record.
fn geo_of(record: Value) -> Option<String> {
    geo_in(
        &city_database(vec![("198.51.100.0/24", record)]),
        "198.51.100.7",
    )
}

/// The `as` that comes of one record.
fn autonomous_system_of(record: Value) -> Option<String> {
    let database = Database {
        kind: "GeoLite2-ASN",
        ..city_database(vec![("198.51.100.0/24", record)])
    };
    let databases = GeoIp::new(None, Some(database.write())).expect("an ASN database");
    let mut out = b"before".to_vec();
    let is_there = databases.autonomous_system("198.51.100.7", &mut out);
    appended(is_there.expect("a sound database"), out)
}

#[test]
fn a_record_becomes_a_geo_with_sorted_members() {
    assert_eq!(geo_of(everything()).as_deref(), Some(EVERYTHING));
}

#[test]
fn a_smaller_network_is_found_inside_a_larger_one_in_trees_of_every_width() {
    for record_size in [24, 28, 32] {
        let database = Database {
            record_size,
            ..city_database(vec![
                ("198.51.100.128/25", country("BB")),
                ("198.51.100.0/24", country("AA")),
                ("198.51.100.192/32", country("CC")),
                ("2001:db8::/32", country("DD")),
                ("2001:db8:0:1::/64", everything()),
                ("203.0.113.0/24", country("AA")),
            ])
        };
        for (address, expected) in [
            ("198.51.100.0", Some("AA")),
            ("198.51.100.127", Some("AA")),
            ("198.51.100.128", Some("BB")),
            ("198.51.100.191", Some("BB")),
            ("198.51.100.192", Some("CC")),
            ("198.51.100.193", Some("BB")),
            ("203.0.113.255", Some("AA")),
            ("198.51.99.255", None),
            ("198.51.101.0", None),
            ("10.0.0.1", None),
            ("192.168.1.1", None),
            ("127.0.0.1", None),
            ("2001:db8::1", Some("DD")),
            ("2001:DB8:FFFF::", Some("DD")),
            ("2001:db9::", None),
            ("::1", None),
            ("fe80::1%eth0", None),
        ] {
            let geo = geo_in(&database, address);
            let expected = expected.map(|code| format!(r#"{{"country_iso_code":"{code}"}}"#));
            assert_eq!(geo, expected, "{address} in {record_size} bits");
        }
        let inner = geo_in(&database, "2001:db8:0:1::99");
        assert_eq!(inner.as_deref(), Some(EVERYTHING), "{record_size} bits");
    }
}

#[test]
fn an_address_is_the_same_however_it_is_written() {
    let database = city_database(vec![
        ("198.51.100.0/24", country("AA")),
        ("2001:db8::/32", country("DD")),
    ]);
    for (address, code) in [
        ("198.51.100.7", "AA"),
        // As Java has it, an IPv4 address in an IPv6 one is the former.
        ("::ffff:198.51.100.7", "AA"),
        ("::FFFF:c633:6407", "AA"),
        ("2001:db8::1%eth0", "DD"),
        ("2001:0DB8:0:0:0:0:0:1", "DD"),
        // As it may stand in an event.
        (r"198.51.100\u002e7", "AA"),
    ] {
        let expected = format!(r#"{{"country_iso_code":"{code}"}}"#);
        assert_eq!(geo_in(&database, address), Some(expected), "{address}");
    }
    assert_eq!(geo_in(&database, "no address"), None);
}

#[test]
fn a_database_for_ipv4_knows_no_ipv6() {
    let database = Database {
        ip_version: 4,
        ..city_database(vec![("198.51.100.0/24", country("AA"))])
    };
    for known in ["198.51.100.7", "::ffff:198.51.100.7"] {
        assert!(geo_in(&database, known).is_some(), "{known}");
    }
    for unknown in ["2001:db8::1", "::198.51.100.7", "203.0.113.1"] {
        assert_eq!(geo_in(&database, unknown), None, "{unknown}");
    }
}

#[test]
fn only_what_a_record_has_is_written() {
    let (latitude, longitude) = (Value::Double(1.0), Value::Double(2.0));
    let region = (
        "subdivisions",
        Value::List(vec![subdivision("N", "The North")]),
    );
    let only_name = (
        "subdivisions",
        Value::List(vec![map(vec![names("The North")])]),
    );
    let cases = [
        (vec![], None),
        (
            vec![("city", map(vec![])), ("subdivisions", Value::List(vec![]))],
            None,
        ),
        (
            vec![(
                "city",
                map(vec![("names", map(vec![("de", text("Nullstadt"))]))]),
            )],
            None,
        ),
        (
            vec![("city", map(vec![names("")]))],
            Some(r#"{"city_name":""}"#),
        ),
        (
            vec![location(latitude.clone(), longitude.clone())],
            Some(r#"{"location":{"lat":1.0,"lon":2.0}}"#),
        ),
        (vec![("location", map(vec![("latitude", latitude)]))], None),
        (
            vec![("location", map(vec![("longitude", longitude)]))],
            None,
        ),
        (vec![region.clone()], Some(r#"{"region_name":"The North"}"#)),
        (
            vec![("country", map(vec![("iso_code", text("XX"))])), region],
            Some(r#"{"country_iso_code":"XX","region_iso_code":"XX-N","region_name":"The North"}"#),
        ),
        (
            vec![("country", map(vec![("iso_code", text("XX"))])), only_name],
            Some(r#"{"country_iso_code":"XX","region_name":"The North"}"#),
        ),
    ];
    for (record, expected) in cases {
        let shown = format!("{record:?}");
        assert_eq!(geo_of(map(record)).as_deref(), expected, "{shown}");
    }
}

#[test]
fn the_code_and_the_name_of_a_region_come_from_the_last_subdivision() {
    let north = subdivision("N", "The North");
    for last in [
        map(vec![]),
        map(vec![("iso_code", Value::U32(7)), ("names", text("x"))]),
    ] {
        let record = map(vec![
            ("country", map(vec![("iso_code", text("XX"))])),
            ("subdivisions", Value::List(vec![north.clone(), last])),
        ]);
        assert_eq!(
            geo_of(record).as_deref(),
            Some(r#"{"country_iso_code":"XX"}"#)
        );
    }
}

#[test]
fn parts_of_odd_types_count_as_missing() {
    for record in [
        Value::Bool(true),
        text("a record"),
        Value::List(vec![text("a record")]),
        map(vec![
            ("city", text("Nullstadt")),
            ("continent", map(vec![names("Xenia")]).clone()),
            (
                "country",
                map(vec![
                    ("iso_code", Value::U32(7)),
                    ("names", Value::List(vec![])),
                ]),
            ),
            location(text("51.5"), Value::U32(7)),
            ("subdivisions", map(vec![("iso_code", text("N"))])),
        ]),
    ] {
        let shown = format!("{record:?}");
        let expected = shown
            .contains("Xenia")
            .then_some(r#"{"continent_name":"Xenia"}"#);
        assert_eq!(geo_of(record).as_deref(), expected, "{shown}");
    }
    let odd = map(vec![
        ("autonomous_system_number", text("64500")),
        ("autonomous_system_organization", Value::U32(1)),
    ]);
    assert_eq!(autonomous_system_of(odd), None);
}

#[test]
fn names_are_json_whatever_they_hold() {
    let name = "Zürich \"北京\" \\ 😀\u{1}\n";
    let geo = geo_of(map(vec![("city", map(vec![names(name)]))])).expect("a geo");
    assert_eq!(geo, r#"{"city_name":"Zürich \"北京\" \\ 😀\u0001\n"}"#);
    let read: serde_json::Value = serde_json::from_str(&geo).expect("JSON");
    assert_eq!(read["city_name"], name);
}

#[test]
fn coordinates_are_written_as_documents_write_decimals() {
    for (latitude, longitude, expected) in [
        (
            0.0,
            -180.0,
            Some(r#"{"location":{"lat":0.0,"lon":-180.0}}"#),
        ),
        (-0.0, 0.1, Some(r#"{"location":{"lat":-0.0,"lon":0.1}}"#)),
        (
            1e-7,
            37.751,
            Some(r#"{"location":{"lat":1.0e-7,"lon":37.751}}"#),
        ),
        (f64::NAN, 1.0, None),
        (1.0, f64::INFINITY, None),
    ] {
        let record = map(vec![location(
            Value::Double(latitude),
            Value::Double(longitude),
        )]);
        assert_eq!(geo_of(record).as_deref(), expected);
    }
}

#[test]
fn a_network_has_a_number_and_an_organization() {
    let number = ("autonomous_system_number", Value::U32(4_200_000_000));
    let organization = ("autonomous_system_organization", text("Näme \"AG\""));
    for (record, expected) in [
        (vec![], None),
        (vec![number.clone()], Some(r#"{"number":4200000000}"#)),
        (
            vec![organization.clone()],
            Some(r#"{"organization":{"name":"Näme \"AG\""}}"#),
        ),
        (
            vec![number, organization],
            Some(r#"{"number":4200000000,"organization":{"name":"Näme \"AG\""}}"#),
        ),
    ] {
        assert_eq!(autonomous_system_of(map(record)).as_deref(), expected);
    }
}

#[test]
fn without_a_database_nothing_is_known() {
    let city = city_database(vec![("198.51.100.0/24", country("AA"))]).write();
    let city = GeoIp::new(Some(city), None).expect("a City database");
    let none = GeoIp::new(None, None).expect("no database");
    let mut out = Vec::new();
    assert!(city.has_city() && !none.has_city());
    assert!(!none.geo("198.51.100.7", &mut out).expect("nothing to fail"));
    assert!(
        !city
            .autonomous_system("198.51.100.7", &mut out)
            .expect("nothing to fail")
    );
    assert!(out.is_empty());
}

#[test]
fn the_end_of_a_type_says_what_a_database_is_for() {
    let bytes = |kind| {
        let networks = vec![("198.51.100.0/24", country("AA"))];
        Database {
            kind,
            ..city_database(networks)
        }
        .write()
    };
    for kind in [
        "GeoLite2-City",
        "GeoIP2-City",
        "GeoIP2-Enterprise",
        "My-City",
    ] {
        assert!(GeoIp::new(Some(bytes(kind)), None).is_ok(), "{kind}");
        let unfit = GeoIp::new(None, Some(bytes(kind))).expect_err("no ASN database");
        assert_eq!(unfit.database, ecs::Database::Asn);
        assert!(unfit.reason.contains(kind), "{}", unfit.reason);
    }
    for kind in ["GeoLite2-ASN", "GeoIP2-ISP"] {
        assert!(GeoIp::new(None, Some(bytes(kind))).is_ok(), "{kind}");
        let unfit = GeoIp::new(Some(bytes(kind)), None).expect_err("no City database");
        assert_eq!(unfit.database, ecs::Database::City);
    }
    for kind in [
        "GeoLite2-Country",
        "GeoIP2-Domain",
        "City",
        "geolite2-city",
        "GeoLite2-City-2",
        "",
    ] {
        assert!(GeoIp::new(Some(bytes(kind)), None).is_err(), "{kind}");
    }
}

/// Asks a database whose bytes may be anything; `None` where it is not taken, else whether each answer came.
fn ask(bytes: Vec<u8>) -> Option<Vec<bool>> {
    let databases = GeoIp::new(Some(bytes), None).ok()?;
    let addresses = ["198.51.100.7", "203.0.113.7", "2001:db8::1", "::1"];
    let answers = addresses.map(|address| {
        let mut out = Vec::new();
        let answer = databases.geo(address, &mut out);
        if let Err(failure) = &answer {
            assert_eq!(failure.kind(), Kind::Local);
            assert!(
                failure.message().contains("City database is damaged"),
                "{failure}"
            );
            assert!(out.is_empty(), "nothing is appended by a failure");
        } else if !out.is_empty() {
            serde_json::from_slice::<serde_json::Value>(&out).expect("JSON");
        }
        answer.is_ok()
    });
    Some(answers.to_vec())
}

#[test]
fn a_database_that_is_cut_off_or_garbled_is_refused_or_fails_and_never_panics() {
    let whole = city_database(vec![
        ("198.51.100.0/24", everything()),
        ("2001:db8::/32", country("DD")),
    ])
    .write();
    assert_eq!(ask(whole.clone()), Some(vec![true; 4]));
    for length in 0..whole.len() {
        assert_eq!(ask(whole[..length].to_vec()), None, "{length} bytes of it");
    }
    let mut fates = [0; 3];
    for at in 0..whole.len() {
        for flip in [0xff, 0x01, 0x80, 0x20] {
            let mut garbled = whole.clone();
            garbled[at] ^= flip;
            let fate = match ask(garbled) {
                None => 0,
                Some(answers) if answers.contains(&false) => 1,
                Some(_) => 2,
            };
            fates[fate] += 1;
        }
    }
    // Refused, failed, and damage that is not seen (a letter of a name, a record that nobody asks for).
    assert!(fates.iter().all(|fate| *fate > 100), "{fates:?}");
}

#[test]
fn all_bytes_are_reported_by_the_database_they_were_meant_for() {
    let unfit = GeoIp::new(None, Some(b"no database".to_vec())).expect_err("no database");
    let Unfit { database, reason } = unfit;
    assert_eq!(database, ecs::Database::Asn);
    assert!(reason.starts_with("not a MaxMind database: "), "{reason}");
}

#[test]
fn a_database_that_cannot_be_used_ends_the_run_before_it_begins() {
    let home = Home::new();
    home.file(
        "city.mmdb",
        city_database(vec![("198.51.100.0/24", country("AA"))]).write(),
    );
    home.file("text.mmdb", "no database");
    for (flag, file, said) in [
        ("--geoip-city", "missing.mmdb", "No such file"),
        ("--geoip-city", ".", "directory"),
        ("--geoip-city", "text.mmdb", "not a MaxMind database"),
        ("--geoip-asn", "text.mmdb", "not a MaxMind database"),
        ("--geoip-asn", "city.mmdb", "GeoLite2-City"),
    ] {
        let run = home
            .jcx(["map", flag, file, "-o", "out.ndjson"])
            .input("{\"id\":\"a\"}\n");
        let run = run.run().expect_code(2);
        run.expect_said(said).expect_said(&format!("{flag} {file}"));
        assert!(!home.path("out.ndjson").exists());
    }
    home.jcx(["map", "--geoip-city", "city.mmdb"])
        .input("{\"id\":\"a\"}\n")
        .succeed();
}
