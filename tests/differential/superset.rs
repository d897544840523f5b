//! The promise of the profile `extended`, on the reference: everything that `elastic` has, and nothing without a type.

use super::cases::Cases;
use super::places::Places;
use super::settings::settings;
use crate::reference::json::read::{MAX_LEVELS, read_within};
use crate::reference::json::text::decode;
use crate::reference::json::tree::Value;
use crate::reference::{Document, Options, Profile, map};
use std::collections::{HashMap, HashSet};

/// How many lines are mapped in both profiles, where nobody asks for another number.
const CASES: usize = 5_000;
/// Fields of the template that no mapping sets, or only at another place.
const SET_BY_OTHERS: [&str; 15] = [
    "client.bytes",
    "client.domain",
    "source.bytes",
    "source.domain",
    "source.mac",
    "source.nat.ip",
    "source.nat.port",
    "source.port",
    "event.code",
    "event.created",
    "event.duration",
    "event.ingested",
    "event.risk_score",
    "input.type",
    "rule.uuid",
];

#[test]
fn the_extended_document_holds_elastics() {
    let cases = Cases::from_environment(CASES);
    let settings = settings();
    let databases = Places::ALL.map(Places::databases);
    let mut fields = Fields::default();
    let (seed, count) = (cases.seed, cases.count);
    let (mut documents, mut failures) = (0, 0);
    for case in cases {
        let options = Options {
            databases: databases[case.number % databases.len()].clone(),
            ..settings[case.number / 3 % settings.len()].options.clone()
        };
        let (lesser, greater) = [Profile::Elastic, Profile::Extended]
            .map(|profile| Options {
                profile,
                ..options.clone()
            })
            .map(|options| map(&case.line, &options))
            .into();
        let checked = match (&lesser, &greater) {
            (Ok(lesser), Ok(greater)) => {
                documents += 1;
                failures += usize::from(lesser.pipeline_error);
                check(lesser, greater, &mut fields)
            }
            _ if lesser == greater => Ok(()),
            _ => Err("one of them is no event".to_owned()),
        };
        if let Err(why) = checked {
            let line = case.line.escape_ascii();
            panic!("JCX_SEED={seed}, case {}: {line}\n{why}", case.number);
        }
    }
    if count >= CASES {
        assert!(
            failures * 20 > documents,
            "{failures} of {documents} failed"
        );
        fields.assert_all_seen();
    }
}

/// What the two documents of one event must have in common.
fn check(lesser: &Document, greater: &Document, fields: &mut Fields) -> Result<(), String> {
    let same = |document: &Document| {
        let Document {
            id,
            pipeline_error,
            text,
            ..
        } = document.clone();
        (id, pipeline_error, text)
    };
    if same(lesser) != same(greater) || (lesser.has_timestamp && !greater.has_timestamp) {
        return Err("what is known of the document differs".to_owned());
    }
    let read = |body| read_within(body, MAX_LEVELS + 2).expect("a document is JSON");
    let (lesser, greater) = (read(&lesser.body), read(&greater.body));
    if let Some(path) = missing(&lesser, &greater, "") {
        return Err(format!("{path} is not in the extended document"));
    }
    if lesser == greater {
        return Err("not even the observer was added".to_owned());
    }
    if event(&lesser) != event(&greater) {
        return Err("what is left of the event differs".to_owned());
    }
    fields.check(&greater, "")
}

/// What is left of the event.
fn event<'v, 'a>(body: &'v Value<'a>) -> Option<&'v Value<'a>> {
    let inner = |value: &'v Value<'a>, key| match value {
        Value::Object(object) => object.get(key),
        _ => None,
    };
    inner(inner(body, "jumpcloud")?, "event")
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

/// The fields of the template, and how often each was seen in a document.
struct Fields(HashMap<&'static str, usize>);

impl Default for Fields {
    fn default() -> Self {
        let fields = jcx::ecs::fields::fields().iter();
        Self(fields.map(|field| (field.name, 0)).collect())
    }
}

impl Fields {
    /// Every value has a type in the template: that of its own path, or of a field that it is inside of.
    fn check(&mut self, value: &Value<'_>, path: &str) -> Result<(), String> {
        if let Some(times) = self.0.get_mut(path) {
            *times += 1;
            return Ok(());
        }
        let Value::Object(object) = value else {
            return Err(format!("{path} has no type"));
        };
        if path == "jumpcloud.event" {
            return Ok(());
        }
        object.0.iter().try_for_each(|(key, value)| {
            let key = decode(key, '?');
            let path = if path.is_empty() {
                key.into_owned()
            } else {
                format!("{path}.{key}")
            };
            self.check(value, &path)
        })
    }

    /// A field that never occurs is one that nothing is compared for.
    fn assert_all_seen(&self) {
        let by_others: HashSet<_> = SET_BY_OTHERS.into();
        let is_ours = |name: &str| {
            let is_part = name.starts_with("jumpcloud.") || name.strip_suffix(".text").is_some();
            !is_part && !by_others.contains(name)
        };
        let unseen = self
            .0
            .iter()
            .filter(|(name, times)| is_ours(name) && **times == 0);
        let unseen: Vec<_> = unseen.map(|(name, _)| *name).collect();
        assert!(unseen.is_empty(), "never seen: {unseen:?}");
    }
}
