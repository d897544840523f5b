//! Who loads: `jcx push` with its flags, curl with bodies that are ready.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::documents::{Documents, STREAM};

/// What `jcx push --jobs` is when nobody says anything.
pub const DEFAULT_JOBS: usize = 2;

/// What is loaded, and where.
pub struct Load<'a> {
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
    pub binary: PathBuf,
    pub arguments: Vec<OsString>,
}

/// The programs of a tool, or why there are none.
type Make = fn(&Load, &[usize]) -> Result<Vec<Program>, String>;

/// Every tool that may take part besides `jcx` itself.
pub const OTHERS: [(&str, Make); 1] = [("curl", curl)];

impl Program {
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(&self.arguments)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

/// The real binary of the same build.
pub fn jcx(load: &Load, jobs: &[usize]) -> Vec<Program> {
    let program = |jobs: &usize| {
        let number = jobs.to_string();
        let mut arguments = os(&["push", "--es-url", load.url, "--jobs", &number]);
        arguments.push(load.documents.lines.clone().into());
        Program {
            tool: "jcx",
            connections: *jobs,
            name: format!("jcx push --jobs {jobs}"),
            binary: env!("CARGO_BIN_EXE_jcx").into(),
            arguments,
        }
    };
    jobs.iter().map(program).collect()
}

/// The floor: nothing is read but finished bodies, nothing looked at but the status.
fn curl(load: &Load, jobs: &[usize]) -> Result<Vec<Program>, String> {
    let binary = on_path("curl").ok_or("no curl on PATH")?;
    let version = said(&binary, "--version")?;
    let version = version.split_whitespace().nth(1).unwrap_or_default();
    let bodies = &load.documents.bodies;
    let folder = bodies[0].parent().expect("bodies lie in a folder");
    let upload = format!("{}/[0-{}].ndjson", folder.display(), bodies.len() - 1);
    let url = format!("{}/{STREAM}/_bulk?filter_path=errors", load.url);
    let program = |connections: &usize| {
        let number = connections.to_string();
        let parallel = ["--parallel", "--parallel-max", &number];
        let fixed = ["--silent", "--fail", "--request", "POST", "--header"];
        let form = ["content-type: application/x-ndjson", "--header", "expect:"];
        let both = ["--upload-file", &upload, &url];
        Program {
            tool: "curl",
            connections: *connections,
            name: format!("curl {version}, ready bodies, {connections} connections"),
            binary: binary.clone(),
            arguments: os(&[&parallel[..], &fixed, &form, &both].concat()),
        }
    };
    Ok(jobs.iter().map(program).collect())
}

fn os(arguments: &[&str]) -> Vec<OsString> {
    arguments.iter().map(OsString::from).collect()
}

/// Where a program is; it is started without the environment.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// What a program prints when asked so.
fn said(binary: &PathBuf, flag: &str) -> Result<String, String> {
    let output = Command::new(binary).arg(flag).output();
    let output = output.map_err(|error| format!("{}: {error}", binary.display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
