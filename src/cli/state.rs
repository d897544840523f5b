//! The arguments of `jcx state` and of what it does.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::common::duration;

const EXAMPLES: &str = "\
Examples:
  jcx state show events.state
  jcx state ack archive
  jcx state set events.state --until 2026-03-01
  jcx state set load.state --file export.ndjson --line 1200
  jcx state reset events.state --force

";

/// Look at what a continued run left, and change it.
#[derive(Debug, Args)]
#[command(help_template = super::HELP, before_help = EXAMPLES)]
pub struct StateArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub action: StateAction,
}

/// What to do with a state.
#[derive(Debug, Subcommand)]
pub enum StateAction {
    /// Say up to where everything was delivered, and which gaps are open
    Show(ShowArgs),
    /// Acknowledge the open gaps: they are told no more
    Ack(AckArgs),
    /// Move the position of a state
    Set(SetArgs),
    /// Remove a state, so that the next run begins anew
    Reset(ResetArgs),
}

const SHOW: &str = "\
Examples:
  jcx state show events.state
  jcx state show archive --json | jq .gaps

";

/// `jcx state show`.
#[derive(Debug, Args)]
#[command(help_template = super::HELP, before_help = SHOW)]
pub struct ShowArgs {
    /// The file of --state, or the folder of --out-dir
    #[arg(value_name = "FILE|DIR")]
    pub path: PathBuf,
    /// One JSON object, for programs
    #[arg(long)]
    pub json: bool,
}

const ACK: &str = "\
Examples:
  jcx state ack events.state
  jcx state ack archive --lock-wait 10m

";

/// `jcx state ack`.
#[derive(Debug, Args)]
#[command(help_template = super::HELP, before_help = ACK)]
pub struct AckArgs {
    /// The file of --state, or the folder of --out-dir
    #[arg(value_name = "FILE|DIR")]
    pub path: PathBuf,
    /// How long to wait for a run that holds the lock.
    #[command(flatten)]
    pub lock: LockArgs,
}

const SET: &str = "\
Examples:
  jcx state set events.state --until 2026-03-01T08:00:00Z
  jcx state set events.state --until 36h
  jcx state set load.state --file export.ndjson --line 1200
  jcx state set load.state --forget rotated.ndjson

";

/// `jcx state set`.
#[derive(Debug, Args)]
#[command(help_template = super::HELP, before_help = SET)]
pub struct SetArgs {
    /// The file of --state
    #[arg(value_name = "FILE")]
    pub path: PathBuf,
    /// The new position of a fetch: 36h, 2026-03-01 or 2026-03-01T08:00:00Z
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    #[arg(required_unless_present_any = ["file", "forget"], conflicts_with_all = ["file", "forget"])]
    pub until: Option<String>,
    /// Of a load: the file in which the position is moved
    #[arg(
        long,
        value_name = "FILE",
        requires = "line",
        conflicts_with = "forget"
    )]
    pub file: Option<String>,
    /// Go on in the file behind this line; 0 is its beginning
    #[arg(long, value_name = "N", requires = "file")]
    pub line: Option<u64>,
    /// Of a load: know nothing of this file any more
    #[arg(long, value_name = "FILE")]
    pub forget: Option<String>,
    /// How long to wait for a run that holds the lock.
    #[command(flatten)]
    pub lock: LockArgs,
}

const RESET: &str = "\
Examples:
  jcx state reset events.state --force

";

/// `jcx state reset`.
#[derive(Debug, Args)]
#[command(help_template = super::HELP, before_help = RESET)]
pub struct ResetArgs {
    /// The file of --state
    #[arg(value_name = "FILE")]
    pub path: PathBuf,
    /// Do it; without this flag it only says what would happen
    #[arg(long)]
    pub force: bool,
    /// How long to wait for a run that holds the lock.
    #[command(flatten)]
    pub lock: LockArgs,
}

/// The flag of everything that takes the lock of a state or an archive.
#[derive(Clone, Debug, Args)]
pub struct LockArgs {
    /// How long to wait while another run holds the lock
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0s")]
    pub lock_wait: Duration,
}
