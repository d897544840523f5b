//! Which events a command is asked for, and everything about it that can be refused before a request is sent.

use chrono::{DateTime, TimeDelta, Utc};

use super::run::Run;
use crate::cli::WindowArgs;
use crate::failure::{Failure, Result};
use crate::insights::{Filters, Scope, Selection, Services, nearest};
use crate::term::{Gap, WindowText};
use crate::time::{Retention, TooOld, Window, parse_when, rfc3339};

/// The window and which of its events, told and noted in the summary.
pub fn scope(args: &WindowArgs, run: &Run) -> Result<Scope> {
    let window = resolve(args, run)?;
    let selection = select(args, run)?;
    let text = WindowText {
        start: rfc3339(window.start),
        end: rfc3339(window.end),
    };
    run.printer
        .step(&format!("window {} to {}", text.start, text.end));
    run.tally.update(|summary| summary.window = Some(text));
    Ok(Scope { selection, window })
}

/// Which events of a window the server is asked for.
pub fn select(args: &WindowArgs, run: &Run) -> Result<Selection> {
    let services =
        Services::of(&args.services).map_err(|why| Failure::usage(format!("--service: {why}")))?;
    for name in services.unknown() {
        let hint = nearest(name).map(|known| format!("did you mean {known}?"));
        run.printer.warning(
            &format!("service `{name}` is not known here; it is sent all the same"),
            hint.as_deref(),
        );
    }
    let filters = filters("--filter", &args.filters)?;
    if let Some(field) = filters.unsearchable() {
        return Err(Failure::usage(format!(
            "--filter: JumpCloud cannot search by {field}"
        ))
        .hint(
            "`changes`, `useragent` and `system_timestamp` are not searchable; fetch takes --exclude for any field",
        ));
    }
    if args
        .search
        .as_deref()
        .is_some_and(|text| text.trim().is_empty())
    {
        return Err(Failure::usage("--search: there is nothing to look for"));
    }
    Ok(Selection {
        filters,
        search: args.search.clone(),
        ..Selection::all_of(services)
    })
}

/// Fields and values that a flag names.
pub fn filters(flag: &str, given: &[String]) -> Result<Filters> {
    Filters::of(given).map_err(|why| Failure::usage(format!("{flag}: {why}")))
}

/// The window, resolved against the run's frozen now.
fn resolve(args: &WindowArgs, run: &Run) -> Result<Window> {
    let start = since(args, run)?.ok_or_else(|| {
        Failure::usage("--since is missing").hint("say how far back, for example --since 15d")
    })?;
    let end = until(args, run)?;
    within_retention(args, run, in_order(start, end)?)
}

/// The start, if one is named.
pub fn since(args: &WindowArgs, run: &Run) -> Result<Option<DateTime<Utc>>> {
    let Some(text) = &args.since else {
        return Ok(None);
    };
    let start = instant("--since", text, run)?;
    if start > run.now {
        return Err(
            Failure::usage(format!("--since {} lies in the future", rfc3339(start)))
                .hint("JumpCloud refuses a start in the future; name an earlier one"),
        );
    }
    Ok(Some(start))
}

/// The end, which is now at the latest.
pub fn until(args: &WindowArgs, run: &Run) -> Result<DateTime<Utc>> {
    let (end, now) = (instant("--until", &args.until, run)?, run.now);
    if end > now {
        let text = format!(
            "--until {} lies in the future; the window ends now, at {}",
            rfc3339(end),
            rfc3339(now)
        );
        run.printer.warning(&text, None);
    }
    Ok(end.min(now))
}

/// The two as a window.
pub fn in_order(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Window> {
    if start <= end {
        return Ok(Window { start, end });
    }
    let (start, end) = (rfc3339(start), rfc3339(end));
    let text = format!("--since {start} lies after --until {end}");
    Err(Failure::usage(text).hint("exchange the two"))
}

fn instant(flag: &str, text: &str, run: &Run) -> Result<DateTime<Utc>> {
    parse_when(text, run.now)
        .map_err(|error| Failure::usage(format!("{flag}: {}", error.what)).hint(error.write))
}

/// The earliest instant that JumpCloud still keeps.
pub fn kept_from(args: &WindowArgs, run: &Run) -> DateTime<Utc> {
    let age = TimeDelta::from_std(args.retention).unwrap_or(TimeDelta::MAX);
    run.now
        .checked_sub_signed(age)
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// The window as far as it can still be had: refused, or shortened with `--clamp`, where it begins too early.
pub fn within_retention(args: &WindowArgs, run: &Run, window: Window) -> Result<Window> {
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
    run.printer.warning(&format!("{start} to {end} is past retention and cannot be had any more; the window begins at {end}"), None);
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
    .hint(format!("write --since {}, or add --clamp to begin with what is still there; --retention names another plan", rfc3339(earliest)))
}
