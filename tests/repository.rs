//! The repository tests itself: what the README, the docs, the completions and the man page say against the program.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::Home;

const SHELLS: [(&str, &str); 3] = [("bash", "jcx.bash"), ("zsh", "_jcx"), ("fish", "jcx.fish")];
const COMMANDS: [&str; 6] = ["fetch", "map", "push", "template", "completions", "man"];

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

/// Every long flag that a command's help shows.
fn flags(command: &str) -> BTreeSet<String> {
    let help = printed(&[command, "--help"]);
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
    for command in COMMANDS {
        let help = printed(&[command, "--help"]);
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
    for command in ["fetch", "map", "push", "template", "completions"] {
        for flag in ["-h", "--help"] {
            let help = printed(&[command, flag]);
            let examples = help
                .find("Examples:")
                .unwrap_or_else(|| panic!("{command} {flag}: no examples"));
            let usage = help.find("Usage:").expect("a usage line");
            assert!(examples < usage, "{command} {flag}");
        }
    }
}

#[test]
fn every_flag_is_documented() {
    let reference = text("docs/command-line.md");
    for command in COMMANDS {
        for flag in flags(command) {
            assert!(
                reference.contains(&flag),
                "docs/command-line.md does not know {command} {flag}"
            );
        }
    }
}

#[test]
fn the_man_page_has_every_command_and_flag() {
    let page = printed(&["man"]).replace('\\', "");
    for command in COMMANDS {
        assert!(
            page.contains(&format!("jcx-{command}")) || page.contains(&format!("jcx {command}")),
            "{command}"
        );
        for flag in flags(command) {
            assert!(page.contains(&flag), "{command} {flag}");
        }
    }
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
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let file = target.split('#').next().unwrap_or_default();
            let folder = page.parent().unwrap_or(Path::new(""));
            assert!(
                root("").join(folder).join(file).exists(),
                "{}: {target}",
                page.display()
            );
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
