//! Locks that keep two runs from the same state or archive.
//!
//! A file is locked under its own name, and may be replaced by another one meanwhile: who gets a lock looks whether the
//! name still leads to what is locked. How long to wait is the caller's, who has the clock.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

use super::partial::{same_file, try_lock};
use crate::failure::{Failure, Kind, OrFail, Result};

/// Asked whenever another run holds a lock: whether to try again now, after it has waited a little.
pub type Patience<'a> = dyn FnMut() -> Result<bool> + 'a;

/// Opens and locks an existing file; `None` where there is none.
///
/// # Errors
/// [`Kind::Locked`] where another run holds it and patience is at its end.
pub fn lock_existing(path: &Path, patience: &mut Patience) -> Result<Option<File>> {
    lock(path, OpenOptions::new().read(true).write(true), patience)
}

/// Locks a file that exists for nothing else, made where there is none.
pub fn lock_made(path: &Path, patience: &mut Patience) -> Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    let file = lock(path, &options, patience)?;
    file.ok_or_else(|| Failure::new(Kind::Local, format!("locking {}", path.display())))
}

fn lock(path: &Path, options: &OpenOptions, patience: &mut Patience) -> Result<Option<File>> {
    let doing = || format!("locking {}", path.display());
    loop {
        let file = match options.open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened.or_fail(Kind::Local, doing)?,
        };
        if !try_lock(&file).or_fail(Kind::Local, doing)? {
            if !patience()? {
                return Err(held(path));
            }
        } else if same_file(&file, path) {
            return Ok(Some(file));
        }
    }
}

/// Another run has it.
pub fn held(path: &Path) -> Failure {
    let text = format!("another run holds the lock of {}", path.display());
    Failure::new(Kind::Locked, text).hint("wait for it to end, or say how long: --lock-wait 10m")
}
