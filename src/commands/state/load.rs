//! The state of a load of files: shown, and changed by a person who answers for it.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::view::table;
use crate::cli::SetArgs;
use crate::failure::{Failure, Result};
use crate::store::{Imprint, LoadFile, LoadState, LoadedFile, Patience, find_line};
use crate::term::counted;
use crate::time::rfc3339;

/// What is shown.
#[derive(Serialize)]
pub struct LoadView {
    kind: &'static str,
    path: String,
    command: String,
    target: BTreeMap<String, String>,
    cluster: Option<String>,
    documents: u64,
    files: Vec<FileView>,
    dead_letters: Option<LettersView>,
    saved: String,
    succeeded: Option<String>,
}

#[derive(Serialize)]
struct FileView {
    path: String,
    lines: u64,
    bytes: u64,
    ended: bool,
}

#[derive(Serialize)]
struct LettersView {
    path: String,
    bytes: u64,
}

/// Whether a path names the state of a load.
pub fn is_load(path: &Path) -> Result<bool> {
    Ok(path.is_file() && LoadState::read(path)?.is_some())
}

impl LoadView {
    /// Reads what the path names, without locking it; `None` for anything but the state of a load.
    pub fn of(path: &Path) -> Result<Option<Self>> {
        if !path.is_file() {
            return Ok(None);
        }
        let state = LoadState::read(path)?;
        Ok(state.map(|state| Self::of_state(path, state)))
    }

    fn of_state(path: &Path, state: LoadState) -> Self {
        let file = |file: LoadedFile| FileView {
            path: file.path,
            lines: file.lines,
            bytes: file.bytes,
            ended: file.ended,
        };
        Self {
            kind: "load",
            path: path.display().to_string(),
            command: state.command,
            target: state.target.0,
            cluster: state.cluster,
            documents: state.documents,
            files: state.files.into_iter().map(file).collect(),
            dead_letters: state.letters.map(|letters| LettersView {
                path: letters.path,
                bytes: letters.bytes,
            }),
            saved: rfc3339(state.saved),
            succeeded: state.succeeded.map(rfc3339),
        }
    }

    /// One line of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers") + "\n"
    }

    /// Lines for people.
    pub fn to_text(&self) -> String {
        let unknown = || "not known yet".to_owned();
        let target = self.target.iter().next();
        let target = target.map(|(flag, name)| format!("{flag} {name}"));
        let mut rows = vec![
            ("state", self.path.clone()),
            ("made by", format!("jcx {}", self.command)),
            ("target", target.unwrap_or_else(unknown)),
            ("cluster", self.cluster.clone().unwrap_or_else(unknown)),
            (
                "delivered",
                format!("{} in all", counted(self.documents, "document")),
            ),
        ];
        rows.extend(self.files.iter().map(|file| ("file", file.in_words())));
        let letters = self.dead_letters.iter();
        rows.extend(letters.map(|file| ("dead letters", file.path.clone())));
        rows.push(("saved", self.saved.clone()));
        let never = || "no run has reached its end yet".to_owned();
        let succeeded = self.succeeded.clone().unwrap_or_else(never);
        rows.push(("last success", succeeded));
        table(&rows)
    }

    /// What is forgotten with it.
    pub fn known(&self) -> String {
        let documents = counted(self.documents, "document");
        let files = counted(self.files.len() as u64, "file");
        format!("that {documents} of {files} were delivered")
    }
}

impl FileView {
    fn in_words(&self) -> String {
        let (path, bytes) = (&self.path, counted(self.bytes, "byte"));
        match (self.ended, self.bytes) {
            (true, _) => format!("{path}: all of it, {bytes}"),
            (false, 0) => format!("{path}: nothing of it yet"),
            (false, _) => format!("{path}: up to line {}, {bytes}", self.lines),
        }
    }
}

/// What it means that a state was removed.
pub fn reset_text(path: &Path) -> &'static str {
    if is_load(path).unwrap_or(false) {
        "the files stay as they are; the next run loads them from their beginnings: documents with an _id are recognised, those without one are stored a second time\n"
    } else {
        "the data file stays as it is; the next run begins anew with --since, and refuses the old data file: \
         move it away, or name another one, and expect its events a second time\n"
    }
}

/// Moves the position in a file of a load, or forgets the file; says what that means.
pub fn set_load(args: &SetArgs, patience: &mut Patience, now: DateTime<Utc>) -> Result<String> {
    let shown = args.path.display();
    let (path, position) = match (&args.file, args.line, &args.forget) {
        (Some(path), Some(line), _) => (path, Some(moved(path, line)?)),
        (_, _, Some(path)) => (path, None),
        _ => {
            let text = format!("{shown} is the state of a load of files: it has no time");
            return Err(Failure::usage(text).hint(format!(
                "jcx state set {shown} --file FILE --line N, or --forget FILE"
            )));
        }
    };
    let gone = || Failure::usage(format!("{shown} does not exist"));
    let mut file = LoadFile::open(&args.path, patience)?.ok_or_else(gone)?;
    let Some(index) = file
        .state()
        .files
        .iter()
        .position(|file| file.path == *path)
    else {
        let text = format!("the state {shown} knows no file {path}");
        return Err(Failure::usage(text).hint(format!("jcx state show {shown} lists them")));
    };
    let old = file.state().files[index].lines;
    let said = match &position {
        Some(new) => format!(
            "moved from line {old} to line {} of {path}\nthe next run goes on there: what it loads again is recognised where it has an _id\n",
            new.lines
        ),
        None => format!("forgot {path}\na run that names it loads it from its beginning\n"),
    };
    file.overrule(now, |state| match position {
        Some(new) => state.files[index] = new,
        None => {
            state.files.remove(index);
        }
    })?;
    Ok(said)
}

/// A file of which everything up to this line counts as loaded.
fn moved(path: &str, line: u64) -> Result<LoadedFile> {
    let mut file = LoadedFile::new(path.to_owned());
    if line == 0 {
        return Ok(file);
    }
    let position = find_line(path, line)?.ok_or_else(|| {
        Failure::usage(format!("{path} has no line {line}"))
            .hint("name a line that is there; 0 is the beginning")
    })?;
    file.bytes = position.bytes;
    file.lines = position.lines;
    file.head = position.head.unwrap_or_else(Imprint::default);
    file.tail = position.tail;
    Ok(file)
}
