//! `jcx map`: workers take turns to read chunks of lines, map them, and write them in the input's order.
//!
//! What depends on the order (ids that were given out before, dead letters, the first bad line) is decided in the books
//! alone, so the output is the same for every `--jobs`.

mod batch;
mod books;
mod cell;
mod columns;
mod crew;
mod form;
mod geoip;
mod letter;
mod parts;
mod record;
mod room;
mod rows;
mod turns;
mod unmapped;

use std::num::NonZero;
use std::thread::available_parallelism;

use self::books::Books;
use self::columns::columns;
use self::crew::Crew;
use self::form::Form;
use self::geoip::geoip;
use self::rows::Rows;
use self::unmapped::Unmapped;
use super::run::{Ending, Run};
use crate::cli::{self, Format, MapArgs};
use crate::ecs::{DataStream, Framing, Mapper, Options, Profile};
use crate::failure::{Failure, Result};
use crate::store::{Inputs, check_inputs, unfold_folders};
use crate::term::Summary;

/// What applies to a mapping is in its summary however early it ends.
pub fn zero(summary: &mut Summary) {
    for counter in [
        &mut summary.read,
        &mut summary.mapped,
        &mut summary.pipeline_errors,
        &mut summary.without_timestamp,
        &mut summary.id_conflicts,
        &mut summary.dead_letters,
        &mut summary.bytes_in,
        &mut summary.bytes_out,
    ] {
        *counter = Some(0);
    }
}

/// Maps the inputs that the arguments name.
pub fn map(args: &MapArgs, run: &Run) -> Result<Ending> {
    let stream = data_stream(args)?;
    let files = if args.files.is_empty() {
        vec!["-".to_owned()]
    } else {
        args.files.clone()
    };
    let files = unfold_folders(&files, &mut |name| {
        run.printer.warning(
            &format!("{name} is in no manifest and is left out"),
            Some(
                "run the jcx fetch --out-dir that wrote the folder again, or name the file itself",
            ),
        );
    })?;
    check_inputs(&files, "jcx map")?;
    let framing = framing(args, stream.as_ref());
    let geoip = geoip(args)?;
    let columns = table_columns(args, run)?;
    let books = Books::open(args, run, columns.as_deref())?;
    let mapper = Mapper::new(Options {
        data_stream: stream,
        tags: args.tags.clone(),
        preserve_original: args.preserve_original,
        preserve_duplicates: args.preserve_duplicates,
        profile: profile(args.profile),
        framing,
        geoip,
    });
    let rows = columns.map(|columns| Rows::new(&columns, args.csv_safe));
    let unmapped = args.report_unmapped.then(Unmapped::default);
    let form = Form::new(mapper, rows, unmapped);
    let jobs = args.jobs.map_or_else(
        || available_parallelism().map_or(1, NonZero::get),
        usize::from,
    );
    let inputs = Inputs::new(files).with_arrays();
    Crew::work(run, inputs, &form, (jobs, books), |books| {
        books.finish(run, args)
    })
}

/// The columns of `--format csv`.
fn table_columns(args: &MapArgs, run: &Run) -> Result<Option<Vec<String>>> {
    if args.format == Format::Csv {
        return columns(&args.columns).map(Some);
    }
    for (flag, given) in [
        ("--columns", !args.columns.is_empty()),
        ("--csv-safe", args.csv_safe),
    ] {
        if given {
            let text = format!("{flag} has no effect without --format csv");
            run.printer.warning(&text, None);
        }
    }
    Ok(None)
}

fn data_stream(args: &MapArgs) -> Result<Option<DataStream>> {
    if args.no_data_stream {
        return Ok(None);
    }
    let parsed = args.data_stream.parse::<DataStream>();
    parsed
        .map(Some)
        .map_err(|why| Failure::usage(format!("--data-stream: {why}")))
}

fn profile(asked: cli::Profile) -> Profile {
    match asked {
        cli::Profile::Elastic => Profile::Elastic,
        cli::Profile::Extended => Profile::Extended,
    }
}

fn framing(args: &MapArgs, stream: Option<&DataStream>) -> Framing {
    let target = stream.map(ToString::to_string);
    match (args.format, args.no_metadata) {
        (Format::Bulk, _) => Framing::Bulk { index: target },
        (Format::Ndjson, false) => Framing::Metadata { raw_index: target },
        (Format::Ndjson, true) | (Format::Csv, _) => Framing::Plain,
    }
}
