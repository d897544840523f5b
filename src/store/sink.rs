//! Where data goes out: the one place that opens stdout, and files that are whole or absent.
//!
//! A file is written under a temporary name beside it, which the next run takes over if this one dies, and renamed only
//! against a [`Committed`] position that covers every byte. A run that fails ends stdout with an unterminated `{`, so
//! that whoever reads on sees a cut-off line and not a clean end (`docs/command-line.md`, "Streams").

use std::fs::File;
use std::io::{ErrorKind, IsTerminal};
use std::path::Path;

use terminal_size::{Width, terminal_size_of};

use super::appending::open_appended;
use super::encoder::Encoder;
use super::ledger::{Committed, Durable};
use super::open_ended::Lines;
use super::output::Output;
use super::packer::{Packing, Stored};
use super::partial::Partial;
use crate::failure::{Failure, Kind, OrFail, Result};

/// An open output.
pub struct Sink {
    name: String,
    encoder: Option<Encoder>,
    written: u64,
    place: Place,
    stored: Option<Stored>,
}

enum Place {
    Stdout,
    /// A device or named pipe, written to in place.
    Special,
    Partial(Partial),
    /// A file that grows under its own name, between positions that a state vouches for.
    Appended {
        /// Whether what was written so far ends behind a whole line.
        whole: bool,
    },
}

impl Sink {
    /// Opens the output, before any work is done.
    pub fn open(output: &Output) -> Result<Self> {
        match output {
            Output::Stdout => Self::stdout(),
            Output::File { path, force } => Self::file(path, *force, false),
        }
    }

    /// Opens a file that replaces one of its name in the end, and is [`Self::stored`] as its packing makes it.
    pub(super) fn replacing(path: &Path) -> Result<Self> {
        Self::file(path, true, true)
    }

    /// Opens a file to write behind the `vouched` bytes of it, which [`super::check_appendable`] has let through; what
    /// lies behind them is cut off. Its place is counted from the file's beginning.
    pub fn append(path: &Path, vouched: u64, state: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let file = open_appended(path, vouched, state)?;
        let encoder = Encoder::plain(file).or_fail(Kind::Local, || format!("writing {name}"))?;
        let place = Place::Appended { whole: true };
        Ok(Self::new(name, encoder, place, vouched))
    }

    fn new(name: String, encoder: Encoder, place: Place, written: u64) -> Self {
        Self {
            name,
            encoder: Some(encoder),
            written,
            place,
            stored: None,
        }
    }

    fn stdout() -> Result<Self> {
        let terminal = std::io::stdout().is_terminal();
        let file = stdout_file().or_fail(Kind::Local, || "opening stdout")?;
        let encoder = if terminal {
            Encoder::plain(file).or_fail(Kind::Local, || "opening stdout")?
        } else {
            Encoder::open_ended(file)
        };
        Ok(Self::new("stdout".to_owned(), encoder, Place::Stdout, 0))
    }

    fn file(path: &Path, force: bool, measured: bool) -> Result<Self> {
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
        let (partial, file) = Partial::open(path, force, &name)?;
        let encoder = Encoder::packed(Packing::of(path), file, measured);
        let encoder = encoder.or_fail(Kind::Local, || format!("writing {name}"))?;
        Ok(Self::new(name, encoder, Place::Partial(partial), 0))
    }

    fn special(name: String, path: &Path) -> Result<Self> {
        let file = File::options().write(true).open(path);
        let file = file.or_fail(Kind::Local, || format!("opening {name}"))?;
        let encoder = Encoder::open_ended(file);
        Ok(Self::new(name, encoder, Place::Special, 0))
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

    /// What messages call it: the path of a file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.written += bytes.len() as u64;
        if let (Place::Appended { whole }, Some(last)) = (&mut self.place, bytes.last()) {
            *whole = *last == b'\n';
        }
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

    /// How many bytes were written, before packing; of a file that is appended to, how long it is.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Makes what was appended so far outlive the machine; more may follow. It must end behind a whole line.
    pub fn checkpoint(&mut self) -> Result<Durable> {
        let Place::Appended { whole: true } = self.place else {
            let text = format!("{} cannot be continued behind what was written", self.name);
            return Err(Failure::new(Kind::Unexpected, text));
        };
        let synced = self
            .encoder
            .as_mut()
            .ok_or_else(ended)
            .and_then(Encoder::sync);
        self.explain(synced).map(|()| Durable::synced())
    }

    /// Ends the stream and makes it outlive the process: a file is synced, stdout is handed to its reader.
    pub fn sync(&mut self) -> Result<Durable> {
        let ended = self
            .encoder
            .take()
            .ok_or_else(ended)
            .and_then(Encoder::finish);
        let synced = ended.and_then(|(file, stored)| {
            self.stored = stored;
            match self.place {
                Place::Partial(_) | Place::Appended { .. } => file.sync_data(),
                Place::Stdout | Place::Special => Ok(()),
            }
        });
        self.explain(synced).map(|()| Durable::synced())
    }

    /// The file as it is stored, once it is synced; only of one that replaces another in an archive.
    pub fn stored(&self) -> Option<&Stored> {
        self.stored.as_ref()
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
        match &self.place {
            Place::Partial(partial) => partial.publish(name),
            Place::Stdout | Place::Special | Place::Appended { .. } => Ok(()),
        }
    }

    /// Ends an output whose run failed: a file goes, one that is appended to stays as it is, and stdout, unless a person
    /// is looking at it, ends with an unterminated `{` where `mark` is set or anything was written.
    pub fn abandon(mut self, mark: bool) {
        if let Place::Partial(partial) = &self.place {
            return partial.remove();
        }
        let mark = mark || self.written > 0;
        // The run has failed already; that its end cannot be written adds nothing.
        let _ended = self.encoder.take().map(|out| out.abandon(mark));
    }

    fn explain<T>(&self, result: std::io::Result<T>) -> Result<T> {
        result.map_err(|error| {
            let in_place = matches!(self.place, Place::Stdout | Place::Special);
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
