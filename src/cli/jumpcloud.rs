//! The flags that say which tenant is meant, and how patiently to ask it.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::common::{duration, some_duration};
use crate::insights::Region;

/// A tenant of JumpCloud.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "JumpCloud")]
pub struct JumpCloudArgs {
    /// Where the tenant lives
    #[arg(long, value_parser = region_parser(), default_value = Region::ALL[0].name)]
    pub region: Region,
    /// Another address of the API than the region's
    #[arg(long, value_name = "URL")]
    pub api_url: Option<String>,
    /// Another address for a service account's tokens than the region's
    #[arg(long, value_name = "URL")]
    pub token_url: Option<String>,
    /// Organization to read, where the key or account sees several; its id
    #[arg(long = "org", value_name = "ID")]
    pub organizations: Vec<String>,
    /// Provider's portal to read, for the portal's own events; its id
    #[arg(long, value_name = "ID")]
    pub provider: Option<String>,
    /// File that holds the API key alone, not readable by others; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<String>,
    /// PEM file of certificates to trust beside the system's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Requests a second
    #[arg(long, value_name = "N", default_value = "10", value_parser = rate, allow_negative_numbers = true)]
    pub rate: f64,
    /// How long to try again without progress
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    pub retry_for: Duration,
    /// How long to wait for an answer to begin, or to go on
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = some_duration)]
    pub timeout: Duration,
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
