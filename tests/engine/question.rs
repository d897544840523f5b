//! Searches over what was loaded, each beside its slow, obvious answer: a walk over the documents that `jcx map` printed.
//!
//! Knows the fields that people search by (`docs/ecs-mapping.md`, section 10); nothing of how the documents got there.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde_json::{Value, json};

use crate::client::Client;
use crate::document::{Document, found};

/// A query, and how many documents it must find.
struct Question {
    query: Value,
    expected: usize,
}

/// Asks every question; how many there were.
///
/// # Panics
/// When a count differs, or a question would be about nothing.
pub fn ask_all(client: &Client, stream: &str, documents: &[Document]) -> usize {
    let questions: Vec<Question> = TERMS
        .iter()
        .map(|path| commonest_value(path, documents))
        .chain([
            whole_stream(stream, documents),
            one_network(documents),
            second_half(documents),
            one_event(documents),
            successes(documents),
            commonest_message(documents),
        ])
        .collect();
    for Question { query, expected } in &questions {
        assert_ne!(*expected, 0, "a question about nothing: {query}");
        assert_eq!(found(client, stream, query), *expected, "{query}");
    }
    every_action(client, stream, documents);
    questions.len() + 1
}

/// Keywords that an analyst types, `changes` among them: flattened, yet searchable by key.
const TERMS: [&str; 8] = [
    "event.action",
    "event.module",
    "event.outcome",
    "user.name",
    "related.user",
    "source.user.email",
    "jumpcloud.event.organization",
    "jumpcloud.event.changes.field",
];

/// How many documents have each value at `path`, whatever its kind, as text.
fn histogram(path: &str, documents: &[Document]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for document in documents {
        let mut values: Vec<&str> = document
            .at(path)
            .into_iter()
            .filter_map(Value::as_str)
            .collect();
        values.sort_unstable();
        values.dedup();
        for value in values {
            *counts.entry(value.to_owned()).or_default() += 1;
        }
    }
    counts
}

fn commonest_value(path: &str, documents: &[Document]) -> Question {
    let (value, expected) = histogram(path, documents)
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .unwrap_or_else(|| panic!("no document has {path}"));
    Question {
        query: json!({"term": {path: value}}),
        expected,
    }
}

fn matching(documents: &[Document], keep: impl Fn(&Document) -> bool) -> usize {
    documents.iter().filter(|document| keep(document)).count()
}

fn whole_stream(stream: &str, documents: &[Document]) -> Question {
    let mut parts = stream.splitn(3, '-');
    let mut term = |path: &str| {
        let part = parts.next().expect("type, dataset and namespace");
        json!({"term": {path: part}})
    };
    let filters = [
        "data_stream.type",
        "data_stream.dataset",
        "data_stream.namespace",
    ]
    .map(&mut term);
    Question {
        query: json!({"bool": {"filter": filters}}),
        expected: documents.len(),
    }
}

/// The /16 of the first IPv4 client, as `ip` fields are asked for.
fn one_network(documents: &[Document]) -> Question {
    let network = |document: &Document| {
        let [first, second, ..] = document
            .at("client.ip")
            .first()?
            .as_str()?
            .parse::<Ipv4Addr>()
            .ok()?
            .octets();
        Some((first, second))
    };
    let (first, second) = documents
        .iter()
        .find_map(network)
        .expect("a client with an IPv4 address");
    Question {
        query: json!({"term": {"client.ip": format!("{first}.{second}.0.0/16")}}),
        expected: matching(documents, |document| {
            network(document) == Some((first, second))
        }),
    }
}

/// From the middle document's instant on; texts of equal form order as their instants do.
fn second_half(documents: &[Document]) -> Question {
    let instant = |document: &Document| document.value["@timestamp"].as_str().map(str::to_owned);
    let middle = instant(&documents[documents.len() / 2]).expect("every document has its time");
    Question {
        query: json!({"range": {"@timestamp": {"gte": middle}}}),
        expected: matching(documents, |document| {
            instant(document).as_ref() >= Some(&middle)
        }),
    }
}

fn one_event(documents: &[Document]) -> Question {
    let id = &documents[documents.len() / 3].id;
    Question {
        query: json!({"ids": {"values": [id]}}),
        expected: 1,
    }
}

fn successes(documents: &[Document]) -> Question {
    let path = "jumpcloud.event.success";
    Question {
        query: json!({"term": {path: true}}),
        expected: matching(documents, |document| {
            document.at(path).contains(&&json!(true))
        }),
    }
}

/// Full text, whatever type stands in for `match_only_text`.
fn commonest_message(documents: &[Document]) -> Question {
    let path = "message";
    let (text, _) = histogram(path, documents)
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .expect("an event with a message");
    let says = |value: &Value| value.as_str().is_some_and(|other| other.contains(&text));
    Question {
        expected: matching(documents, |document| {
            document.at(path).into_iter().any(says)
        }),
        query: json!({"match_phrase": {path: text}}),
    }
}

/// An aggregation, as a dashboard does it: every action with its count.
fn every_action(client: &Client, stream: &str, documents: &[Document]) {
    let body = json!({"size": 0, "aggs": {"actions": {"terms": {"field": "event.action", "size": 10_000}}}});
    let reply = client
        .post(&format!("/{stream}/_search"), &body)
        .expect(200);
    let buckets = reply["aggregations"]["actions"]["buckets"]
        .as_array()
        .expect("buckets");
    let counted: BTreeMap<String, usize> = buckets
        .iter()
        .filter_map(|bucket| {
            let count = usize::try_from(bucket["doc_count"].as_u64()?).ok()?;
            Some((bucket["key"].as_str()?.to_owned(), count))
        })
        .collect();
    assert_eq!(counted, histogram("event.action", documents));
}
