//! The servers' files: fetched by Maven once, kept in a cache folder, never part of the repository.
//!
//! A cache entry is whole or absent: Maven writes beside it, a rename makes it valid, and it says which project file
//! made it, so that a changed version is fetched anew. Knows nothing about how a server is started.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Where the servers' files are kept, unless `JCX_ENGINES` names another folder: beside cargo's own output.
fn cache() -> PathBuf {
    std::env::var_os("JCX_ENGINES").map_or_else(
        || {
            Path::new(env!("CARGO_TARGET_TMPDIR"))
                .parent()
                .expect("cargo's folder for tests has a parent")
                .join("engines")
        },
        PathBuf::from,
    )
}

/// The folder that `tests/engine/NAME/pom.xml` fills, filled: from the cache, or by running Maven now.
///
/// # Panics
/// When a tool is missing (says what to install) or Maven fails (shows its output).
pub fn fetched(name: &str) -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/engine")
        .join(name);
    let recipe = recipe_of(&project);
    let cache = cache();
    fs::create_dir_all(&cache).expect("the cache folder can be made");
    // Two test runs that share the cache must not fetch into the same folder; released when the file is closed.
    let lock = File::create(cache.join(format!("{name}.lock"))).expect("the lock file opens");
    lock.lock().expect("the lock can be taken");
    let entry = cache.join(name);
    if fs::read_to_string(entry.join("recipe")).is_ok_and(|made_from| made_from == recipe) {
        return entry;
    }
    fetch(name, &project, &recipe, &entry);
    entry
}

/// Everything an entry is made from: when this changes, the entry is stale.
fn recipe_of(project: &Path) -> String {
    let read = |path: PathBuf| fs::read_to_string(path).expect("the project file is readable");
    let launcher = project.join("src/SingleNode.java");
    let mut recipe = read(project.join("pom.xml"));
    if launcher.exists() {
        recipe.push_str(&read(launcher));
    }
    recipe
}

fn fetch(name: &str, project: &Path, recipe: &str, entry: &Path) {
    require_tools();
    let begun = Instant::now();
    let fresh = entry.with_extension("new");
    for folder in [&fresh, entry] {
        if folder.exists() {
            fs::remove_dir_all(folder).expect("an old cache entry can be removed");
        }
    }
    fs::create_dir_all(&fresh).expect("the cache entry can be made");
    let mut maven = Command::new("mvn");
    maven
        .args(["--batch-mode", "--no-transfer-progress", "--file"])
        .arg(project.join("pom.xml"))
        .arg(format!("-Dengine.folder={}", fresh.display()))
        .arg("compile");
    let output = maven.output().expect("mvn starts");
    assert!(
        output.status.success(),
        "fetching {name} with {maven:?} failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    fs::write(fresh.join("recipe"), recipe).expect("the cache entry is writable");
    fs::rename(&fresh, entry).expect("the cache entry can take its place");
    eprintln!(
        "{name}: fetched into {} in {:.1?}",
        entry.display(),
        begun.elapsed()
    );
}

fn require_tools() {
    for tool in ["java", "javac", "mvn"] {
        let found = Command::new(tool).arg("-version").output();
        assert!(
            found.as_ref().is_ok_and(|output| output.status.success()),
            "`{tool} -version` does not run ({found:?}).\nThe engine tests start real servers and need Java 17 or newer and \
             Maven; on Debian and Ubuntu: apt-get install openjdk-17-jdk-headless maven"
        );
    }
}
