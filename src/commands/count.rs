//! `jcx count`: how many events there are, and in which parts, without a download.

use std::collections::BTreeMap;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde::Serialize;

use super::jumpcloud::client_settings;
use super::run::{Ending, Hole, Run};
use super::window::scope;
use crate::cli::{ByArg, CountArgs};
use crate::failure::{Failure, Result};
use crate::insights::{Client, Interval, Scope, Tries};
use crate::store::{Output, Sink};
use crate::term::{Summary, bars, counted};
use crate::time::{Window, rfc3339};

/// What the API counted.
#[derive(Default)]
struct Numbers {
    count: u64,
    buckets: Vec<(String, u64)>,
    holes: Vec<Hole>,
}

/// The same for programs.
#[derive(Serialize)]
struct Report<'a> {
    count: u64,
    by: Option<&'static str>,
    buckets: Vec<Bucket<'a>>,
}

#[derive(Serialize)]
struct Bucket<'a> {
    key: &'a str,
    count: u64,
}

/// Where there is no terminal to be measured.
const COLUMNS: usize = 80;

/// What applies to a count is in its summary however early it ends.
pub fn zero(summary: &mut Summary) {
    (summary.requests, summary.retries) = (Some(0), Some(0));
}

/// Counts the events of the window that the arguments name.
pub fn count(args: &CountArgs, run: &Run) -> Result<Ending> {
    let scope = scope(&args.window, run)?;
    if args.window.search.is_some() && matches!(args.by, Some(ByArg::Service | ByArg::EventType)) {
        // The unknown key would be ignored in silence, and the parts be those of all events.
        return Err(Failure::usage(
            "--search: JumpCloud cannot count by service or event type what it finds by text",
        )
        .hint("count by day or hour, or select with --filter instead"));
    }
    // Opened before the key is looked for: without one, too, a pipe must not end like an empty answer.
    let sink = run.share(Sink::open(&Output::Stdout)?);
    let numbers = if scope.window.is_empty() {
        Numbers::default()
    } else {
        let client = Client::new(client_settings(&args.jumpcloud, run)?);
        let numbers = ask(args.by, run, &client, &scope);
        run.tally.update(|summary| {
            summary.requests = Some(client.requests());
            summary.retries = Some(client.retries());
        });
        numbers?
    };
    run.tally
        .update(|summary| summary.api_count = Some(numbers.count));
    let columns = sink.with(|sink| Ok(sink.columns()))?.unwrap_or(COLUMNS);
    let text = if args.json {
        json(&numbers, args.by)
    } else {
        table(&numbers, &scope.window, columns)
    };
    sink.publish_text(&text)?;
    Ok(Ending {
        holes: numbers.holes,
        lost: None,
        // What there is to say stands in the table.
        done: String::new(),
    })
}

fn ask(by: Option<ByArg>, run: &Run, client: &Client, scope: &Scope) -> Result<Numbers> {
    let mut numbers = Numbers {
        count: client.count(scope, Tries::WithinBudget)?,
        ..Numbers::default()
    };
    let Some(by) = by.filter(|_| numbers.count > 0) else {
        return Ok(numbers);
    };
    match by {
        ByArg::Day => by_time(&mut numbers, client, scope, Interval::Day)?,
        ByArg::Hour => by_time(&mut numbers, client, scope, Interval::Hour)?,
        ByArg::Service | ByArg::EventType => by_value(&mut numbers, client, scope, word(by))?,
    }
    warn_of_difference(&numbers, by, run);
    Ok(numbers)
}

/// The parts by the values of a field, the largest first.
fn by_value(numbers: &mut Numbers, client: &Client, scope: &Scope, field: &str) -> Result<()> {
    let found = client.distinct(scope, field)?;
    numbers.buckets = found.values;
    numbers
        .buckets
        .sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    if found.left_out > 0 || found.too_small_by > 0 {
        let message = format!(
            "JumpCloud's list by {field} is not whole: {} are left out of it, and a number may be too small by {}",
            counted(found.left_out, "event"),
            found.too_small_by
        );
        numbers.holes.push(Hole {
            reason: "holes",
            message,
        });
    }
    Ok(())
}

/// The parts by time, those without events too: a day that is missing should be seen.
fn by_time(
    numbers: &mut Numbers,
    client: &Client,
    scope: &Scope,
    interval: Interval,
) -> Result<()> {
    let mut spans: BTreeMap<DateTime<Utc>, u64> = BTreeMap::new();
    let width = TimeDelta::seconds(interval.seconds());
    let mut start = scope.window.start.duration_trunc(width);
    while let Ok(at) = start
        && at < scope.window.end
    {
        spans.insert(at, 0);
        start = Ok(at + width);
    }
    for (at, number) in client.interval(scope, interval, Tries::WithinBudget)? {
        // One that begins at the end holds what is exactly there, where the server counts that.
        if number > 0 {
            *spans.entry(at).or_default() += number;
        }
    }
    let key = |at: DateTime<Utc>| match interval {
        Interval::Day => at.format("%Y-%m-%d").to_string(),
        Interval::Hour | Interval::Minute | Interval::Second => rfc3339(at),
    };
    numbers.buckets = spans.into_iter().map(|(at, n)| (key(at), n)).collect();
    Ok(())
}

/// Parts that do not add up are told: which of the two numbers is right cannot be known here (U13).
fn warn_of_difference(numbers: &Numbers, by: ByArg, run: &Run) {
    let sum: u64 = numbers
        .buckets
        .iter()
        .fold(0, |sum, (_, number)| sum.saturating_add(*number));
    if sum == numbers.count || !numbers.holes.is_empty() {
        return;
    }
    let why = match by {
        ByArg::Service | ByArg::EventType if sum < numbers.count => {
            "events without the field are in no part, or events still arrive"
        }
        _ => "events still arrive, or JumpCloud counts the two in different ways",
    };
    let text = format!(
        "the parts by {} add up to {sum} of {}: {why}",
        word(by),
        counted(numbers.count, "event")
    );
    run.printer.warning(&text, None);
}

/// The word of `--by`, which for a field is its name too.
fn word(by: ByArg) -> &'static str {
    match by {
        ByArg::Service => "service",
        ByArg::Day => "day",
        ByArg::Hour => "hour",
        ByArg::EventType => "event_type",
    }
}

fn table(numbers: &Numbers, window: &Window, columns: usize) -> String {
    format!(
        "{}{} from {} to {}\n",
        bars(&numbers.buckets, columns),
        counted(numbers.count, "event"),
        rfc3339(window.start),
        rfc3339(window.end)
    )
}

fn json(numbers: &Numbers, by: Option<ByArg>) -> String {
    let buckets = numbers.buckets.iter();
    let report = Report {
        count: numbers.count,
        by: by.map(word),
        buckets: buckets
            .map(|(key, count)| Bucket { key, count: *count })
            .collect(),
    };
    serde_json::to_string(&report).expect("names and numbers") + "\n"
}
