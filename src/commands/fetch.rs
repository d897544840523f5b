//! `jcx fetch`: one window, one walk, into a file that is whole or absent, or into a pipe.

use std::cell::Cell;
use std::sync::Arc;

use super::jumpcloud::client_settings;
use super::run::{Ending, Run};
use super::window::{filters, scope};
use crate::cli::FetchArgs;
use crate::exit;
use crate::failure::{Kind, Result};
use crate::insights::{Client, Query, Scope, Walked, walk};
use crate::store::{Ledger, Output, SharedSink, Sink, Spool, Ticket};
use crate::term::{Gap, Windows, counted};
use crate::time::rfc3339;

/// Fetches the window that the arguments name.
pub fn fetch(args: &FetchArgs, run: &Run) -> Result<Ending> {
    let query = plan(args, run)?;
    let output = Output::of(args.output.as_deref(), args.force);
    // Opened before the key is looked for: without one, too, a pipe must not end like an empty answer.
    let sink = run.share(Sink::open(&output)?);
    let walked = if query.window.is_empty() {
        sink.publish(Vec::new(), Ledger::new(0))
            .map(|()| Walked::default())
    } else {
        let spool = Spool::new(&output.folder());
        let client = client_settings(&args.jumpcloud, run).map(Client::new);
        client.and_then(|client| run_walk(run, &client, &query, &sink, spool))
    };
    if let Err(failure) = &walked {
        note_gap(run, &query, &output, failure.kind());
    }
    let walked = walked?;
    run.tally.update(|summary| {
        summary.windows = Some(Windows {
            done: 1,
            failed: 0,
            skipped: 0,
        });
    });
    warn_of_unexplained(run, &walked);
    let counts = &walked.counts;
    let done = format!(
        "{} in {}, from {} to {}",
        counted(counts.events, "event"),
        counted(walked.pages, "page"),
        rfc3339(query.window.start),
        rfc3339(query.window.end)
    );
    Ok(Ending {
        holes: Vec::new(),
        done,
    })
}

/// What is asked for; until a page is there the summary says that nothing was delivered.
fn plan(args: &FetchArgs, run: &Run) -> Result<Query> {
    let Scope {
        mut selection,
        window,
    } = scope(&args.window, run)?;
    selection.exclude = filters("--exclude", &args.excludes)?;
    run.tally.update(|summary| {
        summary.windows = Some(Windows {
            done: 0,
            failed: 1,
            skipped: 0,
        });
        summary.gaps.get_or_insert_default();
        for counter in [
            &mut summary.events,
            &mut summary.pages,
            &mut summary.requests,
            &mut summary.retries,
            &mut summary.duplicates_dropped,
            &mut summary.out_of_window,
            &mut summary.excluded,
            &mut summary.unexplained,
            &mut summary.id_conflicts,
            &mut summary.bytes_out,
        ] {
            *counter = Some(0);
        }
    });
    Ok(Query {
        selection,
        window,
        page_size: args.page_size,
    })
}

/// Writes page after page and publishes what the ledger vouches for.
fn run_walk(
    run: &Run,
    client: &Client,
    query: &Query,
    sink: &SharedSink,
    mut spool: Spool,
) -> Result<Walked> {
    let delivered = Cell::new(0_u64);
    let mut ledger = Ledger::new(0_u64);
    let mut tickets: Vec<Ticket> = Vec::new();
    let page_done = |walked: &Walked| {
        let written = sink.with(|sink| sink.flush().map(|()| sink.written()))?;
        tickets.push(ledger.enter(written));
        tell(run, client, walked, written);
        run.ambient.check_stop()
    };
    let deliver = |event: &[u8]| {
        sink.with(|sink| {
            sink.write(event)?;
            sink.write(b"\n")?;
            delivered.set(delivered.get() + 1);
            Ok(())
        })
    };
    let walked = walk(client, query, &mut spool, deliver, page_done);
    run.tally.update(|summary| {
        summary.requests = Some(client.requests());
        summary.retries = Some(client.retries());
        summary.events = Some(delivered.get());
    });
    let walked = walked?;
    sink.publish(tickets, ledger)?;
    Ok(walked)
}

/// What a failed run did not deliver: of a file everything, of a stream what lies behind its last event.
fn note_gap(run: &Run, query: &Query, output: &Output, kind: Kind) {
    run.tally.update(|summary| {
        let streamed = summary
            .last_timestamp
            .clone()
            .filter(|_| output.is_stream());
        let start = streamed.unwrap_or_else(|| rfc3339(query.window.start));
        let gap = Gap {
            start,
            end: rfc3339(query.window.end),
            reason: exit::reason(kind).to_owned(),
        };
        summary.gaps.get_or_insert_default().push(gap);
    });
}

/// Brings the summary and the progress bar up to a page.
fn tell(run: &Run, client: &Client, walked: &Walked, written: u64) {
    let counts = Arc::new(walked.counts.clone());
    let shown = Arc::clone(&counts);
    run.printer.progress(|| {
        let until = shown
            .last
            .map(|last| format!(", up to {}", rfc3339(last)))
            .unwrap_or_default();
        format!(
            "{}, {}{until}",
            counted(shown.events, "event"),
            counted(walked.pages, "page")
        )
    });
    run.tally.update(|summary| {
        summary.events = Some(counts.events);
        summary.pages = Some(walked.pages);
        summary.requests = Some(client.requests());
        summary.retries = Some(client.retries());
        summary.duplicates_dropped = Some(counts.duplicates_dropped);
        summary.out_of_window = Some(counts.out_of_window);
        summary.excluded = Some(counts.excluded);
        summary.unexplained = Some(counts.unexplained);
        summary.id_conflicts = Some(counts.id_conflicts);
        summary.first_timestamp = counts.first.map(rfc3339);
        summary.last_timestamp = counts.last.map(rfc3339);
        summary.bytes_out = Some(written);
    });
}

fn warn_of_unexplained(run: &Run, walked: &Walked) {
    let counts = &walked.counts;
    if counts.unexplained > 0 {
        let text = format!(
            "{} events lie outside the window or have no timestamp that can be read; they were kept",
            counts.unexplained
        );
        run.printer.warning(&text, None);
    }
    if counts.id_conflicts > 0 {
        run.printer.warning(&format!("{} events share their id with another event of the same millisecond; all were kept", counts.id_conflicts), None);
    }
}
