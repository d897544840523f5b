//! Clients that are fetched when the bench first needs them: by the ordinary tools of their languages, into a folder below
//! cargo's own, never into the repository.
//!
//! A folder is whole or absent: it is filled beside its place and renamed. Its name carries what it was made from.

use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::said;

/// A folder that holds a client; `fill` gets the command's last argument, an empty folder, when it is not there yet.
///
/// # Errors
/// Why there is none, in one line.
pub fn client(
    name: &str,
    recipe: &str,
    fill: impl Fn(&Path) -> Command,
) -> Result<PathBuf, String> {
    let mut hasher = DefaultHasher::new();
    recipe.hash(&mut hasher);
    let folder = cache().join(format!("{name}-{:016x}", hasher.finish()));
    if folder.exists() {
        return Ok(folder);
    }
    let fresh = folder.with_extension("new");
    let wrong = |error: std::io::Error| format!("{}: {error}", fresh.display());
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(wrong)?;
    }
    fs::create_dir_all(&fresh).map_err(wrong)?;
    eprintln!("installing {name} …");
    said(&mut fill(&fresh))?;
    fs::rename(&fresh, &folder).map_err(wrong)?;
    Ok(folder)
}

/// A folder of this bench with sources of a client.
pub fn sources(name: &str) -> PathBuf {
    let benches = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/push");
    Path::new(benches).join(name)
}

/// A command with its arguments.
pub fn command(binary: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command.args(arguments);
    command
}

fn cache() -> PathBuf {
    let tests = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let target = tests
        .parent()
        .expect("cargo's folder for tests has a parent");
    target.join("clients")
}
