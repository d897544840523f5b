//! `--out-dir DIR`: an archive with a file for each UTC day, which a run brings up to date.
//!
//! What is to be fetched is decided in [`super::calendar`]; the days are written in [`super::days`].

use std::path::Path;

use super::ahead::Ahead;
use super::calendar::{Calendar, plan_days};
use super::days::{Days, note_lasting};
use super::errand::{self, Errand};
use super::lost::{lost, tell_open};
use super::recount::recount;
use super::settings::archive_settings;
use super::target::Target;
use super::{note_gap, note_windows};
use crate::cli::{Compress, FetchArgs};
use crate::commands::jumpcloud::client_settings;
use crate::commands::patience::patience;
use crate::commands::run::{Ending, Run};
use crate::failure::Result;
use crate::insights::{Client, ClientSettings, Sieve, Slice};
use crate::store::{Archive, LOCK, MANIFEST, Manifest, Packing, read_manifest};
use crate::time::Window;

/// Brings an archive up to date.
pub fn fetch_days(args: &FetchArgs, folder: &Path, run: &Run) -> Result<Ending> {
    // A run that is refused leaves no folder.
    let made = !folder.exists();
    let early = if folder.exists() {
        None
    } else {
        Some(prepared(args, None, run)?)
    };
    let mut archive = Archive::open(folder, &mut patience(&run.ambient, args.state.lock_wait))?;
    let (mut calendar, access) = match early.filter(|_| archive.manifest().is_none()) {
        Some(early) => early,
        None => prepared(args, archive.manifest(), run)?,
    };
    archive.refuse_damaged(&args.archive.refetched())?;
    if calendar.days.is_empty() {
        archive.promise(&archive_settings(args), calendar.window.start)?;
    }
    for gap in &calendar.gaps {
        archive.open_gap(gap.clone())?;
    }
    let gaps = archive.manifest().map(|manifest| &manifest.head.gaps[..]);
    tell_open(run, gaps.unwrap_or_default());
    note_lasting(run, &archive);
    let lost = lost(&calendar.gaps, folder);
    let ending = bring(args, archive, &mut calendar, access, run);
    // A run that fails has another exit code, and the next one does not find the gap again.
    let mut ending = ending.inspect_err(|_| {
        if let Some(lost) = &lost {
            run.printer.error(lost);
        }
        if made {
            leave_nothing(folder);
        }
    })?;
    ending.lost = lost;
    Ok(ending)
}

/// Where nothing was answered nothing is left: no lock, and no folder that this run made.
fn leave_nothing(folder: &Path) {
    if !folder.join(MANIFEST).exists() {
        // What cannot be removed is taken over by the next run.
        let _lock = std::fs::remove_file(folder.join(LOCK));
        let _folder = std::fs::remove_dir(folder);
    }
}

/// What is to be fetched, and with what, if there is anything.
fn prepared(
    args: &FetchArgs,
    manifest: Option<&Manifest>,
    run: &Run,
) -> Result<(Calendar, Option<ClientSettings>)> {
    let calendar = calendar(args, manifest, run)?;
    let needed = !calendar.days.is_empty() || !calendar.uncounted.is_empty();
    let access = needed
        .then(|| client_settings(&args.jumpcloud, run))
        .transpose()?;
    Ok((calendar, access))
}

/// What is to be fetched for an archive that was made with the same query.
fn calendar(args: &FetchArgs, manifest: Option<&Manifest>, run: &Run) -> Result<Calendar> {
    if let Some(manifest) = manifest {
        let folder = args.archive.out_dir.as_deref().unwrap_or(Path::new(""));
        let what = format!("the archive {}", folder.display());
        let query = &manifest.head.query;
        query.refuse_other(&what, &archive_settings(args))?;
    }
    plan_days(args, manifest, run)
}

/// Counts what is to be counted, then fetches what is to be fetched.
fn bring(
    args: &FetchArgs,
    mut archive: Archive,
    calendar: &mut Calendar,
    access: Option<ClientSettings>,
    run: &Run,
) -> Result<Ending> {
    let client = access.map(Client::new);
    if let Some(client) = &client {
        let days = std::mem::take(&mut calendar.uncounted);
        let recount = recount(client, &calendar.selection, &days, run)?;
        archive.note_counts(&recount.whole)?;
        for plan in recount.short {
            calendar.fetch_again(plan);
        }
        run.tally.update(|summary| {
            summary.requests = Some(client.requests());
            summary.retries = Some(client.retries());
        });
    }
    if let Some(client) = client.filter(|_| !calendar.days.is_empty()) {
        return fetch(args, archive, calendar, client, run);
    }
    note_windows(run, calendar.windows());
    Ok(errand::ending(run, calendar.window, Vec::new()))
}

fn fetch(
    args: &FetchArgs,
    archive: Archive,
    calendar: &mut Calendar,
    client: Client,
    run: &Run,
) -> Result<Ending> {
    let windows = calendar.windows();
    note_windows(run, windows);
    let fetched: Vec<Window> = calendar.days.iter().map(|day| day.fetch).collect();
    let window = hull(&fetched, calendar.window);
    let settled = errand::settled(args, &calendar.selection, window, run);
    let plans = std::mem::take(&mut calendar.days);
    let days = Days::new(archive, packing(args), plans, windows)
        .promising(archive_settings(args), calendar.window.start);
    let errand = Errand {
        args,
        client: Some(client),
        selection: calendar.selection.clone(),
        window,
        slices: fetched.iter().copied().map(Slice::unknown).collect(),
        unfinished: None,
        sieve: Sieve::new(window, settled),
        organization: days.organization(),
        target: Target::Days(days),
        settled,
        days: fetched.clone(),
        folder: args.archive.out_dir.clone().unwrap_or_default(),
        beyond_holes: true,
    };
    let ending = errand.fulfil(run);
    ending.inspect_err(|failure| {
        let done = run
            .tally
            .snapshot()
            .windows
            .map_or(0, |windows| windows.done);
        let done = usize::try_from(done).unwrap_or(usize::MAX);
        if let Some(first) = fetched.get(done) {
            let start = first.start;
            note_gap(run, Window { start, ..window }, false, failure);
        }
    })
}

/// From the first of these windows to the last one.
fn hull(windows: &[Window], otherwise: Window) -> Window {
    match (windows.first(), windows.last()) {
        (Some(first), Some(last)) => Window {
            start: first.start,
            end: last.end,
        },
        _ => otherwise,
    }
}

/// What a run would ask for.
pub fn ahead(args: &FetchArgs, folder: &Path, run: &Run) -> Result<Ahead> {
    let manifest = if folder.exists() {
        read_manifest(folder)?
    } else {
        None
    };
    let calendar = calendar(args, manifest.as_ref(), run)?;
    Ok(Ahead {
        selection: calendar.selection,
        windows: calendar.days.iter().map(|day| day.fetch).collect(),
        uncounted: calendar.uncounted,
    })
}

fn packing(args: &FetchArgs) -> Packing {
    match args.archive.compress {
        None => Packing::Plain,
        Some(Compress::Gz) => Packing::Gzip,
        Some(Compress::Zst) => Packing::Zstd,
    }
}
