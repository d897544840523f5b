//! An archive's folder: its manifest, which of its files are not what that says, and what a killed run left in it.
//!
//! Changes nothing that the manifest vouches for.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::durable_folder::{folder_of, sync_folder};
use super::manifest::{Day, MANIFEST, Manifest, Unsound, day_of};
use super::packer::hex;
use super::partial::{ENDING, existing_folder};
use super::sealed::Broken;
use crate::failure::{Failure, Kind, OrFail, Result};

/// The days of which the file is missing or of another length, each with what is wrong.
pub fn damaged(folder: &Path, manifest: &Manifest) -> Vec<(NaiveDate, String)> {
    let shown = folder.display();
    // A run that was killed while it replaced a day may have come to either side of it.
    let pending = manifest.head.pending.as_ref();
    let announced = |day: &Day, bytes| {
        pending.is_some_and(|pending| pending.file == day.file && pending.bytes == bytes)
    };
    let what = |date: &NaiveDate, day: &Day| {
        let (name, says) = (&day.file, day.bytes);
        let Ok(found) = folder.join(name).metadata() else {
            return Some(format!(
                "{shown} lacks {name}: its manifest names the day {date}"
            ));
        };
        let has = found.len();
        let is_sound = has == says || announced(day, has);
        let path = folder.join(name);
        let text = || {
            let path = path.display();
            format!("{path} is damaged: it has {has} bytes, its manifest says {says}")
        };
        (!is_sound).then(text)
    };
    let days = manifest.days.iter();
    days.filter_map(|(date, day)| Some((*date, what(date, day)?)))
        .collect()
}

/// Reads a folder's manifest before anything is written to it; `None` where there is neither one nor a day file.
pub fn read_manifest(folder: &Path) -> Result<Option<Manifest>> {
    if let Some(manifest) = manifest_of(folder)? {
        return Ok(Some(manifest));
    }
    let names = names(folder)?;
    let Some(name) = names.iter().find(|name| day_of(name).is_some()) else {
        return Ok(None);
    };
    let shown = folder.display();
    let text = format!("{shown} has {name} but no {MANIFEST}: nothing vouches for it");
    Err(Failure::usage(text).hint("name a new folder, or bring the manifest back"))
}

/// What a folder's manifest says, if there is one.
pub fn manifest_of(folder: &Path) -> Result<Option<Manifest>> {
    let path = folder.join(MANIFEST);
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    let shown = path.display().to_string();
    let text = std::fs::read(&path).or_fail(Kind::Usage, || format!("reading {shown}"))?;
    Manifest::of_text(&text)
        .map(Some)
        .map_err(|unsound| refuse_unsound(&shown, &unsound))
}

fn refuse_unsound(shown: &str, unsound: &Unsound) -> Failure {
    let how = match unsound {
        Unsound::Whole(Broken::Newer(format)) => {
            let text = format!("a newer jcx wrote {shown}: it has the format {format}, not 1");
            return Failure::usage(text).hint("use that one");
        }
        Unsound::Whole(Broken::Damaged(how)) => format!(": {how}"),
        Unsound::Whole(_) => String::new(),
        Unsound::Line(line) => format!(" in line {line}"),
    };
    Failure::usage(format!("{shown} is damaged{how}")).hint(
        "bring back a copy of it, or name a new folder; jcx map reads the day files without it, if they are named one by one",
    )
}

/// Whether a file is the one that a day's line is about.
pub fn is_stored(path: &Path, day: &Day) -> std::io::Result<bool> {
    if !path.metadata().is_ok_and(|found| found.len() == day.bytes) {
        return Ok(false);
    }
    let (mut file, mut hash) = (File::open(path)?, Sha256::new());
    let mut piece = vec![0; 1 << 16];
    loop {
        let got = file.read(&mut piece)?;
        if got == 0 {
            return Ok(hex(hash) == day.sha256);
        }
        hash.update(&piece[..got]);
    }
}

/// Makes an archive's folder, if its parent is there.
pub fn make_folder(folder: &Path) -> Result<()> {
    let shown = folder.display().to_string();
    if folder.is_dir() {
        return Ok(());
    }
    if folder.exists() {
        let text = format!("{shown} is no folder");
        return Err(Failure::usage(text).hint("name a folder for --out-dir"));
    }
    existing_folder(folder, &shown)?;
    std::fs::create_dir(folder)
        .and_then(|()| sync_folder(folder_of(folder)))
        .or_fail(Kind::Local, || format!("making the folder {shown}"))
}

/// Removes the temporary files of a killed run; nobody else has any while the folder is locked.
pub fn clear_away(folder: &Path) -> Result<()> {
    let is_ours = |name: &&String| {
        let inner = name
            .strip_prefix('.')
            .and_then(|rest| rest.strip_suffix(ENDING));
        inner.is_some_and(|name| name == MANIFEST || day_of(name).is_some())
    };
    for name in names(folder)?.iter().filter(is_ours) {
        let path = folder.join(name);
        std::fs::remove_file(&path)
            .or_fail(Kind::Local, || format!("removing {}", path.display()))?;
    }
    Ok(())
}

/// The names in a folder, sorted.
pub fn names(folder: &Path) -> Result<Vec<String>> {
    let doing = || format!("listing {}", folder.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).or_fail(Kind::Local, doing)? {
        let name = entry.or_fail(Kind::Local, doing)?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
