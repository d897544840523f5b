//! Runs the real `jcx` as a user would: in a private folder, with an environment that holds nothing but what is said here.
//!
//! Shows both streams when a run ends otherwise than expected. Knows no server and no document.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A folder of one check's own.
pub struct Workplace {
    folder: TempDir,
}

/// A run that has ended.
pub struct Ran {
    command: String,
    /// `None` when a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Workplace {
    pub fn new() -> Self {
        Self {
            folder: TempDir::with_prefix("jcx-check-").expect("a temporary folder"),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `jcx ARGUMENTS` in this folder, not started yet.
    pub fn jcx(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jcx"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// `jcx ARGUMENTS`, ended, with an empty standard input.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(&[], arguments)
    }

    /// The same, with these variables in its environment.
    pub fn run_with(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let mut command = self.jcx(arguments);
        command.envs(environment.iter().copied());
        let output = command.output().expect("jcx starts");
        Ran {
            command: format!("jcx {}", arguments.join(" ")),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the folder is writable");
    }

    pub fn read(&self, name: &str) -> String {
        read(&self.path(name))
    }

    /// The summary object that a run wrote into the file `name`.
    pub fn summary(&self, name: &str) -> Summary {
        let text = self.read(name);
        let object = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{name} is not JSON ({error}): {text}"));
        Summary { object }
    }

    /// The objects of an NDJSON file; none when there is no such file.
    pub fn lines(&self, name: &str) -> Vec<Value> {
        let path = self.path(name);
        if !path.exists() {
            return Vec::new();
        }
        read(&path)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{name}: {line}")))
            .collect()
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("reading {}: {error}", path.display()))
}

impl Ran {
    /// The same run, when it ended with `code`.
    ///
    /// # Panics
    /// On any other end; shows both streams.
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.shown());
        self
    }

    /// Fails unless standard error contains every one of `texts`.
    pub fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(
                self.stderr.contains(text),
                "no {text:?} in {}",
                self.shown()
            );
        }
        self
    }

    pub fn shown(&self) -> String {
        format!(
            "`{}` ended with {:?}\n--- stdout ---\n{}\n--- stderr ---\n{}",
            self.command, self.code, self.stdout, self.stderr
        )
    }
}

/// The object of `--summary` (`docs/command-line.md`, "Summary object").
pub struct Summary {
    object: Value,
}

impl Summary {
    /// A count of the summary.
    ///
    /// # Panics
    /// When it is missing: zero is written, not left out.
    pub fn count(&self, name: &str) -> usize {
        self.object[name]
            .as_u64()
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or_else(|| panic!("no count `{name}` in {}", self.object))
    }

    /// Fails unless the counts are these.
    pub fn expect(&self, counts: &[(&str, usize)]) {
        for (name, count) in counts {
            assert_eq!(self.count(name), *count, "{name} in {}", self.object);
        }
    }

    pub fn text(&self, pointer: &str) -> &str {
        self.object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no text at {pointer} in {}", self.object))
    }
}
