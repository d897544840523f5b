//! The house's own rules, read off its source: imports only go down, one room prints, one opens stdout, files stay small.

use std::collections::BTreeMap;
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

/// The rooms that a file names: behind `crate::`, and behind as many `super::` as lead to the crate's root.
fn imports(name: &str, text: &str) -> Vec<String> {
    let mut found: Vec<String> = text
        .split("crate::")
        .skip(1)
        .flat_map(|tree| at_root(tree, 0))
        .collect();
    let below = name.trim_end_matches(".rs").trim_end_matches("/mod");
    let own_depth = below.split('/').count();
    let (code, tests) = text.split_once("#[cfg(test)]").unwrap_or((text, ""));
    for (part, depth) in [(code, own_depth), (tests, own_depth + 1)] {
        for (at, word) in part.match_indices("super::") {
            // The first of a chain speaks for the rest of it.
            if !part[..at].ends_with(word) {
                found.extend(at_root(&part[at + word.len()..], depth - 1));
            }
        }
    }
    found
}

/// The names directly below the crate's root in a tree of imports that hangs `depth` modules below it.
fn at_root(tree: &str, depth: usize) -> Vec<String> {
    let mut found = Vec::new();
    for item in items(tree) {
        if let Some(rest) = item.strip_prefix("super::") {
            found.extend(at_root(rest, depth.saturating_sub(1)));
        } else if item.starts_with('{') {
            found.extend(at_root(item, depth));
        } else if depth == 0 {
            found.push(first_word(item));
        }
    }
    found
}

/// The items of a group in braces, which may hold groups again; or the one item that stands there.
fn items(tree: &str) -> Vec<&str> {
    let Some(group) = tree.trim_start().strip_prefix('{') else {
        return vec![tree.trim_start()];
    };
    let (mut found, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                found.push(group[start..at].trim());
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    // A group may end with a comma.
    found.retain(|item| !item.is_empty());
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
        for imported in imports(name, text) {
            let goes_down = &imported == room || height(&imported) < height(room);
            assert!(
                goes_down,
                "{name} imports crate::{imported}, which stands on its floor or above it"
            );
        }
    }
}

#[test]
fn imports_are_seen_in_every_form() {
    for (name, text, expected) in [
        ("ecs/id.rs", "use crate::json::read;", &["json"][..]),
        (
            "ecs/id.rs",
            "use crate::{\n json::{self, tree::{Object, Value}},\n net::Ambient,\n};",
            &["json", "net"],
        ),
        ("ecs/id.rs", "use super::fields::{a, b};", &[]),
        (
            "ecs/id.rs",
            "use super::super::elastic::look;",
            &["elastic"],
        ),
        (
            "ecs/mod.rs",
            "use super::{store::Sink, net};",
            &["store", "net"],
        ),
        (
            "ecs/id.rs",
            "use super::{id, super::{term, net::a}};",
            &["term", "net"],
        ),
        ("commands/push/mod.rs", "use super::super::exit;", &["exit"]),
        ("commands/push/feed.rs", "use super::super::run::Run;", &[]),
        ("hash.rs", "fn f() { super::json::read() }", &["json"]),
        (
            "hash.rs",
            "#[cfg(test)]\nmod tests {\n use super::hash;\n use super::super::time;\n}",
            &["time"],
        ),
    ] {
        assert_eq!(imports(name, text), expected, "{name}: {text}");
    }
}

/// What one file may know although its floor may not, and why.
const ALLOWED: [(&str, &str, &str); 1] = [(
    "store/output.rs",
    "std::env::temp_dir",
    "a page of a run into a pipe is spooled where the system keeps temporary files; std alone knows where that is",
)];

/// Whether code names something, also inside a group: `std::env` is in `std::{env, fs}`.
fn knows(code: &str, word: &str) -> bool {
    let in_group = |(outer, inner): (&str, &str)| {
        let trees = code
            .match_indices(outer)
            .map(|(at, _)| &code[at + outer.len()..]);
        let mut groups = trees.filter_map(|tree| tree.strip_prefix("::"));
        groups.any(|tree| {
            tree.starts_with('{') && items(tree).iter().any(|item| item.starts_with(inner))
        })
    };
    code.contains(word) || word.split_once("::").is_some_and(in_group)
}

#[test]
fn a_floor_does_not_know_what_is_none_of_its_business() {
    for (room, name, text) in rooms() {
        let mut code = text
            .split("#[cfg(test)]")
            .next()
            .unwrap_or_default()
            .to_owned();
        for (_, word, why) in ALLOWED.iter().filter(|(file, ..)| *file == name) {
            assert!(
                code.contains(word),
                "{name} needs no {word} any more: {why}"
            );
            code = code.replace(word, "");
        }
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
            10..20 => &["clap", "jumpcloud.com", "std::env"],
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
            assert!(!knows(&code, word), "{name} knows {word}");
        }
    }
}

/// The names behind `super::` in a file's code; where a doc comment sends a reader, nothing is imported.
fn neighbours(code: &str) -> Vec<String> {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let code: String = code.split_inclusive('\n').filter(is_code).collect();
    let trees = code.match_indices("super::").filter(|(at, word)| {
        let is_longer = code[at + word.len()..].starts_with("super::");
        !is_longer && !code[..*at].ends_with("super::")
    });
    trees
        .flat_map(|(at, word)| at_root(&code[at + word.len()..], 0))
        .collect()
}

/// What a folder hands on from its files, each with the file it stands in: `use self::file::{Name, Name}`.
fn handed_on(module: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for tree in module.split("use ").skip(1) {
        let tree = tree.split(';').next().unwrap_or_default();
        let tree = tree.strip_prefix("self::").unwrap_or(tree);
        if let Some((file, names)) = tree.split_once("::")
            && module.contains(&format!("mod {file};"))
        {
            let names = items(names).into_iter();
            let known_as = |name: &str| first_word(name.rsplit(" as ").next().unwrap_or(name));
            found.extend(names.map(|name| (known_as(name), file.to_owned())));
        }
    }
    found
}

/// Each folder of a part of the house with its files: the name of each, and which others of them it names.
fn folders(part: &str) -> BTreeMap<PathBuf, Vec<(String, Vec<String>)>> {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(part),
        &mut files,
    );
    let code = |path: &Path| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        code.to_owned()
    };
    let mut found: BTreeMap<PathBuf, Vec<(String, Vec<String>)>> = BTreeMap::new();
    for path in files.iter().filter(|path| !path.ends_with("mod.rs")) {
        let folder = path.parent().expect("a folder");
        let through = handed_on(&code(&folder.join("mod.rs")));
        let file_of = |name: String| {
            let handed = through.iter().find(|(handed, _)| *handed == name);
            handed.map_or(name, |(_, file)| file.clone())
        };
        let named = neighbours(&code(path)).into_iter().map(file_of);
        let own = path.file_stem().expect("a name").to_string_lossy();
        let entry = (own.into_owned(), named.collect());
        found.entry(folder.to_owned()).or_default().push(entry);
    }
    found
}

/// Those files that are left when again and again everybody is taken out who names nobody that is left: the circles, and
/// who leads to them.
fn circles(mut left: Vec<(String, Vec<String>)>) -> Vec<(String, Vec<String>)> {
    loop {
        let names: Vec<String> = left.iter().map(|(name, _)| name.clone()).collect();
        let is_waiting = |(own, of): &(String, Vec<String>)| {
            of.iter().any(|name| name != own && names.contains(name))
        };
        let before = left.len();
        left.retain(is_waiting);
        if left.len() == before {
            return left;
        }
    }
}

#[test]
fn neighbours_do_not_import_each_other_in_circles() {
    for (part, least) in [("src", 15), ("samples", 5)] {
        let folders = folders(part);
        assert!(folders.len() >= least, "{part} was found");
        for (folder, files) in folders {
            let left = circles(files);
            assert!(
                left.is_empty(),
                "{}: a circle among {left:?}",
                folder.display()
            );
        }
    }
}

#[test]
fn circles_are_seen_also_through_what_a_folder_hands_on() {
    let module =
        "mod a;\nmod b;\npub use a::{One, Two as Other};\nuse self::b::Three;\nuse super::a::b;\n";
    let handed = handed_on(module);
    let expected = [("One", "a"), ("Other", "a"), ("Three", "b")];
    let expected = expected.map(|(name, file)| (name.to_owned(), file.to_owned()));
    assert_eq!(handed, expected);
    assert_eq!(
        neighbours("//! [`super::c`]\nuse super::{One, b::Three};\n"),
        ["One", "b"]
    );
    let file = |name: &str, of: &[&str]| {
        let of = of.iter().map(|name| (*name).to_owned());
        (name.to_owned(), of.collect::<Vec<_>>())
    };
    let files = [
        file("a", &["b"]),
        file("b", &["c"]),
        file("c", &["a"]),
        file("d", &["a"]),
    ];
    assert_eq!(circles(files.to_vec()).len(), 4);
    assert!(circles(files[1..].to_vec()).is_empty());
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
        assert!(lines < 300, "{name} has {lines} lines before its tests");
        assert!(text.starts_with("//!"), "{name} does not say why it exists");
    }
}

#[test]
fn what_the_program_is_compared_with_does_not_use_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["tests/reference", "samples"] {
        sources(&root.join(folder), &mut files);
    }
    assert!(files.len() > 40, "the folders were found");
    for file in files {
        let text = fs::read_to_string(&file).expect("a source file");
        assert!(
            !text.contains("jcx::"),
            "{} uses the library",
            file.display()
        );
    }
}
