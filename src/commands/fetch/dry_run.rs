//! `jcx fetch -n`: what a run would be, from counts alone. Fetches no event and writes no file.

use std::time::Duration;

use serde::Serialize;

use super::ahead::Ahead;
use super::archived;
use super::recount::recount;
use crate::cli::FetchArgs;
use crate::commands::jumpcloud::client_settings;
use crate::commands::run::{Ending, Run};
use crate::commands::window::scope;
use crate::failure::Result;
use crate::insights::{Client, Scope, Tries};
use crate::store::{Output, Sink};
use crate::term::{WindowText, counted};
use crate::time::{Window, rfc3339};

/// Bytes of an event, as others have seen them on average.
const EVENT_BYTES: u64 = 1_200;
/// Requests besides those for pages: the comparison with the count, and the question when the events were.
const BESIDES: u64 = 2;

#[derive(Default, Serialize)]
struct Plan {
    windows: Vec<WindowText>,
    count: u64,
    pages: u64,
    requests: u64,
    estimated_bytes: u64,
}

/// Prints what a run with these arguments would ask for.
pub fn dry_run(args: &FetchArgs, run: &Run) -> Result<Ending> {
    let ahead = match (&args.archive.out_dir, &args.state.state) {
        (Some(folder), _) => archived::ahead(args, folder, run)?,
        (None, Some(state)) => super::continued::ahead(args, state, run)?,
        (None, None) => {
            let Scope { selection, window } = scope(&args.window, run)?;
            Ahead {
                selection,
                windows: vec![window],
                uncounted: Vec::new(),
            }
        }
    };
    let sink = run.share(Sink::open(&Output::Stdout)?);
    let plan = plan(args, ahead, run)?;
    let text = if args.ahead.json {
        serde_json::to_string(&plan).unwrap_or_default() + "\n"
    } else {
        table(&plan, args)
    };
    sink.publish_text(&text)?;
    Ok(Ending::default())
}

/// Asks for the counts that the plan is made of.
fn plan(args: &FetchArgs, mut ahead: Ahead, run: &Run) -> Result<Plan> {
    ahead.windows.retain(|window| !window.is_empty());
    let mut plan = Plan::default();
    if ahead.windows.is_empty() && ahead.uncounted.is_empty() {
        return Ok(plan);
    }
    let client = Client::new(client_settings(&args.jumpcloud, run)?);
    let recounted = recount(&client, &ahead.selection, &ahead.uncounted, run)?;
    ahead
        .windows
        .extend(recounted.short.iter().map(|day| day.fetch));
    ahead.windows.sort_by_key(|window| window.start);
    for window in &ahead.windows {
        let scope = Scope {
            selection: ahead.selection.clone(),
            window: *window,
        };
        let count = client.count(&scope, Tries::WithinBudget)?;
        plan.count += count;
        // The page behind the last full one shows that it was the last.
        plan.pages += count / u64::from(args.page_size) + 1;
    }
    plan.requests = ahead.uncounted.len() as u64;
    if plan.pages > 0 {
        plan.requests += plan.pages + BESIDES;
    }
    plan.estimated_bytes = plan.count * EVENT_BYTES;
    plan.windows = ahead.windows.iter().map(shown).collect();
    Ok(plan)
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
    let size = size(plan.estimated_bytes);
    lines.extend([
        format!("events    {}", plan.count),
        format!("pages     {} of at most {page}", plan.pages),
        format!(
            "requests  {}, at {rate} a second in {} s at least",
            plan.requests,
            time.as_secs()
        ),
        format!("size      about {size} before packing, at {EVENT_BYTES} bytes an event"),
        String::new(),
    ]);
    lines.join("\n")
}

/// Bytes for people, never rounded to nothing.
fn size(bytes: u64) -> String {
    let units = [
        (1_000_000_000, "GB"),
        (1_000_000, "MB"),
        (1_000, "kB"),
        (1, "bytes"),
    ];
    let fits = |(unit, _): &(u64, &str)| bytes >= *unit;
    let (unit, name) = units.into_iter().find(fits).unwrap_or((1, "bytes"));
    let tenths = u128::from(bytes) * 10 / u128::from(unit);
    match (tenths / 10, tenths % 10) {
        (whole @ 0..10, tenth) if unit > 1 => format!("{whole}.{tenth} {name}"),
        (whole, _) => format!("{whole} {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn little_is_not_nothing() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (7, "7 bytes"),
            (1_200, "1.2 kB"),
            (900_000, "900 kB"),
            (9_999_999, "9.9 MB"),
            (12_345_678, "12 MB"),
            (6_000_000_000, "6.0 GB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
