//! `jcx state`: what continued runs left, shown and changed by a person who answers for it.

mod load;
mod view;

use std::cmp::Ordering;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};

use self::load::{LoadView, is_load, reset_text, set_load};
use self::view::{View, gap_in_words, gaps, no_archive};
use super::completions::print;
use super::patience::patience;
use crate::cli::{AckArgs, ResetArgs, SetArgs, ShowArgs, StateAction, StateArgs};
use crate::failure::{Failure, Result};
use crate::net::Ambient;
use crate::store::{Archive, OpenGap, State, StateFile, read_manifest, remove_state};
use crate::term::counted;
use crate::time::{parse_when, rfc3339};

/// Does what is asked for, and says on stdout what was done.
pub fn state(args: &StateArgs, ambient: &Ambient) -> Result<()> {
    let text = match &args.action {
        StateAction::Show(args) => show(args)?,
        StateAction::Ack(args) => ack(args, ambient)?,
        StateAction::Set(args) => set(args, ambient)?,
        StateAction::Reset(args) => reset(args, ambient)?,
    };
    print(text.as_bytes())
}

fn show(args: &ShowArgs) -> Result<String> {
    if let Some(view) = LoadView::of(&args.path)? {
        return Ok(if args.json {
            view.to_json()
        } else {
            view.to_text()
        });
    }
    let view = View::of(&args.path)?;
    Ok(if args.json {
        view.to_json()
    } else {
        view.to_text()
    })
}

fn ack(args: &AckArgs, ambient: &Ambient) -> Result<String> {
    let mut patience = patience(ambient, args.lock.lock_wait);
    let forgotten = if args.path.is_dir() {
        // Opening makes an archive where there is none.
        read_manifest(&args.path)?.ok_or_else(|| no_archive(&args.path))?;
        Archive::open(&args.path, &mut patience)?.acknowledge()?
    } else if is_load(&args.path)? {
        // A load of files cannot lose what is past retention.
        Vec::new()
    } else {
        let mut file = open(&args.path, args.lock.lock_wait, ambient)?;
        let found = file.state().gaps.clone();
        if !found.is_empty() {
            file.overrule((ambient.wall)(), |state| state.gaps.clear())?;
        }
        found
    };
    Ok(acknowledged(&forgotten))
}

fn acknowledged(forgotten: &[OpenGap]) -> String {
    if forgotten.is_empty() {
        return "no gap was open\n".to_owned();
    }
    let line = |gap| format!("acknowledged: {}\n", gap_in_words(&gap));
    gaps(forgotten).into_iter().map(line).collect()
}

fn set(args: &SetArgs, ambient: &Ambient) -> Result<String> {
    let now = (ambient.wall)();
    if is_load(&args.path)? {
        let mut patience = patience(ambient, args.lock.lock_wait);
        return set_load(args, &mut patience, now);
    }
    let Some(until) = &args.until else {
        let text = format!("{} is no load of files", args.path.display());
        return Err(Failure::usage(text).hint("--until moves the position of a fetch"));
    };
    let until = parse_when(until, now)
        .map_err(|error| Failure::usage(format!("--until: {}", error.what)).hint(error.write))?;
    if until > now {
        let text = format!("--until {} lies in the future", rfc3339(until));
        return Err(Failure::usage(text).hint("what happens until then would never be fetched"));
    }
    if args.path.is_dir() {
        let text = format!(
            "{} is a folder: an archive has no position",
            args.path.display()
        );
        let hint = "jcx fetch --out-dir with an earlier --since, or with --refetch, fetches more";
        return Err(Failure::usage(text).hint(hint));
    }
    let mut file = open(&args.path, args.lock.lock_wait, ambient)?;
    let said = moved(file.state(), until);
    file.overrule(now, |state| {
        state.since = state.since.min(until);
        state.until = until;
        state.walk = None;
    })?;
    Ok(said)
}

/// What it means to move the position.
fn moved(state: &State, to: DateTime<Utc>) -> String {
    let (from, new) = (rfc3339(state.until), rfc3339(to));
    let meaning = match to.cmp(&state.until) {
        Ordering::Greater => format!(
            "events from {from} to {new} are skipped: no run delivers them any more, but for those within the overlap before {new}"
        ),
        Ordering::Equal => "the position stays where it is".to_owned(),
        Ordering::Less => again(state, to),
    };
    format!("moved from {from} to {new}\n{meaning}\n")
}

/// What it means to move the position back.
fn again(state: &State, to: DateTime<Utc>) -> String {
    let asked = format!("events from {} on are asked for again", rfc3339(to));
    let known = state.recent.first_second();
    let known = known.and_then(|second| DateTime::from_timestamp(second, 0));
    match known.filter(|known| *known < state.until) {
        Some(known) if known <= to => {
            format!("{asked}, and those that were delivered are recognised")
        }
        Some(known) => format!(
            "{asked}: those before {} are delivered a second time, later ones that were delivered are recognised",
            rfc3339(known)
        ),
        None => format!(
            "{asked}: those before {} are delivered a second time",
            rfc3339(state.until)
        ),
    }
}

fn reset(args: &ResetArgs, ambient: &Ambient) -> Result<String> {
    let shown = args.path.display();
    if args.path.is_dir() {
        let text = format!("{shown} is a folder: an archive is vouched for by its manifest alone");
        return Err(Failure::usage(text).hint("name a new folder for --out-dir to begin anew"));
    }
    if args.path.symlink_metadata().is_err() {
        return Err(missing(&args.path));
    }
    if !args.force {
        let known = known(&args.path);
        let text = format!("reset removes {shown} and forgets {known}; nothing was done");
        return Err(Failure::usage(text).hint(format!("jcx state reset --force {shown}")));
    }
    let said = reset_text(&args.path);
    let mut patience = patience(ambient, args.lock.lock_wait);
    if !remove_state(&args.path, &mut patience)? {
        return Err(missing(&args.path));
    }
    Ok(format!("removed {shown}\n{said}"))
}

/// What is forgotten with a state.
fn known(path: &Path) -> String {
    if let Ok(Some(load)) = LoadView::of(path) {
        return load.known();
    }
    match State::read(path) {
        Ok(state) => format!(
            "that {} up to {} were delivered",
            counted(state.events, "event"),
            rfc3339(state.until)
        ),
        Err(failure) => format!("what it holds ({failure})"),
    }
}

fn open(path: &Path, wait: Duration, ambient: &Ambient) -> Result<StateFile> {
    let file = StateFile::open(path, &mut patience(ambient, wait))?;
    file.ok_or_else(|| missing(path))
}

fn missing(path: &Path) -> Failure {
    let text = format!("{} does not exist", path.display());
    Failure::usage(text).hint("name the file of --state, or the folder of --out-dir")
}
