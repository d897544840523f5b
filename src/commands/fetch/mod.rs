//! `jcx fetch`: one window, one walk, into a file that is whole or absent, or into a pipe.

mod access;
mod plan;

use std::sync::Arc;

use self::access::client_settings;
use self::plan::plan;
use super::run::{Ending, Run};
use crate::cli::FetchArgs;
use crate::failure::{Failure, Kind, Result};
use crate::insights::{Client, Query, Walked, walk};
use crate::store::{Ledger, Output, SharedSink, Sink, Spool, Ticket};
use crate::term::Windows;
use crate::time::rfc3339;

/// Fetches the window that the arguments name.
pub fn fetch(args: &FetchArgs, run: &Run) -> Result<Ending> {
    let query = plan(args, run)?;
    let output = Output::of(args.output.as_deref(), args.force);
    // Opened before the key is looked for: without one, too, a pipe must not end like an empty answer.
    let sink = run.share(Sink::open(&output)?);
    let client = Client::new(client_settings(args, run)?);
    let walked = if query.window.is_empty() {
        publish(&sink, Vec::new(), Ledger::new(0))?;
        Walked::default()
    } else {
        run_walk(
            run,
            &client,
            &query,
            &sink,
            &mut Spool::new(&output.folder()),
        )?
    };
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
        "{} events in {} pages, from {} to {}",
        counts.events,
        walked.pages,
        rfc3339(query.window.start),
        rfc3339(query.window.end)
    );
    Ok(Ending {
        holes: Vec::new(),
        done,
    })
}

/// Writes page after page and publishes what the ledger vouches for.
fn run_walk(
    run: &Run,
    client: &Client,
    query: &Query,
    sink: &SharedSink,
    spool: &mut Spool,
) -> Result<Walked> {
    let mut ledger = Ledger::new(0_u64);
    let mut tickets: Vec<Ticket> = Vec::new();
    let page_done = |walked: &Walked| {
        let written = sink.with(|sink| sink.flush().map(|()| sink.written()))?;
        tickets.push(ledger.enter(written));
        tell(run, client, walked, written);
        run.check_stop()
    };
    let deliver = |event: &[u8]| {
        sink.with(|sink| {
            sink.write(event)?;
            sink.write(b"\n")
        })
    };
    let walked = walk(client, query, spool, deliver, page_done);
    run.tally.update(|summary| {
        summary.requests = Some(client.requests());
        summary.retries = Some(client.retries());
    });
    let walked = walked?;
    publish(sink, tickets, ledger)?;
    Ok(walked)
}

fn publish(sink: &SharedSink, tickets: Vec<Ticket>, mut ledger: Ledger<u64>) -> Result<()> {
    let proof = sink.with(Sink::sync)?;
    for ticket in tickets {
        ledger.settle(ticket, &proof);
    }
    match sink.take() {
        Some(sink) => sink.publish(&ledger.committed()),
        None => run_was_left(),
    }
}

fn run_was_left() -> Result<()> {
    Err(Failure::new(Kind::Interrupted(0), "interrupted"))
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
        format!("{} events, {} pages{until}", shown.events, walked.pages)
    });
    run.tally.update(|summary| {
        summary.events = Some(counts.events);
        summary.pages = Some(walked.pages);
        summary.requests = Some(client.requests());
        summary.retries = Some(client.retries());
        summary.duplicates_dropped = Some(counts.duplicates_dropped);
        summary.out_of_window = Some(counts.out_of_window);
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
