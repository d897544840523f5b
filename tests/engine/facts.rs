//! What `docs/engines.md` and `docs/elasticsearch-bulk.md` mark as tested and `jcx` rests on, asked of the server
//! itself, past `jcx`: when a later version of an engine differs, this says so before anything else fails.

use serde_json::{Value, json};

use crate::client::Client;
use crate::engine::{Engine, Flavor};

const STREAM: &str = "facts-of.bulk-default";

/// Bulk items, types, resolving and what is missing.
pub fn the_server_behaves_as_the_reference_pages_say(engine: &Engine) -> String {
    let client = engine.client();
    missing_interfaces(client, engine.flavor());
    types_it_lacks(client, engine.flavor());
    absent_targets(client, engine.flavor());
    let template = json!({
        "index_patterns": ["facts-*"], "priority": 180, "data_stream": {},
        "template": {"mappings": {"properties": {
            "@timestamp": {"type": "date"}, "client": {"properties": {"ip": {"type": "ip"}}}
        }}}
    });
    client.put("/_index_template/facts", &template).expect(200);
    items_of_a_bulk_reply(client, engine.flavor());
    search_after_a_refresh(client);
    client.delete("/_data_stream/facts-*");
    let server = client
        .get("/_nodes?filter_path=nodes.*.version")
        .expect(200);
    format!(
        "version {}",
        server
            .pointer("/nodes")
            .map_or_else(String::new, version_in)
    )
}

fn version_in(nodes: &Value) -> String {
    nodes
        .as_object()
        .and_then(|nodes| nodes.values().next())
        .and_then(|node| node["version"].as_str())
        .unwrap_or("unknown")
        .to_owned()
}

/// `GET /` and `/_data_stream` may not be relied on; without a name the latter is taken for an index's.
fn missing_interfaces(client: &Client, flavor: Flavor) {
    let asked = ["/", "/_data_stream", "/_data_stream/facts-none"];
    let expected = match flavor {
        Flavor::Elasticsearch => [405, 400, 405],
        Flavor::OpenSearch => [200, 200, 404],
    };
    assert_eq!(asked.map(|path| client.get(path).status), expected);
}

/// The types that a template must do without.
fn types_it_lacks(client: &Client, flavor: Flavor) {
    let lacking: &[&str] = match flavor {
        Flavor::Elasticsearch => &["match_only_text", "constant_keyword", "wildcard"],
        Flavor::OpenSearch => &["flattened"],
    };
    for name in [
        "match_only_text",
        "constant_keyword",
        "wildcard",
        "flattened",
        "flat_object",
    ] {
        let foreign = flavor == Flavor::Elasticsearch && name == "flat_object";
        let mut field = json!({"type": name});
        if name == "constant_keyword" {
            field["value"] = json!("x");
        }
        let body = json!({
            "index_patterns": ["facts-types-*"], "priority": 181,
            "template": {"mappings": {"properties": {"f": field}}}
        });
        let reply = client.put("/_index_template/facts-types", &body);
        let expected = if foreign || lacking.contains(&name) {
            400
        } else {
            200
        };
        assert_eq!(reply.status, expected, "{name}: {}", reply.text);
    }
    client.delete("/_index_template/facts-types").expect(200);
}

/// What is not there: another status each, and nothing refuses to make a plain index of it.
fn absent_targets(client: &Client, flavor: Flavor) {
    let resolved = client.get("/_resolve/index/plain-by-accident");
    match flavor {
        Flavor::Elasticsearch => assert_eq!(resolved.status, 404, "{resolved:?}"),
        Flavor::OpenSearch => {
            let lists = resolved.expect(200);
            for list in ["indices", "aliases", "data_streams"] {
                assert_eq!(lists[list], json!([]), "{list}");
            }
        }
    }
    let body = "{\"create\":{\"_id\":\"1\"}}\n{\"a\":1}\n";
    let reply = client
        .ask("POST", "/plain-by-accident/_bulk", body)
        .expect(200);
    assert_eq!(reply["items"][0]["create"]["status"], 201, "{reply}");
    let resolved = client.get("/_resolve/index/plain-by-accident").expect(200);
    assert_eq!(resolved["indices"][0]["name"], "plain-by-accident");
    client.delete("/plain-by-accident").expect(200);
}

/// One request with a good document, the same again, a bad address, no time, and `_id` as a field.
fn items_of_a_bulk_reply(client: &Client, flavor: Flavor) {
    let time = "\"@timestamp\":\"2024-03-01T00:00:00.999Z\"";
    let lines = [
        (
            "1",
            format!("{{{time},\"client\":{{\"ip\":\"2001:DB8::1\"}}}}"),
        ),
        ("1", format!("{{{time}}}")),
        ("2", format!("{{{time},\"client\":{{\"ip\":\"nowhere\"}}}}")),
        ("3", "{\"a\":1}".to_owned()),
        ("4", format!("{{{time},\"_id\":\"x\"}}")),
    ];
    let body: String = lines
        .iter()
        .flat_map(|(id, source)| [create(id), source.clone(), "\n".to_owned()])
        .collect();
    let path = format!("/{STREAM}/_bulk?pipeline=_none");
    let reply = client.ask("POST", &path, &body).expect(200);
    let statuses: Vec<u64> = (0..lines.len())
        .filter_map(|item| reply["items"][item]["create"]["status"].as_u64())
        .collect();
    assert_eq!(statuses, [201, 409, 400, 400, 400], "{reply}");
    let kind = match flavor {
        Flavor::Elasticsearch => "document_parsing_exception",
        Flavor::OpenSearch => "mapper_parsing_exception",
    };
    assert_eq!(
        reply["items"][2]["create"]["error"]["type"], kind,
        "{reply}"
    );
    let unended = "{\"create\":{\"_id\":\"9\"}}\n{}";
    client.ask("POST", &path, unended).expect(400);
    let required = client.ask("POST", &format!("{path}&require_data_stream=true"), &body);
    let known = matches!(flavor, Flavor::Elasticsearch);
    assert_eq!(required.status == 200, known, "{required:?}");
}

fn create(id: &str) -> String {
    format!("{{\"create\":{{\"_id\":\"{id}\"}}}}\n")
}

/// What was stored comes back byte for byte, and an address is found by its network.
fn search_after_a_refresh(client: &Client) {
    client
        .ask("POST", &format!("/{STREAM}/_refresh"), "")
        .expect(200);
    let query = json!({"query": {"term": {"client.ip": "2001:db8::/32"}}});
    let found = client.post(&format!("/{STREAM}/_search"), &query);
    let hits = found.expect(200);
    assert_eq!(hits["hits"]["total"]["value"], 1, "{hits}");
    let stored =
        "{\"@timestamp\":\"2024-03-01T00:00:00.999Z\",\"client\":{\"ip\":\"2001:DB8::1\"}}";
    assert!(found.text.contains(stored), "{}", found.text);
}
