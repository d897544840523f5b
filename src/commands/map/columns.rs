//! The columns of `jcx map --format csv`: which there are by default, and which may be asked for.
//!
//! Knows the tables of fields; how a document becomes a row is `rows`.

use std::collections::BTreeSet;

use crate::ecs::fields::fields;
use crate::failure::{Failure, Result};

/// The column of a document's `_id`, which is no field of it.
pub const ID: &str = "_id";

/// What every field of the event itself begins with; what follows is as JumpCloud names it.
const EVENT: &str = "jumpcloud.event.";

/// Who did what, when and from where, and what the event says beside that. Scripts may rely on names and order.
const DEFAULT: [&str; 26] = [
    "@timestamp",
    "event.id",
    "event.action",
    "user.name",
    "message",
    "client.ip",
    "event.module",
    "event.outcome",
    "event.category",
    "event.type",
    "source.user.name",
    "source.user.email",
    "source.ip",
    "user.email",
    "host.hostname",
    "client.geo.country_iso_code",
    "user_agent.name",
    "user_agent.os.name",
    "jumpcloud.event.initiated_by.type",
    "jumpcloud.event.resource.type",
    "jumpcloud.event.resource.id",
    "jumpcloud.event.resource.name",
    "jumpcloud.event.application.name",
    "jumpcloud.event.changes",
    "error.message",
    "_id",
];

/// The columns that were asked for, in their order; the default ones where none were.
pub fn columns(asked: &[String]) -> Result<Vec<String>> {
    if asked.is_empty() {
        return Ok(DEFAULT.map(str::to_owned).to_vec());
    }
    let mut seen = BTreeSet::new();
    for name in asked {
        if !seen.insert(name) {
            let text = format!("--columns names `{name}` twice");
            return Err(Failure::usage(text).hint("name each column once"));
        }
        if !is_known(name) {
            return Err(unknown(name));
        }
    }
    Ok(asked.to_vec())
}

/// Whether a document may have something of this name: a field, what fields lie below, or a part of the event.
fn is_known(name: &str) -> bool {
    let of_event = name.strip_prefix(EVENT);
    let is_above = |field: &str| {
        let rest = field.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    name == ID
        || of_event.is_some_and(|rest| rest.split('.').all(|part| !part.is_empty()))
        || (!name.is_empty() && fields().iter().any(|field| is_above(field.name)))
}

fn unknown(name: &str) -> Failure {
    let failure = Failure::usage(format!("--columns: no document has a field `{name}`"));
    failure.hint(match nearest(name) {
        Some(known) => format!("did you mean {known}? jcx fields lists them all"),
        None => format!("jcx fields lists them all; what JumpCloud sent begins with {EVENT}"),
    })
}

/// The known name most like this one, where one is like it; without `jumpcloud.event.` as people write it.
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let in_event = format!("{EVENT}{name}");
    let likeness = |known: &str| {
        let alone = strsim::jaro_winkler(&name, known);
        if known == in_event { 1.0 } else { alone }
    };
    let known = fields().iter().map(|field| field.name).chain([ID]);
    let scored = known.map(|known| (likeness(known), known));
    scored
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT, columns, is_known, nearest};

    #[test]
    fn the_default_columns_are_known_and_begin_as_the_contract_says() {
        let default = columns(&[]).expect("columns");
        assert!(default.iter().all(|name| is_known(name)), "{default:?}");
        assert_eq!(columns(&default).expect("no name twice"), DEFAULT);
        let contract = "@timestamp,event.id,event.action,user.name,message,client.ip";
        assert!(default.join(",").starts_with(contract));
    }

    #[test]
    fn what_no_document_has_is_refused_with_what_is_like_it() {
        for name in [
            "",
            "user.",
            "userx",
            ".user",
            "jumpcloud.event.",
            "jumpcloud.event.a..b",
        ] {
            assert!(!is_known(name), "{name}");
        }
        for name in [
            "user",
            "client.geo",
            "jumpcloud",
            "jumpcloud.event.x.y",
            "_id",
        ] {
            assert!(is_known(name), "{name}");
        }
        assert_eq!(nearest("user.nam"), Some("user.name"));
        assert_eq!(nearest("Event.Action"), Some("event.action"));
        assert_eq!(
            nearest("resource.type"),
            Some("jumpcloud.event.resource.type")
        );
        assert_eq!(nearest("zzz"), None);
        let twice = ["user.name".to_owned(), "user.name".to_owned()];
        assert!(columns(&twice).is_err());
    }
}
