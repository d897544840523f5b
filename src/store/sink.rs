//! Where data goes out: the one place that opens stdout, and files that are whole or absent.
//!
//! A file is written under a temporary name beside it, which the next run takes over if this one dies, and renamed only
//! against a [`Committed`] position that covers every byte. A run that fails ends stdout with an unterminated `{`, so
//! that whoever reads on sees a cut-off line and not a clean end (`docs/command-line.md`, "Streams").

use std::fs::{File, Permissions};
use std::io::{ErrorKind, IsTerminal};
use std::path::{Path, PathBuf};

use terminal_size::{Width, terminal_size_of};

use super::encoder::Encoder;
use super::ledger::{Committed, Durable};
use super::open_ended::Lines;
use super::output::Output;
use super::partial::{open_partial, partial_name};
use super::replace::{folder_of, sync_folder};
use crate::failure::{Failure, Kind, OrFail, Result};

/// An open output.
pub struct Sink {
    name: String,
    encoder: Option<Encoder>,
    written: u64,
    place: Place,
}

enum Place {
    Stdout,
    /// A device or named pipe, written to in place.
    Special,
    Partial {
        partial: PathBuf,
        path: PathBuf,
        force: bool,
        /// Those of the file that is replaced.
        mode: Option<Permissions>,
    },
}

impl Sink {
    /// Opens the output, before any work is done.
    pub fn open(output: &Output) -> Result<Self> {
        match output {
            Output::Stdout => Self::stdout(),
            Output::File { path, force } => Self::file(path, *force),
        }
    }

    fn stdout() -> Result<Self> {
        let terminal = std::io::stdout().is_terminal();
        let file = stdout_file().or_fail(Kind::Local, || "opening stdout")?;
        let encoder = if terminal {
            Encoder::plain(file)
        } else {
            Encoder::open_ended(file)
        };
        Ok(Self {
            name: "stdout".to_owned(),
            encoder: Some(encoder),
            written: 0,
            place: Place::Stdout,
        })
    }

    fn file(path: &Path, force: bool) -> Result<Self> {
        let name = path.display().to_string();
        if name.is_empty() || name.ends_with('/') {
            return Err(
                Failure::usage(format!("-o {name:?} names no file")).hint("name a file for -o")
            );
        }
        let found = std::fs::metadata(path).ok();
        if found.as_ref().is_some_and(std::fs::Metadata::is_dir) {
            return Err(Failure::usage(format!("{name} is a folder")).hint("name a file for -o"));
        }
        if found.as_ref().is_some_and(|found| !found.is_file()) {
            return Self::special(name, path);
        }
        if path.symlink_metadata().is_ok() && !force {
            return Err(exists(&name));
        }
        // Through a link the file it names is replaced, not the link.
        let path = behind_links(path);
        let partial = partial_name(&path);
        let file = open_partial(&partial, &name)?;
        let mode = found.map(|found| found.permissions());
        if let Some(mode) = &mode {
            // From the beginning no more may read it than the old file, but a read-only one is still to be written.
            file.set_permissions(writable(mode))
                .or_fail(Kind::Local, || format!("writing {name}"))?;
        }
        let encoder =
            Encoder::for_name(&path, file).or_fail(Kind::Local, || format!("writing {name}"))?;
        let place = Place::Partial {
            partial,
            path,
            force,
            mode,
        };
        Ok(Self {
            name,
            encoder: Some(encoder),
            written: 0,
            place,
        })
    }

    fn special(name: String, path: &Path) -> Result<Self> {
        let file = File::options().write(true).open(path);
        let file = file.or_fail(Kind::Local, || format!("opening {name}"))?;
        let encoder = Encoder::open_ended(file);
        Ok(Self {
            name,
            encoder: Some(encoder),
            written: 0,
            place: Place::Special,
        })
    }

    /// Says what its lines are, before the first one; JSON unless this says otherwise.
    pub fn set_lines(&mut self, lines: Lines) {
        if let Some(encoder) = &mut self.encoder {
            encoder.set_lines(lines);
        }
    }

    /// How many columns the terminal has that this goes to; `None` where it goes elsewhere.
    pub fn columns(&self) -> Option<usize> {
        let to_stdout = matches!(self.place, Place::Stdout);
        let size = to_stdout.then(|| terminal_size_of(std::io::stdout()));
        size.flatten().map(|(Width(columns), _)| columns.into())
    }

    /// Writes bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.written += bytes.len() as u64;
        let written = self
            .encoder
            .as_mut()
            .ok_or_else(ended)
            .and_then(|out| out.write(bytes));
        self.explain(written)
    }

    /// Hands bytes to whoever reads on; a file's bytes wait for their end.
    pub fn flush(&mut self) -> Result<()> {
        let flushed = self.encoder.as_mut().map_or(Ok(()), Encoder::flush);
        self.explain(flushed)
    }

    /// How many bytes were written, before packing.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Ends the stream and makes it outlive the process: a file is synced, stdout is handed to its reader.
    pub fn sync(&mut self) -> Result<Durable> {
        let file = self
            .encoder
            .take()
            .ok_or_else(ended)
            .and_then(Encoder::finish);
        let synced = file.and_then(|file| match self.place {
            Place::Partial { .. } => file.sync_data(),
            Place::Stdout | Place::Special => Ok(()),
        });
        self.explain(synced).map(|()| Durable::synced())
    }

    /// Gives a file its name; only a position that covers every byte does. What cannot be published does not stay.
    pub fn publish(self, committed: &Committed<u64>) -> Result<()> {
        let published = self.rename(*committed.position());
        if published.is_err() {
            self.abandon(false);
        }
        published
    }

    fn rename(&self, durable: u64) -> Result<()> {
        let (name, written) = (&self.name, self.written);
        if durable != written {
            let text = format!("{name}: {written} bytes were written, {durable} are durable");
            return Err(Failure::new(Kind::Unexpected, text));
        }
        let Place::Partial {
            partial,
            path,
            force,
            mode,
        } = &self.place
        else {
            return Ok(());
        };
        let doing = || format!("renaming the finished file to {name}");
        if let Some(mode) = mode {
            std::fs::set_permissions(partial, mode.clone()).or_fail(Kind::Local, doing)?;
        }
        if *force {
            std::fs::rename(partial, path).or_fail(Kind::Local, doing)?;
        } else {
            claim_name(partial, path, name)?;
        }
        sync_folder(folder_of(path)).or_fail(Kind::Local, doing)
    }

    /// Ends an output whose run failed: a file goes, and stdout, unless a person is looking at it, ends with an
    /// unterminated `{` where `mark` is set or anything was written.
    pub fn abandon(mut self, mark: bool) {
        if let Place::Partial { partial, .. } = &self.place {
            // A file that is gone already is what is wanted.
            let _gone = std::fs::remove_file(partial);
            return;
        }
        let mark = mark || self.written > 0;
        // The run has failed already; that its end cannot be written adds nothing.
        let _ended = self.encoder.take().map(|out| out.abandon(mark));
    }

    fn explain<T>(&self, result: std::io::Result<T>) -> Result<T> {
        result.map_err(|error| {
            let in_place = !matches!(self.place, Place::Partial { .. });
            let kind = if in_place && error.kind() == ErrorKind::BrokenPipe {
                Kind::BrokenPipe
            } else {
                Kind::Local
            };
            Failure::of(
                kind,
                anyhow::Error::from(error).context(format!("writing {}", self.name)),
            )
        })
    }
}

/// Gives the finished file its name unless somebody else has taken it meanwhile.
fn claim_name(partial: &Path, path: &Path, name: &str) -> Result<()> {
    let doing = || format!("renaming the finished file to {name}");
    let owned = tempfile::TempPath::try_from_path(partial).or_fail(Kind::Local, doing)?;
    let Err(refused) = owned.persist_noclobber(path) else {
        return Ok(());
    };
    if path.symlink_metadata().is_ok() {
        let text = format!("{name} was made by somebody else while this run was writing it");
        return Err(
            Failure::new(Kind::Local, text).hint("choose another name, or replace it with --force")
        );
    }
    // Not every file system can claim a name; nobody has it a moment ago.
    let kept = refused.path.keep().or_fail(Kind::Local, doing)?;
    std::fs::rename(kept, path).or_fail(Kind::Local, doing)
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

/// The file that a link names, whether it exists or not.
fn behind_links(path: &Path) -> PathBuf {
    let named = || Some(folder_of(path).join(std::fs::read_link(path).ok()?));
    path.canonicalize()
        .ok()
        .or_else(named)
        .unwrap_or_else(|| path.to_owned())
}

fn ended() -> std::io::Error {
    std::io::Error::other("the output has ended")
}

fn exists(name: &str) -> Failure {
    Failure::usage(format!("{name} exists")).hint("choose another name, or replace it with --force")
}

/// Stdout without std's own buffer, which would hold bytes back behind a newline.
#[cfg(unix)]
pub(super) fn stdout_file() -> std::io::Result<File> {
    use std::os::fd::AsFd;
    let owned = std::io::stdout().as_fd().try_clone_to_owned();
    owned.map(File::from)
}

/// Stdout without std's own buffer, which would hold bytes back behind a newline.
#[cfg(windows)]
pub(super) fn stdout_file() -> std::io::Result<File> {
    use std::os::windows::io::AsHandle;
    let owned = std::io::stdout().as_handle().try_clone_to_owned();
    owned.map(File::from)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Output, Sink};
    use crate::failure::Kind;
    use crate::store::Ledger;

    fn output(path: &Path, force: bool) -> Output {
        Output::File {
            path: path.to_owned(),
            force,
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("listed");
        entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect()
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["a.ndjson", "a.ndjson.gz", "a.ndjson.zst"] {
            let path = folder.path().join(name);
            let mut sink = Sink::open(&output(&path, false)).expect("opened");
            sink.write(b"{}\n").expect("written");
            assert!(!path.exists());
            let mut ledger = Ledger::new(0);
            let ticket = ledger.enter(sink.written());
            let proof = sink.sync().expect("synced");
            ledger.settle(ticket, &proof);
            sink.publish(&ledger.committed()).expect("published");
            assert!(path.exists());
        }
        assert_eq!(names(folder.path()).len(), 3);
    }

    #[test]
    fn an_uncommitted_file_is_not_published() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        let mut sink = Sink::open(&output(&path, false)).expect("opened");
        sink.write(b"x").expect("written");
        let mut ledger = Ledger::new(0);
        let _open = ledger.enter(sink.written());
        assert_eq!(
            sink.publish(&ledger.committed())
                .expect_err("refused")
                .kind(),
            Kind::Unexpected
        );
        assert!(!path.exists());
    }

    #[test]
    fn abandoned_files_leave_nothing_and_a_killed_runs_rest_is_taken_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        std::fs::write(folder.path().join(".a.jcx-partial"), "rest of a killed run")
            .expect("written");
        let mut sink = Sink::open(&output(&path, false)).expect("opened");
        let again = Sink::open(&output(&path, false))
            .map(|_| ())
            .expect_err("locked");
        assert_eq!(again.kind(), Kind::Usage);
        sink.write(b"x").expect("written");
        sink.abandon(true);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn an_existing_file_needs_force_and_a_missing_folder_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        std::fs::write(&path, "old").expect("written");
        let refused = Sink::open(&output(&path, false))
            .map(|_| ())
            .expect_err("exists");
        assert_eq!(refused.kind(), Kind::Usage);
        assert!(Sink::open(&output(&path, true)).is_ok());
        let missing = Sink::open(&output(&folder.path().join("no/a"), false))
            .map(|_| ())
            .expect_err("no folder");
        assert_eq!(missing.kind(), Kind::Local);
    }
}
