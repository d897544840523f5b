//! What the target says about itself, its names and its templates.

use super::errors::{no_such_index, wrong_method};
use super::setup::{Flavor, Setup};
use super::store::Store;
use crate::samples::http::Reply;
use crate::samples::json::{Object, list};

pub(super) fn greeting(setup: &Setup) -> Reply {
    let version = match setup.flavor {
        Flavor::Bare => return wrong_method("GET", "/"),
        Flavor::Elasticsearch => Object::new()
            .text("number", "8.17.10")
            .text("build_flavor", "default"),
        Flavor::OpenSearch => Object::new()
            .text("distribution", "opensearch")
            .text("number", "2.19.5"),
    };
    let body = Object::new()
        .text("name", "simulated")
        .text("cluster_name", "simulated")
        .text("cluster_uuid", setup.cluster)
        .object("version", &version)
        .text("tagline", "A loopback target");
    Reply::json(200, body.json())
}

pub(super) fn resolve(store: &Store, setup: &Setup, name: &str) -> Reply {
    let holder = store.holders.get(name);
    if holder.is_none() && setup.elastic() {
        return no_such_index(name);
    }
    let own = Object::new().text("name", name);
    let (indices, streams) = match holder {
        Some(holder) if holder.stream => {
            let backing = list([format!("\"{}\"", store.backing(name))]);
            let own = own
                .raw("backing_indices", backing)
                .text("timestamp_field", "@timestamp");
            ("[]".to_owned(), list([own.json()]))
        }
        Some(_) => (
            list([own.raw("attributes", "[\"open\"]").json()]),
            "[]".to_owned(),
        ),
        None => ("[]".to_owned(), "[]".to_owned()),
    };
    let body = Object::new()
        .raw("indices", indices)
        .raw("aliases", "[]")
        .raw("data_streams", streams);
    Reply::json(200, body.json())
}

pub(super) fn simulate(store: &Store, setup: &Setup, name: &str) -> Reply {
    let Some(template) = store.template_of(name) else {
        return Reply::json(200, "{}");
    };
    let settings = match setup.final_pipeline {
        Some(pipeline) => format!("{{\"index\":{{\"final_pipeline\":\"{pipeline}\"}}}}"),
        None => template.part("settings"),
    };
    let merged = Object::new()
        .raw("settings", settings)
        .raw("mappings", template.part("mappings"))
        .raw("aliases", "{}");
    Reply::json(
        200,
        Object::new()
            .object("template", &merged)
            .raw("overlapping", "[]")
            .json(),
    )
}

pub(super) fn stream(store: &Store, setup: &Setup, name: &str) -> Reply {
    if setup.flavor == Flavor::Bare {
        return wrong_method("GET", &format!("/_data_stream/{name}"));
    }
    if !store.holders.get(name).is_some_and(|holder| holder.stream) {
        return no_such_index(name);
    }
    let index = Object::new()
        .text("index_name", store.backing(name))
        .text("index_uuid", "simulated");
    let own = Object::new()
        .text("name", name)
        .raw("timestamp_field", "{\"name\":\"@timestamp\"}")
        .raw("indices", list([index.json()]))
        .number("generation", 1_i64)
        .text("status", "GREEN");
    Reply::json(
        200,
        Object::new().raw("data_streams", list([own.json()])).json(),
    )
}

pub(super) fn settings(store: &Store, setup: &Setup, name: &str) -> Reply {
    if !store.holders.contains_key(name) {
        return no_such_index(name);
    }
    let index = match setup.final_pipeline {
        Some(pipeline) => Object::new().text("final_pipeline", pipeline),
        None => Object::new(),
    };
    let settings = Object::new().object("index", &index.text("number_of_shards", "1"));
    let own = Object::new().object("settings", &settings);
    Reply::json(200, Object::new().object(&store.backing(name), &own).json())
}

pub(super) fn count(store: &Store, name: &str) -> Reply {
    let Some(holder) = store.holders.get(name) else {
        return no_such_index(name);
    };
    let count = i64::try_from(holder.documents.len()).unwrap_or(i64::MAX);
    Reply::json(200, Object::new().number("count", count).json())
}

pub(super) fn refresh(store: &Store, name: &str) -> Reply {
    if store.holders.contains_key(name) {
        Reply::json(
            200,
            "{\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0}}",
        )
    } else {
        no_such_index(name)
    }
}
