//! A run with `--state FILE` and `-o FILE --append`, from its state to what the workers are sent for.
//!
//! The state is locked and there before any data is written; what it says decides what is asked for.

use std::path::Path;

use super::ahead::Ahead;
use super::append::{Append, MARGIN, note_lasting};
use super::course::{Course, course, resumed};
use super::errand::{self, Errand};
use super::lost::{self, lost};
use super::settings::settings;
use super::target::Target;
use super::{note_window, proof};
use crate::cli::FetchArgs;
use crate::commands::jumpcloud::client_settings;
use crate::commands::patience::patience;
use crate::commands::run::{Ending, Run};
use crate::failure::{Failure, Result};
use crate::insights::{Client, ClientSettings, Recent, Sieve, Slice};
use crate::store::{Output, Sink, State, StateFile, check_appendable, remove_state};
use crate::time::Window;

/// Fetches what has come since the last run.
pub fn fetch_on(args: &FetchArgs, path: &Path, run: &Run) -> Result<Ending> {
    let output = output(args)?;
    let made = !path.exists();
    let (mut state, course, access) = open(args, path, output, run)?;
    note_window(run, false);
    let sink = run.share(Sink::append(Path::new(output), state.state().bytes, path)?);
    let lost = lost(course.gap.as_slice(), path);
    if let Some(gap) = course.gap.clone() {
        state.open_gap(gap);
    }
    lost::tell_open(run, &state.state().gaps);
    note_lasting(run, state.state());
    let append = Append::new(args, sink, state, &course, run);
    let ending = go_on(args, course, (append, access), run);
    // A run that fails has another exit code, and the next one does not find the gap again.
    let mut ending = ending.inspect_err(|_| {
        if let Some(lost) = &lost {
            run.printer.error(lost);
        }
        if made && run.tally.snapshot().pages == Some(0) {
            leave_nothing(path, Path::new(output));
        }
    })?;
    note_window(run, true);
    ending.lost = lost;
    Ok(ending)
}

/// Where nothing was answered nothing was promised: neither a state that this run made nor its file is left.
fn leave_nothing(state: &Path, output: &Path) {
    let is_empty = std::fs::metadata(output).is_ok_and(|found| found.len() == 0);
    // A run that has the state meanwhile keeps it, and one that finds both takes them over.
    if is_empty && remove_state(state, &mut || Ok(false)).unwrap_or(false) {
        let _gone = std::fs::remove_file(output);
    }
}

fn go_on(
    args: &FetchArgs,
    course: Course,
    (append, access): (Append, Option<ClientSettings>),
    run: &Run,
) -> Result<Ending> {
    let Course {
        selection, window, ..
    } = course;
    let state = append.state.state();
    let organization = state.organization.clone();
    let mut recent = Recent::new(append.overlap + MARGIN);
    for (second, digest) in state.recent.entries() {
        recent.restore(*second, *digest);
    }
    let mut settled = errand::settled(args, &selection, window, run);
    let resumed = resumed(args, state, window, &selection, run);
    let slices = match &resumed {
        None => vec![Slice::unknown(window)],
        Some((slice, _)) => {
            // What lies before it is not received again.
            let Window { start, end } = slice.window;
            settled = proof::common(settled, Window { start, ..window });
            let rest = Window {
                start: end,
                ..window
            };
            let rest = (!rest.is_empty()).then(|| Slice::unknown(rest));
            [Some(*slice), rest].into_iter().flatten().collect()
        }
    };
    let mut sieve = Sieve::new(window, settled).remembering(recent);
    if let Some((slice, _)) = &resumed {
        sieve.skip(slice.window.start);
    }
    let errand = Errand {
        args,
        selection,
        window,
        slices,
        client: access.map(Client::new),
        unfinished: resumed,
        sieve,
        target: Target::Append(append),
        organization,
        settled,
        days: Vec::new(),
        folder: Output::of(args.output.as_deref(), false).folder(),
        beyond_holes: false,
    };
    errand.fulfil(run)
}

/// What the next run would ask for.
pub fn ahead(args: &FetchArgs, path: &Path, run: &Run) -> Result<Ahead> {
    let output = output(args)?;
    let state = if path.exists() {
        Some(State::read(path)?)
    } else {
        None
    };
    if let Some(state) = &state {
        state.refuse_foreign(path, "fetch", &settings(args))?;
    }
    check_appendable(output, state.as_ref().map(|state| state.bytes), path)?;
    let course = course(args, state.as_ref(), run)?;
    Ok(Ahead {
        selection: course.selection,
        windows: vec![course.window],
        uncounted: Vec::new(),
    })
}

/// The file that grows.
fn output(args: &FetchArgs) -> Result<&str> {
    let output = args.output.as_deref().unwrap_or("-");
    if !args.state.append || output == "-" {
        let text =
            "--state needs -o FILE --append: of what goes elsewhere nobody can know what arrived";
        return Err(Failure::usage(text).hint("jcx sync continues a load into Elasticsearch"));
    }
    Ok(output)
}

/// The state of the run, locked, what the run asks for, and with what, if it asks; a state is made before any data is written
/// where there is none.
fn open(
    args: &FetchArgs,
    path: &Path,
    output: &str,
    run: &Run,
) -> Result<(StateFile, Course, Option<ClientSettings>)> {
    let access = |course: &Course| {
        let needed = !course.window.is_empty();
        needed
            .then(|| client_settings(&args.jumpcloud, run))
            .transpose()
    };
    let query = settings(args);
    let mut patience = patience(&run.ambient, args.state.lock_wait);
    if let Some(state) = StateFile::open(path, &mut patience)? {
        state.state().refuse_foreign(path, "fetch", &query)?;
        check_appendable(output, Some(state.state().bytes), path)?;
        let course = course(args, Some(state.state()), run)?;
        let access = access(&course)?;
        return Ok((state, course, access));
    }
    check_appendable(output, None, path)?;
    let course = course(args, None, run)?;
    let access = access(&course)?;
    let state = State::new("fetch", query, course.position, run.now);
    Ok((StateFile::create(path, state)?, course, access))
}
