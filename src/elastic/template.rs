//! Installs an index template whose body it does not understand, and asks a server what it is.
//!
//! Never overwrites what does not carry our own `_meta` (`docs/elasticsearch-bulk.md` section 6). Types that a server
//! says it lacks are reported to whoever makes the body, until it takes it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use ureq::http::Method;

use super::connection::Connection;
use super::exchange::{Reply, segment};
use super::index_templates::{IndexTemplate, index_templates, winner};
use super::redaction::echoed;
use crate::failure::{Failure, Kind, Result};
use crate::net::header;

/// Which of the two engines a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Elasticsearch of any distribution.
    Elasticsearch,
    /// OpenSearch, also as a managed service.
    OpenSearch,
}

/// How an installation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Installed {
    /// It was not there.
    Created,
    /// An older one of ours was.
    Replaced,
    /// The same one was.
    UpToDate,
}

/// An installation: the template's name, a name that shall get it, and its body for a server that lacks some types.
pub struct Installation<'a> {
    /// The template's name.
    pub name: &'a str,
    /// The data stream it is for.
    pub stream: &'a str,
    /// Makes the body without these field types.
    pub body: &'a dyn Fn(&BTreeSet<String>) -> Value,
}

/// Asks what the server is; `GET /` may be forbidden or missing, then a header decides.
pub fn product(connection: &Connection) -> Result<Product> {
    let reply = connection.ask(&Method::GET, "/", None)?;
    let named = header(&reply.headers, "x-elastic-product").is_some();
    let answer = reply.json();
    if answer.is_none() && !named && reply.status != 403 {
        return Err(connection.not_elasticsearch(&reply));
    }
    let version = answer
        .as_ref()
        .map_or(&Value::Null, |answer| &answer["version"]);
    if version["distribution"] == "opensearch" {
        return Ok(Product::OpenSearch);
    }
    let elastic = named || version["number"].is_string();
    Ok(if elastic {
        Product::Elasticsearch
    } else {
        Product::OpenSearch
    })
}

/// Puts the template on the server, unless one of that name belongs to somebody else.
pub fn install(connection: &Connection, installation: &Installation<'_>) -> Result<Installed> {
    connection.check_cluster()?;
    let existing = existing(connection, installation.name)?;
    if let Some(body) = &existing
        && !is_ours(body)
    {
        return Err(Failure::usage(format!(
            "{} already has an index template {} that jcx did not make",
            connection.url(),
            installation.name
        ))
        .hint("it stays as it is: rename or delete it, or load into another data stream"));
    }
    warn_of_stronger(connection, installation)?;
    let mut lacking = BTreeSet::new();
    let mut body = (installation.body)(&lacking);
    let installed = loop {
        if existing
            .as_ref()
            .is_some_and(|existing| same(existing, &body))
        {
            break Installed::UpToDate;
        }
        match create_or_replace(connection, installation.name, &body, existing.is_none())? {
            None if existing.is_none() => break Installed::Created,
            None => break Installed::Replaced,
            Some(field_type) => {
                lacking.insert(field_type.clone());
                let next = (installation.body)(&lacking);
                // Another body each time, until every type is replaced: so this ends.
                if next == body {
                    return Err(lacks(connection, &field_type));
                }
                body = next;
            }
        }
    };
    if !lacking.is_empty() {
        let names: Vec<&str> = lacking.iter().map(String::as_str).collect();
        let text = format!(
            "the server lacks these field types, the nearest ones it has were used instead: {}",
            names.join(", ")
        );
        connection.patient.printer.warning(&text, None);
    }
    Ok(installed)
}

/// The body of the template that has the name now.
fn existing(connection: &Connection, name: &str) -> Result<Option<Value>> {
    let path = format!("/_index_template/{}", segment(name));
    let reply = connection.ask(&Method::GET, &path, None)?;
    match reply.status {
        200 => {
            let answer = reply
                .json()
                .ok_or_else(|| connection.not_elasticsearch(&reply))?;
            let all = answer["index_templates"].as_array();
            let found = all
                .into_iter()
                .flatten()
                .find(|entry| entry["name"] == name);
            Ok(found.map(|entry| entry["index_template"].clone()))
        }
        404 => match reply.error() {
            Some(_) => Ok(None),
            None => Err(connection.not_elasticsearch(&reply)),
        },
        // `create=true` still keeps us from overwriting what we may not see.
        403 => Ok(None),
        _ => Err(refused(&reply)),
    }
}

fn is_ours(body: &Value) -> bool {
    body["_meta"]["managed_by"] == "jcx"
}

/// Fleet's template, or anybody's, of a higher priority: it keeps winning, and its fields are the ones in force.
fn warn_of_stronger(connection: &Connection, installation: &Installation<'_>) -> Result<()> {
    let Some(mut templates) = index_templates(connection)? else {
        return Ok(());
    };
    templates.retain(|template: &IndexTemplate| template.name != installation.name);
    let ours = (installation.body)(&BTreeSet::new())["priority"].as_i64();
    let stronger = winner(&templates, installation.stream)
        .filter(|template| ours.is_some_and(|ours| template.priority >= ours));
    if let Some(template) = stronger {
        connection.patient.printer.warning(
            &format!(
                "the template {} (priority {}) matches {} too and wins over {}",
                template.name, template.priority, installation.stream, installation.name
            ),
            None,
        );
    }
    Ok(())
}

/// A request whose answer got lost is repeated, and then refused because of itself.
fn create_or_replace(
    connection: &Connection,
    name: &str,
    body: &Value,
    create: bool,
) -> Result<Option<String>> {
    put(connection, name, body, create).or_else(|failure| {
        let there = if create {
            existing(connection, name)?
        } else {
            None
        };
        match there {
            Some(there) if is_ours(&there) && same(&there, body) => Ok(None),
            _ => Err(failure),
        }
    })
}

/// `None` when the server took the body, else the field type it lacks.
fn put(connection: &Connection, name: &str, body: &Value, create: bool) -> Result<Option<String>> {
    let create = if create { "?create=true" } else { "" };
    let path = format!("/_index_template/{}{create}", segment(name));
    let reply = connection.ask(&Method::PUT, &path, Some(body))?;
    match reply.status {
        200..=299
            if reply
                .json()
                .is_some_and(|answer| answer["acknowledged"] == true) =>
        {
            Ok(None)
        }
        400 => unknown_type(&reply)
            .map(Some)
            .ok_or_else(|| refused(&reply)),
        403 => Err(refused(&reply)),
        _ if reply.error().is_some() => Err(refused(&reply)),
        _ => Err(connection.not_elasticsearch(&reply)),
    }
}

/// The type in "No handler for type [x]", wherever in the chain of causes it stands.
fn unknown_type(reply: &Reply) -> Option<String> {
    let text = String::from_utf8_lossy(&reply.body);
    // A multi-field's message begins in lower case.
    let (_, rest) = text.split_once("o handler for type [")?;
    rest.split_once(']')
        .map(|(field_type, _)| field_type.to_owned())
}

fn lacks(connection: &Connection, field_type: &str) -> Failure {
    let text = format!(
        "{} lacks the field type {}, which has no substitute",
        connection.url(),
        echoed(field_type)
    );
    Failure::new(Kind::Elasticsearch, text)
}

fn refused(reply: &Reply) -> Failure {
    let text = format!("{} refuses the template: {}", reply.url, reply.shown());
    match reply.status {
        403 => Failure::new(Kind::Credentials, text)
            .hint("grant the cluster privilege manage_index_templates"),
        400 => Failure::usage(text),
        _ => Failure::new(Kind::Elasticsearch, text),
    }
}

/// Whether the server's copy says what `body` says. Settings come back as texts, with `index.` in front.
fn same(existing: &Value, body: &Value) -> bool {
    let plain = ["index_patterns", "priority", "_meta"];
    plain.iter().all(|key| existing[*key] == body[*key])
        && existing["data_stream"].is_object() == body["data_stream"].is_object()
        && existing["template"]["mappings"] == body["template"]["mappings"]
        && settings(&existing["template"]["settings"]) == settings(&body["template"]["settings"])
}

fn settings(value: &Value) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    flatten("", value, &mut flat);
    flat
}

fn flatten(prefix: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    if let Value::Object(members) = value {
        for (key, value) in members {
            let key = if prefix.is_empty() {
                key.clone()
            } else {
                format!("{prefix}.{key}")
            };
            flatten(&key, value, into);
        }
        return;
    }
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    if !value.is_null() {
        into.insert(prefix.trim_start_matches("index.").to_owned(), text);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_ours, same};

    #[test]
    fn the_servers_copy_is_recognised_in_its_own_words() {
        let body = json!({
            "index_patterns": ["a-*"], "priority": 180, "data_stream": {},
            "template": {"settings": {"index.mapping.total_fields.limit": 2000}, "mappings": {"properties": {"a": {"type": "ip"}}}},
            "_meta": {"managed_by": "jcx", "version": "1"}
        });
        let mut copy = json!({
            "index_patterns": ["a-*"], "priority": 180, "composed_of": [],
            "data_stream": {"hidden": false, "allow_custom_routing": false},
            "template": {"settings": {"index": {"mapping": {"total_fields": {"limit": "2000"}}}}, "mappings": {"properties": {"a": {"type": "ip"}}}},
            "_meta": {"version": "1", "managed_by": "jcx"}
        });
        assert!(same(&copy, &body));
        assert!(is_ours(&copy));
        copy["template"]["mappings"]["properties"]["a"]["type"] = json!("keyword");
        assert!(!same(&copy, &body));
        assert!(!is_ours(&json!({"_meta": {"managed_by": "somebody"}})));
    }
}
