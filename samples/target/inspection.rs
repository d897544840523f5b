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
            .text("number", setup.version)
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
            let names = holder.indices.iter();
            let backing = list(names.map(|index| format!("\"{}\"", index.name)));
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
    let holder = store.holders.get(name).filter(|holder| holder.stream);
    let Some(holder) = holder else {
        return no_such_index(name);
    };
    let indices = holder.indices.iter().map(|index| {
        Object::new()
            .text("index_name", &index.name)
            .text("index_uuid", "simulated")
            .json()
    });
    let own = Object::new()
        .text("name", name)
        .raw("timestamp_field", "{\"name\":\"@timestamp\"}")
        .raw("indices", list(indices))
        .number(
            "generation",
            i64::try_from(holder.indices.len()).unwrap_or(1),
        )
        .text("status", "GREEN");
    Reply::json(
        200,
        Object::new().raw("data_streams", list([own.json()])).json(),
    )
}

pub(super) fn settings(store: &Store, setup: &Setup, name: &str) -> Reply {
    let Some(holder) = store.holders.get(name) else {
        return no_such_index(name);
    };
    let mut index = match setup.final_pipeline {
        Some(pipeline) => Object::new().text("final_pipeline", pipeline),
        None => Object::new(),
    };
    if let Some(interval) = setup.refresh_interval {
        index = index.text("refresh_interval", interval);
    }
    let settings = Object::new().object("index", &index.text("number_of_shards", "1"));
    let own = Object::new().object("settings", &settings);
    let all = holder.indices.iter();
    let all = all.fold(Object::new(), |all, index| all.object(&index.name, &own));
    Reply::json(200, all.json())
}

pub(super) fn count(store: &Store, name: &str) -> Reply {
    let Some(holder) = store.holders.get(name) else {
        return no_such_index(name);
    };
    let count = i64::try_from(holder.documents().len()).unwrap_or(i64::MAX);
    Reply::json(200, Object::new().number("count", count).json())
}
