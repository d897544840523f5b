//! A client with its flags, and the one that this is all about: `jcx push`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use crate::choice::Server;
use crate::documents::Documents;
use crate::on_path::on_path;
use crate::process::{Spent, spend};

/// What `jcx push --jobs` is when nobody says anything.
pub const DEFAULT_JOBS: usize = 2;

/// What is loaded, and where.
pub struct Load<'a> {
    pub server: Server,
    /// `http://127.0.0.1:PORT`.
    pub url: &'a str,
    pub documents: &'a Documents,
}

/// A client with everything that it needs to know.
pub struct Program {
    /// The name that `--tools` knows it by.
    pub tool: &'static str,
    pub connections: usize,
    /// With its version and settings, as the table shows it.
    pub name: String,
    /// Mostly one; they run side by side.
    pub processes: Vec<Process>,
}

/// What is started; nothing of our own environment is passed on.
pub struct Process {
    pub binary: PathBuf,
    pub arguments: Vec<OsString>,
    pub environment: Vec<(&'static str, OsString)>,
}

impl Program {
    /// Runs it, whatever comes of it.
    pub fn run(&self) -> (Spent, Vec<ExitStatus>) {
        spend(self.processes.iter().map(Process::command).collect())
    }

    /// Runs it.
    ///
    /// # Panics
    /// When it ends with an error.
    pub fn succeed(&self) -> Spent {
        let (spent, ended) = self.run();
        for status in ended {
            assert!(status.success(), "{} ended with {status}", self.name);
        }
        spent
    }
}

impl Process {
    /// Without an environment, as most clients need none.
    pub fn new(binary: impl Into<PathBuf>, arguments: Vec<OsString>) -> Self {
        Self {
            binary: binary.into(),
            arguments,
            environment: Vec::new(),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

/// The real binary of the same build.
pub fn jcx(load: &Load, jobs: usize) -> Program {
    let number = jobs.to_string();
    let mut arguments = words(&["push", "--es-url", load.url, "--jobs", &number]);
    arguments.push(load.documents.lines.clone().into());
    Program {
        tool: "jcx",
        connections: jobs,
        name: format!("jcx push --jobs {jobs}"),
        processes: vec![Process::new(env!("CARGO_BIN_EXE_jcx"), arguments)],
    }
}

/// Arguments of a command.
pub fn words(arguments: &[&str]) -> Vec<OsString> {
    arguments.iter().map(OsString::from).collect()
}

/// Where a program is.
pub fn found(name: &str) -> Result<PathBuf, String> {
    on_path(name).ok_or_else(|| format!("no {name} on PATH"))
}

/// What a command prints, where it succeeds.
pub fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let last = errors.trim().lines().last().unwrap_or_default();
    Err(format!("{command:?} ended with {}: {last}", output.status))
}
