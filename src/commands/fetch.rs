//! `jcx fetch`: one window, one walk, into a file that is whole or absent, or into a pipe.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::run::{Ending, Run};
use crate::cli::FetchArgs;
use crate::failure::{Failure, Kind, Result};
use crate::insights::{
    Client, ClientSettings, Credentials, Query, ServiceAccount, Services, Walked, nearest, walk,
};
use crate::net::{AgentSettings, BaseUrl, KeyPlaces, Pace, Patience, Secret, build_agent};
use crate::store::{Ledger, Output, SharedSink, Sink, Spool, Ticket};
use crate::term::{Gap, WindowText, Windows};
use crate::time::{Retention, TooOld, Window, parse_when, rfc3339};

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

/// Everything that can be refused before a request is sent.
fn plan(args: &FetchArgs, run: &Run) -> Result<Query> {
    let window = resolve(args, run)?;
    let services =
        Services::of(&args.services).map_err(|why| Failure::usage(format!("--service: {why}")))?;
    for name in services.unknown() {
        let hint = nearest(name).map(|known| format!("did you mean {known}?"));
        run.printer.warning(
            &format!("service `{name}` is not known here; it is sent all the same"),
            hint.as_deref(),
        );
    }
    let text = WindowText {
        start: rfc3339(window.start),
        end: rfc3339(window.end),
    };
    run.printer
        .step(&format!("window {} to {}", text.start, text.end));
    run.tally.update(|summary| {
        summary.window = Some(text);
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
            &mut summary.unexplained,
            &mut summary.id_conflicts,
            &mut summary.bytes_out,
        ] {
            *counter = Some(0);
        }
    });
    Ok(Query {
        services,
        window,
        page_size: args.page_size,
    })
}

/// The window, resolved against the run's frozen now.
fn resolve(args: &FetchArgs, run: &Run) -> Result<Window> {
    let now = run.now;
    let parse = |flag: &str, text: &str| {
        parse_when(text, now).map_err(|why| Failure::usage(format!("{flag}: {why}")))
    };
    let start = parse("--since", &args.since)?;
    let mut end = parse("--until", &args.until)?;
    if start > now {
        return Err(
            Failure::usage(format!("--since {} lies in the future", rfc3339(start)))
                .hint("JumpCloud refuses a start in the future; name an earlier one"),
        );
    }
    if start > end {
        return Err(Failure::usage(format!(
            "--since {} lies after --until {}",
            rfc3339(start),
            rfc3339(end)
        ))
        .hint("exchange the two"));
    }
    if end > now {
        run.printer.warning(
            &format!(
                "--until {} lies in the future; the window ends now, at {}",
                rfc3339(end),
                rfc3339(now)
            ),
            None,
        );
        end = now;
    }
    within_retention(args, run, Window { start, end })
}

fn within_retention(args: &FetchArgs, run: &Run, window: Window) -> Result<Window> {
    let age = TimeDelta::from_std(args.retention).unwrap_or(TimeDelta::MAX);
    let Err(too_old) = Retention(age).check(&window, run.now) else {
        return Ok(window);
    };
    if window.is_empty() {
        return Ok(window);
    }
    if !args.clamp {
        return Err(refuse_too_old(&window, &too_old));
    }
    let kept = Window {
        start: too_old.kept_from.min(window.end),
        end: window.end,
    };
    let (start, end) = (rfc3339(window.start), rfc3339(kept.start));
    run.printer.warning(&format!("{start} to {end} is past retention and cannot be fetched any more; the window begins at {end}"), None);
    run.tally.update(|summary| {
        summary.gaps = Some(vec![Gap {
            start,
            end,
            reason: "retention".to_owned(),
        }]);
    });
    Ok(kept)
}

fn refuse_too_old(window: &Window, too_old: &TooOld) -> Failure {
    let earliest: DateTime<Utc> = too_old.suggestion;
    Failure::usage(format!(
        "--since {} lies before what JumpCloud still keeps; the earliest start that works is {}",
        rfc3339(window.start),
        rfc3339(earliest)
    ))
    .hint(format!("write --since {}, or add --clamp to fetch what is still there; --retention names another plan", rfc3339(earliest)))
}

fn client_settings(args: &FetchArgs, run: &Run) -> Result<ClientSettings> {
    let url = BaseUrl::parse(
        args.api_url.as_deref().unwrap_or(args.region.api_url),
        "--api-url",
    )?;
    let agent = |url: &BaseUrl| {
        build_agent(&AgentSettings {
            url,
            ca_file: args.ca_file.as_deref(),
            answer_within: args.timeout.max(Duration::from_millis(1)),
            environment: &run.environment,
        })
    };
    let now = run.ambient.now();
    Ok(ClientSettings {
        agent: agent(&url)?,
        url,
        credentials: credentials(args, run, &agent)?,
        pace: Pace::new(Some(args.rate), now),
        patience: Patience::new(args.retry_for, now),
        ambient: run.ambient.clone(),
        printer: run.printer.clone(),
    })
}

/// The key or service account, from the first place that has one.
fn credentials(
    args: &FetchArgs,
    run: &Run,
    agent: &dyn Fn(&BaseUrl) -> Result<ureq::Agent>,
) -> Result<Credentials> {
    let places = KeyPlaces {
        file: args
            .api_key_file
            .as_deref()
            .map(|path| ("--api-key-file", path)),
        credential: Some("jcx-api-key"),
        variables: &["JCX_API_KEY", "JUMPCLOUD_API_KEY", "JC_API_KEY"],
    };
    if let Some(key) = Secret::find(&places, &run.environment)? {
        return Ok(Credentials::ApiKey(key));
    }
    let missing = || {
        Failure::new(Kind::Credentials, "no JumpCloud API key").hint(
            "put it into a file that others cannot read and name it with --api-key-file, or set JCX_API_KEY; \
             a service account is JCX_CLIENT_ID with JCX_CLIENT_SECRET_FILE",
        )
    };
    let id = run
        .environment
        .get("JCX_CLIENT_ID")
        .filter(|id| !id.is_empty())
        .ok_or_else(missing)?;
    let file = run
        .environment
        .get("JCX_CLIENT_SECRET_FILE")
        .filter(|path| !path.is_empty());
    let places = KeyPlaces {
        file: file.map(|path| ("JCX_CLIENT_SECRET_FILE", path.as_str())),
        credential: None,
        variables: &["JCX_CLIENT_SECRET"],
    };
    let secret = Secret::find(&places, &run.environment)?.ok_or_else(|| {
        Failure::new(Kind::Credentials, "JCX_CLIENT_ID is set, its secret is not")
            .hint("set JCX_CLIENT_SECRET_FILE or JCX_CLIENT_SECRET")
    })?;
    let token_url = BaseUrl::parse(
        args.token_url.as_deref().unwrap_or(args.region.token_url),
        "--token-url",
    )?;
    Ok(Credentials::ServiceAccount(ServiceAccount::new(
        id.clone(),
        secret,
        agent(&token_url)?,
        token_url,
    )))
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
