//! `jcx push`: a filler makes batches of the input, senders deliver them, the conductor keeps the books.
//!
//! The first batch decides the target, which is looked at before anything is sent (`docs/elasticsearch-bulk.md`).

mod arguments;
mod books;
mod buried;
mod closing;
mod conductor;
mod crew;
mod feed;
mod intake;
mod letter;
mod load;
mod loading;
mod memory;
mod mistaken;
mod pairs;
mod raw;
mod reader;
mod recall;
mod rehearsal;
mod report;
mod resend;
mod resume;
mod saving;

use std::sync::Arc;

use self::arguments::{dedupe, inputs, intake, limits, wanted_target};
use self::conductor::Conductor;
use self::crew::Orders;
use self::feed::Feed;
use self::intake::Intake;
use self::load::{Filled, Load};
use self::mistaken::refuse_mistaken;
use self::recall::recall;
use self::rehearsal::Rehearsal;
use self::report::Opened;
use self::resume::Resume;
use super::run::{Ending, Run};
use super::server::connect;
use crate::cli::PushArgs;
use crate::elastic::{
    Asked, Backing, Bulk, Connection, Dedupe, FinalPipeline, Loader, Look, SizeLimit, Target, look,
    named_target,
};
use crate::failure::Result;
use crate::store::Inputs;
use crate::term::Summary;

/// Where documents go that name no stream.
const DEFAULT_STREAM: &str = "logs-jumpcloud.events-default";

/// What to do about letters for several streams, which only a person can have mixed on purpose.
const ONE_STREAM: &str = "send them one stream at a time: with --data-stream NAME the letters for other streams are kept as they are in the file that --dead-letter names, which can be sent next";

/// Loads the documents of the inputs that the arguments name.
pub fn push(args: &PushArgs, run: &Run) -> Result<Ending> {
    let wanted = wanted_target(args)?;
    let intake = intake(args, run)?;
    let connection = Arc::new(connect(&args.server, run)?);
    if args.dry_run {
        let inputs = Inputs::new(inputs(args)?);
        let feed = start(args, (inputs, intake), wanted.as_ref())?;
        return Rehearsal::new(args, run).run(feed, &connection, wanted);
    }
    let mut conductor = Conductor::new(run, &connection, args.dead_letter.as_deref());
    let begun = begin(args, (wanted, &connection), intake, &mut conductor);
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
    let ended = listened.and_then(|()| conductor.end());
    ended.map_err(|failure| conductor.break_off(failure))
}

/// Everything before the first document is sent.
fn begin(
    args: &PushArgs,
    (wanted, connection): (Option<Target>, &Arc<Connection>),
    mut intake: Intake,
    conductor: &mut Conductor<'_>,
) -> Result<(Feed, Option<Load>, Loader)> {
    let (inputs, wanted) = open_inputs(args, wanted, &mut intake, conductor)?;
    conductor.without_ids = dedupe(args) == Dedupe::None;
    conductor.open_dead_letters()?;
    let mut feed = start(args, (inputs, intake), wanted.as_ref())?;
    let is_pinned = conductor.resume.as_ref().is_some_and(Resume::is_pinned);
    if let Some(target) = wanted
        .as_ref()
        .filter(|target| is_pinned && target.is_stream())
    {
        feed.expect_stream(target.name());
    }
    let first = first_load(&mut feed, conductor)?;
    let target = target((args, conductor.run), wanted, first.as_ref())?;
    let (loader, look) = prepare(args, connection, target, (first.as_ref(), feed.limit()))?;
    conductor.pin(first.as_ref(), &loader)?;
    if loader.target().is_stream() {
        feed.expect_stream(loader.target().name());
    }
    let first = first.map(|load| ingesting(args, look.as_ref(), &mut feed, load));
    Ok((feed, first, loader))
}

/// Starts to read.
fn start(
    args: &PushArgs,
    (inputs, intake): (Inputs, Intake),
    wanted: Option<&Target>,
) -> Result<Feed> {
    let stop_at_flaw = args.dead_letter.is_none();
    let mut feed = Feed::start(inputs, intake, limits(args), stop_at_flaw)?;
    if args.state.is_some() {
        feed.follow();
    }
    if wanted.is_some_and(|target| !target.is_stream()) {
        feed.ignore_streams();
    }
    Ok(feed)
}

/// What is read, and where it goes if that is said before it is read.
fn open_inputs(
    args: &PushArgs,
    wanted: Option<Target>,
    intake: &mut Intake,
    conductor: &mut Conductor<'_>,
) -> Result<(Inputs, Option<Target>)> {
    let Some(path) = &args.state else {
        return Ok((Inputs::new(inputs(args)?), wanted));
    };
    let (resume, starts) = Resume::open(args, path, conductor.run)?;
    let (target, before) = (resume.target(wanted), resume.before(args));
    conductor.resume = Some(resume);
    let target = target?;
    recall(&before, &starts, intake)?;
    Ok((Inputs::starting(starts), target))
}

/// A final pipeline says itself when a document was loaded; then nothing is put in, not even into the first batch, which
/// was filled before anybody knew the target.
fn ingesting(args: &PushArgs, look: Option<&Look>, feed: &mut Feed, first: Load) -> Load {
    let is_set = look.is_some_and(|look| matches!(look.final_pipeline, FinalPipeline::Named(_)));
    if args.input.ingested && is_set {
        return feed.leave_as_they_are(first);
    }
    first
}

/// What applies to a load is in its summary however early it ends.
pub fn zero(summary: &mut Summary) {
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

/// The target: what the arguments name, else the documents of the first batch, else the default.
fn target(
    (args, run): (&PushArgs, &Run),
    wanted: Option<Target>,
    first: Option<&Load>,
) -> Result<Target> {
    let streams = first.map_or(&[][..], |load| load.batch.streams());
    let named = match &wanted {
        Some(index) if !index.is_stream() => None,
        stream => named_target(stream.as_ref(), streams).map_err(|failure| {
            let is_of_several = streams.len() > 1 && args.input.from_dead_letter.is_some();
            if is_of_several {
                failure.hint(ONE_STREAM)
            } else {
                failure
            }
        })?,
    };
    let target = match wanted.or(named) {
        Some(target) => target,
        None => Target::stream(DEFAULT_STREAM, "the default")?,
    };
    if let Some(load) = first {
        refuse_mistaken(args, &target, &load.batch.entry(0), run)?;
    }
    Ok(target)
}

/// Looks at the target. Without documents there is nothing to ask a server for.
fn prepare(
    args: &PushArgs,
    connection: &Arc<Connection>,
    target: Target,
    (first, limit): (Option<&Load>, SizeLimit),
) -> Result<(Loader, Option<Look>)> {
    let asked = Asked {
        dedupe: dedupe(args),
        pipeline: args.input.ingested,
    };
    let look = match first {
        Some(_) => Some(look(connection, &target, asked)?),
        None => None,
    };
    let bulk = Bulk {
        target,
        pipeline: args.pipeline.clone(),
        gzip: args.gzip,
        optional: look.as_ref().map(|look| look.optional).unwrap_or_default(),
        jobs: args.jobs,
        stop_at_refused: args.dead_letter.is_none(),
        dedupe: asked.dedupe,
    };
    let backing = look.as_ref().map(|look| look.backing.clone());
    let backing = backing.unwrap_or(Backing::Absent);
    let loader = Loader::new(Arc::clone(connection), bulk, limit, backing);
    Ok((loader, look))
}
