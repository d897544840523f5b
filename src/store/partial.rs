//! The temporary name beside an output file: locked while it grows, taken over when its run was killed.

use std::fs::{File, Permissions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::durable_folder::{folder_of, sync_folder};
use crate::failure::{Failure, Kind, OrFail, Result};

/// How often a name may change between opening and locking: each time somebody else has finished with it.
const TRIES: usize = 100;
/// The same for one who waits for the others.
const WAITING_TRIES: usize = 10_000;

/// What a temporary name ends with.
pub const ENDING: &str = ".jcx-partial";

/// A file that grows under a temporary name until it is published.
pub struct Partial {
    temporary: PathBuf,
    path: PathBuf,
    force: bool,
    /// Those of the file that is replaced.
    mode: Option<Permissions>,
}

impl Partial {
    /// The temporary file for `path`; with `force` the file that has the name is replaced in the end.
    pub fn open(path: &Path, force: bool, name: &str) -> Result<(Self, File)> {
        // Through a link the file it names is replaced, not the link.
        let path = behind_links(path);
        let temporary = partial_name(&path);
        let file = open_partial(&temporary, name)?;
        let mode = std::fs::metadata(&path).ok();
        let mode = mode.map(|found| found.permissions());
        if let Some(mode) = &mode {
            // From the beginning no more may read it than the old file, but a read-only one is still to be written.
            file.set_permissions(writable(mode))
                .or_fail(Kind::Local, || format!("writing {name}"))?;
        }
        let partial = Self {
            temporary,
            path,
            force,
            mode,
        };
        Ok((partial, file))
    }

    /// Gives the file its name.
    pub fn publish(&self, name: &str) -> Result<()> {
        let doing = || format!("renaming the finished file to {name}");
        if let Some(mode) = &self.mode {
            std::fs::set_permissions(&self.temporary, mode.clone()).or_fail(Kind::Local, doing)?;
        }
        if self.force {
            std::fs::rename(&self.temporary, &self.path).or_fail(Kind::Local, doing)?;
        } else if !claim_name(&self.temporary, &self.path).or_fail(Kind::Local, doing)? {
            let text = format!("{name} was made by somebody else while this run was writing it");
            let hint = "choose another name, or replace it with --force";
            return Err(Failure::new(Kind::Local, text).hint(hint));
        }
        sync_folder(folder_of(&self.path)).or_fail(Kind::Local, doing)
    }

    /// Removes the temporary file; one that is gone already is what is wanted.
    pub fn remove(&self) {
        let _gone = std::fs::remove_file(&self.temporary);
    }
}

/// The temporary name for a file.
pub fn partial_name(path: &Path) -> PathBuf {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    path.with_file_name(format!(".{name}{ENDING}"))
}

/// Opens and locks the temporary name; one that a killed run left behind is taken over.
fn open_partial(partial: &Path, name: &str) -> Result<File> {
    lock_partial(partial, name, false)?.ok_or_else(|| {
        Failure::usage(format!("another run is writing {name}"))
            .hint("wait for it, or name another file for -o")
    })
}

/// Opens, empties and locks the temporary name; `None` where somebody else holds it and this call does not `wait`.
pub fn lock_partial(partial: &Path, name: &str, wait: bool) -> Result<Option<File>> {
    let doing = || format!("writing {name}");
    existing_folder(partial, name)?;
    // A link under this name would lead the data to a place that nobody chose.
    if partial
        .symlink_metadata()
        .is_ok_and(|found| !found.is_file())
    {
        let text = format!("writing {name}: {} stands in the way", partial.display());
        return Err(Failure::new(Kind::Local, text).hint(format!("rm {}", partial.display())));
    }
    // Who waits may be overtaken often, each time by one who has finished.
    let tries = if wait { WAITING_TRIES } else { TRIES };
    for _ in 0..tries {
        drop_foreign(partial);
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(partial)
            .or_fail(Kind::Local, doing)?;
        if wait {
            file.lock().or_fail(Kind::Local, doing)?;
        } else if !try_lock(&file).or_fail(Kind::Local, doing)? {
            return Ok(None);
        }
        // Between opening and locking, its owner may have renamed it: then this is a finished file, not ours to touch.
        if same_file(&file, partial) {
            file.set_len(0).or_fail(Kind::Local, doing)?;
            return Ok(Some(file));
        }
    }
    Err(Failure::new(
        Kind::Local,
        format!("writing {name}: its temporary file keeps changing"),
    ))
}

/// Says what to type where the folder of a file is missing.
pub fn existing_folder(path: &Path, name: &str) -> Result<()> {
    let folder = folder_of(path);
    let Err(error) = std::fs::metadata(folder) else {
        return Ok(());
    };
    let shown = folder.display();
    let missing = error.kind() == ErrorKind::NotFound;
    let context = format!("writing {name}: the folder {shown}");
    let failure = Failure::of(Kind::Local, anyhow::Error::from(error).context(context));
    Err(if missing {
        failure.hint(format!("mkdir -p {shown}"))
    } else {
        failure
    })
}

/// Locks a file against other runs; `false` where one of them holds it.
pub fn try_lock(file: &File) -> std::io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Renames a finished file unless somebody else has taken the name; `false` where somebody has.
pub fn claim_name(partial: &Path, path: &Path) -> std::io::Result<bool> {
    let owned = tempfile::TempPath::try_from_path(partial)?;
    let Err(refused) = owned.persist_noclobber(path) else {
        return Ok(true);
    };
    if path.symlink_metadata().is_ok() {
        return Ok(false);
    }
    // Not every file system can claim a name; nobody has it a moment ago.
    let kept = refused.path.keep()?;
    std::fs::rename(kept, path).map(|()| true)
}

/// The file that a link names, whether it exists or not.
pub fn behind_links(path: &Path) -> PathBuf {
    let named = || Some(folder_of(path).join(std::fs::read_link(path).ok()?));
    path.canonicalize()
        .ok()
        .or_else(named)
        .unwrap_or_else(|| path.to_owned())
}

/// Removes what a killed run left if it cannot be taken over: a second name of a finished file, or one that may not be
/// written to. What cannot be removed is met again when it is opened.
#[cfg(unix)]
fn drop_foreign(partial: &Path) {
    use std::os::unix::fs::MetadataExt;
    let Ok(found) = partial.symlink_metadata() else {
        return;
    };
    if found.nlink() > 1 || found.permissions().readonly() {
        let _gone = std::fs::remove_file(partial);
    }
}

#[cfg(not(unix))]
fn drop_foreign(_: &Path) {}

/// Whether this open file is the one that the path names.
#[cfg(unix)]
pub fn same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// Whether this open file is the one that the path names.
#[cfg(not(unix))]
pub fn same_file(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(unix)]
fn writable(mode: &Permissions) -> Permissions {
    use std::os::unix::fs::PermissionsExt;
    Permissions::from_mode(mode.mode() | 0o200)
}

#[cfg(not(unix))]
fn writable(mode: &Permissions) -> Permissions {
    mode.clone()
}
