//! The state of a load that continues: which files, and up to where each of them was loaded.
//!
//! What it says, and how it is read back. What cannot be read is refused, never taken for a fresh start.

use std::fs::File;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::imprint::{Imprint, Packed};
use super::instants;
use super::sealed::read_sealed;
use super::sealed_file::{made_by, refuse_special, unreadable};
use super::settings::Settings;

use crate::failure::{Failure, Kind, OrFail, Result};

/// The format that is written and understood.
const FORMAT: u64 = 1;

/// What is known of a load between its attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadState {
    format: u64,
    /// The subcommand that it belongs to.
    pub command: String,
    /// Where the documents go, in the words of its flags; nothing before it is known.
    pub target: Settings,
    /// Which cluster that is, where it says so.
    pub cluster: Option<String>,
    /// When it was saved, by this machine's clock.
    #[serde(with = "instants")]
    pub saved: DateTime<Utc>,
    /// When a run last reached its end.
    #[serde(with = "instants::maybe")]
    pub succeeded: Option<DateTime<Utc>>,
    /// How many documents have their fate in all.
    pub documents: u64,
    /// The file of what was refused.
    pub letters: Option<Letters>,
    /// In the order in which they were first named.
    pub files: Vec<LoadedFile>,
}

/// The dead-letter file as it was when everything before the positions had its fate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Letters {
    /// Its name as it was given.
    pub path: String,
    /// What was refused behind the positions lies behind so many bytes of it.
    pub bytes: u64,
}

/// One file of a load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadedFile {
    /// Its name as it was given.
    pub path: String,
    /// So many bytes of it, unpacked, are loaded.
    pub bytes: u64,
    /// And so many lines.
    pub lines: u64,
    /// How it begins.
    pub head: Imprint,
    /// What stands before the position.
    pub tail: Imprint,
    /// How it was stored, if it was packed.
    pub packed: Option<Packed>,
    /// Whether all of it was loaded that there was.
    pub ended: bool,
}

impl LoadedFile {
    /// One of which nothing was loaded yet.
    pub fn new(path: String) -> Self {
        Self {
            path,
            bytes: 0,
            lines: 0,
            head: Imprint::default(),
            tail: Imprint::default(),
            packed: None,
            ended: false,
        }
    }
}

impl LoadState {
    /// Of a load of which nothing has its fate yet.
    pub fn new(command: &str, now: DateTime<Utc>) -> Self {
        Self {
            format: FORMAT,
            command: command.to_owned(),
            target: Settings::default(),
            cluster: None,
            saved: now,
            succeeded: None,
            documents: 0,
            letters: None,
            files: Vec::new(),
        }
    }

    /// The file of this name.
    pub fn file(&self, path: &str) -> Option<&LoadedFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Refuses a run that leaves out a file of which something is still to be loaded.
    pub fn refuse_without(&self, state: &Path, named: &[String]) -> Result<()> {
        let left_out = |file: &&LoadedFile| !file.ended && !named.contains(&file.path);
        let Some(file) = self.files.iter().find(left_out) else {
            return Ok(());
        };
        let (shown, path, lines) = (state.display(), &file.path, file.lines);
        let text = format!(
            "the state {shown} has loaded {path} up to line {lines} and not to its end, and this run does not name it"
        );
        let hint = format!(
            "name it too, or leave the rest of it out: jcx state set {shown} --forget {path}"
        );
        Err(Failure::usage(text).hint(hint))
    }

    /// Reads a state without locking it, to look at it; `None` for one of another kind.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        refuse_special(path)?;
        let doing = || format!("reading {}", path.display());
        let file = File::open(path).or_fail(Kind::Usage, doing)?;
        if made_by(&file, path)? != LOADER {
            return Ok(None);
        }
        parse_load(&file, path).map(Some)
    }
}

/// The command whose states these are.
pub const LOADER: &str = "push";

/// Reads an open file as the state of a load.
pub fn parse_load(file: &File, path: &Path) -> Result<LoadState> {
    read_sealed(file, FORMAT).map_err(|broken| unreadable(broken, path))
}
