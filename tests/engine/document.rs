//! Documents as `jcx map` prints them, and as a server gives them back: text by text, so that nothing is compared
//! after a parser has rounded it.
//!
//! Knows the convention of `@metadata` (`docs/command-line.md`, "jcx map") and how to page through a data stream.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::client::Client;

/// One document that was to be stored.
pub struct Document {
    pub id: String,
    /// The document's text without `@metadata`: what must come back.
    pub source: String,
    /// The same, read: for asking questions about it.
    pub value: Value,
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "@metadata")]
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(rename = "_id")]
    id: String,
    raw_index: String,
}

impl Document {
    /// Reads a line of `jcx map` whose target must be `stream`.
    pub fn from_line(line: &str, stream: &str) -> Self {
        let (id, source) = id_and_source(line, stream);
        Self {
            id,
            value: serde_json::from_str(&source).expect("the rest of a document is one too"),
            source,
        }
    }

    /// Every scalar at a dotted path, through arrays.
    pub fn at(&self, path: &str) -> Vec<&Value> {
        let mut found = vec![&self.value];
        for name in path.split('.') {
            found = found
                .into_iter()
                .flat_map(elements)
                .filter_map(|value| value.get(name))
                .collect();
        }
        found.into_iter().flat_map(elements).collect()
    }
}

/// The id of a line of `jcx map`, and its text without `@metadata`; the target must be `stream`.
pub fn id_and_source(line: &str, stream: &str) -> (String, String) {
    let read: Line = serde_json::from_str(line)
        .unwrap_or_else(|error| panic!("no document with an id ({error}): {line}"));
    assert_eq!(read.metadata.raw_index, stream, "{line}");
    // Neither an id nor a stream's name has a brace.
    let (_, rest) = line
        .split_once("},")
        .expect("@metadata is followed by fields");
    (read.metadata.id, format!("{{{rest}"))
}

/// A list's elements, or the value itself.
fn elements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().flat_map(elements).collect(),
        other => vec![other],
    }
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(rename = "_scroll_id")]
    scroll: String,
    #[serde(borrow)]
    hits: Hits<'a>,
}

#[derive(Deserialize)]
struct Hits<'a> {
    #[serde(borrow)]
    hits: Vec<Hit<'a>>,
}

#[derive(Deserialize)]
struct Hit<'a> {
    #[serde(rename = "_id")]
    id: String,
    #[serde(rename = "_source", borrow)]
    source: &'a RawValue,
}

/// Everything a data stream or index holds, by id, as text; refreshes it first.
///
/// # Panics
/// When one id comes twice.
pub fn held(client: &Client, target: &str) -> BTreeMap<String, String> {
    client
        .ask("POST", &format!("/{target}/_refresh"), "")
        .expect(200);
    let first = json!({"size": 5000, "sort": ["_doc"], "query": {"match_all": {}}});
    let mut reply = client.post(&format!("/{target}/_search?scroll=1m"), &first);
    let mut held = BTreeMap::new();
    loop {
        assert_eq!(reply.status, 200, "{}", reply.text);
        let page: Page = serde_json::from_str(&reply.text).expect("a page of hits");
        if page.hits.hits.is_empty() {
            client.ask(
                "DELETE",
                "/_search/scroll",
                &json!({"scroll_id": page.scroll}).to_string(),
            );
            return held;
        }
        for hit in page.hits.hits {
            let twice = held.insert(hit.id, hit.source.get().to_owned());
            assert!(twice.is_none(), "stored twice: {twice:?}");
        }
        let next = json!({"scroll": "1m", "scroll_id": page.scroll});
        reply = client.post("/_search/scroll", &next);
    }
}

/// How many documents of `target` a query finds; refresh first.
pub fn found(client: &Client, target: &str, query: &Value) -> usize {
    let body = json!({"size": 0, "track_total_hits": true, "query": query});
    let reply = client
        .post(&format!("/{target}/_search"), &body)
        .expect(200);
    reply["hits"]["total"]["value"]
        .as_u64()
        .and_then(|count| usize::try_from(count).ok())
        .unwrap_or_else(|| panic!("no total in {reply}"))
}

/// Whether a stream, index or alias of this name exists: absent is a 404 on one engine, empty lists on the other.
pub fn exists(client: &Client, name: &str) -> bool {
    let reply = client.get(&format!("/_resolve/index/{name}"));
    if reply.status == 404 {
        return false;
    }
    let lists = reply.expect(200);
    ["indices", "aliases", "data_streams"]
        .iter()
        .any(|list| lists[list] != json!([]))
}
