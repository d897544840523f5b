//! The look at the target before the first batch (`docs/elasticsearch-bulk.md` sections 1 and 6).
//!
//! A name that nobody prepared silently becomes a plain index on both engines; here it is a refusal. What the server
//! does not let us see is left to `require_data_stream`, and `GET /` is never needed.

use serde_json::{Value, json};
use ureq::http::Method;

use super::backing::Backing;
use super::connection::Connection;
use super::exchange::segment;
use super::index_templates::{IndexTemplate, index_templates, winner};
use super::stopping;
use super::target::Target;
use crate::failure::{Failure, Kind, Result};

/// What the look found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Nobody may see the target, so every request must ask the server itself for a data stream.
    pub require_data_stream: bool,
    /// What stands behind its name.
    pub backing: Backing,
}

/// Looks whether documents can go to the target, and refuses what would go wrong.
///
/// # Errors
/// Usage where it would be a plain index, credentials where a privilege is missing, or what is wrong with the server.
pub fn look(connection: &Connection, target: &Target) -> Result<Look> {
    connection.check_cluster()?;
    let backing = Backing::find(connection, target)?;
    let require_data_stream = match &backing {
        Backing::Stream(indices) => {
            note_backing(connection, target, indices);
            false
        }
        Backing::Index if target.is_stream() => return Err(other(target, "a plain index")),
        Backing::Alias(_) if target.is_stream() => return Err(other(target, "an alias")),
        Backing::Absent if target.is_stream() => !will_be_stream(connection, target)?,
        Backing::Unseen => target.is_stream(),
        Backing::Index | Backing::Alias(_) | Backing::Absent => false,
    };
    let absent = backing == Backing::Absent;
    check_privileges(connection, target, absent)?;
    if connection.patient.printer.shows_steps() {
        say_final_pipeline(connection, target, absent);
    }
    Ok(Look {
        require_data_stream,
        backing,
    })
}

fn note_backing(connection: &Connection, target: &Target, indices: &[String]) {
    connection.patient.printer.step(&format!(
        "{} is a data stream with {} backing indices",
        target.name(),
        indices.len()
    ));
}

fn other(target: &Target, what: &str) -> Failure {
    let name = target.name();
    Failure::usage(format!(
        "{name} is {what} on this server, not a data stream"
    ))
    .hint(format!("to write into it on purpose: --index {name}"))
}

/// Whether the templates say that the name becomes a data stream; `false` where they may not be seen.
fn will_be_stream(connection: &Connection, target: &Target) -> Result<bool> {
    let Some(templates) = index_templates(connection)? else {
        return Ok(false);
    };
    let best = winner(&templates, target.name());
    match best.filter(|template| template.makes_stream) {
        Some(template) => {
            connection.patient.printer.step(&format!(
                "{} does not exist yet; the template {} will make it a data stream",
                target.name(),
                template.name
            ));
            Ok(true)
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
fn check_privileges(connection: &Connection, target: &Target, absent: bool) -> Result<()> {
    let name = target.name();
    let asked = ["create_doc", "auto_configure", "create_index"];
    let question = json!({"index": [{"names": [name], "privileges": asked}]});
    let path = "/_security/user/_has_privileges";
    let Some(answer) = connection.ask_once(&Method::POST, path, Some(&question)) else {
        return Ok(());
    };
    let granted = &answer["index"][name];
    let lacks = |privilege: &str| granted[privilege] == Value::Bool(false);
    let (missing, why) = if lacks("create_doc") {
        ("create_doc", "write documents to")
    } else if absent && lacks("auto_configure") && lacks("create_index") {
        ("auto_configure", "create")
    } else {
        return Ok(());
    };
    Err(Failure::new(
        Kind::Credentials,
        format!("the credentials may not {why} {name}: the privilege {missing} is missing"),
    )
    .hint(format!("grant {missing} on {name}")))
}

/// Pipelines that run whatever we ask for: they change documents, which a comparison later has to know.
fn say_final_pipeline(connection: &Connection, target: &Target, absent: bool) {
    let name = segment(target.name());
    let answer = if absent {
        let path = format!("/_index_template/_simulate_index/{name}");
        connection.ask_once(&Method::POST, &path, Some(&json!({})))
    } else {
        let path = format!("/{name}/_settings?filter_path=*.settings.index.final_pipeline");
        connection.ask_once(&Method::GET, &path, None)
    };
    let Some(answer) = answer else { return };
    let found = if absent {
        answer["template"]["settings"]["index"]["final_pipeline"].as_str()
    } else {
        let mut indices = answer.as_object().into_iter().flatten();
        indices.find_map(|(_, index)| index["settings"]["index"]["final_pipeline"].as_str())
    };
    let said = match found {
        Some(pipeline) => format!("final pipeline of {}: {pipeline}", target.name()),
        None => format!("{} has no final pipeline", target.name()),
    };
    connection.patient.printer.step(&said);
}
