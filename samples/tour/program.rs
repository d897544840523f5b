//! Builds `jcx` and runs it as a shell would: alone, or several joined by pipes.

use crate::samples::tenant::Tenant;
use crate::screen::Screen;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// Variables that would send `fetch` elsewhere than to the simulated tenant.
const ELSEWHERE: [&str; 7] = [
    "JCX_API_KEY_FILE",
    "JCX_CLIENT_ID",
    "JCX_REGION",
    "JCX_SERVICE",
    "JCX_SINCE",
    "JCX_UNTIL",
    "JCX_OUTPUT",
];

/// Builds the program in release mode with the cargo that runs the tour, and gives its path.
pub fn build(screen: &mut Screen) -> Result<PathBuf> {
    screen.line("$ cargo build --release --bin jcx");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let output = Command::new(&cargo)
        .args([
            "build",
            "--release",
            "--bin",
            "jcx",
            "--message-format=json-render-diagnostics",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("running {}", cargo.display()))?;
    if !output.status.success() {
        bail!("cargo build ended with {}", output.status);
    }
    // Cargo itself says where it put the program, whatever target directory is configured.
    let messages = String::from_utf8_lossy(&output.stdout);
    let artifacts = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let executable = artifacts
        .filter_map(|artifact| artifact["executable"].as_str().map(PathBuf::from))
        .next_back();
    executable.context("cargo built no program")
}

/// The program with the surroundings of the tour.
#[derive(Debug)]
pub struct Program {
    binary: PathBuf,
    folder: PathBuf,
    variables: Vec<(&'static str, String)>,
}

impl Program {
    /// `jcx` run in `folder`, against this tenant and this server.
    pub fn new(binary: PathBuf, folder: &Path, tenant: &Tenant, es_url: &str) -> Self {
        let direct = std::env::var("NO_PROXY").map_or_else(|_| String::new(), |names| names + ",");
        let variables = vec![
            ("JCX_API_URL", tenant.url()),
            ("JCX_API_KEY", tenant.key().to_owned()),
            ("JCX_ES_URL", es_url.to_owned()),
            ("NO_PROXY", direct + "127.0.0.1"),
            // Three progress bars would write over each other.
            ("CI", "true".to_owned()),
        ];
        Self {
            binary,
            folder: folder.to_owned(),
            variables,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .envs(self.variables.iter().cloned());
        for name in ELSEWHERE {
            command.env_remove(name);
        }
        if arguments[0] == "fetch" {
            command.env_remove("CREDENTIALS_DIRECTORY");
        }
        command
    }

    /// Runs one command; its output is shown, its failure ends the tour.
    pub fn run(&self, screen: &mut Screen, arguments: &[&str]) -> Result<()> {
        screen.line(&format!("\n$ jcx {}", arguments.join(" ")));
        let status = self
            .command(arguments)
            .stdin(Stdio::null())
            .status()
            .context("starting jcx")?;
        if !status.success() {
            bail!("jcx {} ended with {status}", arguments[0]);
        }
        Ok(())
    }

    /// Runs commands joined by pipes; whether all ended with 0.
    pub fn pipe(&self, screen: &mut Screen, commands: &[&[&str]]) -> Result<bool> {
        let typed: Vec<String> = commands
            .iter()
            .map(|arguments| format!("jcx {}", arguments.join(" ")))
            .collect();
        screen.line(&format!("\n$ {}", typed.join(" |\n    ")));
        let since = Instant::now();
        let mut children: Vec<Child> = Vec::new();
        for (number, arguments) in commands.iter().enumerate() {
            let before = children.last_mut().and_then(|child| child.stdout.take());
            let input = before.map_or_else(Stdio::null, Stdio::from);
            let last = number + 1 == commands.len();
            let output = if last {
                Stdio::inherit()
            } else {
                Stdio::piped()
            };
            let started = self.command(arguments).stdin(input).stdout(output).spawn();
            children.push(started.context("starting jcx")?);
        }
        let mut all_well = true;
        for (child, arguments) in children.iter_mut().zip(commands) {
            let status = child.wait().context("waiting for jcx")?;
            if !status.success() {
                screen.line(&format!("jcx {} ended with {status}", arguments[0]));
                all_well = false;
            }
        }
        screen.line(&format!("# {:.1} s", since.elapsed().as_secs_f64()));
        Ok(all_well)
    }
}
