//! The flags that every working command has.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

use crate::term::Verbosity;
use crate::time::parse_age;

/// How a run speaks.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output of the run itself")]
pub struct CommonArgs {
    /// Errors only
    #[arg(short, long)]
    pub quiet: bool,
    /// Say more: -v a line for each window or batch, -vv for each request
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Write a summary as one JSON object, on failure too; `-` is stderr
    #[arg(long, value_name = "FILE")]
    pub summary: Option<String>,
    /// Lines on stderr as text or as one JSON object each
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormatArg::Text)]
    pub log_format: LogFormatArg,
    /// Write Prometheus metrics, replacing the file whole
    #[arg(long, value_name = "FILE")]
    pub metrics_file: Option<PathBuf>,
}

/// `--log-format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormatArg {
    /// `jcx: warning: …`
    Text,
    /// `{"level":"warning","message":…}`
    Json,
}

impl CommonArgs {
    /// The flags as one level.
    pub fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, 1) => Verbosity::Steps,
            (false, _) => Verbosity::Requests,
        }
    }
}

/// A duration flag's value.
pub fn duration(text: &str) -> Result<Duration, String> {
    let age = parse_age(text).map_err(|error| error.to_string())?;
    age.to_std().map_err(|error| error.to_string())
}

/// The same of a flag for which none at all is nonsense.
pub fn some_duration(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err(format!(
            "`{text}` is no time at all; write for example 30s, 2m or 15d"
        )),
        some => Ok(some),
    }
}
