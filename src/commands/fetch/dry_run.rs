//! `jcx fetch -n`: what a run would be, from counts alone. Fetches no event and writes no file.

use std::time::Duration;

use serde::Serialize;

use super::days;
use crate::cli::FetchArgs;
use crate::commands::jumpcloud::client_settings;
use crate::commands::run::{Ending, Run};
use crate::commands::window::scope;
use crate::failure::Result;
use crate::insights::{Client, Scope, Tries};
use crate::store::{Ledger, Output, Sink};
use crate::term::{WindowText, counted};
use crate::time::{Window, rfc3339};

/// Bytes of an event, as others have seen them on average.
const EVENT_BYTES: u64 = 1_200;
/// Requests besides those for pages: the comparison with the count, and the question when the events were.
const BESIDES: u64 = 2;

#[derive(Serialize)]
struct Plan {
    windows: Vec<WindowText>,
    count: u64,
    pages: u64,
    requests: u64,
    estimated_bytes: u64,
}

/// Prints what a run with these arguments would ask for.
pub fn dry_run(args: &FetchArgs, run: &Run) -> Result<Ending> {
    let (selection, windows) = match (&args.archive.out_dir, &args.state.state) {
        (Some(folder), _) => days::missing(args, folder, run)?,
        (None, Some(state)) => super::append::ahead(args, state, run)?,
        (None, None) => {
            let Scope { selection, window } = scope(&args.window, run)?;
            (selection, vec![window])
        }
    };
    let windows: Vec<Window> = windows
        .into_iter()
        .filter(|window| !window.is_empty())
        .collect();
    let sink = run.share(Sink::open(&Output::Stdout)?);
    let mut plan = Plan {
        windows: windows.iter().map(shown).collect(),
        count: 0,
        pages: 0,
        requests: 0,
        estimated_bytes: 0,
    };
    if !windows.is_empty() {
        let client = Client::new(client_settings(&args.jumpcloud, run)?);
        for window in &windows {
            let selection = selection.clone();
            let scope = Scope {
                selection,
                window: *window,
            };
            let count = client.count(&scope, Tries::WithinBudget)?;
            plan.count += count;
            // The page behind the last full one shows that it was the last.
            plan.pages += count / u64::from(args.page_size) + 1;
        }
        plan.requests = plan.pages + BESIDES;
        plan.estimated_bytes = plan.count * EVENT_BYTES;
    }
    let text = if args.ahead.json {
        serde_json::to_string(&plan).unwrap_or_default() + "\n"
    } else {
        table(&plan, args)
    };
    let mut ledger = Ledger::new(0);
    let ticket = sink.with(|sink| {
        sink.write(text.as_bytes())?;
        Ok(ledger.enter(sink.written()))
    })?;
    sink.publish(vec![ticket], ledger)?;
    Ok(Ending::default())
}

fn shown(window: &Window) -> WindowText {
    WindowText {
        start: rfc3339(window.start),
        end: rfc3339(window.end),
    }
}

fn table(plan: &Plan, args: &FetchArgs) -> String {
    let rate = args.jumpcloud.rate;
    let mut lines: Vec<String> = plan
        .windows
        .iter()
        .map(|WindowText { start, end }| format!("window    {start} to {end}"))
        .collect();
    if lines.is_empty() {
        lines.push("window    none: there is nothing to fetch".to_owned());
    }
    let page = counted(args.page_size.into(), "event");
    let requests = f64::from(u32::try_from(plan.requests).unwrap_or(u32::MAX));
    let time = Duration::try_from_secs_f64(requests / rate).unwrap_or(Duration::MAX);
    let megabytes = plan.estimated_bytes / 1_000_000;
    lines.extend([
        format!("events    {}", plan.count),
        format!("pages     {} of at most {page}", plan.pages),
        format!(
            "requests  {}, at {rate} a second in {} s at least",
            plan.requests,
            time.as_secs()
        ),
        format!("size      about {megabytes} MB before packing, at {EVENT_BYTES} bytes an event"),
        String::new(),
    ]);
    lines.join("\n")
}
