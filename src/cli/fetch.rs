//! The arguments of `jcx fetch`.

use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use super::common::{CommonArgs, duration};
use super::jumpcloud::JumpCloudArgs;
use super::window::WindowArgs;

const EXAMPLES: &str = "\
Examples:
  jcx fetch --since 15d | jcx map | jcx push
  jcx fetch --since 2026-03-01 --until 2026-04-01 -o march.ndjson.gz
  jcx fetch --since 36h --service sso --service radius
  jcx fetch --since 90d --filter event_type=user_login_attempt --filter success=false
  jcx fetch --since 90d --retention 15d --clamp --region eu
  jcx fetch --since 90d --out-dir archive --compress zst      again and again: the archive grows
  jcx fetch --since 1d --state jcx.state -o events.ndjson --append
  jcx fetch --since 90d --dry-run                             what it would be, without a download

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
    #[arg(long, conflicts_with = "append")]
    pub force: bool,
    /// Only looking ahead.
    #[command(flatten)]
    pub ahead: DryRunArgs,

    /// An archive of days.
    #[command(flatten)]
    pub archive: ArchiveArgs,
    /// Going on after the last run.
    #[command(flatten)]
    pub state: ResumeArgs,

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

    /// Windows fetched at once; the output is the same for any number
    #[arg(
        long,
        value_name = "N",
        default_value_t = 4,
        help_heading = "JumpCloud"
    )]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=64), allow_negative_numbers = true)]
    pub jobs: u16,
    /// Do not compare what came with what JumpCloud counts
    #[arg(long, help_heading = "JumpCloud")]
    pub no_count: bool,

    /// How the run speaks.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// A run that fetches nothing.
#[derive(Clone, Debug, Args)]
pub struct DryRunArgs {
    /// Window, count, pages, requests and size on stdout; nothing is fetched or written
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// With --dry-run: one JSON object
    #[arg(long, requires = "dry_run")]
    pub json: bool,
}

/// A folder with a file for each UTC day.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "An archive of days")]
pub struct ArchiveArgs {
    /// Folder with one file a UTC day and a manifest; days that are there are not asked for again
    #[arg(long, value_name = "DIR", conflicts_with_all = ["output", "state", "append", "force"])]
    pub out_dir: Option<PathBuf>,
    /// How day files are packed
    #[arg(long, value_name = "FORMAT", value_enum, requires = "out_dir")]
    pub compress: Option<Compress>,
    /// Fetch this day anew although it is there (repeat for several)
    #[arg(long, value_name = "DAY", value_parser = days, requires = "out_dir")]
    pub refetch: Vec<DayList>,
}

/// A state file and what belongs to it.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Going on after the last run")]
pub struct ResumeArgs {
    /// Remembers what was delivered, so that the next run goes on there
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Append to the output file, as its state says
    #[arg(long, requires = "state")]
    pub append: bool,
    /// With --state: leave the newest events to the next run, for those that appear late
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "2m", requires = "state")]
    pub lag: Duration,
    /// With --state: read this much of the time before again, for those that appeared later still
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "30m", requires = "state")]
    pub overlap: Duration,
    /// Wait this long for a run that holds the state or the archive
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0s")]
    pub lock_wait: Duration,
}

/// `--compress`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Compress {
    /// gzip
    Gz,
    /// Zstandard
    Zst,
}

/// One day, or several with commas between, as a variable lists them.
#[derive(Clone, Debug)]
pub struct DayList(Vec<NaiveDate>);

impl ArchiveArgs {
    /// The days that are fetched anew.
    pub fn refetched(&self) -> Vec<NaiveDate> {
        let lists = self.refetch.iter();
        lists.flat_map(|list| list.0.iter().copied()).collect()
    }
}

fn days(text: &str) -> Result<DayList, String> {
    let day = |day: &str| {
        NaiveDate::parse_from_str(day.trim(), "%Y-%m-%d")
            .map_err(|_| format!("`{day}` is no day: write a day as YYYY-MM-DD"))
    };
    let days: Result<_, String> = text.split(',').map(day).collect();
    days.map(DayList)
}
