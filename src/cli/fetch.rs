//! The arguments of `jcx fetch`.

use clap::Args;

use super::common::CommonArgs;
use super::jumpcloud::JumpCloudArgs;
use super::window::WindowArgs;

const EXAMPLES: &str = "\
Examples:
  jcx fetch --since 15d | jcx map | jcx push
  jcx fetch --since 2026-03-01 --until 2026-04-01 -o march.ndjson.gz
  jcx fetch --since 36h --service sso --service radius
  jcx fetch --since 90d --filter event_type=user_login_attempt --filter success=false
  jcx fetch --since 90d --retention 15d --clamp --region eu

The key comes from --api-key-file, $CREDENTIALS_DIRECTORY/jcx-api-key, JCX_API_KEY, JUMPCLOUD_API_KEY or JC_API_KEY;
a service account from JCX_CLIENT_ID with JCX_CLIENT_SECRET_FILE or JCX_CLIENT_SECRET.

";

/// Get raw events out of JumpCloud, one JSON object a line, in timestamp order.
#[derive(Debug, Args)]
#[command(help_template = super::HELP, before_help = EXAMPLES, after_help = super::ENVIRONMENT)]
pub struct FetchArgs {
    /// What to fetch.
    #[command(flatten)]
    pub window: WindowArgs,
    /// Leave events with this value in this field out, here (repeat for several); FIELD==VALUE heeds capitals
    #[arg(long = "exclude", value_name = "FIELD=VALUE")]
    pub excludes: Vec<String>,
    /// File to write, whole or absent; .gz and .zst are packed; `-` is stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    /// Replace an existing output file
    #[arg(long)]
    pub force: bool,

    /// Where to fetch from.
    #[command(flatten)]
    pub jumpcloud: JumpCloudArgs,
    /// Events a page, 1 to 10000
    #[arg(
        long,
        value_name = "N",
        default_value_t = 10_000,
        help_heading = "JumpCloud"
    )]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000), allow_negative_numbers = true)]
    pub page_size: u32,

    /// How the run speaks.
    #[command(flatten)]
    pub common: CommonArgs,
}
