//! The index template against the tables it was made from: every exported field has its type on every server.

use jcx::ecs::DataStream;
use jcx::ecs::fields::fields;
use jcx::ecs::template::{Flavor, body, name, replacement};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The exported fields that the project promises, names and types only.
const EXPORTED: &str = include_str!("exported-fields.tsv");

/// Types of the template that each family of servers has in a complete and recent form.
const BOTH: [&str; 9] = [
    "boolean",
    "constant_keyword",
    "date",
    "float",
    "geo_point",
    "ip",
    "keyword",
    "long",
    "match_only_text",
];

fn exported() -> Vec<(&'static str, &'static str)> {
    EXPORTED
        .lines()
        .skip(1)
        .map(|line| line.split_once('\t').expect("two columns"))
        .collect()
}

fn template(flavor: Flavor, lacking: &[&str]) -> Value {
    let lacking: BTreeSet<String> = lacking.iter().map(|kind| (*kind).to_owned()).collect();
    body(flavor, &DataStream::default(), &lacking)
}

/// Every leaf of the mapping by its dotted name, multi-fields included.
fn leaves(template: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    collect("", &template["template"]["mappings"], &mut found);
    found
}

fn collect(path: &str, node: &Value, found: &mut BTreeMap<String, Value>) {
    if !path.is_empty() && node.get("type").is_some() {
        found.insert(path.to_owned(), node.clone());
    }
    for inner in ["properties", "fields"] {
        let members = node.get(inner).and_then(Value::as_object);
        for (key, member) in members.into_iter().flatten() {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            collect(&path, member, found);
        }
    }
}

#[test]
fn every_exported_field_is_in_the_template_with_its_type() {
    let leaves = leaves(&template(Flavor::Elasticsearch, &[]));
    let exported = exported();
    assert_eq!(exported.len(), 178);
    for (field, kind) in exported {
        // The three rows below `changes` are keys of one flattened field.
        let (field, kind) = match field.strip_prefix("jumpcloud.event.changes.") {
            Some("field" | "from" | "to") => ("jumpcloud.event.changes", "flattened"),
            _ => (field, kind),
        };
        let mapping = leaves
            .get(field)
            .unwrap_or_else(|| panic!("{field} is missing"));
        assert_eq!(mapping["type"], kind, "{field}");
    }
}

#[test]
fn every_field_of_the_table_is_in_the_template_and_nothing_else() {
    for flavor in [Flavor::Elasticsearch, Flavor::OpenSearch] {
        let leaves = leaves(&template(flavor, &[]));
        let in_template: BTreeSet<&str> = leaves.keys().map(String::as_str).collect();
        let in_table: BTreeSet<&str> = fields().iter().map(|field| field.name).collect();
        assert_eq!(in_template, in_table);
    }
}

#[test]
fn every_type_is_one_that_the_flavor_has() {
    let flavors = [
        (Flavor::Elasticsearch, ["flattened", "wildcard"]),
        (Flavor::OpenSearch, ["flat_object", "wildcard"]),
    ];
    for (flavor, own) in flavors {
        for (name, mapping) in leaves(&template(flavor, &[])) {
            let kind = mapping["type"].as_str().expect("a name");
            assert!(
                BOTH.contains(&kind) || own.contains(&kind),
                "{name}: {kind} on {flavor:?}"
            );
        }
    }
}

#[test]
fn a_template_is_found_by_its_streams_and_yields_to_the_package() {
    let stream: DataStream = "logs-jumpcloud.events-eu-1".parse().expect("a name");
    assert_eq!(name(&DataStream::default()), "jcx-logs-jumpcloud.events");
    assert_eq!(name(&stream), "jcx-logs-jumpcloud.events");
    let template = template(Flavor::Elasticsearch, &[]);
    assert_eq!(
        template["index_patterns"],
        json!(["logs-jumpcloud.events-*"])
    );
    assert_eq!(template["data_stream"], json!({}));
    assert_eq!(template["priority"], 180);
    assert_eq!(
        template["_meta"],
        json!({"managed_by": "jcx", "version": env!("CARGO_PKG_VERSION")})
    );
    let members: Vec<_> = template.as_object().expect("an object").keys().collect();
    assert_eq!(
        members,
        [
            "_meta",
            "data_stream",
            "index_patterns",
            "priority",
            "template"
        ]
    );
}

#[test]
fn another_stream_has_a_template_of_its_own() {
    let stream: DataStream = "audit-jc.eu-x".parse().expect("a name");
    let template = body(Flavor::OpenSearch, &stream, &BTreeSet::new());
    assert_eq!(name(&stream), "jcx-audit-jc.eu");
    assert_eq!(template["index_patterns"], json!(["audit-jc.eu-*"]));
    let leaves = leaves(&template);
    assert_eq!(leaves["data_stream.dataset"]["value"], "jc.eu");
    assert_eq!(leaves["data_stream.type"]["value"], "audit");
}

#[test]
fn the_namespace_is_left_open() {
    let elasticsearch = leaves(&template(Flavor::Elasticsearch, &[]));
    assert_eq!(
        elasticsearch["data_stream.namespace"],
        json!({"type": "constant_keyword"})
    );
    let constant = json!({"type": "constant_keyword", "value": "jumpcloud.events"});
    assert_eq!(elasticsearch["data_stream.dataset"], constant);
    let opensearch = leaves(&template(Flavor::OpenSearch, &[]));
    assert_eq!(
        opensearch["data_stream.namespace"],
        json!({"type": "keyword"})
    );
    assert_eq!(opensearch["data_stream.dataset"], constant);
}

#[test]
fn parameters_are_those_of_the_table() {
    let leaves = leaves(&template(Flavor::Elasticsearch, &[]));
    let cases = [
        (
            "event.original",
            json!({"type": "keyword", "index": false, "doc_values": false}),
        ),
        ("event.id", json!({"type": "keyword", "ignore_above": 1024})),
        (
            "jumpcloud.event.command.payload",
            json!({"type": "keyword", "ignore_above": 4096}),
        ),
        (
            "jumpcloud.event.profile_list.signer_certificates",
            json!({"type": "keyword", "ignore_above": 4096}),
        ),
        (
            "jumpcloud.event.changes",
            json!({"type": "flattened", "ignore_above": 4096}),
        ),
        (
            "url.full",
            json!({"type": "wildcard", "ignore_above": 1024}),
        ),
        ("client.geo.location", json!({"type": "geo_point"})),
        ("message", json!({"type": "match_only_text"})),
        (
            "user.name",
            json!({"type": "keyword", "ignore_above": 1024, "fields": {"text": {"type": "match_only_text"}}}),
        ),
    ];
    for (field, expected) in cases {
        assert_eq!(leaves[field], expected, "{field}");
    }
}

#[test]
fn an_undeclared_text_of_an_event_is_a_keyword_whatever_it_looks_like() {
    let mappings = &template(Flavor::Elasticsearch, &[])["template"]["mappings"];
    let rule = &mappings["dynamic_templates"][0]["jumpcloud_texts"];
    assert_eq!(rule["path_match"], "jumpcloud.event.*");
    assert_eq!(rule["match_mapping_type"], "string");
    assert_eq!(
        rule["mapping"],
        json!({"type": "keyword", "ignore_above": 1024})
    );
    assert_eq!(mappings["date_detection"], false);
    assert_eq!(mappings["numeric_detection"], false);
}

#[test]
fn a_type_that_the_server_lacks_is_replaced_by_one_it_has() {
    let lacking = [
        "match_only_text",
        "constant_keyword",
        "wildcard",
        "flattened",
        "flat_object",
    ];
    for flavor in [Flavor::Elasticsearch, Flavor::OpenSearch] {
        let leaves = leaves(&template(flavor, &lacking));
        for (name, mapping) in &leaves {
            let kind = mapping["type"].as_str().expect("a name");
            assert!(!lacking.contains(&kind), "{name}: {kind} on {flavor:?}");
        }
        assert_eq!(leaves["message"], json!({"type": "text"}));
        assert_eq!(leaves["user.name.text"], json!({"type": "text"}));
        assert_eq!(leaves["data_stream.type"]["type"], "keyword");
        assert_eq!(
            leaves["url.full"],
            json!({"type": "keyword", "ignore_above": 1024})
        );
        assert_eq!(
            leaves["jumpcloud.event.changes"],
            json!({"type": "object", "enabled": false})
        );
    }
    let leaves = leaves(&template(Flavor::OpenSearch, &[]));
    assert_eq!(
        leaves["jumpcloud.event.changes"],
        json!({"type": "flat_object"})
    );
}

#[test]
fn a_type_without_replacement_stays_even_when_it_is_lacking() {
    assert_eq!(replacement("keyword"), None);
    let leaves = leaves(&template(Flavor::Elasticsearch, &["keyword", "wildcard"]));
    assert_eq!(leaves["url.full"]["type"], "keyword");
}
