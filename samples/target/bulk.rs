//! `_bulk`: two lines a document in, an item a document out.

use super::errors::{error, too_large};
use super::setup::{BulkFault, Item, Setup};
use super::store::Store;
use crate::samples::http::{Reply, Request, gzip};
use crate::samples::json::{self, Json, Object, list};

/// The parameters both engines take.
const PARAMETERS: [&str; 9] = [
    "pipeline",
    "filter_path",
    "refresh",
    "timeout",
    "require_alias",
    "wait_for_active_shards",
    "routing",
    "pretty",
    "error_trace",
];

/// Undoes the request's content encoding; `Err` is the engine's answer to a body it cannot read.
pub(super) fn uncompressed(request: &Request) -> Result<Vec<u8>, Reply> {
    match request.header("Content-Encoding") {
        None => Ok(request.body.clone()),
        Some("gzip") => gzip::unpack(&request.body).ok_or_else(unterminated),
        Some(_) => Err(unterminated()),
    }
}

fn unterminated() -> Reply {
    error(
        400,
        "illegal_argument_exception",
        "The bulk request must be terminated by a newline [\\n]",
    )
}

/// Answers a bulk request; `path_target` is what stands before `_bulk` in the path.
pub(super) fn answer(
    store: &mut Store,
    setup: &Setup,
    request: &Request,
    path_target: Option<&str>,
    fault: Option<BulkFault>,
) -> Reply {
    if let Some(BulkFault::Answer(reply)) = fault {
        return reply;
    }
    let actions = match read(request, setup, path_target) {
        Ok(actions) => actions,
        Err(refused) => return refused,
    };
    let require_stream = request
        .parameter("require_data_stream")
        .is_some_and(|value| value != "false");
    let mut items: Vec<String> = actions
        .iter()
        .map(|action| {
            let made = perform(store, setup, action, require_stream);
            item_text(store, &action.target, &made)
        })
        .collect();
    match fault {
        Some(BulkFault::AfterStoring(reply)) => return reply,
        Some(BulkFault::NoItems) => return Reply::json(200, "{\"took\":1,\"errors\":false}"),
        Some(BulkFault::FewerItems(missing)) => items.truncate(items.len().saturating_sub(missing)),
        Some(BulkFault::OneItemMore) => items.extend(items.last().cloned()),
        _ => {}
    }
    let errors = items.iter().any(|item| item.contains("\"error\":"));
    let body = Object::new()
        .number("took", 1_i64)
        .flag("errors", errors)
        .raw("items", list(&items));
    let reply = Reply::json(200, body.json());
    match fault {
        Some(BulkFault::CutReply(bytes)) => reply.cut(bytes),
        Some(BulkFault::Late(time)) => reply.after(time),
        _ => reply,
    }
}

struct Action {
    operation: String,
    target: String,
    id: Option<String>,
    document: String,
}

fn read(request: &Request, setup: &Setup, path_target: Option<&str>) -> Result<Vec<Action>, Reply> {
    check_parameters(request, setup)?;
    let kind = request.header("Content-Type").unwrap_or_default();
    if !kind.starts_with("application/x-ndjson") && !kind.starts_with("application/json") {
        return Err(error(
            406,
            "media_type_header_exception",
            "Invalid media-type value on header [Content-Type]",
        ));
    }
    let body = uncompressed(request)?;
    if setup.largest.is_some_and(|largest| body.len() > largest) {
        return Err(too_large());
    }
    let Ok(text) = String::from_utf8(body) else {
        return Err(error(400, "illegal_argument_exception", "not UTF-8"));
    };
    let Some(lines) = text.strip_suffix('\n') else {
        return Err(unterminated());
    };
    if setup.poison.is_some_and(|poison| text.contains(poison)) {
        return Err(error(
            400,
            "illegal_argument_exception",
            "one document spoils the whole request",
        ));
    }
    actions(lines, path_target)
}

fn check_parameters(request: &Request, setup: &Setup) -> Result<(), Reply> {
    let names = request.query.split('&').filter(|pair| !pair.is_empty());
    for name in names.map(|pair| pair.split('=').next().unwrap_or_default()) {
        let known = match name {
            "require_data_stream" => setup.elastic(),
            "include_source_on_error" => setup.hides_source,
            _ => PARAMETERS.contains(&name),
        };
        if !known {
            let reason = format!(
                "request [{}] contains unrecognized parameter: [{name}]",
                request.path
            );
            return Err(error(400, "illegal_argument_exception", &reason));
        }
    }
    Ok(())
}

fn actions(lines: &str, path_target: Option<&str>) -> Result<Vec<Action>, Reply> {
    let mut actions = Vec::new();
    let mut rest = lines.split('\n');
    while let Some(line) = rest.next() {
        let malformed = || {
            error(
                400,
                "illegal_argument_exception",
                "Malformed action/metadata line, expected START_OBJECT",
            )
        };
        let read = json::read(line).ok_or_else(malformed)?;
        let (operation, meta) = read
            .members()
            .and_then(|members| members.first())
            .ok_or_else(malformed)?;
        let text = |key: &str| meta.get(key).and_then(Json::as_text).map(str::to_owned);
        let document = rest.next().ok_or_else(malformed)?.to_owned();
        let target = text("_index").or_else(|| path_target.map(str::to_owned));
        let target = target.ok_or_else(|| {
            error(
                400,
                "action_request_validation_exception",
                "Validation Failed: 1: index is missing;",
            )
        })?;
        let id = text("_id");
        if id.as_ref().is_some_and(|id| id.len() > 512) {
            let reason = "Validation Failed: 1: id is too long, must be no longer than 512 bytes;";
            return Err(error(400, "action_request_validation_exception", reason));
        }
        actions.push(Action {
            operation: operation.clone(),
            target,
            id,
            document,
        });
    }
    Ok(actions)
}

fn perform(
    store: &mut Store,
    setup: &Setup,
    action: &Action,
    require_stream: bool,
) -> (String, Item) {
    let id = || action.id.clone().unwrap_or_default();
    let stream = match store.holders.get(&action.target) {
        Some(holder) => holder.stream,
        None => store
            .template_of(&action.target)
            .is_some_and(|template| template.stream),
    };
    if require_stream && !stream {
        let reason = format!(
            "no such index [{}] and the request requires a data stream",
            action.target
        );
        return (
            id(),
            Item::refused(404, "index_not_found_exception", &reason),
        );
    }
    if action.operation != "create" {
        let reason = "only write ops with an op_type of create are allowed in data streams";
        return (
            id(),
            Item::refused(400, "illegal_argument_exception", reason),
        );
    }
    store.create(
        &action.target,
        action.id.as_deref(),
        &action.document,
        setup,
    )
}

fn item_text(store: &Store, target: &str, made: &(String, Item)) -> String {
    let (id, item) = made;
    let own = Object::new()
        .text("_index", store.backing(target))
        .text("_id", id);
    let own = match item.failure_store {
        Some(value) => own.text("failure_store", value),
        None => own,
    };
    let own = match &item.error {
        Some((kind, reason)) => own.object(
            "error",
            &Object::new().text("type", kind).text("reason", reason),
        ),
        None => own.number("_version", 1_i64).text("result", "created"),
    };
    let own = own.number("status", i64::from(item.status));
    Object::new().object("create", &own).json()
}
