//! `jcx template`: the index template of the mapping, printed, or put on a server.
//!
//! The one place that joins what `ecs` makes with what `elastic` installs.

use std::collections::BTreeSet;

use super::completions;
use super::run::{Ending, Run};
use super::server::connect;
use crate::cli::{FlavorArg, TemplateArgs};
use crate::ecs::DataStream;
use crate::ecs::template::{Flavor, body, name};
use crate::elastic::{Connection, Installation, Installed, Product, install, product};
use crate::failure::{Failure, Kind, OrFail, Result};

/// Prints the template, or installs it.
pub fn template(args: &TemplateArgs, run: &Run) -> Result<Ending> {
    let stream: DataStream = args
        .data_stream
        .parse()
        .map_err(|why| Failure::usage(format!("--data-stream: {why}")))?;
    if args.install {
        let connection = connect(&args.server, run)?;
        let installed = put(args, &stream, &connection);
        run.tally.update(|summary| {
            summary.requests = Some(connection.requests());
            summary.retries = Some(connection.retries());
        });
        return installed.map(|what| Ending {
            holes: Vec::new(),
            lost: None,
            done: format!("{} {what}", name(&stream)),
        });
    }
    print(&stream, flavor(args).unwrap_or(Flavor::Elasticsearch))?;
    Ok(Ending::default())
}

fn flavor(args: &TemplateArgs) -> Option<Flavor> {
    args.flavor.map(|flavor| match flavor {
        FlavorArg::Elasticsearch => Flavor::Elasticsearch,
        FlavorArg::Opensearch => Flavor::OpenSearch,
    })
}

fn put(args: &TemplateArgs, stream: &DataStream, connection: &Connection) -> Result<&'static str> {
    let flavor = match flavor(args) {
        Some(flavor) => flavor,
        None => match product(connection)? {
            Product::Elasticsearch => Flavor::Elasticsearch,
            Product::OpenSearch => Flavor::OpenSearch,
        },
    };
    let make = |lacking: &BTreeSet<String>| body(flavor, stream, lacking);
    let installed = install(
        connection,
        &Installation {
            name: &name(stream),
            stream: &stream.to_string(),
            body: &make,
        },
    )?;
    Ok(match installed {
        Installed::Created => "is installed",
        Installed::Replaced => "is replaced by this version's",
        Installed::UpToDate => "is up to date",
    })
}

fn print(stream: &DataStream, flavor: Flavor) -> Result<()> {
    let body = body(flavor, stream, &BTreeSet::new());
    let mut text = serde_json::to_vec_pretty(&body)
        .or_fail(Kind::Unexpected, || "writing the template as text")?;
    text.push(b'\n');
    completions::print(&text)
}
