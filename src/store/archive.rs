//! A folder of day files read as inputs: one file for each UTC day, and the manifest that says which there must be.
//!
//! What vouches for a day is the manifest (`docs/command-line.md`, `jcx fetch`), so a day that it names and that is gone
//! or of another size is refused, and a day file that it does not name is left out. Reads no event.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;

use super::folder::{damaged, manifest_of};
use super::manifest::{MANIFEST, Manifest, day_of};
use crate::failure::{Failure, Kind, OrFail, Result};

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
        let names = match manifest_of(folder)? {
            Some(manifest) => vouched(folder, &manifest, &found, leave_out)?,
            None => alone(folder, found)?,
        };
        let place = |name: String| folder.join(name).display().to_string();
        files.extend(names.into_iter().map(place));
    }
    Ok(files)
}

/// The day files that the manifest names. One of another size is refused: somebody cut it or wrote into it, and it cannot
/// be told what of it is still what was fetched.
fn vouched(
    folder: &Path,
    manifest: &Manifest,
    found: &[(NaiveDate, String)],
    leave_out: &mut dyn FnMut(&str),
) -> Result<Vec<String>> {
    if let Some((day, what)) = damaged(folder, manifest).into_iter().next() {
        let hint = format!(
            "jcx fetch --out-dir {} --refetch {day} brings the day back while it is within retention; to read a file as it is, name it itself",
            folder.display()
        );
        return Err(Failure::usage(what).hint(hint));
    }
    let named = &manifest.days;
    let foreign =
        |(day, name): &&(NaiveDate, String)| named.get(day).is_none_or(|line| line.file != *name);
    for (_, name) in found.iter().filter(foreign) {
        leave_out(&folder.join(name).display().to_string());
    }
    Ok(named.values().map(|line| line.file.clone()).collect())
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
