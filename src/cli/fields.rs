//! The arguments of `jcx fields`.

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  jcx fields | less
  jcx fields --json | jq -r .field
  jcx fields --event-types
  jcx fields --event-types --json | jq .

";

/// Print the tables that the program runs on.
#[derive(Debug, Args)]
#[command(help_template = super::HELP, before_help = EXAMPLES)]
pub struct FieldsArgs {
    /// The event types that are known, with their ECS categories, in the place of the fields
    #[arg(long)]
    pub event_types: bool,
    /// One JSON object a line, for programs
    #[arg(long)]
    pub json: bool,
}
