//! Replaces a small file whole: readers see the old text or the new one, never a part.
//!
//! The temporary name beside it is always the same, so what a killed run leaves is taken over by the next one.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::durable_folder::{folder_of, sync_folder};
use super::partial::{behind_links, claim_name, lock_partial, partial_name};
use crate::failure::{Failure, Kind, OrFail, Result};

/// The text that is to stand under a name, written beside it and locked. What is not finished does not stay.
pub struct Replacement {
    /// As it was given.
    name: String,
    path: PathBuf,
    partial: PathBuf,
    file: Option<File>,
}

impl Replacement {
    /// Begins to replace the file that `path` names, behind any link; waits for another run that does the same.
    pub fn of(path: &Path) -> Result<Self> {
        let begun = Self::begin(path, true)?;
        begun.ok_or_else(|| Failure::new(Kind::Unexpected, "a lock that was waited for is held"))
    }

    /// The same without waiting; `None` where another run does it.
    pub fn try_of(path: &Path) -> Result<Option<Self>> {
        Self::begin(path, false)
    }

    fn begin(path: &Path, wait: bool) -> Result<Option<Self>> {
        let name = path.display().to_string();
        let path = behind_links(path);
        let partial = partial_name(&path);
        let file = lock_partial(&partial, &name, wait)?;
        Ok(file.map(|file| Self {
            name,
            path,
            partial,
            file: Some(file),
        }))
    }

    /// Where the new text goes.
    pub fn file(&self) -> &File {
        self.file.as_ref().expect("kept until it is finished")
    }

    /// Gives the new file what the old one has: its mode, and its owner as far as this process may.
    pub fn inherit(&self) -> Result<()> {
        let Ok(old) = std::fs::metadata(&self.path) else {
            return Ok(());
        };
        // Only root may give files away; another user's run makes the file its own.
        let _given = keep_owner(self.file(), &old);
        let doing = || format!("writing {}", self.name);
        self.file()
            .set_permissions(old.permissions())
            .or_fail(Kind::Local, doing)
    }

    /// Syncs the new text and puts it in the place of the old one. The file is still locked.
    pub fn finish(self) -> Result<File> {
        self.place(|partial, path| std::fs::rename(partial, path).map(|()| true))
            .and_then(|file| file.ok_or_else(|| Failure::new(Kind::Unexpected, "not renamed")))
    }

    /// The same for a name that nobody has yet; `None` where somebody has it now.
    pub fn finish_new(self) -> Result<Option<File>> {
        self.place(claim_name)
    }

    fn place(
        mut self,
        rename: impl FnOnce(&Path, &Path) -> std::io::Result<bool>,
    ) -> Result<Option<File>> {
        let doing = || format!("writing {}", self.name);
        self.file().sync_data().or_fail(Kind::Local, doing)?;
        if !rename(&self.partial, &self.path).or_fail(Kind::Local, doing)? {
            return Ok(None);
        }
        sync_folder(folder_of(&self.path)).or_fail(Kind::Local, doing)?;
        Ok(self.file.take())
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if self.file.is_some() {
            // It is locked, so it is ours; one that is gone already is what is wanted.
            let _gone = std::fs::remove_file(&self.partial);
        }
    }
}

/// Writes `bytes` to a temporary file beside `path`, syncs it and renames it over `path`; `mode` is its permission bits.
pub fn replace_file(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let doing = || format!("writing {}", path.display());
    let is_special = std::fs::metadata(path).is_ok_and(|found| !found.is_file());
    if is_special || path.starts_with("/dev") || path.starts_with("/proc") {
        // A device, a pipe, or a descriptor such as /dev/stderr, whatever it leads to: written to, never replaced.
        let file = File::options().append(true).open(path);
        return file
            .and_then(|mut file| file.write_all(bytes))
            .or_fail(Kind::Local, doing);
    }
    let new = Replacement::of(path)?;
    new.file().write_all(bytes).or_fail(Kind::Local, doing)?;
    set_mode(new.file(), mode).or_fail(Kind::Local, doing)?;
    new.finish().map(|_| ())
}

#[cfg(unix)]
fn keep_owner(file: &File, old: &std::fs::Metadata) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    fchown(file, Some(old.uid()), Some(old.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &std::fs::Metadata) -> std::io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn set_mode(file: &File, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &File, _: u32) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{Replacement, replace_file};

    #[test]
    fn the_file_is_replaced_and_nothing_else_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("metrics.prom");
        let rest = folder.path().join(".metrics.prom.jcx-partial");
        std::fs::write(&rest, "a rest that is longer than what follows").expect("written");
        for text in ["one", "two"] {
            replace_file(&path, text.as_bytes(), 0o644).expect("written");
            assert_eq!(std::fs::read_to_string(&path).expect("read"), text);
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn runs_that_replace_one_file_wait_for_each_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("metrics.prom");
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..20 {
                        let text = writer.to_string().repeat(1000);
                        replace_file(path, text.as_bytes(), 0o644).expect("written");
                    }
                });
            }
        });
        let text = std::fs::read_to_string(&path).expect("read");
        assert_eq!(text, text[..1].repeat(1000));
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn what_is_not_finished_does_not_stay_and_a_taken_name_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        let new = Replacement::of(&path).expect("begun");
        assert!(Replacement::try_of(&path).expect("asked").is_none());
        new.file().write_all(b"mine").expect("written");
        std::fs::write(&path, "yours").expect("written");
        assert!(new.finish_new().expect("asked").is_none());
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "yours");
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }
}
