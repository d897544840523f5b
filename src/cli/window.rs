//! The flags that say which events are meant.

use std::time::Duration;

use clap::Args;

use super::common::some_duration;

/// A window of time, and which of its events.
#[derive(Clone, Debug, Args)]
pub struct WindowArgs {
    /// Start of the window: 15d, 36h, 2h30m, 2026-03-01 or 2026-03-01T08:00:00Z
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub since: Option<String>,
    /// End of the window, not included
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "now",
        allow_hyphen_values = true
    )]
    pub until: String,
    /// How far back the tenant's plan keeps events (15d on the smallest)
    #[arg(long, value_name = "AGE", value_parser = some_duration, default_value = "90d")]
    pub retention: Duration,
    /// Begin at the edge of retention instead of refusing an earlier start
    #[arg(long)]
    pub clamp: bool,
    /// Only this service's events (repeat for several; default: all)
    #[arg(long = "service", value_name = "NAME")]
    pub services: Vec<String>,
    /// Only events with this value in this field, selected by JumpCloud (repeat the field for other values, name others
    /// for more conditions); FIELD==VALUE keeps capitals, which are otherwise sent in lower case
    #[arg(long = "filter", value_name = "FIELD=VALUE")]
    pub filters: Vec<String>,
    /// Only events in which JumpCloud finds this text
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub search: Option<String>,
}
