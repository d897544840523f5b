//! `jcx push`: a filler makes batches of the input, senders deliver them, the conductor keeps the books.
//!
//! The first batch decides the target, which is looked at before anything is sent (`docs/elasticsearch-bulk.md`).

mod books;
mod buried;
mod closing;
mod conductor;
mod crew;
mod feed;
mod letter;
mod load;
mod reader;
mod report;
mod resume;
mod saving;

use std::sync::Arc;

use self::conductor::Conductor;
use self::crew::Orders;
use self::feed::Feed;
use self::load::{Filled, Load};
use self::report::Opened;
use self::resume::Resume;
use super::run::{Ending, Run};
use super::server::connect;
use crate::cli::{self, PushArgs};
use crate::elastic::{
    Backing, Bulk, Connection, Dedupe, Limits, Loader, Look, SizeLimit, Target, look, named_target,
};
use crate::failure::{Failure, Result};
use crate::store::{Inputs, check_inputs};
use crate::term::Summary;

/// Where documents go that name no stream.
const DEFAULT_STREAM: &str = "logs-jumpcloud.events-default";

/// Loads the documents of the inputs that the arguments name.
pub fn push(args: &PushArgs, run: &Run) -> Result<Ending> {
    run.tally.update(zero);
    let wanted = wanted_target(args)?;
    let connection = Arc::new(connect(&args.server, run)?);
    let mut conductor = Conductor::new(run, &connection, args.dead_letter.as_deref());
    let begun = begin(args, (wanted, &connection), &mut conductor);
    conductor.tell();
    let (feed, first, loader) = match begun {
        Ok(begun) => begun,
        Err(failure) => return Err(conductor.leave(failure)),
    };
    let orders = Orders {
        jobs: usize::from(args.jobs),
        stop_at_refused: args.dead_letter.is_none(),
        ambient: run.ambient.clone(),
    };
    let (reports, loader) = crew::start(feed, first, loader, &orders)?;
    let listened = conductor.listen(&reports, loader);
    // However the run ends, what is proven is kept.
    if let Err(failure) = conductor.save() {
        conductor.fail(failure);
    }
    listened?;
    conductor.end()
}

/// How documents that are there already are told.
fn dedupe(args: &PushArgs) -> Dedupe {
    match args.dedupe {
        cli::Dedupe::Auto => Dedupe::Auto,
        cli::Dedupe::Conflict => Dedupe::Conflict,
        cli::Dedupe::None => Dedupe::None,
    }
}

/// Everything before the first document is sent.
fn begin(
    args: &PushArgs,
    (wanted, connection): (Option<Target>, &Arc<Connection>),
    conductor: &mut Conductor<'_>,
) -> Result<(Feed, Option<Load>, Loader)> {
    let (inputs, wanted) = open_inputs(args, wanted, conductor)?;
    let limits = Limits {
        bytes: SizeLimit::new(args.batch_bytes),
        documents: usize::try_from(args.batch_docs).unwrap_or(usize::MAX),
        ids: dedupe(args) != Dedupe::None,
    };
    conductor.without_ids = !limits.ids;
    conductor.open_dead_letters()?;
    let mut feed = Feed::start(inputs, limits.clone(), args.dead_letter.is_none())?;
    if args.state.is_some() {
        feed.follow();
    }
    if wanted.as_ref().is_some_and(|target| !target.is_stream()) {
        feed.ignore_streams();
    }
    let first = first_load(&mut feed, conductor)?;
    let loader = prepare(args, connection, wanted, first.as_ref(), limits.bytes)?;
    conductor.pin(first.as_ref(), &loader)?;
    if loader.target().is_stream() {
        feed.expect_stream(loader.target().name());
    }
    Ok((feed, first, loader))
}

/// What is read, and where it goes if that is said before it is read.
fn open_inputs(
    args: &PushArgs,
    wanted: Option<Target>,
    conductor: &mut Conductor<'_>,
) -> Result<(Inputs, Option<Target>)> {
    let Some(path) = &args.state else {
        return Ok((Inputs::new(inputs(args)?), wanted));
    };
    let (resume, starts) = Resume::open(args, path, conductor.run)?;
    let target = resume.target(wanted);
    conductor.resume = Some(resume);
    Ok((Inputs::starting(starts), target?))
}

/// What applies to a load is in its summary however early it ends.
fn zero(summary: &mut Summary) {
    for counter in [
        &mut summary.read,
        &mut summary.indexed,
        &mut summary.duplicates,
        &mut summary.rejected,
        &mut summary.dead_letters,
        &mut summary.without_id,
        &mut summary.retried_items,
        &mut summary.batches,
        &mut summary.requests,
        &mut summary.retries,
        &mut summary.bytes_in,
        &mut summary.bytes_out,
    ] {
        *counter = Some(0);
    }
}

fn inputs(args: &PushArgs) -> Result<Vec<String>> {
    let files = if args.files.is_empty() {
        vec!["-".to_owned()]
    } else {
        args.files.clone()
    };
    let from_stdin = files.iter().filter(|file| *file == "-").count();
    let key_from_stdin = args.server.es_api_key_file.as_deref() == Some("-");
    if from_stdin + usize::from(key_from_stdin) > 1 {
        return Err(Failure::usage("stdin can be read only once")
            .hint("give the key as a file, or the documents as files"));
    }
    check_inputs(&files, "jcx push")?;
    Ok(files)
}

/// What the arguments name. Both stand here only where both are variables, and the stream's may be there for `jcx map`.
fn wanted_target(args: &PushArgs) -> Result<Option<Target>> {
    match (&args.index, &args.data_stream) {
        (Some(index), _) => Target::index(index, "--index").map(Some),
        (None, Some(stream)) => Target::stream(stream, "--data-stream").map(Some),
        (None, None) => Ok(None),
    }
}

/// Reads up to the first documents, or to the end where there are none.
fn first_load(feed: &mut Feed, conductor: &mut Conductor<'_>) -> Result<Option<Load>> {
    let ambient = &conductor.run.ambient;
    loop {
        let filled = feed.fill(&|| ambient.stopping());
        ambient.check_stop()?;
        if !feed.is_empty() {
            let load = feed.take_load();
            if !load.batch.is_empty() {
                return Ok(Some(load));
            }
            // Nothing of it is for the server, so it need not wait for one.
            conductor.opened(Opened::of(load).0)?;
        }
        if filled == Filled::Ended {
            return Ok(None);
        }
    }
}

/// Finds the target and looks at it. Without documents there is nothing to ask a server for.
fn prepare(
    args: &PushArgs,
    connection: &Arc<Connection>,
    wanted: Option<Target>,
    first: Option<&Load>,
    limit: SizeLimit,
) -> Result<Loader> {
    let streams = first.map_or(&[][..], |load| load.batch.streams());
    let named = match &wanted {
        Some(index) if !index.is_stream() => None,
        stream => named_target(stream.as_ref(), streams)?,
    };
    let target = match wanted.or(named) {
        Some(target) => target,
        None => Target::stream(DEFAULT_STREAM, "the default")?,
    };
    let Look {
        require_data_stream,
        backing,
    } = match first {
        Some(_) => look(connection, &target)?,
        None => Look {
            require_data_stream: false,
            backing: Backing::Absent,
        },
    };
    let bulk = Bulk {
        target,
        pipeline: args.pipeline.clone(),
        gzip: args.gzip,
        require_data_stream,
        jobs: args.jobs,
        stop_at_refused: args.dead_letter.is_none(),
        dedupe: dedupe(args),
    };
    Ok(Loader::new(Arc::clone(connection), bulk, limit, backing))
}
