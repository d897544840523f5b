//! The house's own rules, read off its source: imports only go down, one room prints, one opens stdout, files stay small.

use std::fs;
use std::path::{Path, PathBuf};

/// Each room with its height. Floor 0 has an order of its own; on floors 1 and 2 no room knows its neighbour.
const ROOMS: [(&str, u32); 15] = [
    ("failure", 0),
    ("hash", 1),
    ("json", 2),
    ("time", 3),
    ("event", 4),
    ("net", 10),
    ("store", 10),
    ("term", 10),
    ("insights", 20),
    ("ecs", 20),
    ("elastic", 20),
    ("exit", 30),
    ("cli", 31),
    ("commands", 32),
    ("main", 33),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every source file as (room, path below src, text).
fn rooms() -> Vec<(String, String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let below = |path: &Path| {
        path.strip_prefix(&src)
            .expect("below src")
            .display()
            .to_string()
    };
    let room = |name: &str| name.split(['/', '.']).next().unwrap_or_default().to_owned();
    let read = |path: PathBuf| {
        let name = below(&path);
        (
            room(&name),
            name,
            fs::read_to_string(&path).expect("a source file"),
        )
    };
    files
        .into_iter()
        .map(read)
        .filter(|(room, ..)| room != "lib")
        .collect()
}

fn height(room: &str) -> u32 {
    let found = ROOMS.iter().find(|(name, _)| *name == room);
    found
        .unwrap_or_else(|| panic!("{room} is a new room: give it a floor"))
        .1
}

/// The rooms that a text imports: `crate::x`, and each name of `crate::{x, y::z}`.
fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in text.split("crate::").skip(1) {
        if let Some(group) = rest.strip_prefix('{') {
            let group = group.split('}').next().unwrap_or_default();
            found.extend(
                group
                    .split(',')
                    .map(first_word)
                    .filter(|name| !name.is_empty()),
            );
        } else {
            found.push(first_word(rest));
        }
    }
    found
}

fn first_word(text: &str) -> String {
    text.trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

#[test]
fn imports_only_go_down() {
    let all = rooms();
    assert!(all.len() > 40, "the source was found");
    for (room, name, text) in &all {
        for imported in imports(text) {
            let goes_down = &imported == room || height(&imported) < height(room);
            assert!(
                goes_down,
                "{name} imports crate::{imported}, which stands on its floor or above it"
            );
        }
    }
}

#[test]
fn a_floor_does_not_know_what_is_none_of_its_business() {
    for (room, name, text) in rooms() {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let forbidden: &[&str] = match height(&room) {
            0..10 => &[
                "std::fs",
                "std::io::std",
                "std::env",
                "Utc::now",
                "Instant::now",
                "thread::sleep",
                "ureq::",
                "clap",
            ],
            10..20 => &["clap", "jumpcloud.com", "std::env::var"],
            20..30 => &[
                "clap",
                "std::fs",
                "std::env",
                "Utc::now",
                "Instant::now",
                "thread::sleep",
            ],
            _ => &["Utc::now", "thread::sleep"],
        };
        for word in forbidden {
            assert!(!code.contains(word), "{name} knows {word}");
        }
    }
}

#[test]
fn one_room_prints_one_opens_stdout_and_one_retries() {
    for (_, name, text) in rooms() {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (word, place) in [
            ("io::stderr()", "term/printer.rs"),
            ("io::stdout()", "store/sink.rs"),
            ("mul_f64", "net/retry.rs"),
            ("Committed(", "store/ledger.rs"),
        ] {
            assert!(
                name == place || !code.contains(word),
                "{name} has {word}, which belongs to {place}"
            );
        }
    }
}

#[test]
fn files_are_one_subject_long() {
    for (_, name, text) in rooms() {
        let lines = text
            .split("#[cfg(test)]")
            .next()
            .unwrap_or_default()
            .lines()
            .count();
        assert!(lines < 310, "{name} has {lines} lines before its tests");
        assert!(text.starts_with("//!"), "{name} does not say why it exists");
    }
}
