//! The repository tests itself: what the README, the docs, the completions and the man page say against the program.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::Home;
use jcx::failure::Kind;

const SHELLS: [(&str, &str); 3] = [("bash", "jcx.bash"), ("zsh", "_jcx"), ("fish", "jcx.fish")];
const COMMANDS: [&str; 9] = [
    "fetch",
    "map",
    "push",
    "count",
    "state",
    "template",
    "fields",
    "completions",
    "man",
];

/// What a command that is several has below it.
const NESTED: [(&str, [&str; 4]); 1] = [(
    "state",
    ["state show", "state ack", "state set", "state reset"],
)];

/// A command itself, or those below it.
fn parts(command: &'static str) -> Vec<&'static str> {
    let nested = NESTED.iter().find(|(name, _)| *name == command);
    nested.map_or(vec![command], |(_, parts)| parts.to_vec())
}

/// Every command and what is below it.
fn with_nested() -> impl Iterator<Item = &'static str> {
    COMMANDS
        .into_iter()
        .chain(NESTED.iter().flat_map(|(_, parts)| *parts))
}

fn root(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(root(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn printed(arguments: &[&str]) -> String {
    let run = Home::new().jcx(arguments).succeed();
    String::from_utf8(run.stdout).expect("text")
}

/// What `--help`, or another flag, says of a command.
fn help(command: &str, flag: &str) -> String {
    let words: Vec<&str> = command.split(' ').chain([flag]).collect();
    printed(&words)
}

/// Every long flag that a command's help shows.
fn flags(command: &str) -> BTreeSet<String> {
    let help = help(command, "--help");
    let words = help
        .lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with('-'));
    let long = words.filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--")));
    long.map(|flag| flag.trim_end_matches(['.', ',']).to_owned())
        .filter(|flag| !matches!(flag.as_str(), "--help" | "--version"))
        .collect()
}

#[test]
fn the_readme_begins_with_two_commands_that_do_it_all() {
    let readme = text("README.md");
    let screen: String = readme.lines().take(24).collect::<Vec<_>>().join("\n");
    for command in ["cargo run --release --example tour", "cargo test --locked"] {
        assert!(screen.contains(command), "{command}");
    }
    assert!(text("Cargo.toml").contains("name = \"tour\""));
    assert!(
        text(".ci/run").contains("cargo test --locked\n"),
        "CI runs the README's test command"
    );
}

#[test]
fn every_command_in_the_readme_and_in_help_parses() {
    let mut sources = vec![("README".to_owned(), text("README.md"))];
    for command in with_nested() {
        let help = help(command, "--help");
        let examples = help.split("Usage:").next().unwrap_or_default().to_owned();
        sources.push((command.to_owned(), examples));
    }
    sources.push(("jcx".to_owned(), printed(&["--help"])));
    let mut seen = 0;
    for (place, source) in sources {
        for line in source.lines() {
            let line = line
                .split(" # ")
                .next()
                .unwrap_or_default()
                .split("  #")
                .next()
                .unwrap_or_default();
            for part in line
                .split(['|', '>'])
                .map(str::trim)
                .filter(|part| part.starts_with("jcx "))
            {
                let part = part.split("    ").next().unwrap_or_default();
                if part.starts_with("jcx <")
                    || part.contains('[')
                    || part.contains('`')
                    || !line.trim_start().starts_with("jcx")
                {
                    continue;
                }
                let words: Vec<OsString> = part.split_whitespace().map(OsString::from).collect();
                let parsed = jcx::cli::parse(words, &std::collections::BTreeMap::new());
                assert!(
                    parsed.is_ok(),
                    "{place}: {part}: {:?}",
                    parsed.err().map(|error| error.to_string())
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen} commands were found");
}

#[test]
fn help_shows_examples_before_options() {
    for command in with_nested().filter(|command| *command != "man") {
        for flag in ["-h", "--help"] {
            let help = help(command, flag);
            let examples = help
                .find("Examples:")
                .unwrap_or_else(|| panic!("{command} {flag}: no examples"));
            let usage = help.find("Usage:").expect("a usage line");
            assert!(examples < usage, "{command} {flag}");
        }
    }
}

/// The parts of a page, each under one heading: from a line that begins with `mark` and names `of` to the next one.
fn section(page: &str, mark: &str, of: &str) -> String {
    let names = |line: &str| {
        let mut words = line.split(|c: char| !c.is_alphanumeric());
        line.starts_with(mark) && words.any(|word| word.eq_ignore_ascii_case(of))
    };
    let mut lines = page.lines().skip_while(|line| !names(line));
    let heading = lines.next().unwrap_or_else(|| panic!("no section {of}"));
    let body: Vec<&str> = lines.take_while(|line| !line.starts_with(mark)).collect();
    format!("{heading}\n{}\n", body.join("\n"))
}

/// A section without the paragraphs that are marked as planned, and without the table that such a paragraph introduces.
fn built(section: &str) -> String {
    let mut kept = Vec::new();
    let mut introduced = false;
    for paragraph in section.split("\n\n") {
        let first = paragraph.lines().next().unwrap_or_default();
        let is_planned = !first.starts_with('|') && first.contains("[planned]");
        let is_of_planned = introduced && first.starts_with('|');
        if !is_planned && !is_of_planned {
            kept.push(paragraph);
        }
        introduced = is_planned;
    }
    kept.join("\n\n")
}

fn long_flags(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '-'));
    let flags = words.filter(|word| word.len() > 3 && word.starts_with("--"));
    // A table's rule is made of hyphens too.
    flags
        .filter(|word| !word.starts_with("---"))
        .map(str::to_owned)
        .collect()
}

/// The flags in the first column of a command's own tables.
fn documented(reference: &str, command: &str) -> BTreeSet<String> {
    let own = built(&section(reference, "## ", command));
    let rows = own.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.map(|row| row.split(" | ").next().unwrap_or_default());
    cells.flat_map(long_flags).collect()
}

/// What every command that works has, and the page's section on streams explains once.
fn common_flags() -> BTreeSet<String> {
    let all = ["fetch", "map", "push", "template"].map(flags);
    all.iter()
        .skip(1)
        .fold(all[0].clone(), |common, flags| &common & flags)
}

#[test]
fn every_flag_is_documented() {
    let reference = text("docs/command-line.md");
    let common = common_flags();
    assert_eq!(common.len(), 5, "{common:?}");
    let explained = long_flags(&section(&reference, "## ", "Streams"));
    assert_eq!(
        &common - &explained,
        BTreeSet::new(),
        "missing in the section on streams"
    );
    for command in COMMANDS {
        let all: BTreeSet<String> = parts(command).into_iter().flat_map(flags).collect();
        let (has, says) = (&all - &common, documented(&reference, command));
        assert_eq!(&has - &says, BTreeSet::new(), "{command}: not documented");
        if command == "completions" || command == "man" {
            continue;
        }
        assert_eq!(&says - &has, BTreeSet::new(), "{command}: not built");
    }
}

#[test]
fn planned_flags_are_not_taken_for_documented_ones() {
    let page = "## jcx x\n\n| Flag | M |\n|---|---|\n| `--aa N` | like `--bb` |\n\n**[planned]** flags:\n\n| Flag | M |\n|---|---|\n\
                | `--cc` | |\n\n| `--dd`, `--e-f F` | |\n\n**Later [planned].** x\n* `--gg`\n\n## jcx y\n\n| `--hh` | |\n";
    let found: Vec<String> = documented(page, "x").into_iter().collect();
    assert_eq!(found, ["--aa", "--dd", "--e-f"]);
}

/// The manual page without roff's fonts and escapes.
fn man_page() -> String {
    let plain = ["\\fB", "\\fI", "\\fR"]
        .iter()
        .fold(printed(&["man"]), |page, font| page.replace(font, ""));
    plain.replace('\\', "")
}

#[test]
fn the_man_page_has_every_command_and_flag() {
    let page = man_page();
    for command in with_nested() {
        let name = command.rsplit(' ').next().unwrap_or(command);
        let own = long_flags(&section(&page, ".SH ", name));
        assert_eq!(&flags(command) - &own, BTreeSet::new(), "{command}");
    }
}

#[test]
fn the_man_page_names_the_variables_and_exit_codes_of_the_reference() {
    let page = man_page();
    let reference = text("docs/command-line.md");
    let environment = section(&page, ".SH ", "ENVIRONMENT");
    let secrets = section(&reference, "## ", "Secrets");
    let words = secrets.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
    let variables: BTreeSet<&str> = words
        .filter(|word| word.contains('_') && word.len() > 5)
        .collect();
    assert!(variables.len() > 10, "{variables:?}");
    for variable in variables {
        assert!(environment.contains(variable), "{variable}");
    }
    let codes = section(&page, ".SH ", "STATUS");
    let table = section(&reference, "## ", "Exit");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| "));
    let built = rows.filter_map(|row| row.split(" | ").next());
    let built: Vec<&str> = built.filter(|code| !code.contains("planned")).collect();
    assert!(built.len() > 8, "{built:?}");
    for code in built
        .iter()
        .flat_map(|cell| cell.split(", "))
        .filter(|code| code.parse::<u8>().is_ok())
    {
        let is_named = codes
            .lines()
            .filter(|line| line.starts_with(".B "))
            .any(|line| line[3..].split(", ").any(|named| named == code));
        assert!(is_named, "{code}");
    }
}

/// The text of every source file below a folder.
fn gather(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            gather(&path, into);
        } else {
            into.push_str(&fs::read_to_string(&path).expect("a source file"));
        }
    }
}

#[test]
fn the_words_of_a_summarys_reasons_are_documented() {
    let reference = text("docs/command-line.md");
    let table = section(&reference, "### ", "Reasons");
    let documented: BTreeSet<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    let kinds = [
        Kind::Unexpected,
        Kind::Usage,
        Kind::Holes,
        Kind::Credentials,
        Kind::JumpCloud,
        Kind::Elasticsearch,
        Kind::Local,
        Kind::Gap,
        Kind::Locked,
        Kind::BrokenPipe,
        Kind::Interrupted(2),
    ];
    let mut source = String::new();
    gather(&root("src/commands"), &mut source);
    // Words of their own, given to a hole or to a failure.
    let own: BTreeSet<&str> = ["reason: \"", ".reason(\""]
        .iter()
        .flat_map(|start| source.split(start).skip(1))
        .filter_map(|rest| {
            let (word, behind) = rest.split_once('"')?;
            behind.starts_with([',', ')']).then_some(word)
        })
        .collect();
    assert!(own.contains("rejected"), "{own:?}");
    let used = kinds.map(jcx::exit::reason).into_iter().chain(own);
    assert_eq!(documented, used.collect());
}

#[test]
fn committed_completions_are_those_the_program_prints() {
    for (shell, name) in SHELLS {
        let path = root("completions").join(name);
        let now = printed(&["completions", shell]);
        if std::env::var_os("JCX_REWRITE_COMPLETIONS").is_some() {
            fs::write(&path, &now).expect("written");
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == now,
            "completions/{name} is old: JCX_REWRITE_COMPLETIONS=1 cargo test completions"
        );
    }
}

#[test]
fn the_changelog_has_this_version() {
    let heading = format!("\n## [{}] - ", env!("CARGO_PKG_VERSION"));
    assert!(text("CHANGELOG.md").contains(&heading));
}

/// The names under which a page's headings can be linked to.
fn headings(page: &Path) -> BTreeSet<String> {
    let content = fs::read_to_string(page).expect("a page");
    let lines = content.lines().filter(|line| line.starts_with('#'));
    let name = |line: &str| {
        let text = line.trim_start_matches('#').trim().to_lowercase();
        let kept = text
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    lines.map(name).collect()
}

#[test]
fn links_between_the_pages_lead_somewhere() {
    let mut pages = vec![PathBuf::from("README.md"), PathBuf::from("CHANGELOG.md")];
    for entry in fs::read_dir(root("docs")).expect("docs") {
        let name = entry.expect("an entry").file_name();
        if Path::new(&name)
            .extension()
            .is_some_and(|extension| extension == "md")
        {
            pages.push(Path::new("docs").join(name));
        }
    }
    assert!(pages.len() > 6);
    for page in pages {
        let content = text(&page.to_string_lossy());
        let targets = content
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://")) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let folder = root("").join(page.parent().unwrap_or(Path::new("")));
            let path = if file.is_empty() {
                root("").join(&page)
            } else {
                folder.join(file)
            };
            assert!(path.exists(), "{}: {target}", page.display());
            let is_there = heading.is_empty() || headings(&path).contains(heading);
            assert!(is_there, "{}: {target}: no such heading", page.display());
        }
    }
}

#[test]
fn without_arguments_it_says_what_to_type() {
    let home = Home::new();
    home.jcx([""; 0])
        .run()
        .expect_code(2)
        .expect_error_and_hint("no command", "--help");
    home.jcx(["fetsh"])
        .run()
        .expect_code(2)
        .expect_error_and_hint("fetsh", "fetch");
    let version = printed(&["--version"]);
    assert_eq!(version.trim(), format!("jcx {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn metrics_are_written_whole_for_everybody_to_read() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    home.jcx(["map", "--metrics-file", "jcx.prom", "--summary", "-"])
        .input("{\"id\":\"a\"}\n")
        .succeed()
        .expect_said("\"mapped\":1");
    let text = String::from_utf8(home.read("jcx.prom")).expect("text");
    assert!(
        text.contains("jcx_last_run_mapped{command=\"map\"} 1\n"),
        "{text}"
    );
    let mode = fs::metadata(home.path("jcx.prom"))
        .expect("metrics")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o644);
    home.jcx(["map", "--metrics-file", "no/jcx.prom"])
        .input("")
        .run()
        .expect_code(7);
}
