//! The arguments of `jcx template`.

use clap::{Args, ValueEnum};

use super::common::CommonArgs;
use super::server::ServerArgs;

const EXAMPLES: &str = "\
Examples:
  jcx template | jq .template.mappings
  jcx template --install --es-url https://es.example.com:9200
  jcx template --flavor opensearch --data-stream logs-jumpcloud.events-eu

";

/// Print or install the index template with every exported field.
#[derive(Debug, Args)]
#[command(help_template = super::HELP, before_help = EXAMPLES, after_help = super::ENVIRONMENT)]
pub struct TemplateArgs {
    /// Data stream that the template is for; it serves every namespace of it
    #[arg(
        long,
        value_name = "NAME",
        default_value = "logs-jumpcloud.events-default"
    )]
    pub data_stream: String,
    /// Which server the field types are for (default: elasticsearch, or what the server of --install is)
    #[arg(long, value_enum)]
    pub flavor: Option<FlavorArg>,
    /// Put it on the server of --es-url, under a name that begins with jcx-
    #[arg(long)]
    pub install: bool,

    /// Where to install.
    #[command(flatten)]
    pub server: ServerArgs,
    /// How the run speaks.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// `--flavor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FlavorArg {
    /// Elasticsearch 7.17 and later
    Elasticsearch,
    /// OpenSearch
    Opensearch,
}
