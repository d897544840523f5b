//! The archive as it is written: a folder with a file for each UTC day, the manifest that vouches for them, and a lock.
//!
//! A day's file is replaced whole, then the manifest. Where a file that the manifest names is replaced, the manifest says
//! so first, so that a run killed between the two leaves nothing that looks damaged.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};

use super::folder::{clear_away, damaged, is_stored, make_folder, read_manifest};
use super::input::open_input;
use super::ledger::Committed;
use super::lock::{Patience, lock_made};
use super::manifest::{Day, MANIFEST, Manifest, Span};
use super::packer::Packing;
use super::replace::Replacement;
use super::settings::Settings;
use super::sink::Sink;
use crate::failure::{Failure, Kind, OrFail, Result};
use crate::time::Window;

/// The file that a run holds while it works on the folder; it stays, empty.
pub const LOCK: &str = ".jcx-lock";

/// A folder of day files that this run alone changes.
pub struct Archive {
    folder: PathBuf,
    _lock: File,
    manifest: Option<Manifest>,
}

/// What is known of a day besides its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayFacts {
    /// What of the day is there; it lies within one UTC day.
    pub window: Window,
    /// How many events were written.
    pub events: u64,
    /// The instant of the first of them that has one.
    pub first: Option<DateTime<Utc>>,
    /// Of the last one.
    pub last: Option<DateTime<Utc>>,
    /// How many the server counted, where it was asked.
    pub api_count: Option<u64>,
}

impl Archive {
    /// Locks a folder, makes it where its parent is there, clears away what a killed run left, and reads the manifest.
    ///
    /// # Errors
    /// [`Kind::Locked`] while another run holds it; [`Kind::Usage`] for a manifest that is damaged, newer than this
    /// program, or missing beside day files.
    pub fn open(folder: &Path, patience: &mut Patience) -> Result<Self> {
        make_folder(folder)?;
        let lock = lock_made(&folder.join(LOCK), patience)?;
        clear_away(folder)?;
        let mut archive = Self {
            folder: folder.to_owned(),
            _lock: lock,
            manifest: read_manifest(folder)?,
        };
        archive.settle_pending()?;
        Ok(archive)
    }

    /// The manifest; `None` before the first run has begun.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// Promises everything from `since` on, which the manifest remembers before any day is written.
    ///
    /// # Errors
    /// [`Kind::Usage`] where the archive was made with another query.
    pub fn promise(&mut self, query: &Settings, since: DateTime<Utc>) -> Result<()> {
        let shown = self.folder.display();
        let manifest = match &self.manifest {
            None => Manifest::new(query.clone(), since),
            Some(manifest) => {
                let what = format!("the archive {shown}");
                manifest.head.query.refuse_other(&what, query)?;
                if manifest.head.since <= since {
                    return Ok(());
                }
                let mut manifest = manifest.clone();
                manifest.head.since = since;
                manifest
            }
        };
        self.save(manifest)
    }

    /// Refuses an archive in which a day is missing or of another length than the manifest says, unless that day is among
    /// those that are fetched again.
    pub fn refuse_damaged(&self, again: &[NaiveDate]) -> Result<()> {
        let damaged = self
            .manifest
            .as_ref()
            .map(|manifest| damaged(&self.folder, manifest));
        let mut left = damaged.unwrap_or_default();
        left.retain(|(day, _)| !again.contains(day));
        let Some((_, first)) = left.first() else {
            return Ok(());
        };
        let text = match left.len() {
            1 => first.clone(),
            more => format!("{first}, and {} more of its days are damaged", more - 1),
        };
        let days: Vec<String> = left
            .iter()
            .map(|(day, _)| format!("--refetch {day}"))
            .collect();
        let hint = format!(
            "{} fetches what is still within retention again",
            days.join(" ")
        );
        Err(Failure::usage(text).hint(hint))
    }

    /// Opens a day to be written; it has its name when it is published.
    pub fn open_day(&self, day: NaiveDate, packing: Packing) -> Result<Sink> {
        let name = format!("{day}.ndjson{}", packing.ending());
        Sink::replacing(&self.folder.join(name))
    }

    /// Hands on every line of a day that is there, its line feed with it.
    ///
    /// # Errors
    /// [`Kind::Usage`] where the file is not what the manifest says.
    pub fn carry_over(
        &self,
        day: &Day,
        mut deliver: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let path = self.folder.join(&day.file);
        let shown = path.display().to_string();
        let doing = || format!("reading {shown}");
        if !is_stored(&path, day).or_fail(Kind::Local, doing)? {
            let text = format!("{shown} is not what the manifest says, so it cannot be continued");
            return Err(Failure::usage(text).hint("bring back the file that was written"));
        }
        let mut reader = BufReader::new(open_input(&shown)?.reader);
        let mut line = Vec::new();
        while reader
            .read_until(b'\n', &mut line)
            .or_fail(Kind::Local, doing)?
            > 0
        {
            deliver(&line)?;
            line.clear();
        }
        Ok(())
    }

    /// Gives a day its name, once every byte of it is durable, and then a line in the manifest.
    pub fn publish(
        &mut self,
        sink: Sink,
        committed: &Committed<u64>,
        facts: &DayFacts,
    ) -> Result<()> {
        let day = self.line_of(&sink, facts);
        let (date, day) = match day {
            Ok(day) => day,
            Err(failure) => {
                sink.abandon(false);
                return Err(failure);
            }
        };
        let mut manifest = self.begun()?.clone();
        manifest.head.pending = None;
        if manifest.days.contains_key(&date) {
            manifest.head.pending = Some(day.clone());
            self.save(manifest.clone())?;
            manifest.head.pending = None;
        }
        sink.publish(committed)?;
        manifest.days.insert(date, day);
        self.save(manifest)
    }

    /// The manifest of an archive that was promised.
    pub(super) fn begun(&self) -> Result<&Manifest> {
        let missing = || Failure::usage(format!("{} is no archive", self.folder.display()));
        self.manifest.as_ref().ok_or_else(missing)
    }

    fn line_of(&self, sink: &Sink, facts: &DayFacts) -> Result<(NaiveDate, Day)> {
        let unsound =
            |what: &str| Failure::new(Kind::Unexpected, format!("{}: {what}", sink.name()));
        let stored = sink.stored().ok_or_else(|| unsound("it was not ended"))?;
        let name = Path::new(sink.name()).file_name().unwrap_or_default();
        let day = Day {
            file: name.to_string_lossy().into_owned(),
            window: Span {
                start: facts.window.start,
                end: facts.window.end,
            },
            events: facts.events,
            first: facts.first,
            last: facts.last,
            bytes: stored.bytes,
            sha256: stored.sha256.clone(),
            api_count: facts.api_count,
        };
        let date = day
            .date()
            .ok_or_else(|| unsound("its numbers contradict each other"))?;
        if day.window.start < self.begun()?.head.since {
            return Err(unsound("it begins before what was promised"));
        }
        Ok((date, day))
    }

    /// Replaces the manifest.
    pub(super) fn save(&mut self, manifest: Manifest) -> Result<()> {
        let path = self.folder.join(MANIFEST);
        let doing = || format!("writing {}", path.display());
        let text = manifest.to_text().or_fail(Kind::Unexpected, doing)?;
        let new = Replacement::of(&path)?;
        new.inherit()?;
        new.file().write_all(&text).or_fail(Kind::Local, doing)?;
        new.finish()?;
        self.manifest = Some(manifest);
        Ok(())
    }

    /// Finds out which of two files a killed run left.
    fn settle_pending(&mut self) -> Result<()> {
        let Some(mut manifest) = self.manifest.clone() else {
            return Ok(());
        };
        let Some(day) = manifest.head.pending.take() else {
            return Ok(());
        };
        let path = self.folder.join(&day.file);
        let same = is_stored(&path, &day)
            .or_fail(Kind::Local, || format!("reading {}", path.display()))?;
        if let (true, Some(date)) = (same, day.date()) {
            manifest.days.insert(date, day);
        }
        self.save(manifest)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

    use super::{Archive, DayFacts, LOCK};
    use crate::failure::{Kind, Result};
    use crate::store::{Ledger, MANIFEST, Packing, Settings};
    use crate::time::{Window, parse_timestamp};

    fn at(text: &str) -> DateTime<Utc> {
        parse_timestamp(text).expect("a time")
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn open(folder: &Path) -> Result<Archive> {
        Archive::open(folder, &mut || Ok(false))
    }

    fn promised(folder: &Path) -> Archive {
        let mut archive = open(folder).expect("opened");
        let since = at("2026-03-01T00:00:00Z");
        archive
            .promise(&Settings::default(), since)
            .expect("promised");
        archive
    }

    fn write(archive: &mut Archive, day: &str, text: &str, packing: Packing) -> Result<()> {
        let mut sink = archive.open_day(date(day), packing)?;
        sink.write(text.as_bytes())?;
        let mut ledger = Ledger::new(0);
        let ticket = ledger.enter(sink.written());
        ledger.settle(ticket, &sink.sync()?);
        let start = at(&format!("{day}T00:00:00Z"));
        let facts = DayFacts {
            window: Window {
                start,
                end: start + TimeDelta::hours(24),
            },
            events: 1,
            first: Some(start),
            last: Some(start),
            api_count: Some(1),
        };
        archive.publish(sink, &ledger.committed(), &facts)
    }

    fn names(folder: &Path) -> Vec<String> {
        super::super::folder::names(folder).expect("listed")
    }

    #[test]
    fn days_and_their_manifest_are_all_there_is_and_equal_data_is_equal_bytes() {
        let root = tempfile::tempdir().expect("a folder");
        for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd] {
            let fill = |name: &str, days: [&str; 2]| {
                let folder = root.path().join(format!("{name}{}", packing.ending()));
                let mut archive = promised(&folder);
                for day in days {
                    let text = format!("{{\"day\":\"{day}\"}}\n");
                    write(&mut archive, day, &text, packing).expect("published");
                }
                assert!(archive.refuse_damaged(&[]).is_ok());
                let name = |day: &str| format!("{day}.ndjson{}", packing.ending());
                let expected = [LOCK, &name("2026-03-01"), &name("2026-03-02"), MANIFEST];
                assert_eq!(names(&folder), expected);
                let read = |name: &String| std::fs::read(folder.join(name)).expect("read");
                names(&folder).iter().map(read).collect::<Vec<_>>()
            };
            let one = fill("one", ["2026-03-01", "2026-03-02"]);
            let other = fill("other", ["2026-03-02", "2026-03-01"]);
            assert_eq!(one, other);
        }
    }

    #[test]
    fn one_run_at_a_time_and_what_a_killed_one_left_is_cleared_away() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("archive");
        let archive = promised(&folder);
        let held = open(&folder).map(|_| ()).expect_err("held");
        assert_eq!(held.kind(), Kind::Locked);
        drop(archive);
        for name in [
            ".2026-03-01.ndjson.zst.jcx-partial",
            ".manifest.ndjson.jcx-partial",
            ".x.jcx-partial",
        ] {
            std::fs::write(folder.join(name), "a rest").expect("written");
        }
        let _archive = open(&folder).expect("opened");
        assert_eq!(names(&folder), [LOCK, ".x.jcx-partial", MANIFEST]);
        let missing = open(&root.path().join("no/archive")).map(|_| ());
        assert_eq!(missing.expect_err("no parent").kind(), Kind::Local);
        std::fs::write(root.path().join("file"), "").expect("written");
        let file = open(&root.path().join("file")).map(|_| ());
        assert_eq!(file.expect_err("no folder").kind(), Kind::Usage);
    }

    #[test]
    fn a_run_killed_between_a_replaced_day_and_the_manifest_leaves_nothing_damaged() {
        let root = tempfile::tempdir().expect("a folder");
        let day = "2026-03-01.ndjson";
        let path = |name: &str| root.path().join(name);
        let mut archive = promised(root.path());
        write(&mut archive, "2026-03-01", "old\n", Packing::Plain).expect("published");
        let before = std::fs::read(path(MANIFEST)).expect("read");
        // What a kill leaves: the new line announced, and one of the two files.
        let mut sink = archive
            .open_day(date("2026-03-01"), Packing::Plain)
            .expect("opened");
        sink.write(b"newer\n").expect("written");
        sink.sync().expect("synced");
        let (_, line) = archive
            .line_of(
                &sink,
                &DayFacts {
                    window: Window {
                        start: at("2026-03-01T00:00:00Z"),
                        end: at("2026-03-01T09:00:00Z"),
                    },
                    events: 1,
                    first: None,
                    last: None,
                    api_count: None,
                },
            )
            .expect("a line");
        let mut manifest = archive.manifest().expect("promised").clone();
        manifest.head.pending = Some(line.clone());
        archive.save(manifest).expect("saved");
        let announced = std::fs::read(path(MANIFEST)).expect("read");
        drop(archive);
        for (text, end, bytes) in [("old\n", "T00:00:00Z", 4), ("newer\n", "T09:00:00Z", 6)] {
            std::fs::write(path(MANIFEST), &announced).expect("written");
            std::fs::write(path(day), text).expect("written");
            let archive = open(root.path()).expect("opened");
            assert!(archive.refuse_damaged(&[]).is_ok(), "{text}");
            let manifest = archive.manifest().expect("there");
            assert_eq!(manifest.head.pending, None);
            let found = &manifest.days[&date("2026-03-01")];
            assert_eq!(found.bytes, bytes);
            assert!(crate::time::rfc3339(found.window.end).ends_with(end));
            let after = std::fs::read(path(MANIFEST)).expect("read");
            assert_eq!(after == before, bytes == 4);
        }
    }

    #[test]
    fn damaged_days_are_refused_unless_they_are_fetched_again() {
        let root = tempfile::tempdir().expect("a folder");
        let mut archive = promised(root.path());
        for day in ["2026-03-01", "2026-03-02"] {
            write(&mut archive, day, "{}\n", Packing::Plain).expect("published");
        }
        std::fs::write(root.path().join("2026-03-01.ndjson"), "{").expect("cut");
        std::fs::remove_file(root.path().join("2026-03-02.ndjson")).expect("removed");
        let refused = archive.refuse_damaged(&[]).expect_err("damaged");
        assert_eq!(refused.kind(), Kind::Usage);
        let hint = refused.hint_text().expect("a hint");
        assert!(
            hint.contains("--refetch 2026-03-01 --refetch 2026-03-02"),
            "{hint}"
        );
        let refused = archive.refuse_damaged(&[date("2026-03-01")]);
        assert!(
            refused
                .expect_err("one is left")
                .message()
                .contains("lacks 2026-03-02.ndjson")
        );
        let again = [date("2026-03-01"), date("2026-03-02")];
        assert!(archive.refuse_damaged(&again).is_ok());
        write(&mut archive, "2026-03-01", "{}\n", Packing::Plain).expect("published");
        assert!(archive.refuse_damaged(&again[1..]).is_ok());
    }

    #[test]
    fn days_without_a_manifest_and_another_query_are_refused() {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::write(root.path().join("2026-03-01.ndjson"), "{}\n").expect("written");
        let refused = open(root.path()).map(|_| ()).expect_err("no manifest");
        assert_eq!(refused.kind(), Kind::Usage);
        std::fs::remove_file(root.path().join("2026-03-01.ndjson")).expect("removed");
        let mut archive = promised(root.path());
        let other = Settings([("--service".to_owned(), "sso".to_owned())].into());
        let refused = archive.promise(&other, at("2026-03-01T00:00:00Z"));
        assert!(
            refused
                .expect_err("foreign")
                .message()
                .contains("without --service")
        );
        for (since, kept) in [
            ("2026-03-05T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("2026-02-05T00:00:00Z", "2026-02-05T00:00:00Z"),
        ] {
            archive
                .promise(&Settings::default(), at(since))
                .expect("promised");
            assert_eq!(archive.manifest().expect("there").head.since, at(kept));
        }
    }
}
