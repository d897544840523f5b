//! What a bulk answer says of each document (`docs/elasticsearch-bulk.md` sections 2 and 3).
//!
//! Every item is looked at: `"errors":false` is no sign of success, and a block or a missing privilege is told by its
//! type, not by its status.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::repair;
use super::reply::{Answered, Fate, Final, Refusal, Stop, Unusable};
use super::server_error::ServerError;
use crate::json::check::check;

#[derive(Deserialize)]
struct BulkReply {
    items: Option<Items>,
}

/// The fates of the items; `None` for one whose status is none that an item can have.
struct Items {
    fates: Vec<Option<Fate>>,
    /// The indices that took any, where they are named.
    indices: BTreeSet<String>,
}

/// An item under the name of its operation.
struct Named<'a>(Option<Item<'a>>);

#[derive(Deserialize)]
struct Item<'a> {
    status: u16,
    #[serde(rename = "_index", default, borrow)]
    index: Option<Text<'a>>,
    #[serde(default, borrow)]
    failure_store: Option<Text<'a>>,
    #[serde(default)]
    error: Option<Value>,
}

/// A text that is copied only where it has escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemsVisitor)
    }
}

struct ItemsVisitor;

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = Items;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of items")
    }

    /// Item by item, so that thousands of pages of reasons never stand in memory at once.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Items, A::Error> {
        let mut fates = Vec::new();
        let mut indices = BTreeSet::new();
        let mut error: Option<Arc<ServerError>> = None;
        while let Some(Named(item)) = list.next_element::<Named<'de>>()? {
            let (mut fate, index) = item.map_or((None, None), Item::read);
            if fate == Some(Fate::Final(Final::Stored))
                && let Some(Text(index)) = index
                && !indices.contains(&*index)
            {
                indices.insert(index.into_owned());
            }
            if let Some(Fate::Again(again) | Fate::Unknown(again)) = &mut fate {
                match &error {
                    Some(known) if known == again => *again = Arc::clone(known),
                    _ => error = Some(Arc::clone(again)),
                }
            }
            fates.push(fate);
        }
        Ok(Items { fates, indices })
    }
}

impl<'de> Deserialize<'de> for Named<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NamedVisitor)
    }
}

struct NamedVisitor;

impl<'de> Visitor<'de> for NamedVisitor {
    type Value = Named<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an operation and its outcome")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<'de>, A::Error> {
        let mut first = None;
        while map.next_key::<IgnoredAny>()?.is_some() {
            if first.is_none() {
                first = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Named(first))
    }
}

/// What the answer to so many documents says.
///
/// # Errors
/// [`Unusable`].
pub fn answered(body: &[u8], sent: usize) -> Result<Answered, Unusable> {
    let reply: BulkReply = repair::parse(body).map_err(|_| unreadable(body))?;
    let Items { fates, indices } = reply.items.ok_or(Unusable::Foreign)?;
    let fates: Option<Vec<Fate>> = fates.into_iter().collect();
    let fates = fates.ok_or(Unusable::Incomplete("an item without a usable status"))?;
    if fates.len() == sent {
        Ok(Answered { fates, indices })
    } else {
        Err(Unusable::Incomplete(
            "another number of items than documents sent",
        ))
    }
}

fn unreadable(body: &[u8]) -> Unusable {
    if body.trim_ascii().is_empty() {
        return Unusable::Incomplete("an answer without a text");
    }
    let begun = body.trim_ascii_start().first() == Some(&b'{');
    match check(body) {
        Err(invalid) if invalid.cut && begun => {
            Unusable::Incomplete("an answer that ends too early")
        }
        _ => Unusable::Foreign,
    }
}

impl<'a> Item<'a> {
    fn read(mut self) -> (Option<Fate>, Option<Text<'a>>) {
        let index = self.index.take();
        (self.fate(), index)
    }

    /// `None` where the status is none that an item can have.
    fn fate(self) -> Option<Fate> {
        let error = self.error.as_ref().map(ServerError::of).unwrap_or_default();
        let Some(kind) = self
            .failure_store
            .as_ref()
            .and_then(|text| failed_into(&text.0))
        else {
            return fate(self.status, error);
        };
        if kind == NOWHERE {
            // Why it could not be kept is no fault of the document's either: a full queue, a block, a missing privilege.
            let why = fate(self.status, error.clone());
            if let Some(Fate::Again(_) | Fate::Unknown(_) | Fate::Stop(_)) = why {
                return why;
            }
        }
        let refusal = Refusal {
            status: Some(self.status),
            reason: in_failure_store(kind, &error),
            kind: kind.to_owned(),
        };
        Some(Fate::Final(Final::Refused(refusal.into())))
    }
}

/// What a status and its error mean where no failure store has a part in it.
fn fate(status: u16, error: ServerError) -> Option<Fate> {
    Some(match (status, error.kind.as_str()) {
        (200 | 201, _) => Fate::Final(Final::Stored),
        (429, _) => Fate::Again(Arc::new(error)),
        (500..=599, _) if error.wrote_nothing() => Fate::Again(Arc::new(error)),
        (500..=599, _) => Fate::Unknown(Arc::new(error)),
        (_, "cluster_block_exception" | "index_closed_exception") => {
            Fate::Stop(Stop::Blocked(error.into()))
        }
        (409, "version_conflict_engine_exception" | "") => Fate::Final(Final::Duplicate),
        (401 | 403, _) => Fate::Stop(Stop::Privilege(error.into())),
        (404, "index_not_found_exception") => Fate::Stop(Stop::NoTarget(error.into())),
        (400, _) if error.lacks_pipeline() => Fate::Stop(Stop::NoPipeline(error.into())),
        (400..=499, _) => Fate::Final(Final::Refused(Box::new(Refusal {
            status: Some(status),
            kind: error.kind,
            reason: error.reason,
        }))),
        _ => return None,
    })
}

/// The word for a document that not even the failure store took.
const NOWHERE: &str = "failure_store_failed";

/// The word for a document that went into the failure store, or not even there. A value that nobody knows is no
/// promise that the document is in the stream.
fn failed_into(value: &str) -> Option<&'static str> {
    match value {
        "not_applicable_or_unknown" | "not_enabled" => None,
        "failed" => Some(NOWHERE),
        _ => Some("failure_store"),
    }
}

fn in_failure_store(kind: &str, error: &ServerError) -> String {
    let place = if kind == "failure_store" {
        "the server put it into the failure store, not into the stream"
    } else {
        "the server could not even put it into the failure store"
    };
    match (error.kind.as_str(), error.reason.as_str()) {
        ("", "") => place.to_owned(),
        (kind, reason) => format!("{place}: {kind} {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Fate, Final, Refusal, Stop, Unusable, answered};

    fn fates(body: &[u8], sent: usize) -> Result<Vec<Fate>, Unusable> {
        answered(body, sent).map(|answered| answered.fates)
    }

    fn one(item: &str) -> Fate {
        let body = format!("{{\"took\":1,\"errors\":false,\"items\":[{{\"create\":{item}}}]}}");
        fates(body.as_bytes(), 1).expect("usable").remove(0)
    }

    fn error(status: u16, kind: &str) -> String {
        format!(r#"{{"status":{status},"error":{{"type":"{kind}","reason":"why"}}}}"#)
    }

    #[test]
    fn stored_is_stored_whatever_the_failure_store_says_of_itself() {
        for item in [
            r#"{"status":201}"#,
            r#"{"status":200}"#,
            r#"{"status":201,"failure_store":"not_applicable_or_unknown"}"#,
            r#"{"status":201,"failure_store":"not_enabled"}"#,
        ] {
            assert_eq!(one(item), Fate::Final(Final::Stored), "{item}");
        }
    }

    #[test]
    fn the_failure_store_is_not_the_stream() {
        for (value, kind) in [
            ("used", "failure_store"),
            ("failed", "failure_store_failed"),
            ("something_new", "failure_store"),
        ] {
            let fate = one(&format!(r#"{{"status":201,"failure_store":"{value}"}}"#));
            let Fate::Final(Final::Refused(refusal)) = fate else {
                panic!("{fate:?}")
            };
            assert_eq!((refusal.status, refusal.kind.as_str()), (Some(201), kind));
        }
    }

    #[test]
    fn only_indices_that_took_a_document_are_named() {
        let body = br#"{"items":[{"create":{"_index":"b","status":201}},{"create":{"_index":"a","status":409}},{"create":{"_index":"b","status":201}},{"create":{"status":201}}]}"#;
        let answered = answered(body, 4).expect("usable");
        let names: Vec<&str> = answered.indices.iter().map(String::as_str).collect();
        assert_eq!(names, ["b"]);
    }

    #[test]
    fn a_conflict_is_a_duplicate() {
        let fate = one(&error(409, "version_conflict_engine_exception"));
        assert_eq!(fate, Fate::Final(Final::Duplicate));
    }

    #[test]
    fn pressure_and_server_errors_are_sent_again() {
        for (status, kind, unknown) in [
            (429, "es_rejected_execution_exception", false),
            (429, "rejected_execution_exception", false),
            (429, "cluster_block_exception", false),
            (429, "anything", false),
            (503, "unavailable_shards_exception", true),
            (503, "process_cluster_event_timeout_exception", false),
            (503, "anything", true),
            (500, "anything", true),
            (500, "", true),
        ] {
            let right = match one(&error(status, kind)) {
                Fate::Again(_) => !unknown,
                Fate::Unknown(_) => unknown,
                _ => false,
            };
            assert!(right, "{status} {kind}");
        }
    }

    #[test]
    fn what_no_failure_store_took_for_pressure_or_privilege_is_not_refused() {
        let fate = |status: u16, kind: &str| {
            let error = format!(r#""error":{{"type":"{kind}","reason":"why"}}"#);
            one(&format!(
                r#"{{"status":{status},"failure_store":"failed",{error}}}"#
            ))
        };
        assert!(matches!(
            fate(429, "es_rejected_execution_exception"),
            Fate::Again(_)
        ));
        assert!(matches!(
            fate(503, "unavailable_shards_exception"),
            Fate::Unknown(_)
        ));
        assert!(matches!(
            fate(403, "cluster_block_exception"),
            Fate::Stop(Stop::Blocked(_))
        ));
        assert!(matches!(
            fate(403, "security_exception"),
            Fate::Stop(Stop::Privilege(_))
        ));
        for (status, kind) in [(400, "document_parsing_exception"), (201, "")] {
            let Fate::Final(Final::Refused(refusal)) = fate(status, kind) else {
                panic!("{status} {kind}")
            };
            assert_eq!(refusal.kind, "failure_store_failed");
        }
    }

    #[test]
    fn a_poisoned_document_is_refused_with_its_reason() {
        for kind in [
            "document_parsing_exception",
            "mapper_parsing_exception",
            "illegal_argument_exception",
            "never_heard_of",
        ] {
            let expected = Refusal {
                status: Some(400),
                kind: kind.to_owned(),
                reason: "why".to_owned(),
            };
            assert_eq!(
                one(&error(400, kind)),
                Fate::Final(Final::Refused(expected.into()))
            );
        }
    }

    #[test]
    fn what_is_not_the_documents_fault_ends_the_run() {
        for (status, kind) in [
            (403, "cluster_block_exception"),
            (400, "index_closed_exception"),
        ] {
            assert!(matches!(
                one(&error(status, kind)),
                Fate::Stop(Stop::Blocked(_))
            ));
        }
        assert!(matches!(
            one(&error(403, "security_exception")),
            Fate::Stop(Stop::Privilege(_))
        ));
        let item = r#"{"status":400,"error":{"type":"illegal_argument_exception","reason":"pipeline with id [x] does not exist"}}"#;
        assert!(matches!(one(item), Fate::Stop(Stop::NoPipeline(_))));
        assert!(matches!(
            one(&error(404, "index_not_found_exception")),
            Fate::Stop(Stop::NoTarget(_))
        ));
    }

    #[test]
    fn answers_that_say_nothing_are_told_apart() {
        let incomplete = [
            &b""[..],
            b" \r\n",
            b"{\"items\":[",
            b"{\"items\":[{\"create\":{\"status\":201}},",
            b"{\"items\":[]}",
            b"{\"items\":[{\"create\":{\"status\":201}},{\"create\":{\"status\":201}}]}",
            b"{\"items\":[{\"create\":{\"status\":302}}]}",
            b"{\"items\":[{}]}",
        ];
        for body in incomplete {
            assert!(
                matches!(fates(body, 1), Err(Unusable::Incomplete(_))),
                "{}",
                String::from_utf8_lossy(body)
            );
        }
        for body in [
            &b"<html></html>"[..],
            b"{}",
            b"{\"errors\":false}",
            b"[]",
            b"\"x",
        ] {
            assert_eq!(fates(body, 1), Err(Unusable::Foreign));
        }
    }
}
