//! `jcx map`: workers take turns to read chunks of lines, map them, and write them in the input's order.
//!
//! What depends on the order (ids that were given out before, dead letters, the first bad line) is decided in the books
//! alone, so the output is the same for every `--jobs`.

mod batch;
mod books;
mod crew;
mod letter;
mod turns;

use std::num::NonZero;
use std::thread::available_parallelism;

use self::books::Books;
use self::crew::Crew;
use super::run::{Ending, Run};
use crate::cli::{Format, MapArgs};
use crate::ecs::{DataStream, Framing, Mapper, Options};
use crate::failure::{Failure, Result};
use crate::store::{Inputs, check_inputs, unfold_folders};

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
    check_inputs(&files)?;
    let framing = framing(args, stream.as_ref());
    let books = Books::open(args, run)?;
    let mapper = Mapper::new(Options {
        data_stream: stream,
        tags: args.tags.clone(),
        preserve_original: args.preserve_original,
        preserve_duplicates: args.preserve_duplicates,
        framing,
    });
    let jobs = args.jobs.map_or_else(
        || available_parallelism().map_or(1, NonZero::get),
        usize::from,
    );
    let inputs = Inputs::new(files).with_arrays();
    Crew::work(run, inputs, &mapper, (jobs, books), |books| {
        books.finish(run, args)
    })
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

fn framing(args: &MapArgs, stream: Option<&DataStream>) -> Framing {
    let target = stream.map(ToString::to_string);
    match (args.format, args.no_metadata) {
        (Format::Bulk, _) => Framing::Bulk { index: target },
        (Format::Ndjson, false) => Framing::Metadata { raw_index: target },
        (Format::Ndjson, true) => Framing::Plain,
    }
}
