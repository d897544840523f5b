//! The index template: what `PUT _index_template/NAME` takes so that every field of a document has its type.
//!
//! Made from the table of fields for one data stream's type and dataset; one template serves every namespace. A server
//! may lack types (an older one, another flavor), so whoever installs it says which, and gets the next best. Source:
//! `docs/ecs-mapping.md`, section 10, and `docs/elasticsearch-bulk.md`, sections 6 and 8. Sends nothing.

use super::data_stream::DataStream;
use super::fields::{Field, fields};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Above the stack's own `logs-*-*` (100), below the template of Elastic's package (200), equal to none of Fleet's.
const PRIORITY: u32 = 180;
/// The default of 1,000 is near: the table has more than 300 fields, their objects count too, and the attributes of new
/// services add to them. A document beyond the limit is refused.
const TOTAL_FIELDS: u32 = 5000;
/// Characters of an undeclared text that are indexed; a longer one is stored only.
const IGNORE_ABOVE: u32 = 1024;

/// The two families of servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flavor {
    /// Elasticsearch, 7.17 and later.
    Elasticsearch,
    /// OpenSearch.
    OpenSearch,
}

/// The template's name: the streams it serves, behind a prefix that keeps it apart from everybody else's.
pub fn name(stream: &DataStream) -> String {
    format!("jcx-{}-{}", stream.kind(), stream.dataset())
}

/// The template's body. `lacking` are the types that the server has said it does not have.
pub fn body(flavor: Flavor, stream: &DataStream, lacking: &BTreeSet<String>) -> Value {
    let mappings = Mappings {
        flavor,
        stream,
        lacking,
    };
    json!({
        "index_patterns": [format!("{}-{}-*", stream.kind(), stream.dataset())],
        "priority": PRIORITY,
        "data_stream": {},
        "template": {
            "settings": { "index.mapping.total_fields.limit": TOTAL_FIELDS },
            "mappings": mappings.all(),
        },
        "_meta": { "managed_by": "jcx", "version": env!("CARGO_PKG_VERSION") },
    })
}

/// What stands in for a type that a server lacks; nothing where every server has the type.
pub fn replacement(kind: &str) -> Option<&'static str> {
    match kind {
        "match_only_text" => Some("text"),
        "constant_keyword" | "wildcard" => Some("keyword"),
        "flattened" => Some("flat_object"),
        "flat_object" => Some("object"),
        _ => None,
    }
}

struct Mappings<'a> {
    flavor: Flavor,
    stream: &'a DataStream,
    lacking: &'a BTreeSet<String>,
}

impl Mappings<'_> {
    /// Without detection of dates an undeclared text is a keyword whatever its first value looks like; with it, a later
    /// text that is no date would be refused.
    fn all(&self) -> Value {
        json!({
            "date_detection": false,
            "numeric_detection": false,
            "dynamic_templates": [{
                "jumpcloud_texts": {
                    "path_match": "jumpcloud.event.*",
                    "match_mapping_type": "string",
                    "mapping": { "type": "keyword", "ignore_above": IGNORE_ABOVE },
                },
            }],
            "properties": self.properties(),
        })
    }

    fn properties(&self) -> Value {
        let mut root = Map::new();
        // A multi-field stands behind its field in the table.
        for field in fields() {
            let names: Vec<_> = field.name.split('.').collect();
            place(&mut root, &names, self.mapping(field));
        }
        Value::Object(root)
    }

    fn mapping(&self, field: &Field) -> Value {
        let value = self.constant(field.name);
        let kind = self.kind(field.kind, value.is_some());
        let mut mapping = Map::from_iter([("type".to_owned(), json!(kind))]);
        match kind {
            "constant_keyword" => {
                mapping.extend(value.map(|value| ("value".to_owned(), json!(value))));
            }
            // Takes no parameters.
            "flat_object" => {}
            "object" => mapping.extend([("enabled".to_owned(), json!(false))]),
            _ => mapping.extend(parameters(field.parameters)),
        }
        Value::Object(mapping)
    }

    /// The field's type, or the first replacement that the server has.
    fn kind(&self, declared: &'static str, has_value: bool) -> &'static str {
        let mut kind = match (self.flavor, declared) {
            (Flavor::OpenSearch, "flattened") => "flat_object",
            (Flavor::OpenSearch, "constant_keyword") if !has_value => "keyword",
            _ => declared,
        };
        while self.lacking.contains(kind)
            && let Some(next) = replacement(kind)
        {
            kind = next;
        }
        kind
    }

    /// What a constant field holds in every document of the template's streams; the namespace differs.
    fn constant(&self, name: &str) -> Option<&str> {
        match name {
            "data_stream.type" => Some(self.stream.kind()),
            "data_stream.dataset" => Some(self.stream.dataset()),
            _ => None,
        }
    }
}

/// Puts a mapping where its name says: below the properties of its parents, or, where a parent is a field itself, among
/// that field's multi-fields.
fn place(properties: &mut Map<String, Value>, names: &[&str], mapping: Value) {
    let [first, rest @ ..] = names else { return };
    if rest.is_empty() {
        properties.insert((*first).to_owned(), mapping);
        return;
    }
    let parent = properties.entry(*first).or_insert_with(|| json!({}));
    let inner = if parent.get("type").is_some() {
        "fields"
    } else {
        "properties"
    };
    if let Some(parent) = parent.as_object_mut() {
        let below = parent.entry(inner).or_insert_with(|| json!({}));
        if let Some(below) = below.as_object_mut() {
            place(below, rest, mapping);
        }
    }
}

/// `name=value,…` as members of a mapping.
fn parameters(text: &str) -> impl Iterator<Item = (String, Value)> {
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| {
        let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
        (name.to_owned(), value)
    })
}
