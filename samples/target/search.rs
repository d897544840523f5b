//! `_search` for ids, `_refresh` and `_rollover`.

use super::errors::{error, no_such_index};
use super::setup::{SearchFault, Setup};
use super::store::Store;
use crate::samples::http::{Reply, Request};
use crate::samples::json::{self, Json, Object, list};
use std::time::Duration;

/// Answers a search for ids; no other query is known here.
pub(super) fn search(
    store: &Store,
    setup: &Setup,
    request: &Request,
    name: &str,
    fault: Option<SearchFault>,
) -> Reply {
    if let Some(SearchFault::Answer(reply)) = fault {
        return reply;
    }
    let Some(holder) = store.holders.get(name) else {
        return no_such_index(name);
    };
    if holder.indices.iter().any(|index| index.closed) {
        return closed();
    }
    let text = request.text();
    let asked = json::read(&text);
    let Some((size, ids)) = asked.as_ref().and_then(question) else {
        return error(400, "parsing_exception", "only ids are searched for here");
    };
    if size > setup.result_window {
        let reason = format!(
            "Result window is too large, from + size must be less than or equal to: [{}] but was [{size}]. See the scroll api",
            setup.result_window
        );
        return error(400, "illegal_argument_exception", &reason);
    }
    let within = setup.refreshes_itself.then(|| interval(setup)).flatten();
    let mut found = holder.find(&ids, within);
    found.truncate(size);
    let timed_out = matches!(fault, Some(SearchFault::TimedOut));
    let failed = i64::from(matches!(fault, Some(SearchFault::ShardFailed)));
    if timed_out || failed > 0 {
        found.clear();
    }
    let with_index = request
        .parameter("filter_path")
        .is_some_and(|filter| filter.contains("hits.hits._index"));
    let hits: Vec<String> = found
        .into_iter()
        .map(|(index, id)| {
            let hit = if with_index {
                Object::new().text("_index", index)
            } else {
                Object::new()
            };
            hit.text("_id", id).json()
        })
        .collect();
    let mut body = Object::new();
    if !matches!(fault, Some(SearchFault::SaysTooLittle)) {
        body = body
            .flag("timed_out", timed_out)
            .object("_shards", &Object::new().number("failed", failed));
    }
    // The filter drops an empty list.
    if !hits.is_empty() {
        body = body.object("hits", &Object::new().raw("hits", list(hits)));
    }
    Reply::json(200, body.json())
}

/// The size asked for, and the ids.
fn question<'a>(asked: &'a Json<'_>) -> Option<(usize, Vec<&'a str>)> {
    let size = asked.get("size")?.text.parse().ok()?;
    let ids = asked.at(&["query", "ids", "values"])?.items()?;
    Some((size, ids.iter().filter_map(Json::as_text).collect()))
}

fn interval(setup: &Setup) -> Option<Duration> {
    let millis = setup.refresh_interval?.strip_suffix("ms")?.parse().ok()?;
    Some(Duration::from_millis(millis))
}

pub(super) fn refresh(store: &mut Store, name: &str) -> Reply {
    let Some(holder) = store.holders.get_mut(name) else {
        return no_such_index(name);
    };
    if holder.indices.iter().any(|index| index.closed) {
        return closed();
    }
    holder.refresh();
    Reply::json(
        200,
        "{\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0}}",
    )
}

pub(super) fn roll_over(store: &mut Store, name: &str) -> Reply {
    let Some(holder) = store.holders.get_mut(name) else {
        return no_such_index(name);
    };
    holder.roll_over();
    Reply::json(200, "{\"acknowledged\":true,\"rolled_over\":true}")
}

fn closed() -> Reply {
    error(400, "index_closed_exception", "closed")
}
