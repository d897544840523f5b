//! Which cluster a server belongs to, where it says so.
//!
//! For telling two clusters apart that hold a target of the same name; `GET /` may be forbidden or missing, so nothing
//! hangs on the answer (`docs/elasticsearch-bulk.md` section 7).

use ureq::http::Method;

use super::connection::Connection;
use crate::failure::Result;

/// The cluster's own identity, which outlives its nodes and addresses.
pub fn cluster_uuid(connection: &Connection) -> Result<Option<String>> {
    let reply = connection.ask(&Method::GET, "/?filter_path=cluster_uuid", None)?;
    if reply.status != 200 {
        return Ok(None);
    }
    let answer = reply.json().unwrap_or_default();
    let uuid = answer["cluster_uuid"].as_str().map(str::to_owned);
    // A node that has found no cluster yet says `_na_`.
    Ok(uuid.filter(|uuid| !uuid.starts_with('_') || uuid.len() > UNKNOWN))
}

const UNKNOWN: usize = "_na_".len();
