//! `jcx template --install` on a real server: what it says about types the server lacks, what is there afterwards,
//! and that a template of somebody else's is left alone.

use serde_json::{Value, json};

use crate::client::Client;
use crate::engine::{Engine, Flavor};
use crate::workplace::{Ran, Workplace};

const NAME: &str = "jcx-logs-jumpcloud.events";

/// The types that the bare Elasticsearch has to do without.
const LACKING: [&str; 3] = ["match_only_text", "constant_keyword", "wildcard"];

fn install(place: &Workplace, engine: &Engine) -> Ran {
    place.run(&["template", "--install", "--es-url", engine.url()])
}

/// Before anything of ours is installed: a template under our name that does not say it is ours.
pub fn a_template_of_somebody_else_is_not_overwritten(engine: &Engine) -> String {
    let client = engine.client();
    let path = format!("/_index_template/{NAME}");
    let foreign = json!({
        "index_patterns": ["logs-jumpcloud.events-*"], "priority": 180, "data_stream": {},
        "_meta": {"managed_by": "somebody else"}
    });
    client.put(&path, &foreign).expect(200);
    let before = client.get(&path).expect(200);
    let ran = install(&Workplace::new(), engine);
    assert_ne!(ran.code, Some(0), "{}", ran.shown());
    assert!(ran.stderr.contains(NAME), "{}", ran.shown());
    assert_eq!(client.get(&path).expect(200), before);
    client.delete(&path).expect(200);
    format!("exit {:?}", ran.code)
}

/// Says which types it replaced, exactly where there are some; installing again is fine.
pub fn the_template_is_installed_and_says_what_it_replaced(engine: &Engine) -> String {
    let place = Workplace::new();
    for round in ["first", "second"] {
        let ran = install(&place, engine).expect(0);
        let warned = ran.stderr.contains("jcx: warning");
        match engine.flavor() {
            Flavor::Elasticsearch => drop(ran.says(&LACKING)),
            Flavor::OpenSearch => assert!(!warned, "{round}: {}", ran.shown()),
        }
    }
    let template = installed(engine.client());
    assert_eq!(template["_meta"]["managed_by"], "jcx", "{template}");
    for (path, on_elasticsearch, on_opensearch) in TYPES {
        let expected = match engine.flavor() {
            Flavor::Elasticsearch => on_elasticsearch,
            Flavor::OpenSearch => on_opensearch,
        };
        let mappings = &template["template"]["mappings"];
        assert_eq!(type_of(mappings, path), Some(*expected), "{path}");
    }
    format!("{} types compared", TYPES.len())
}

fn installed(client: &Client) -> Value {
    let reply = client.get("/_index_template/jcx-*").expect(200);
    let templates = reply["index_templates"]
        .as_array()
        .expect("a list of templates");
    assert_eq!(templates.len(), 1, "{reply}");
    assert_eq!(templates[0]["name"], NAME);
    templates[0]["index_template"].clone()
}

/// A field of each type: what it must be on the bare Elasticsearch, and on OpenSearch.
const TYPES: &[(&str, &str, &str)] = &[
    ("@timestamp", "date", "date"),
    ("client.ip", "ip", "ip"),
    ("client.geo.location", "geo_point", "geo_point"),
    ("source.port", "long", "long"),
    ("event.risk_score", "float", "float"),
    ("jumpcloud.event.success", "boolean", "boolean"),
    ("event.action", "keyword", "keyword"),
    ("jumpcloud.event.changes", "flattened", "flat_object"),
    ("message", "text", "match_only_text"),
    ("data_stream.type", "keyword", "constant_keyword"),
    ("data_stream.dataset", "keyword", "constant_keyword"),
    ("data_stream.namespace", "keyword", "keyword"),
    ("url.full", "keyword", "wildcard"),
];

fn type_of<'a>(mappings: &'a Value, path: &str) -> Option<&'a str> {
    path.split('.')
        .try_fold(mappings, |at, name| at.get("properties")?.get(name))?
        .get("type")?
        .as_str()
}
