//! The file of a state while a run has it: locked, and replaced whole.
//!
//! It is locked under its own name and replaced by one that is locked before it gets the name, so there is no moment at
//! which another run could have it. Of what a state says only the command that made it is known here.

use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::durable_folder::{folder_of, sync_folder};
use super::lock::{Patience, held, lock_existing};
use super::partial::behind_links;
use super::replace::Replacement;
use super::sealed::{Broken, read_sealed, write_sealed};
use crate::failure::{Failure, Kind, OrFail, Result};

/// A file that this run alone may change.
pub struct SealedFile {
    path: PathBuf,
    /// The file that the path names, locked.
    file: File,
}

impl SealedFile {
    /// Locks an existing file; `None` where there is none.
    ///
    /// # Errors
    /// [`Kind::Locked`] while another run holds it, [`Kind::Usage`] for what cannot hold a state.
    pub fn open(path: &Path, patience: &mut Patience) -> Result<Option<Self>> {
        refuse_special(path)?;
        let file = lock_existing(path, patience)?;
        Ok(file.map(|file| Self {
            path: path.to_owned(),
            file,
        }))
    }

    /// Makes and locks a file that nobody has yet.
    pub fn create(path: &Path, document: &impl Serialize) -> Result<Self> {
        refuse_special(path)?;
        let new = Replacement::try_of(path)?.ok_or_else(|| held(path))?;
        write(&new, document, path)?;
        // Whoever has the name now made it a moment ago.
        let file = new.finish_new()?.ok_or_else(|| held(path))?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What can be read.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Puts another document in its place; mode and owner stay.
    pub fn replace(&mut self, document: &impl Serialize) -> Result<()> {
        let new = Replacement::of(&self.path)?;
        new.inherit()?;
        write(&new, document, &self.path)?;
        self.file = new.finish()?;
        Ok(())
    }

    /// Removes it.
    pub fn remove(self) -> Result<()> {
        let named = behind_links(&self.path);
        std::fs::remove_file(&named)
            .and_then(|()| sync_folder(folder_of(&named)))
            .or_fail(Kind::Local, || format!("removing {}", self.path.display()))
    }
}

fn write(new: &Replacement, document: &impl Serialize, path: &Path) -> Result<()> {
    let doing = || format!("writing the state {}", path.display());
    write_sealed(new.file(), document).or_fail(Kind::Local, doing)
}

/// Refuses a name that cannot hold a state.
pub fn refuse_special(path: &Path) -> Result<()> {
    let shown = path.display();
    let is_special = std::fs::metadata(path).is_ok_and(|found| !found.is_file());
    if is_special || path == Path::new("-") || path.file_name().is_none() {
        let text = format!("{shown} is no file that can hold a state");
        return Err(Failure::usage(text).hint("name a regular file"));
    }
    Ok(())
}

/// The format of what was made first; who made it stands in every one.
const FIRST: u64 = 1;

/// What every state says.
#[derive(Deserialize)]
struct Made {
    command: String,
}

/// The command that made a state, whatever else it says.
pub fn made_by(file: &File, path: &Path) -> Result<String> {
    let made: Made = read_sealed(file, FIRST).map_err(|broken| unreadable(broken, path))?;
    Ok(made.command)
}

/// Why a state cannot be read, and what to do.
pub fn unreadable(broken: Broken, path: &Path) -> Failure {
    let shown = path.display();
    let anew = format!("bring back a copy, or begin anew: jcx state reset --force {shown}");
    match broken {
        Broken::Unreadable(error) => {
            let error = anyhow::Error::from(error).context(format!("reading the state {shown}"));
            Failure::of(Kind::Local, error)
        }
        Broken::Damaged(how) => {
            Failure::usage(format!("the state {shown} is damaged: {how}")).hint(anew)
        }
        Broken::Newer(format) => {
            let text = format!("a newer jcx wrote the state {shown}: it has the format {format}");
            Failure::usage(text).hint("use that one")
        }
        Broken::Strange => {
            let text = format!("the state {shown} says something that this jcx does not know");
            Failure::usage(text).hint("a newer jcx may have written it: use that one")
        }
    }
}
