//! The file of what was refused: appended, never truncated, synced before anything is claimed of it.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, IsTerminal, Read, Seek, SeekFrom, Write, stdout};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::durable_folder::{folder_of, sync_folder};
use super::ledger::Durable;
use super::pieces::is_pipe;
use super::sink::stdout_file;
use crate::failure::{Failure, Kind, OrFail, Result};

/// What was refused, as text where it is text.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// The line itself.
    #[serde(rename = "record")]
    Text(String),
    /// The line in Base64, because it is not UTF-8.
    #[serde(rename = "record_base64")]
    Bytes(String),
}

impl Record {
    /// Of a line as it was read.
    pub fn of(line: &[u8]) -> Self {
        match std::str::from_utf8(line) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Bytes(STANDARD.encode(line)),
        }
    }
}

/// An open dead-letter file.
pub struct DeadLetters {
    path: PathBuf,
    file: File,
    written: u64,
    /// Whether a write failed, so that the last line may lack its end.
    torn: bool,
    /// Whether somebody reads on who must not take a run that stops early for one that ended.
    read_on: bool,
}

impl DeadLetters {
    /// Opens the file for appending, so that a file that cannot be written stops the run before it begins; `-` is stdout.
    pub fn open(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            let file = stdout_file().or_fail(Kind::Local, || "opening stdout")?;
            return Ok(Self {
                path: PathBuf::from("stdout"),
                file,
                written: 0,
                torn: false,
                read_on: !stdout().is_terminal(),
            });
        }
        let doing = || format!("opening the dead-letter file {}", path.display());
        let is_new = !path.exists();
        // Of a pipe that is read too, we would be a reader ourselves, and never learn that all others left.
        let is_special = std::fs::metadata(path).is_ok_and(|found| !found.is_file());
        let file = OpenOptions::new()
            .create(!is_special)
            .append(true)
            .read(!is_special)
            .open(path);
        let mut file = file.or_fail(Kind::Local, doing)?;
        end_torn_line(&mut file).or_fail(Kind::Local, doing)?;
        if is_new {
            sync_folder(folder_of(path)).or_fail(Kind::Local, doing)?;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            written: 0,
            torn: false,
            read_on: false,
        })
    }

    /// Appends one letter as a line.
    pub fn append(&mut self, letter: &impl Serialize) -> Result<()> {
        let doing = || format!("writing the dead-letter file {}", self.path.display());
        let mut line = serde_json::to_vec(letter).or_fail(Kind::Unexpected, doing)?;
        line.push(b'\n');
        if self.torn {
            // Letters of answers that still come in must not be glued to the half of one.
            line.insert(0, b'\n');
        }
        let written = self.file.write_all(&line);
        self.torn = written.is_err();
        written.map_err(|error| {
            let kind = self.kind_of(&error);
            Failure::of(kind, anyhow::Error::from(error).context(doing()))
        })?;
        self.written += 1;
        Ok(())
    }

    /// Ends letters on stdout whose run stopped early, with an unterminated `{` where `mark` is set or any were written.
    pub fn abandon(&mut self, mark: bool) {
        if self.read_on && !self.torn && (mark || self.written > 0) {
            // The run has failed already; that its end cannot be written adds nothing.
            let _marked = self.file.write_all(b"{");
        }
    }

    /// A reader that went away is no fault of the disk.
    fn kind_of(&self, error: &std::io::Error) -> Kind {
        let is_file = self.file.metadata().is_ok_and(|found| found.is_file());
        if error.kind() == ErrorKind::BrokenPipe && !is_file {
            Kind::BrokenPipe
        } else {
            Kind::Local
        }
    }

    /// How many letters this run wrote.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// How long the file is; `None` for what is no regular file.
    pub fn length(&self) -> Result<Option<u64>> {
        let doing = || format!("reading the dead-letter file {}", self.path.display());
        let found = self.file.metadata().or_fail(Kind::Local, doing)?;
        Ok(found.is_file().then_some(found.len()))
    }

    /// Makes what was written outlive the machine.
    pub fn sync(&mut self) -> Result<Durable> {
        // A pipe or terminal has nothing to sync; what cannot be synced says so as "invalid".
        match self.file.sync_data() {
            Err(error) if error.kind() != ErrorKind::InvalidInput => Err(error)
                .or_fail(Kind::Local, || {
                    format!("syncing the dead-letter file {}", self.path.display())
                }),
            _ => Ok(Durable::synced()),
        }
    }
}

/// Whether letters go to somebody who may leave, so that nobody can know what arrived: to stdout by its name, or to a pipe.
pub fn leads_into_pipe(path: &Path) -> bool {
    path == Path::new("-") || std::fs::metadata(path).is_ok_and(|found| is_pipe(&found))
}

/// Hands out the lines behind so many bytes of a dead-letter file, one after the other; none of one that is shorter.
pub fn each_letter_behind(path: &Path, bytes: u64, mut each: impl FnMut(&[u8])) -> Result<()> {
    let doing = || format!("reading the dead-letter file {}", path.display());
    let mut file = File::open(path).or_fail(Kind::Local, doing)?;
    file.seek(SeekFrom::Start(bytes))
        .or_fail(Kind::Local, doing)?;
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    while reader
        .read_until(b'\n', &mut line)
        .or_fail(Kind::Local, doing)?
        > 0
    {
        each(&line);
        line.clear();
    }
    Ok(())
}

/// A run that was killed while it wrote leaves half a line; the next letter must not be glued to it.
fn end_torn_line(file: &mut File) -> std::io::Result<()> {
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() == 0 {
        return Ok(());
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        Ok(())
    } else {
        file.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::{DeadLetters, Record};

    #[derive(Serialize)]
    struct Letter {
        line: u64,
        #[serde(flatten)]
        record: Record,
    }

    #[test]
    fn a_torn_last_line_is_ended_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("dead.ndjson");
        std::fs::write(&path, "{\"stage\":\"pu").expect("written");
        let mut letters = DeadLetters::open(&path).expect("opened");
        letters.append(&7).expect("written");
        let text = std::fs::read_to_string(&path).expect("read");
        assert_eq!(text, "{\"stage\":\"pu\n7\n");
    }

    #[test]
    fn a_letter_is_not_glued_to_one_that_could_not_be_written_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("dead.ndjson");
        let mut letters = DeadLetters::open(&path).expect("opened");
        let room = std::mem::replace(
            &mut letters.file,
            std::fs::File::open(&path).expect("for reading only"),
        );
        letters.append(&6).expect_err("no room");
        std::fs::write(&path, "{\"stage\":\"pu").expect("what had room");
        letters.file = room;
        letters.append(&7).expect("room again");
        letters.append(&8).expect("room again");
        let text = std::fs::read_to_string(&path).expect("read");
        assert_eq!(text, "{\"stage\":\"pu\n7\n8\n");
        assert_eq!(letters.written(), 2);
    }

    #[test]
    fn letters_are_appended_and_bytes_that_are_no_text_are_base64() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("dead.ndjson");
        for (line, text) in [(1, &b"not json"[..]), (2, b"\xff")] {
            let mut letters = DeadLetters::open(&path).expect("opened");
            letters
                .append(&Letter {
                    line,
                    record: Record::of(text),
                })
                .expect("written");
            letters.sync().expect("synced");
            assert_eq!(letters.written(), 1);
        }
        let text = std::fs::read_to_string(&path).expect("read");
        assert_eq!(
            text,
            "{\"line\":1,\"record\":\"not json\"}\n{\"line\":2,\"record_base64\":\"/w==\"}\n"
        );
    }
}
