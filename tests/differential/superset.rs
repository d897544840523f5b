//! The promise of the profile `extended`, on the reference: everything that `elastic` has, and nothing without a type.

use super::cases::Cases;
use super::places::Places;
use super::settings::settings;
use crate::reference::json::read::{MAX_LEVELS, read_within};
use crate::reference::json::text::decode;
use crate::reference::json::tree::Value;
use crate::reference::{Options, Profile, map};
use std::collections::HashSet;

/// How many lines are mapped in both profiles, where nobody asks for another number.
const CASES: usize = 5_000;

#[test]
fn the_extended_document_holds_elastics() {
    let cases = Cases::from_environment(CASES);
    let settings = settings();
    let databases = Places::ALL.map(Places::databases);
    let fields: HashSet<_> = jcx::ecs::fields::fields()
        .iter()
        .map(|field| field.name)
        .collect();
    let seed = cases.seed;
    let (mut documents, mut failures, mut grown) = (0, 0, 0);
    for case in cases {
        let elastic = &settings[case.number / 3 % settings.len()].options;
        let elastic = Options {
            profile: Profile::Elastic,
            databases: databases[case.number % databases.len()].clone(),
            ..elastic.clone()
        };
        let extended = Options {
            profile: Profile::Extended,
            ..elastic.clone()
        };
        let shown = || {
            format!(
                "JCX_SEED={seed}, case {}: {}",
                case.number,
                case.line.escape_ascii()
            )
        };
        let (lesser, greater) = (map(&case.line, &elastic), map(&case.line, &extended));
        let (Ok(lesser), Ok(greater)) = (&lesser, &greater) else {
            assert_eq!(lesser, greater, "{}", shown());
            continue;
        };
        let same = |document: &crate::reference::Document| {
            (
                document.id.clone(),
                document.pipeline_error,
                document.text.clone(),
            )
        };
        assert_eq!(same(lesser), same(greater), "{}", shown());
        assert!(
            greater.has_timestamp || !lesser.has_timestamp,
            "{}",
            shown()
        );
        let read = |body| read_within(body, MAX_LEVELS + 2).expect("a document is JSON");
        let (lesser_body, greater_body) = (read(&lesser.body), read(&greater.body));
        if let Some(path) = missing(&lesser_body, &greater_body, "") {
            panic!("{path} is not in the extended document: {}", shown());
        }
        assert_eq!(event(&lesser_body), event(&greater_body), "{}", shown());
        check_paths(&greater_body, "", &fields, &shown);
        documents += 1;
        failures += usize::from(lesser.pipeline_error);
        grown += usize::from(greater.body.len() > lesser.body.len());
    }
    assert_eq!(documents, grown, "the observer is always added");
    assert!(
        failures * 20 > documents,
        "{failures} failures in {documents} documents"
    );
}

/// What is left of the event; both profiles leave the same.
fn event<'v, 'a>(body: &'v Value<'a>) -> &'v Value<'a> {
    let inner = |value: &'v Value<'a>, key| match value {
        Value::Object(object) => object.get(key),
        _ => None,
    };
    inner(body, "jumpcloud")
        .and_then(|inside| inner(inside, "event"))
        .expect("it is always there")
}

/// The first path at which `greater` lacks something of `lesser`.
fn missing(lesser: &Value<'_>, greater: &Value<'_>, path: &str) -> Option<String> {
    match (lesser, greater) {
        (Value::Object(lesser), Value::Object(greater)) => {
            lesser.0.iter().find_map(|(key, value)| {
                let path = format!("{path}.{key}");
                match greater.0.iter().find(|(other, _)| other == key) {
                    Some((_, other)) => missing(value, other, &path),
                    None => Some(path),
                }
            })
        }
        (Value::Array(lesser), Value::Array(greater)) if greater.starts_with(lesser) => None,
        (lesser, greater) => (lesser != greater).then(|| path.to_owned()),
    }
}

/// Every field has a type in the template: its own, or that of a field that it is inside of.
fn check_paths(value: &Value<'_>, path: &str, fields: &HashSet<&str>, shown: &impl Fn() -> String) {
    if path == "jumpcloud.event" || fields.contains(path) {
        return;
    }
    let Value::Object(object) = value else {
        panic!("{path} has no type: {}", shown());
    };
    for (key, value) in &object.0 {
        let key = decode(key, '?');
        let inner = if path.is_empty() {
            key.into_owned()
        } else {
            format!("{path}.{key}")
        };
        check_paths(value, &inner, fields, shown);
    }
}
