//! The arguments of `jcx fetch`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::common::{CommonArgs, duration};
use crate::insights::Region;

const EXAMPLES: &str = "\
Examples:
  jcx fetch --since 15d | jcx map | jcx push
  jcx fetch --since 2026-03-01 --until 2026-04-01 -o march.ndjson.gz
  jcx fetch --since 36h --service sso --service radius
  jcx fetch --since 90d --retention 15d --clamp --region eu

The key comes from --api-key-file, $CREDENTIALS_DIRECTORY/jcx-api-key, JCX_API_KEY, JUMPCLOUD_API_KEY or JC_API_KEY;
a service account from JCX_CLIENT_ID with JCX_CLIENT_SECRET_FILE or JCX_CLIENT_SECRET.

";

/// Get raw events out of JumpCloud, one JSON object a line, in timestamp order.
#[derive(Debug, Args)]
#[command(help_template = super::HELP, before_help = EXAMPLES, after_help = super::ENVIRONMENT)]
pub struct FetchArgs {
    /// Start of the window: 15d, 36h, 2h30m, 2026-03-01 or 2026-03-01T08:00:00Z
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub since: String,
    /// End of the window, not included
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "now",
        allow_hyphen_values = true
    )]
    pub until: String,
    /// How far back the tenant's plan keeps events (15d on the smallest)
    #[arg(long, value_name = "AGE", value_parser = duration, default_value = "90d")]
    pub retention: Duration,
    /// Begin at the edge of retention instead of refusing an earlier start
    #[arg(long)]
    pub clamp: bool,
    /// Only this service's events (repeat for several; default: all)
    #[arg(long = "service", value_name = "NAME")]
    pub services: Vec<String>,
    /// File to write, whole or absent; .gz and .zst are packed; `-` is stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    /// Replace an existing output file
    #[arg(long)]
    pub force: bool,

    /// Where the tenant lives
    #[arg(long, value_parser = region_parser(), default_value = Region::ALL[0].name)]
    #[arg(help_heading = "JumpCloud")]
    pub region: Region,
    /// Another address of the API than the region's
    #[arg(long, value_name = "URL", help_heading = "JumpCloud")]
    pub api_url: Option<String>,
    /// Another address for a service account's tokens than the region's
    #[arg(long, value_name = "URL", help_heading = "JumpCloud")]
    pub token_url: Option<String>,
    /// File that holds the API key alone, not readable by others; `-` is stdin
    #[arg(long, value_name = "FILE", help_heading = "JumpCloud")]
    pub api_key_file: Option<String>,
    /// PEM file of certificates to trust beside the system's
    #[arg(long, value_name = "FILE", help_heading = "JumpCloud")]
    pub ca_file: Option<PathBuf>,
    /// Requests a second
    #[arg(long, value_name = "N", default_value = "10", value_parser = rate, allow_negative_numbers = true, help_heading = "JumpCloud")]
    pub rate: f64,
    /// How long to try again without progress
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration, help_heading = "JumpCloud")]
    pub retry_for: Duration,
    /// How long to wait for an answer to begin, or to go on
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration, help_heading = "JumpCloud")]
    pub timeout: Duration,
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

/// Only the regions there are: an unknown name is an error, never a silent fall-back.
fn region_parser() -> impl TypedValueParser<Value = Region> {
    PossibleValuesParser::new(Region::ALL.map(|region| region.name))
        .map(|name| Region::named(&name).unwrap_or(Region::ALL[0]))
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.001..=1e6).contains(&rate) => Ok(rate),
        _ => Err("write a number from 0.001 to 1000000, such as 10 or 0.5".to_owned()),
    }
}
