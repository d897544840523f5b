//! Refusals as the engines word their shape: a root cause, a type, a reason and the status.

use crate::samples::http::Reply;
use crate::samples::json::{Object, list};

/// An engine's error answer.
pub fn error(status: u16, kind: &str, reason: &str) -> Reply {
    let cause = Object::new().text("type", kind).text("reason", reason);
    let whole = Object::new()
        .raw("root_cause", list([cause.json()]))
        .text("type", kind)
        .text("reason", reason);
    let body = Object::new()
        .object("error", &whole)
        .number("status", i64::from(status));
    Reply::json(status, body.json())
}

/// A body over the limit: no text, and the connection is closed.
pub fn too_large() -> Reply {
    Reply::new(413).closing()
}

/// The server or something before it is busy.
pub fn busy(retry_after: Option<&str>) -> Reply {
    let reply = error(
        429,
        "es_rejected_execution_exception",
        "rejected execution of primary operation",
    );
    match retry_after {
        Some(text) => reply.header("Retry-After", text),
        None => reply,
    }
}

/// The whole cluster is read-only.
pub fn read_only() -> Reply {
    error(
        403,
        "cluster_block_exception",
        "blocked by: [FORBIDDEN/6/cluster read-only (api)];",
    )
}

/// A privilege is missing.
pub fn forbidden(action: &str) -> Reply {
    let reason = format!(
        "action [{action}] is unauthorized for user [loader], this action is granted by the index privileges [all]"
    );
    error(403, "security_exception", &reason)
}

/// Credentials are missing or wrong.
pub fn unauthorized() -> Reply {
    error(401, "security_exception", "unable to authenticate user")
        .header("WWW-Authenticate", "Basic realm=\"security\"")
}

/// Nothing of that name.
pub fn no_such_index(name: &str) -> Reply {
    error(
        404,
        "index_not_found_exception",
        &format!("no such index [{name}]"),
    )
}

/// A path the server does not know.
pub fn no_handler(method: &str, path: &str) -> Reply {
    let text = format!("no handler found for uri [{path}] and method [{method}]");
    Reply::json(400, Object::new().text("error", text).json())
}

/// A path the server knows with other methods.
pub fn wrong_method(method: &str, path: &str) -> Reply {
    let text = format!("Incorrect HTTP method for uri [{path}] and method [{method}], allowed: []");
    let body = Object::new().text("error", text).number("status", 405_i64);
    Reply::json(405, body.json())
}
