//! What stands behind a target's name on the server: the indices of a data stream or alias, a plain index, or nothing yet
//! (`docs/elasticsearch-bulk.md` sections 1 and 5).
//!
//! Only asks and reads; what follows from it, [`super::look`] and [`super::recognition`] decide.

use serde_json::Value;
use ureq::http::Method;

use super::connection::Connection;
use super::exchange::{Reply, segment};
use super::target::Target;
use crate::failure::{Failure, Kind, Result};

/// What has the target's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backing {
    /// A data stream, and its backing indices.
    Stream(Vec<String>),
    /// An alias, and its indices.
    Alias(Vec<String>),
    /// A plain index.
    Index,
    /// Nothing.
    Absent,
    /// We may not look.
    Unseen,
}

impl Backing {
    /// Whether an `_id` may be there where the server does not refuse it: it has several indices, or nobody may see how many.
    pub fn hides_ids(&self) -> bool {
        match self {
            Self::Stream(indices) | Self::Alias(indices) => indices.len() > 1,
            Self::Unseen => true,
            Self::Index | Self::Absent => false,
        }
    }

    /// What is there now.
    ///
    /// # Errors
    /// Usage where the server refuses the name, or what is wrong with the server.
    pub(super) fn find(connection: &Connection, target: &Target) -> Result<Self> {
        let reply = connection.ask(&Method::GET, &path(target), None)?;
        Self::of(&reply, connection, target)
    }

    /// The same in the middle of a run, where an answer is no progress.
    ///
    /// # Errors
    /// The same.
    pub(super) fn find_again(connection: &Connection, target: &Target) -> Result<Self> {
        let path = path(target);
        connection.ask_for(&Method::GET, &path, None, |reply| {
            Self::of(&reply, connection, target).map(Ok)
        })
    }

    fn of(reply: &Reply, connection: &Connection, target: &Target) -> Result<Self> {
        match (reply.status, reply.error()) {
            (200, None) => of_lists(reply, target).ok_or_else(|| connection.not_elasticsearch(reply)),
            (404, Some(error)) if error.kind == "index_not_found_exception" => Ok(Self::Absent),
            (400, Some(error)) if error.kind.starts_with("invalid_index_name") => {
                Err(Failure::usage(format!(
                    "{} refuses the name: {}",
                    reply.url,
                    error.shown()
                )))
            }
            (403, Some(error)) if error.kind == "cluster_block_exception" => Err(Failure::new(
                Kind::Elasticsearch,
                format!("{} is blocked: {}", reply.url, error.shown()),
            )
            .hint(
                "no privilege is missing: remove the cluster's block and run the same command again",
            )),
            // A proxy may let bulk requests through and nothing else.
            (403, _) | (400 | 404 | 405, Some(_)) => Ok(Self::Unseen),
            _ => Err(connection.not_elasticsearch(reply)),
        }
    }
}

fn path(target: &Target) -> String {
    format!("/_resolve/index/{}", segment(target.name()))
}

/// Both engines answer with lists of what has the name; OpenSearch with empty ones where nothing has.
fn of_lists(reply: &Reply, target: &Target) -> Option<Backing> {
    let answer = reply.json()?;
    let named = |list: &Value| -> Option<Value> {
        let mut entries = list.as_array()?.iter();
        Some(
            entries
                .find(|entry| entry["name"] == target.name())
                .cloned()
                .unwrap_or_default(),
        )
    };
    let (index, alias) = (named(&answer["indices"])?, named(&answer["aliases"])?);
    // A server from before data streams has no such list.
    let stream = named(&answer["data_streams"]).unwrap_or_default();
    Some(if stream.is_object() {
        Backing::Stream(names(&stream["backing_indices"]))
    } else if index.is_object() {
        Backing::Index
    } else if alias.is_object() {
        Backing::Alias(names(&alias["indices"]))
    } else {
        Backing::Absent
    })
}

/// A list of names; one of them may stand without a list.
fn names(list: &Value) -> Vec<String> {
    let text = |name: &Value| name.as_str().map(str::to_owned);
    match list {
        Value::Array(list) => list.iter().filter_map(text).collect(),
        one => text(one).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use ureq::http::header::HeaderMap;

    use super::{Backing, of_lists};
    use crate::elastic::Target;
    use crate::elastic::exchange::Reply;
    use crate::net::BaseUrl;

    #[test]
    fn the_lists_say_what_has_the_name() {
        let target = Target::index("a", "test").expect("a name");
        let found = |body: &str| {
            let reply = Reply {
                status: 200,
                headers: HeaderMap::new(),
                body: body.as_bytes().to_vec(),
                url: BaseUrl::parse("http://localhost:9200", "--es-url").expect("an address"),
            };
            of_lists(&reply, &target)
        };
        let both = || vec!["x".to_owned(), "y".to_owned()];
        let stream = r#"{"indices":[],"aliases":[],"data_streams":[{"name":"b"},{"name":"a","backing_indices":["x","y"]}]}"#;
        assert_eq!(found(stream), Some(Backing::Stream(both())));
        let alone =
            r#"{"indices":[],"aliases":[],"data_streams":[{"name":"a","backing_indices":"x"}]}"#;
        assert_eq!(found(alone), Some(Backing::Stream(vec!["x".to_owned()])));
        let alias = r#"{"indices":[],"aliases":[{"name":"a","indices":["x","y"]}]}"#;
        assert_eq!(found(alias), Some(Backing::Alias(both())));
        let index = r#"{"indices":[{"name":"a"}],"aliases":[]}"#;
        assert_eq!(found(index), Some(Backing::Index));
        let none = r#"{"indices":[{"name":"b"}],"aliases":[],"data_streams":[]}"#;
        assert_eq!(found(none), Some(Backing::Absent));
        assert_eq!(found("{}"), None);
    }
}
