//! The look at the target before the first batch (`docs/elasticsearch-bulk.md` sections 1 and 6).
//!
//! A name that nobody prepared silently becomes a plain index on both engines; here it is a refusal. What the server
//! does not let us see is left to `require_data_stream`, and nothing hangs on `GET /`.

use serde_json::{Value, json};
use ureq::http::Method;

use super::backing::Backing;
use super::connection::Connection;
use super::dedupe::Dedupe;
use super::final_pipeline::{FinalPipeline, final_pipeline};
use super::index_templates::{IndexTemplate, index_templates, winner};
use super::parameters::{Optional, can_hide_source};
use super::stopping;
use super::target::Target;
use crate::failure::{Failure, Kind, Result};

/// What a look is for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// How documents that are there already are to be told.
    pub dedupe: Dedupe,
    /// Whether anything hangs on the final pipeline.
    pub pipeline: bool,
}

/// What the look found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// What bulk requests shall say that not every server knows. Where nobody may see the target, the server itself is
    /// asked for a data stream.
    pub optional: Optional,
    /// What stands behind its name.
    pub backing: Backing,
    /// The template that will make a data stream of it, where there is nothing yet.
    pub template: Option<String>,
    /// What we may do there, where the server says so.
    pub privileges: Vec<(&'static str, bool)>,
    /// What runs on every document.
    pub final_pipeline: FinalPipeline,
}

/// Looks whether documents can go to the target, and refuses what would go wrong. The final pipeline is looked for where
/// something hangs on it, or where what is done is shown.
///
/// # Errors
/// Usage where it would be a plain index, credentials where a privilege is missing, or what is wrong with the server.
pub fn look(connection: &Connection, target: &Target, asked: Asked) -> Result<Look> {
    connection.check_cluster()?;
    let backing = Backing::find(connection, target)?;
    let mut template = None;
    match &backing {
        Backing::Stream(indices) => note_backing(connection, target, indices),
        Backing::Index if target.is_stream() => return Err(other(target, "a plain index")),
        Backing::Alias(_) if target.is_stream() => return Err(other(target, "an alias")),
        Backing::Absent if target.is_stream() => template = will_be_stream(connection, target)?,
        Backing::Index | Backing::Alias(_) | Backing::Absent | Backing::Unseen => {}
    }
    let absent = backing == Backing::Absent;
    let unsure = backing == Backing::Unseen || (absent && template.is_none());
    let looks_up = asked.dedupe == Dedupe::Auto && backing.hides_ids();
    let privileges = check_privileges(connection, target, (absent, looks_up))?;
    let printer = &connection.patient.printer;
    let final_pipeline = if asked.pipeline || printer.shows_steps() {
        final_pipeline(connection, target, absent)
    } else {
        FinalPipeline::Unknown
    };
    if let Some(said) = final_pipeline.shown(target) {
        printer.step(&said);
    }
    Ok(Look {
        optional: Optional {
            require_data_stream: target.is_stream() && unsure,
            hide_source: can_hide_source(connection),
        },
        backing,
        template,
        privileges,
        final_pipeline,
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

/// What a load may need: to write, to create the target, to look ids up, and to have it refreshed first.
const PRIVILEGES: [&str; 5] = [
    "create_doc",
    "auto_configure",
    "create_index",
    "read",
    "maintenance",
];

/// Asks the server what we may do, where it can be asked; nobody needs a privilege for that.
fn check_privileges(
    connection: &Connection,
    target: &Target,
    (absent, looks_up): (bool, bool),
) -> Result<Vec<(&'static str, bool)>> {
    let name = target.name();
    let question = json!({"index": [{"names": [name], "privileges": PRIVILEGES}]});
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
    } else if looks_up && lacks("read") {
        return Err(stopping::may_not_look_up(name, &format!("{path} says so")));
    } else {
        let told = PRIVILEGES.map(|privilege| Some((privilege, granted[privilege].as_bool()?)));
        return Ok(told.into_iter().flatten().collect());
    };
    Err(Failure::new(
        Kind::Credentials,
        format!("the credentials may not {why} {name}: the privilege {missing} is missing"),
    )
    .hint(format!("grant {missing} on {name}")))
}
