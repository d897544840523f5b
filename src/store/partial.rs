//! The temporary name beside an output file: locked while it grows, taken over when its run was killed.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::replace::folder_of;
use crate::failure::{Failure, Kind, OrFail, Result};

/// The temporary name for a file.
pub fn partial_name(path: &Path) -> PathBuf {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    path.with_file_name(format!(".{name}.jcx-partial"))
}

/// Opens and locks the temporary name; one that a killed run left behind is taken over.
pub fn open_partial(partial: &Path, name: &str) -> Result<File> {
    let doing = || format!("writing {name}");
    let folder = folder_of(partial);
    if let Err(error) = std::fs::metadata(folder) {
        let shown = folder.display();
        let missing = error.kind() == ErrorKind::NotFound;
        let failure = Failure::of(
            Kind::Local,
            anyhow::Error::from(error).context(format!("writing {name}: the folder {shown}")),
        );
        return Err(if missing {
            failure.hint(format!("mkdir -p {shown}"))
        } else {
            failure
        });
    }
    // A link under this name would lead the data to a place that nobody chose.
    if partial
        .symlink_metadata()
        .is_ok_and(|found| !found.is_file())
    {
        let text = format!("writing {name}: {} stands in the way", partial.display());
        return Err(Failure::new(Kind::Local, text).hint(format!("rm {}", partial.display())));
    }
    for _ in 0..3 {
        drop_foreign(partial);
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(partial)
            .or_fail(Kind::Local, doing)?;
        if file.try_lock().is_err() {
            return Err(Failure::usage(format!("another run is writing {name}"))
                .hint("wait for it, or name another file for -o"));
        }
        // Between opening and locking, its owner may have renamed it: then this is a finished file, not ours to touch.
        if same_file(&file, partial) {
            file.set_len(0).or_fail(Kind::Local, doing)?;
            return Ok(file);
        }
    }
    Err(Failure::new(
        Kind::Local,
        format!("writing {name}: its temporary file keeps changing"),
    ))
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

#[cfg(unix)]
fn same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn same_file(_: &File, path: &Path) -> bool {
    path.exists()
}
