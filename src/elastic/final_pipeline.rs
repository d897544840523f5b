//! The pipeline that runs on a target's documents whatever a request asks for (`docs/elasticsearch-bulk.md` section 6).
//!
//! It changes documents, which a comparison later has to know, and it says itself when they were loaded.

use serde_json::{Value, json};
use ureq::http::Method;

use super::connection::Connection;
use super::exchange::segment;
use super::target::Target;

/// What is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FinalPipeline {
    /// The server does not say, or was not asked.
    Unknown,
    /// There is none.
    Absent,
    /// Its name.
    Named(String),
}

/// Asks for it; of a target that is `absent` the templates say it.
pub(super) fn final_pipeline(
    connection: &Connection,
    target: &Target,
    absent: bool,
) -> FinalPipeline {
    let name = segment(target.name());
    let answer = if absent {
        let path = format!("/_index_template/_simulate_index/{name}");
        connection.ask_once(&Method::POST, &path, Some(&json!({})))
    } else {
        let path = format!("/{name}/_settings?filter_path=*.settings.index.final_pipeline");
        connection.ask_once(&Method::GET, &path, None)
    };
    let Some(answer) = answer else {
        return FinalPipeline::Unknown;
    };
    match named(&answer, absent) {
        // What switches one off.
        Some("_none") | None => FinalPipeline::Absent,
        Some(pipeline) => FinalPipeline::Named(pipeline.to_owned()),
    }
}

fn named(answer: &Value, absent: bool) -> Option<&str> {
    if absent {
        return answer["template"]["settings"]["index"]["final_pipeline"].as_str();
    }
    let mut indices = answer.as_object().into_iter().flatten();
    indices.find_map(|(_, index)| index["settings"]["index"]["final_pipeline"].as_str())
}

impl FinalPipeline {
    /// In words, where the server was asked and says.
    pub(super) fn shown(&self, target: &Target) -> Option<String> {
        match self {
            Self::Unknown => None,
            Self::Absent => Some(format!("{} has no final pipeline", target.name())),
            Self::Named(pipeline) => {
                Some(format!("final pipeline of {}: {pipeline}", target.name()))
            }
        }
    }
}
