//! Where data goes out: the one place that opens stdout, and files that are whole or absent.
//!
//! A file is written under a temporary name beside it, which the next run takes over if this one dies, and renamed only
//! against a [`Committed`] position that covers every byte. A run that fails ends stdout with an unterminated `{`, so
//! that whoever reads on sees a cut-off line and not a clean end (`docs/command-line.md`, "Streams").

use std::fs::File;
use std::io::{BufWriter, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;

use super::ledger::{Committed, Durable};
use super::output::Output;
use super::partial::{open_partial, partial_name};
use super::replace::{folder_of, sync_folder};
use crate::failure::{Failure, Kind, OrFail, Result};

enum Encoder {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
    /// Everything was written and the compressed stream ended.
    Ended(File),
}

/// An open output.
pub struct Sink {
    name: String,
    encoder: Option<Encoder>,
    written: u64,
    place: Place,
}

enum Place {
    Stdout {
        terminal: bool,
    },
    /// A device or named pipe, written to in place.
    Special,
    Partial {
        partial: PathBuf,
        path: PathBuf,
        force: bool,
    },
}

const BUFFER: usize = 1 << 16;

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
        let encoder = Encoder::Plain(BufWriter::with_capacity(BUFFER, file));
        Ok(Self {
            name: "stdout".to_owned(),
            encoder: Some(encoder),
            written: 0,
            place: Place::Stdout { terminal },
        })
    }

    fn file(path: &Path, force: bool) -> Result<Self> {
        let name = path.display().to_string();
        let found = std::fs::metadata(path).ok();
        if found.as_ref().is_some_and(std::fs::Metadata::is_dir) {
            return Err(Failure::usage(format!("{name} is a folder")).hint("name a file for -o"));
        }
        if found.as_ref().is_some_and(|found| !found.is_file()) {
            let file = File::options()
                .write(true)
                .open(path)
                .or_fail(Kind::Local, || format!("opening {name}"))?;
            let encoder = Encoder::Plain(BufWriter::with_capacity(BUFFER, file));
            return Ok(Self {
                name,
                encoder: Some(encoder),
                written: 0,
                place: Place::Special,
            });
        }
        if found.is_some() && !force {
            return Err(exists(&name));
        }
        let partial = partial_name(path);
        let file = open_partial(&partial, &name)?;
        let encoder = encoder_for(path, file).or_fail(Kind::Local, || format!("writing {name}"))?;
        let place = Place::Partial {
            partial,
            path: path.to_owned(),
            force,
        };
        Ok(Self {
            name,
            encoder: Some(encoder),
            written: 0,
            place,
        })
    }

    /// Writes bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let result = match &mut self.encoder {
            Some(Encoder::Plain(writer)) => writer.write_all(bytes),
            Some(Encoder::Gzip(writer)) => writer.write_all(bytes),
            Some(Encoder::Zstd(writer)) => writer.write_all(bytes),
            Some(Encoder::Ended(_)) | None => {
                Err(std::io::Error::other("written to after its end"))
            }
        };
        self.written += bytes.len() as u64;
        self.explain(result)
    }

    /// Hands buffered bytes to whoever reads on; a file's bytes wait for their end.
    pub fn flush(&mut self) -> Result<()> {
        let result = match &mut self.encoder {
            Some(Encoder::Plain(writer)) => writer.flush(),
            _ => Ok(()),
        };
        self.explain(result)
    }

    /// How many bytes were written, before packing.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Ends the stream and makes it outlive the process: a file is synced, stdout is handed to its reader.
    pub fn sync(&mut self) -> Result<Durable> {
        let file = match self.encoder.take() {
            Some(Encoder::Plain(writer)) => writer
                .into_inner()
                .map_err(std::io::IntoInnerError::into_error),
            Some(Encoder::Gzip(writer)) => writer.finish().and_then(end_buffer),
            Some(Encoder::Zstd(writer)) => writer.finish().and_then(end_buffer),
            Some(Encoder::Ended(file)) => Ok(file),
            None => Err(std::io::Error::other("synced after a failure")),
        };
        let synced = file.and_then(|file| {
            if matches!(self.place, Place::Partial { .. }) {
                file.sync_data()?;
            }
            Ok(file)
        });
        let file = self.explain(synced)?;
        self.encoder = Some(Encoder::Ended(file));
        Ok(Durable::synced())
    }

    /// Gives a file its name; only a position that covers every byte does.
    pub fn publish(self, committed: &Committed<u64>) -> Result<()> {
        if *committed.position() != self.written {
            return Err(Failure::new(
                Kind::Unexpected,
                format!(
                    "{}: {} bytes were written, {} are durable",
                    self.name,
                    self.written,
                    committed.position()
                ),
            ));
        }
        let Place::Partial {
            partial,
            path,
            force,
        } = &self.place
        else {
            return Ok(());
        };
        if !force && path.exists() {
            return Err(exists(&self.name));
        }
        let doing = || format!("renaming the finished file to {}", self.name);
        std::fs::rename(partial, path).or_fail(Kind::Local, doing)?;
        sync_folder(folder_of(path)).or_fail(Kind::Local, doing)
    }

    /// Ends an output whose run failed: a file goes, and stdout, unless a person is looking at it, ends with `{` where
    /// `mark` is set.
    pub fn abandon(mut self, mark: bool) {
        match &self.place {
            Place::Partial { partial, .. } => {
                // A file that is gone already is what is wanted.
                let _gone = std::fs::remove_file(partial);
            }
            Place::Stdout { terminal: false } | Place::Special if mark => {
                // The run has failed already; that its mark cannot be written adds nothing.
                let _marked = self.write(b"{").and_then(|()| self.flush());
            }
            _ => {
                let _flushed = self.flush();
            }
        }
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

fn exists(name: &str) -> Failure {
    Failure::usage(format!("{name} exists")).hint("choose another name, or replace it with --force")
}

fn end_buffer(writer: BufWriter<File>) -> std::io::Result<File> {
    writer
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)
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

fn encoder_for(path: &Path, file: File) -> std::io::Result<Encoder> {
    let writer = BufWriter::with_capacity(BUFFER, file);
    Ok(match path.extension().and_then(std::ffi::OsStr::to_str) {
        Some("gz") => Encoder::Gzip(GzEncoder::new(writer, flate2::Compression::default())),
        Some("zst") => Encoder::Zstd(zstd::Encoder::new(writer, 3)?),
        _ => Encoder::Plain(writer),
    })
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
