//! The look at the target before the first batch (`docs/elasticsearch-bulk.md` sections 1 and 6).
//!
//! A name that nobody prepared silently becomes a plain index on both engines; here it is a refusal. What the server
//! does not let us see is left to `require_data_stream`, and `GET /` is never needed.

use serde_json::{Value, json};
use ureq::http::Method;

use super::connection::Connection;
use super::exchange::{Reply, segment};
use super::final_pipeline::{FinalPipeline, final_pipeline};
use super::index_templates::{IndexTemplate, index_templates, winner};
use super::stopping;
use super::target::Target;
use crate::failure::{Failure, Kind, Result};

/// What the look found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Nobody may see the target, so every request must ask the server itself for a data stream.
    pub require_data_stream: bool,
    /// What there is under its name.
    pub presence: Presence,
    /// What we may do there, where the server says so.
    pub privileges: Vec<(&'static str, bool)>,
    /// What runs on every document.
    pub final_pipeline: FinalPipeline,
}

/// What there is under a target's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// A data stream with this many backing indices.
    Stream(usize),
    /// Something else, in words.
    Other(&'static str),
    /// Nothing, but this template will make a data stream.
    Template(String),
    /// Nothing: a plain index will be made.
    Absent,
    /// We may not look.
    Unseen,
}

enum Found {
    /// A data stream with this many backing indices.
    Stream(usize),
    /// Something else of this name.
    Other(&'static str),
    Absent,
    /// We may not look.
    Unseen,
}

/// Looks whether documents can go to the target, and refuses what would go wrong. The final pipeline is looked for where
/// `asks_pipeline`, or where what is done is shown.
///
/// # Errors
/// Usage where it would be a plain index, credentials where a privilege is missing, or what is wrong with the server.
pub fn look(connection: &Connection, target: &Target, asks_pipeline: bool) -> Result<Look> {
    let found = resolve(connection, target)?;
    let absent = matches!(found, Found::Absent);
    let presence = match found {
        Found::Stream(backing) => {
            note_backing(connection, target, backing);
            Presence::Stream(backing)
        }
        Found::Other(what) if target.is_stream() => return Err(other(target, what)),
        Found::Other(what) => Presence::Other(what),
        Found::Absent if target.is_stream() => {
            will_be_stream(connection, target)?.map_or(Presence::Unseen, Presence::Template)
        }
        Found::Absent => Presence::Absent,
        Found::Unseen => Presence::Unseen,
    };
    let privileges = check_privileges(connection, target, absent)?;
    let printer = &connection.patient.printer;
    let final_pipeline = if asks_pipeline || printer.shows_steps() {
        final_pipeline(connection, target, absent)
    } else {
        FinalPipeline::Unknown
    };
    if let Some(said) = final_pipeline.shown(target) {
        printer.step(&said);
    }
    Ok(Look {
        require_data_stream: target.is_stream() && presence == Presence::Unseen,
        presence,
        privileges,
        final_pipeline,
    })
}

fn resolve(connection: &Connection, target: &Target) -> Result<Found> {
    let path = format!("/_resolve/index/{}", segment(target.name()));
    let reply = connection.ask(&Method::GET, &path, None)?;
    let error = reply.error();
    match (reply.status, error) {
        (200, None) => of_lists(&reply, target).ok_or_else(|| connection.not_elasticsearch(&reply)),
        (404, Some(error)) if error.kind == "index_not_found_exception" => Ok(Found::Absent),
        (400, Some(error)) if error.kind.starts_with("invalid_index_name") => Err(Failure::usage(
            format!("{} refuses the name: {}", connection.url(), error.shown()),
        )),
        (403, Some(error)) if error.kind == "cluster_block_exception" => Err(Failure::new(
            Kind::Elasticsearch,
            format!("{} is blocked: {}", connection.url(), error.shown()),
        )
        .hint(
            "no privilege is missing: remove the cluster's block and run the same command again",
        )),
        // A proxy may let bulk requests through and nothing else.
        (403, _) | (400 | 404 | 405, Some(_)) => Ok(Found::Unseen),
        _ => Err(connection.not_elasticsearch(&reply)),
    }
}

/// Both engines answer with lists of what has the name; OpenSearch with empty ones where nothing has.
fn of_lists(reply: &Reply, target: &Target) -> Option<Found> {
    let answer = reply.json()?;
    let names = |list: &str| -> Option<Vec<&Value>> {
        let list = answer.get(list)?.as_array()?;
        Some(
            list.iter()
                .filter(|entry| entry["name"] == target.name())
                .collect(),
        )
    };
    let (indices, aliases) = (names("indices")?, names("aliases")?);
    // A server from before data streams has no such list.
    let streams = names("data_streams").unwrap_or_default();
    Some(if let Some(stream) = streams.first() {
        Found::Stream(stream["backing_indices"].as_array().map_or(1, Vec::len))
    } else if !indices.is_empty() {
        Found::Other("a plain index")
    } else if !aliases.is_empty() {
        Found::Other("an alias")
    } else {
        Found::Absent
    })
}

fn note_backing(connection: &Connection, target: &Target, backing: usize) {
    let printer = &connection.patient.printer;
    printer.step(&format!(
        "{} is a data stream with {backing} backing indices",
        target.name()
    ));
    if backing > 1 {
        printer.warning(
            &format!(
                "{} has {backing} backing indices: documents that are already in one of the older ones are not recognised and would be stored again",
                target.name()
            ),
            None,
        );
    }
}

fn other(target: &Target, what: &str) -> Failure {
    let name = target.name();
    Failure::usage(format!(
        "{name} is {what} on this server, not a data stream"
    ))
    .hint(format!("to write into it on purpose: --index {name}"))
}

/// The template by which the name becomes a data stream; nothing where templates may not be seen.
fn will_be_stream(connection: &Connection, target: &Target) -> Result<Option<String>> {
    let Some(templates) = index_templates(connection)? else {
        return Ok(None);
    };
    let best = winner(&templates, target.name());
    match best.filter(|template| template.makes_stream) {
        Some(template) => {
            connection.patient.printer.step(&format!(
                "{} does not exist yet; the template {} will make it a data stream",
                target.name(),
                template.name
            ));
            Ok(Some(template.name.clone()))
        }
        None => Err(plain_index(connection, target, best)),
    }
}

fn plain_index(connection: &Connection, target: &Target, best: Option<&IndexTemplate>) -> Failure {
    let why = match best {
        None => "it does not exist, and no index template matches it".to_owned(),
        Some(template) => format!(
            "it does not exist, and the template {} makes plain indices",
            template.name
        ),
    };
    stopping::plain_index(target, connection.url(), &why)
}

/// Asks the server what we may do, where it can be asked; nobody needs a privilege for that.
fn check_privileges(
    connection: &Connection,
    target: &Target,
    absent: bool,
) -> Result<Vec<(&'static str, bool)>> {
    let name = target.name();
    let asked = ["create_doc", "auto_configure", "create_index"];
    let question = json!({"index": [{"names": [name], "privileges": asked}]});
    let path = "/_security/user/_has_privileges";
    let Some(answer) = connection.ask_once(&Method::POST, path, Some(&question)) else {
        return Ok(Vec::new());
    };
    let granted = &answer["index"][name];
    let lacks = |privilege: &str| granted[privilege] == Value::Bool(false);
    let (missing, why) = if lacks("create_doc") {
        ("create_doc", "write documents to")
    } else if absent && lacks("auto_configure") && lacks("create_index") {
        ("auto_configure", "create")
    } else {
        let told = asked.map(|privilege| Some((privilege, granted[privilege].as_bool()?)));
        return Ok(told.into_iter().flatten().collect());
    };
    Err(Failure::new(
        Kind::Credentials,
        format!("the credentials may not {why} {name}: the privilege {missing} is missing"),
    )
    .hint(format!("grant {missing} on {name}")))
}
