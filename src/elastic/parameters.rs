//! Where bulk requests go, with their parameters; and which of those a server may not know
//! (`docs/elasticsearch-bulk.md` section 1).
//!
//! A server that knows one of them not refuses the whole request, so they are sent by version, and left out for the rest
//! of the run where a server refuses them all the same: a cluster's nodes may differ while they are being upgraded.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use ureq::http::Method;

use super::connection::Connection;
use super::exchange::{Reply, segment};
use super::target::Target;

/// Keeps answers small; the statuses must all stay, or positions would be lost.
const FILTER: &str = "took,errors,items.*.status,items.*.failure_store,items.*.error.type,items.*.error.reason,\
items.*.error.caused_by.reason";

/// Keeps the text of documents out of the reasons for their refusal.
const HIDES_SOURCE: &str = "include_source_on_error";

/// The first Elasticsearch that knows it.
const HIDES_SOURCE_SINCE: (u64, u64) = (8, 18);

/// Parameters of bulk requests that not every server knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Optional {
    /// The server itself shall refuse what is no data stream, because we could not look.
    pub require_data_stream: bool,
    /// Reasons shall not quote documents.
    pub hide_source: bool,
}

/// Whether a server can be told not to quote documents, as far as it says its version: `GET /` may be forbidden or missing.
pub(super) fn can_hide_source(connection: &Connection) -> bool {
    let answer = connection.ask_once(&Method::GET, "/?filter_path=version", None);
    answer.is_some_and(|answer| is_since(&answer["version"], HIDES_SOURCE_SINCE))
}

/// Whether this is Elasticsearch of at least so high a version; OpenSearch counts its own way.
fn is_since(version: &Value, least: (u64, u64)) -> bool {
    let number = version["number"].as_str().unwrap_or_default();
    let mut parts = number.split('.').map_while(|part| part.parse().ok());
    let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    version["distribution"].is_null() && version["build_flavor"].is_string() && found >= least
}

/// The path of bulk requests.
pub(super) struct BulkPath {
    path: String,
    hide_source: AtomicBool,
}

impl BulkPath {
    /// To a target, through a pipeline; answers name indices where they are wanted.
    pub fn new(target: &Target, pipeline: &str, optional: Optional, indices: bool) -> Self {
        let mut path = format!(
            "/{}/_bulk?pipeline={}&filter_path={FILTER}",
            segment(target.name()),
            segment(pipeline)
        );
        if indices {
            path.push_str(",items.*._index");
        }
        if optional.require_data_stream {
            path.push_str("&require_data_stream=true");
        }
        Self {
            path,
            hide_source: AtomicBool::new(optional.hide_source),
        }
    }

    /// As it is to be sent now.
    pub fn now(&self) -> String {
        if self.hide_source.load(Ordering::Relaxed) {
            format!("{}&{HIDES_SOURCE}=false", self.path)
        } else {
            self.path.clone()
        }
    }

    /// Whether this is the refusal of a parameter that can be left out, and is left out from now on, so that what was sent
    /// to `path` is to be sent again.
    pub fn is_refused(&self, path: &str, reply: &Reply) -> bool {
        let names_it = || {
            let reason = reply.error().unwrap_or_default().reason;
            reason.contains("unrecognized parameter")
                && reason.contains(&format!("[{HIDES_SOURCE}]"))
        };
        let is_refused = reply.status == 400 && path.contains(HIDES_SOURCE) && names_it();
        if is_refused {
            self.hide_source.store(false, Ordering::Relaxed);
        }
        is_refused
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{HIDES_SOURCE_SINCE, is_since};

    #[test]
    fn only_a_new_elasticsearch_is_told_not_to_quote_documents() {
        for (version, expected) in [
            (json!({"number": "8.18.0", "build_flavor": "default"}), true),
            (
                json!({"number": "9.0.0-SNAPSHOT", "build_flavor": "default"}),
                true,
            ),
            (json!({"number": "10.1.2", "build_flavor": "default"}), true),
            (
                json!({"number": "8.17.10", "build_flavor": "default"}),
                false,
            ),
            (json!({"number": "7.99.0", "build_flavor": "oss"}), false),
            (
                json!({"number": "9.1.0", "distribution": "opensearch"}),
                false,
            ),
            (
                json!({"number": "9.1.0", "distribution": "other", "build_flavor": "default"}),
                false,
            ),
            (json!({"number": "9.1.0"}), false),
            (json!({"number": "new", "build_flavor": "default"}), false),
            (json!({"number": 9, "build_flavor": "default"}), false),
            (json!(null), false),
        ] {
            assert_eq!(
                is_since(&version, HIDES_SOURCE_SINCE),
                expected,
                "{version}"
            );
        }
    }
}
