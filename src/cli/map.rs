//! The arguments of `jcx map`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::common::CommonArgs;

const EXAMPLES: &str = "\
Examples:
  jcx fetch --since 15d | jcx map | jcx push
  jcx map events.ndjson.gz -o documents.ndjson --dead-letter bad.ndjson
  jcx map events.ndjson --no-data-stream --no-metadata | jq .
  jcx map archive/ --format csv --csv-safe -o events.csv
  jcx map events.ndjson --format csv --columns @timestamp,user.name,jumpcloud.event.resource.id
  jcx map events.ndjson --report-unmapped -o /dev/null
  jcx map events.ndjson --format bulk | curl -H content-type:application/x-ndjson --data-binary @- $ES/_bulk

";

/// Turn raw events into ECS documents.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Args)]
#[command(help_template = super::HELP, before_help = EXAMPLES, after_help = super::ENVIRONMENT)]
pub struct MapArgs {
    /// Files of raw events, one a line or a JSON array, .gz and .zst too, or folders of days; `-` or none is stdin
    #[arg(value_name = "FILE|DIR")]
    pub files: Vec<String>,
    /// Which documents to make
    #[arg(long, value_enum, default_value_t = Profile::Elastic)]
    pub profile: Profile,
    /// How to write them
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    pub format: Format,
    /// Columns of --format csv by the names of their fields, with commas between; `_id` is the document's
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Put ' before each cell of --format csv that a spreadsheet would run as a formula
    #[arg(long)]
    pub csv_safe: bool,
    /// Data stream of the documents: sets data_stream.*, event.dataset and where push loads them
    #[arg(
        long,
        value_name = "NAME",
        default_value = "logs-jumpcloud.events-default"
    )]
    pub data_stream: String,
    /// Leave out all that --data-stream sets
    #[arg(long)]
    pub no_data_stream: bool,
    /// Leave out @metadata, which carries the document's _id and target
    #[arg(long)]
    pub no_metadata: bool,
    /// Keep the event's text in event.original
    #[arg(long)]
    pub preserve_original: bool,
    /// Keep the jumpcloud.event fields that were copied to ECS fields
    #[arg(long)]
    pub preserve_duplicates: bool,
    /// A tag for every document (repeat for several)
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// MaxMind City database: source.geo and client.geo of addresses in it
    #[arg(long, value_name = "FILE.mmdb")]
    pub geoip_city: Option<PathBuf>,
    /// MaxMind ASN database: source.as and client.as of addresses in it
    #[arg(long, value_name = "FILE.mmdb")]
    pub geoip_asn: Option<PathBuf>,
    /// Threads that map (default: the machine's cores); the order of the output is the input's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// File to write, whole or absent; .gz and .zst are packed; `-` is stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    /// Replace an existing output file
    #[arg(long)]
    pub force: bool,
    /// File for lines that are no events, appended to; without it the first one ends the run
    #[arg(long, value_name = "FILE")]
    pub dead_letter: Option<PathBuf>,
    /// List the fields under jumpcloud.event that no exported field covers, with the documents that have them
    #[arg(long)]
    pub report_unmapped: bool,

    /// How the run speaks.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Which documents to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// Those of Elastic's JumpCloud integration
    Elastic,
    /// The same with more ECS fields, where Elastic's have none
    Extended,
}

/// How to write documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object a line
    Ndjson,
    /// A table with a header row
    Csv,
    /// A body for the _bulk API: an action line before each document
    Bulk,
}
