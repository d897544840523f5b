//! The arguments of `jcx count`.

use clap::{Args, ValueEnum};

use super::common::CommonArgs;
use super::jumpcloud::JumpCloudArgs;
use super::window::WindowArgs;

const EXAMPLES: &str = "\
Examples:
  jcx count --since 15d
  jcx count --since 90d --by day
  jcx count --since 36h --by event_type --service directory
  jcx count --since 2026-03-01 --until 2026-04-01 --by service --json

The key comes from the places that `jcx fetch --help` names.

";

/// Count events without a download.
#[derive(Debug, Args)]
#[command(help_template = super::HELP, before_help = EXAMPLES, after_help = super::ENVIRONMENT)]
pub struct CountArgs {
    /// What to count.
    #[command(flatten)]
    pub window: WindowArgs,
    /// Count in parts, too: of each service, UTC day, UTC hour or event type
    #[arg(long, value_enum)]
    pub by: Option<ByArg>,
    /// One JSON object instead of a table, for programs
    #[arg(long)]
    pub json: bool,

    /// Where to ask.
    #[command(flatten)]
    pub jumpcloud: JumpCloudArgs,
    /// How the run speaks.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// `--by`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum ByArg {
    /// The service that the events themselves name
    Service,
    /// Days in UTC
    Day,
    /// Hours in UTC
    Hour,
    /// The events' type
    EventType,
}
