//! Builds `jcx` and runs it as a shell would: alone, or several joined by pipes.

use crate::samples::tenant::Tenant;
use crate::screen::Screen;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// What `cargo run` tells the tour about its own package. Build scripts that read it would run again in the inner cargo,
/// and with them everything behind them would be compiled a second time.
const OF_THE_TOUR: [&str; 6] = [
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_CRATE_NAME",
    "CARGO_BIN_NAME",
    "CARGO_PRIMARY_PACKAGE",
    "OUT_DIR",
];

/// Builds the program in release mode with the cargo that runs the tour, and gives its path.
pub fn build(screen: &mut Screen) -> Result<PathBuf> {
    screen.line("$ cargo build --release --bin jcx");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(&cargo);
    for name in variables(|name| OF_THE_TOUR.iter().any(|start| name.starts_with(start))) {
        command.env_remove(name);
    }
    let output = command
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

/// The names of the environment's variables that are meant.
fn variables(meant: impl Fn(&str) -> bool) -> impl Iterator<Item = OsString> {
    let names = std::env::vars_os().map(|(name, _)| name);
    names.filter(move |name| meant(&name.to_string_lossy()))
}

/// The program with the surroundings of the tour.
#[derive(Debug)]
pub struct Program {
    binary: PathBuf,
    folder: PathBuf,
    variables: Vec<(&'static str, String)>,
}

impl Program {
    /// `jcx` run in `folder`, from this tenant into this data stream of this server.
    pub fn new(
        binary: PathBuf,
        folder: &Path,
        tenant: &Tenant,
        (es_url, stream): (&str, &str),
    ) -> Self {
        let direct = std::env::var("NO_PROXY").map_or_else(|_| String::new(), |names| names + ",");
        let variables = vec![
            ("JCX_API_URL", tenant.url()),
            ("JCX_API_KEY", tenant.key().to_owned()),
            ("JCX_ES_URL", es_url.to_owned()),
            ("JCX_DATA_STREAM", stream.to_owned()),
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
        // The server and its credentials are the user's; everything else that is set would lead away from the tour.
        for name in variables(|name| name.starts_with("JCX_") && !name.starts_with("JCX_ES_")) {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .current_dir(&self.folder)
            .envs(self.variables.iter().cloned());
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
