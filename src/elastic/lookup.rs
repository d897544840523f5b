//! The question which ids a data stream holds already, in any of its backing indices (`docs/elasticsearch-bulk.md`
//! section 5).
//!
//! An id counts as absent only where a whole answer leaves it out. Knows no batch, and not when to ask.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;
use serde_json::json;
use ureq::http::Method;

use super::connection::Connection;
use super::exchange::{Reply, Setback, segment};
use super::stopping;
use super::target::Target;
use crate::failure::{Failure, Kind, Result};

/// `index.max_result_window` where nobody has set it.
const WINDOW: usize = 10_000;

/// What is searched, and how many hits one answer may hold.
pub(super) struct Lookup {
    path: String,
    path_with_index: String,
    target: Target,
    /// Whether nothing of its name may be there, because nobody could look.
    may_be_absent: bool,
    window: AtomicUsize,
}

/// What one answer means.
enum Answer {
    Hits(Vec<Hit>),
    /// The index gives fewer hits than were asked for, or something before it takes no question of that size.
    Window(usize),
}

#[derive(Deserialize)]
struct Found {
    timed_out: bool,
    #[serde(rename = "_shards")]
    shards: Shards,
    #[serde(default)]
    hits: Hits,
}

#[derive(Deserialize)]
struct Shards {
    failed: u64,
}

/// An answer without hits has no list: the filter drops empty ones.
#[derive(Default, Deserialize)]
struct Hits {
    #[serde(default)]
    hits: Vec<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    #[serde(rename = "_id")]
    id: String,
    #[serde(rename = "_index", default)]
    index: String,
}

impl Lookup {
    /// Of a target's ids.
    pub fn new(target: Target, may_be_absent: bool) -> Self {
        let path = |fields: &str| {
            format!(
                "/{}/_search?_source=false&allow_partial_search_results=false&filter_path={fields},_shards.failed,timed_out",
                segment(target.name())
            )
        };
        Self {
            path: path("hits.hits._id"),
            path_with_index: path("hits.hits._id,hits.hits._index"),
            target,
            may_be_absent,
            window: AtomicUsize::new(WINDOW),
        }
    }

    /// Those of these ids that are there.
    ///
    /// # Errors
    /// Whatever keeps the server from a whole answer.
    pub fn there(&self, connection: &Connection, ids: &[&str]) -> Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        let mut work = vec![distinct(ids)];
        while let Some(ids) = self.next(&mut work, 1) {
            let hits = match self.ask(connection, &self.path, &ids, ids.len())? {
                Answer::Window(window) => {
                    self.lower(window, &mut work, ids);
                    continue;
                }
                Answer::Hits(hits) => hits,
            };
            let full = hits.len() >= ids.len();
            let before = found.len();
            found.extend(hits.into_iter().map(|hit| hit.id));
            if !full {
                continue;
            }
            // An id that is there several times may have kept others out of the answer.
            let hidden = |id: &&str| !found.contains(*id);
            let hidden: Vec<&str> = ids.into_iter().filter(hidden).collect();
            if hidden.is_empty() {
                continue;
            }
            if found.len() == before {
                return Err(self.nonsense(connection));
            }
            work.push(hidden);
        }
        Ok(found)
    }

    /// How many of these ids are in more than one index.
    ///
    /// # Errors
    /// The same.
    pub fn twice(&self, connection: &Connection, ids: &[&str]) -> Result<usize> {
        let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut work = vec![distinct(ids)];
        while let Some(ids) = self.next(&mut work, COPIES) {
            let size = (ids.len() * COPIES).min(self.window()).max(1);
            let hits = match self.ask(connection, &self.path_with_index, &ids, size)? {
                Answer::Window(window) => {
                    self.lower(window, &mut work, ids);
                    continue;
                }
                Answer::Hits(hits) => hits,
            };
            let full = hits.len() >= size && ids.len() > 1;
            for hit in hits {
                places.entry(hit.id).or_default().insert(hit.index);
            }
            if full {
                let is_open = |id: &&str| places.get(*id).is_none_or(|indices| indices.len() < 2);
                let open: Vec<&str> = ids.iter().copied().filter(is_open).collect();
                work.extend(still_open(&ids, open));
            }
        }
        Ok(places.values().filter(|indices| indices.len() > 1).count())
    }

    fn window(&self) -> usize {
        self.window.load(Ordering::Relaxed)
    }

    /// The next ids that fit into one answer with so many hits for each.
    fn next<'a>(&self, work: &mut Vec<Vec<&'a str>>, hits_each: usize) -> Option<Vec<&'a str>> {
        let mut ids = work.pop()?;
        let most = (self.window() / hits_each).max(1);
        if ids.len() > most {
            work.push(ids.split_off(most));
        }
        (!ids.is_empty()).then_some(ids)
    }

    fn lower<'a>(&self, window: usize, work: &mut Vec<Vec<&'a str>>, ids: Vec<&'a str>) {
        self.window.fetch_min(window.max(1), Ordering::Relaxed);
        work.push(ids);
    }

    fn ask(
        &self,
        connection: &Connection,
        path: &str,
        ids: &[&str],
        size: usize,
    ) -> Result<Answer> {
        let body = json!({
            "size": size, "track_total_hits": false, "query": {"ids": {"values": ids}}
        });
        connection.ask_for(&Method::POST, path, Some(&body), |reply| {
            self.read(connection, &reply, size)
        })
    }

    /// A whole answer, or what makes it none.
    fn read(
        &self,
        connection: &Connection,
        reply: &Reply,
        size: usize,
    ) -> Result<std::result::Result<Answer, Setback>> {
        let again = |what: &str| {
            Ok(Err(Setback {
                text: format!("{} looked ids up, but {what}", reply.url),
                asked: None,
                everybody: false,
            }))
        };
        if reply.status != 200 {
            return self.refused(connection, reply, size).map(Ok);
        }
        match serde_json::from_slice::<Found>(&reply.body) {
            Ok(found) if found.timed_out => again("did not come to the end in its time"),
            Ok(found) if found.shards.failed > 0 => again("not in every shard"),
            Ok(found) => Ok(Ok(Answer::Hits(found.hits.hits))),
            Err(_) => again(&format!("its answer is none: {}", reply.shown())),
        }
    }

    fn refused(&self, connection: &Connection, reply: &Reply, size: usize) -> Result<Answer> {
        let error = reply.error().unwrap_or_default();
        if size > 1 && error.reason.contains("Result window is too large") {
            let window = window_in(&error.reason).filter(|window| *window < size);
            return Ok(Answer::Window(window.unwrap_or(size / 2)));
        }
        // A question that a proxy takes is one with fewer ids.
        if size > 1 && reply.status == 413 {
            return Ok(Answer::Window(size / 2));
        }
        if self.may_be_absent && error.kind == "index_not_found_exception" {
            return Ok(Answer::Hits(Vec::new()));
        }
        let name = self.target.name();
        Err(match reply.status {
            _ if error.kind == "index_closed_exception" => stopping::closed(name, &error.shown()),
            403 if error.kind != "cluster_block_exception" => {
                stopping::may_not_look_up(name, &reply.shown())
            }
            404 if error.kind.is_empty() => connection.not_elasticsearch(reply),
            _ => stopping::cannot_look_up(name, &reply.url, &reply.shown()),
        })
    }

    fn nonsense(&self, connection: &Connection) -> Failure {
        Failure::new(
            Kind::Elasticsearch,
            format!(
                "{} was asked which of some ids {} holds, and names others",
                connection.url(),
                self.target.name()
            ),
        )
    }
}

/// Hits asked for each id where copies are counted.
const COPIES: usize = 2;

/// What is to be asked of `ids` again after a full answer that left some open: those alone, or halves where it settled none.
fn still_open<'a>(ids: &[&'a str], open: Vec<&'a str>) -> Vec<Vec<&'a str>> {
    if open.len() < ids.len() {
        return vec![open]
            .into_iter()
            .filter(|open| !open.is_empty())
            .collect();
    }
    let (first, second) = ids.split_at(ids.len() / 2);
    vec![first.to_vec(), second.to_vec()]
}

fn distinct<'a>(ids: &[&'a str]) -> Vec<&'a str> {
    let distinct: BTreeSet<&str> = ids.iter().copied().collect();
    distinct.into_iter().collect()
}

/// The limit in "… must be less than or equal to: [N] but was [M]": both engines write it only into the reason.
fn window_in(reason: &str) -> Option<usize> {
    let (_, rest) = reason.split_once("less than or equal to: [")?;
    rest.split_once(']')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{distinct, window_in};

    #[test]
    fn the_window_stands_in_the_reason() {
        let reason = "all shards failed; caused by: Result window is too large, from + size must be less than or equal to: [7] but was [5000]. See the scroll api";
        assert_eq!(window_in(reason), Some(7));
        assert_eq!(window_in("less than or equal to: [x]"), None);
    }

    #[test]
    fn an_id_is_asked_for_once() {
        assert_eq!(distinct(&["b", "a", "b"]), ["a", "b"]);
    }
}
