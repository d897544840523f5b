//! What can be chosen behind `cargo bench --bench push --`.

use crate::engine::Engine;
use crate::{elasticsearch, opensearch};

/// The command line, read.
pub struct Choice {
    pub documents: usize,
    pub rounds: usize,
    /// How many connections, for the tools that can be told.
    pub jobs: Vec<usize>,
    pub engine: Server,
    /// All, when none is named.
    tools: Vec<String>,
    /// The same.
    parts: Vec<String>,
}

/// Which server is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    Elasticsearch,
    OpenSearch,
}

impl Server {
    /// A fresh one, with settings that it has not by itself.
    pub fn start_with(self, settings: &[(&str, &str)]) -> Engine {
        match self {
            Self::Elasticsearch => elasticsearch::start_with(settings),
            Self::OpenSearch => opensearch::start_with(settings),
        }
    }
}

impl Choice {
    /// # Panics
    /// At a flag that does not exist, and at a value that is none: a table of something else would be worse.
    pub fn read(arguments: impl Iterator<Item = String>) -> Self {
        let mut choice = Self {
            documents: 200_000,
            rounds: 3,
            jobs: vec![1, 2, 4],
            engine: Server::Elasticsearch,
            tools: Vec::new(),
            parts: Vec::new(),
        };
        // Cargo adds a flag of its own.
        let mut arguments = arguments.filter(|argument| argument != "--bench");
        while let Some(flag) = arguments.next() {
            let value = arguments.next();
            let value = value.unwrap_or_else(|| panic!("a value behind {flag}"));
            match flag.as_str() {
                "--documents" => choice.documents = number(&value),
                "--rounds" => choice.rounds = number(&value),
                "--jobs" => choice.jobs = value.split(',').map(number).collect(),
                "--tools" => choice.tools = names(&value),
                "--parts" => choice.parts = names(&value),
                "--engine" => choice.engine = server(&value),
                _ => panic!("unknown: {flag}"),
            }
        }
        choice
    }

    /// Whether a tool shall take part.
    pub fn has(&self, tool: &str) -> bool {
        is_named(&self.tools, tool)
    }

    /// Whether a part of the bench shall run.
    pub fn has_part(&self, part: &str) -> bool {
        is_named(&self.parts, part)
    }
}

fn names(list: &str) -> Vec<String> {
    list.split(',').map(str::to_owned).collect()
}

fn is_named(names: &[String], name: &str) -> bool {
    names.is_empty() || names.iter().any(|named| named == name)
}

fn number(text: &str) -> usize {
    let number: Option<usize> = text.parse().ok().filter(|number| *number > 0);
    number.unwrap_or_else(|| panic!("no number above 0: {text}"))
}

fn server(name: &str) -> Server {
    match name {
        "elasticsearch" => Server::Elasticsearch,
        "opensearch" => Server::OpenSearch,
        other => panic!("elasticsearch or opensearch, not {other}"),
    }
}
