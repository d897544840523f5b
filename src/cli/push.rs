//! The arguments of `jcx push`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};

use super::common::{CommonArgs, duration};
use super::server::ServerArgs;
use super::size::size;

const EXAMPLES: &str = "\
Examples:
  jcx fetch --since 15d | jcx map | jcx push --es-url https://es.example.com:9200
  jcx push documents.ndjson.gz --dead-letter refused.ndjson
  jcx map events.ndjson --no-data-stream | jcx push --index jumpcloud-2026
  jcx push export/*.ndjson --state load.state --dead-letter refused.ndjson
  jcx push documents.ndjson --batch-bytes 1MiB --jobs 4 --gzip
  jcx push documents.ndjson --es-url https://es1.example.com --es-url https://es2.example.com

Credentials come from --es-api-key-file, $CREDENTIALS_DIRECTORY/jcx-es-api-key, JCX_ES_API_KEY, JCX_ES_BEARER_TOKEN[_FILE],
or JCX_ES_USERNAME with JCX_ES_PASSWORD[_FILE].

";

/// Load documents into Elasticsearch or OpenSearch, each exactly once.
#[derive(Debug, Args)]
#[command(help_template = super::HELP, before_help = EXAMPLES, after_help = super::ENVIRONMENT)]
pub struct PushArgs {
    /// Files of documents, one a line, .gz and .zst too; `-` or none is stdin
    #[arg(value_name = "FILE")]
    pub files: Vec<String>,
    /// Data stream to load into (default: the one that the documents name, else logs-jumpcloud.events-default)
    #[arg(long, value_name = "NAME")]
    pub data_stream: Option<String>,
    /// A plain index instead, whatever the documents name, and JCX_DATA_STREAM too
    #[arg(long, value_name = "NAME")]
    pub index: Option<String>,
    /// How documents that are there already are told
    #[arg(long, value_enum, default_value_t = Dedupe::Auto)]
    pub dedupe: Dedupe,
    /// Ingest pipeline to run on the documents; for mapped ones `_none` is right
    #[arg(long, value_name = "NAME", default_value = "_none", value_parser = NonEmptyStringValueParser::new())]
    pub pipeline: String,
    /// File for documents that are refused, appended to; without it the first one ends the run
    #[arg(long, value_name = "FILE")]
    pub dead_letter: Option<PathBuf>,
    /// Remembers up to where the files are loaded, so that the same command goes on there
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Wait this long for a run that holds the state
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0s")]
    pub lock_wait: Duration,
    /// Close a batch at this many bytes, uncompressed; a larger document travels alone
    #[arg(long, value_name = "SIZE", default_value = "5MiB", value_parser = size)]
    pub batch_bytes: usize,
    /// Close a batch at this many documents
    #[arg(long, value_name = "N", default_value_t = 5000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub batch_docs: u32,
    /// Requests under way at once
    #[arg(long, value_name = "N", default_value_t = 2)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: u16,
    /// Compress requests
    #[arg(long)]
    pub gzip: bool,

    /// Where to load.
    #[command(flatten)]
    pub server: ServerArgs,
    /// How the run speaks.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// How a document that is in the target already is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dedupe {
    /// The server refuses its _id, and it is looked up where the target has more than one index
    Auto,
    /// The server refuses its _id, which it does only in the index it writes to
    Conflict,
    /// Not at all: documents are sent without their _id
    None,
}
