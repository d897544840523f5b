//! The state of a run that continues: up to where everything was delivered, and what is known around that position.
//!
//! What it says, and how it is read back. What cannot be read is refused, never taken for a fresh start.

use std::fs::File;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::instants;
use super::load_state::LOADER;
use super::recent::Recent;
use super::sealed::{Broken, read_sealed};
use super::sealed_file::{made_by, refuse_special, unreadable};
use super::settings::Settings;
use crate::failure::{Failure, Kind, OrFail, Result};

/// The format that is written and understood.
const FORMAT: u64 = 1;

/// What is known of a continued run between its attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    format: u64,
    /// The subcommand that it belongs to.
    pub command: String,
    /// What is asked for.
    pub query: Settings,
    /// Whose events they are, once that is known.
    pub organization: Option<String>,
    /// Where the first run began.
    #[serde(with = "instants")]
    pub since: DateTime<Utc>,
    /// The position: everything before it is delivered, or in `gaps`.
    #[serde(with = "instants")]
    pub until: DateTime<Utc>,
    /// When it was saved, by this machine's clock.
    #[serde(with = "instants")]
    pub saved: DateTime<Utc>,
    /// How many bytes of the data file it vouches for.
    pub bytes: u64,
    /// How many events were delivered in all.
    pub events: u64,
    /// When a run last reached its end.
    #[serde(with = "instants::maybe")]
    pub succeeded: Option<DateTime<Utc>>,
    /// What was promised and could not be delivered, until somebody acknowledges it.
    pub gaps: Vec<OpenGap>,
    /// The walk that was under way, for going on faster.
    pub walk: Option<Walk>,
    /// Everything that was received from this instant on is in `recent`: what lies before it is not read again.
    #[serde(with = "instants")]
    pub remembered_from: DateTime<Utc>,
    /// The events that were received near the position.
    pub recent: Recent,
}

/// A part of what was promised that cannot be delivered any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenGap {
    /// Its first instant.
    #[serde(with = "instants")]
    pub start: DateTime<Utc>,
    /// The first instant behind it.
    #[serde(with = "instants")]
    pub end: DateTime<Utc>,
    /// Why, in a word.
    pub reason: String,
}

/// A walk through the pages of a window that was not at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Walk {
    /// The window's first instant.
    #[serde(with = "instants")]
    pub start: DateTime<Utc>,
    /// The first instant behind it.
    #[serde(with = "instants")]
    pub end: DateTime<Utc>,
    /// What the server gave to go on with, as JSON text.
    pub cursor: String,
    /// How many events a page has.
    pub page_size: u32,
}

/// A position of a continued run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Everything before this instant is delivered, or in a gap.
    pub until: DateTime<Utc>,
    /// The length of the data file up to here.
    pub bytes: u64,
    /// How many events this run delivered up to here.
    pub delivered: u64,
    /// Everything that was received from this instant on is remembered.
    pub remembered_from: DateTime<Utc>,
    /// How a walk goes on from here.
    pub walk: Option<Walk>,
}

impl State {
    /// Of a run that has delivered nothing yet, and begins at `since`.
    pub fn new(command: &str, query: Settings, since: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self {
            format: FORMAT,
            command: command.to_owned(),
            query,
            organization: None,
            since,
            until: since,
            saved: now,
            bytes: 0,
            events: 0,
            succeeded: None,
            gaps: Vec::new(),
            walk: None,
            remembered_from: since,
            recent: Recent::default(),
        }
    }

    /// Refuses a state that another command made, or one that was asked for something else.
    pub fn refuse_foreign(&self, path: &Path, command: &str, query: &Settings) -> Result<()> {
        let shown = path.display();
        if self.command != command {
            let made = &self.command;
            let text = format!("the state {shown} is one of jcx {made}, this run is jcx {command}");
            return Err(Failure::usage(text).hint("name another file for --state"));
        }
        self.query
            .refuse_other(&format!("the state {shown}"), query)
    }

    /// Reads a state without locking it, to look at it.
    pub fn read(path: &Path) -> Result<Self> {
        refuse_special(path)?;
        let doing = || format!("reading {}", path.display());
        parse(&File::open(path).or_fail(Kind::Usage, doing)?, path)
    }
}

/// Reads an open file as a state.
pub(super) fn parse(file: &File, path: &Path) -> Result<State> {
    read_sealed(file, FORMAT).map_err(|broken| match (&broken, made_by(file, path)) {
        (Broken::Strange, Ok(made)) if made == LOADER => {
            let shown = path.display();
            let text = format!("the state {shown} is one of jcx {made}");
            Failure::usage(text).hint("name another file for --state")
        }
        _ => unreadable(broken, path),
    })
}
