//! A folder of day files read as inputs: one file for each UTC day, and the manifest that says which there must be.
//!
//! What vouches for a day is the manifest (`docs/command-line.md`, `jcx fetch`), so a day that it names and that is gone
//! or of another size is refused, and a day file that it does not name is left out. Reads no event.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::failure::{Failure, Kind, OrFail, Result};

/// The manifest's name.
const MANIFEST: &str = "manifest.ndjson";

/// What may stand behind the day in a file's name.
const ENDINGS: [&str; 3] = [".ndjson", ".ndjson.gz", ".ndjson.zst"];

/// The format of manifest that is understood.
const FORMAT: u64 = 1;

/// What the manifest says of each day.
type Days = BTreeMap<NaiveDate, Entry>;

#[derive(Deserialize)]
struct Head {
    format: u64,
}

#[derive(Deserialize)]
struct Entry {
    file: String,
    /// Of the file as it is stored.
    bytes: u64,
}

/// The inputs with the day files of a folder in its place, in the order of the days; `leave_out` hears of those that no
/// manifest vouches for.
///
/// # Errors
/// A folder that is no archive, or one of which a day is missing or damaged.
pub fn unfold_folders(paths: &[String], leave_out: &mut dyn FnMut(&str)) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for path in paths {
        if path == "-" || !Path::new(path).is_dir() {
            files.push(path.clone());
            continue;
        }
        let folder = Path::new(path);
        let found = day_files(folder)?;
        let names = match manifest(folder)? {
            Some(named) => vouched(folder, &named, &found, leave_out)?,
            None => alone(folder, found)?,
        };
        let place = |name: String| folder.join(name).display().to_string();
        files.extend(names.into_iter().map(place));
    }
    Ok(files)
}

/// The day files that the manifest names.
fn vouched(
    folder: &Path,
    named: &Days,
    found: &[(NaiveDate, String)],
    leave_out: &mut dyn FnMut(&str),
) -> Result<Vec<String>> {
    for (day, entry) in named {
        if !found.iter().any(|(_, name)| *name == entry.file) {
            let folder = folder.display();
            let name = &entry.file;
            let text = format!("{folder} lacks {name}: its manifest names the day {day}");
            return Err(Failure::usage(text).hint(fetched_again(&folder, *day)));
        }
        check_size(folder, *day, entry)?;
    }
    let foreign =
        |(day, name): &&(NaiveDate, String)| named.get(day).is_none_or(|entry| entry.file != *name);
    for (_, name) in found.iter().filter(foreign) {
        leave_out(&folder.join(name).display().to_string());
    }
    Ok(named.values().map(|entry| entry.file.clone()).collect())
}

/// Refuses a day file of another size than the manifest says: somebody cut it or wrote into it, and it cannot be told what
/// of it is still what was fetched.
fn check_size(folder: &Path, day: NaiveDate, entry: &Entry) -> Result<()> {
    let path = folder.join(&entry.file);
    let shown = path.display();
    let file = path.metadata();
    let file = file.or_fail(Kind::Usage, || format!("reading {shown}"))?;
    let (has, bytes) = (file.len(), entry.bytes);
    if has == bytes {
        return Ok(());
    }
    let text = format!("{shown} is damaged: it has {has} bytes, its manifest says {bytes}");
    let again = fetched_again(&folder.display(), day);
    let hint = format!("{again}; to read the file as it is, name it itself");
    Err(Failure::usage(text).hint(hint))
}

fn fetched_again(folder: &dyn Display, day: NaiveDate) -> String {
    format!(
        "jcx fetch --out-dir {folder} --refetch {day} brings the day back while it is within retention"
    )
}

/// All day files of a folder without a manifest.
fn alone(folder: &Path, found: Vec<(NaiveDate, String)>) -> Result<Vec<String>> {
    let shown = folder.display();
    if found.is_empty() {
        let text = format!("{shown} is a folder without {MANIFEST} and without day files");
        let hint = format!("name the files in it, for example {shown}/*.ndjson");
        return Err(Failure::usage(text).hint(hint));
    }
    let mut days = BTreeMap::new();
    for (day, name) in found {
        if let Some(other) = days.insert(day, name.clone()) {
            let text = format!("{shown} has the day {day} twice: {other} and {name}");
            return Err(Failure::usage(text).hint("name the files to be read one by one"));
        }
    }
    Ok(days.into_values().collect())
}

/// The day files in a folder, sorted by name.
fn day_files(folder: &Path) -> Result<Vec<(NaiveDate, String)>> {
    let doing = || format!("listing {}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).or_fail(Kind::Usage, doing)? {
        let name = entry.or_fail(Kind::Usage, doing)?.file_name();
        let name = name.to_string_lossy().into_owned();
        if let Some(day) = day_of(&name) {
            found.push((day, name));
        }
    }
    found.sort();
    Ok(found)
}

/// What the manifest names, if there is one.
fn manifest(folder: &Path) -> Result<Option<Days>> {
    let path = folder.join(MANIFEST);
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    let shown = path.display().to_string();
    let text =
        std::fs::read_to_string(&path).or_fail(Kind::Usage, || format!("reading {shown}"))?;
    let damaged = |line: usize| {
        Failure::usage(format!("{shown} is damaged in line {line}"))
            .hint("jcx map reads the files of a folder without it, if they are named one by one")
    };
    let mut lines = text.lines();
    let head = lines.next().unwrap_or_default();
    let head: Head = serde_json::from_str(head).map_err(|_| damaged(1))?;
    if head.format != FORMAT {
        let text = format!("{shown} has the format {}, not {FORMAT}", head.format);
        return Err(Failure::usage(text).hint("a newer jcx wrote it; use that one"));
    }
    if !text.ends_with('\n') {
        return Err(damaged(text.lines().count()));
    }
    let mut days = Days::new();
    for (at, line) in lines.enumerate() {
        let entry: Option<Entry> = serde_json::from_str(line).ok();
        // A name that leads elsewhere is none of a day either.
        let day = entry.and_then(|entry| Some((day_of(&entry.file)?, entry)));
        let (day, entry) = day.ok_or_else(|| damaged(at + 2))?;
        if days.insert(day, entry).is_some() {
            return Err(damaged(at + 2));
        }
    }
    Ok(Some(days))
}

/// The day of a day file's name.
fn day_of(name: &str) -> Option<NaiveDate> {
    let (day, ending) = name.split_at_checked("YYYY-MM-DD".len())?;
    let digits = day.bytes().filter(u8::is_ascii_digit).count();
    let is_named = digits == 8 && ENDINGS.contains(&ending);
    NaiveDate::parse_from_str(day, "%Y-%m-%d")
        .ok()
        .filter(|_| is_named)
}

#[cfg(test)]
mod tests {
    use super::day_of;

    #[test]
    fn day_files_are_known_by_their_names() {
        for name in [
            "2026-03-01.ndjson",
            "2026-12-31.ndjson.gz",
            "2028-02-29.ndjson.zst",
        ] {
            assert!(day_of(name).is_some(), "{name}");
        }
        for name in [
            "2026-02-29.ndjson",
            "2026-3-01.ndjson",
            "2026-03-01.json",
            "2026-03-01.ndjson.xz",
            "manifest.ndjson",
            ".2026-03-01.ndjson.jcx-partial",
            "../026-03-01.ndjson",
            "2026-03-0\u{e9}.ndjson",
            "",
        ] {
            assert_eq!(day_of(name), None, "{name}");
        }
    }
}
