//! The flags that say which server is meant, and how patiently to ask it.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::common::{duration, some_duration};
use crate::net::Fingerprint;

/// Elasticsearch or OpenSearch.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Elasticsearch or OpenSearch")]
pub struct ServerArgs {
    /// The server's address: scheme, host, port, and path where it has one; repeat it for the other nodes of the cluster
    #[arg(long, value_name = "URL")]
    pub es_url: Vec<String>,
    /// The deployment's Cloud ID, instead of an address
    #[arg(long, value_name = "ID")]
    pub cloud_id: Option<String>,
    /// File that holds an API key alone (id:key or its Base64), not readable by others; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub es_api_key_file: Option<String>,
    /// PEM file of certificates to trust for this server, beside the system's
    #[arg(long, value_name = "FILE")]
    pub es_ca_file: Option<PathBuf>,
    /// SHA-256 of the only authority to trust for this server, whose certificate the server sends
    #[arg(long, value_name = "HEX")]
    pub es_ca_fingerprint: Option<Fingerprint>,
    /// PEM file of our certificate, for a server that asks for one
    #[arg(long, value_name = "FILE")]
    pub es_client_cert: Option<PathBuf>,
    /// PEM file of that certificate's key, not encrypted and not readable by others
    #[arg(long, value_name = "FILE")]
    pub es_client_key: Option<PathBuf>,
    /// How long an answer may take, from the request to its last byte; large requests have longer
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = some_duration)]
    pub es_timeout: Duration,
    /// How long to try again without progress
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    pub retry_for: Duration,
}
