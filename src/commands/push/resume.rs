//! `--state FILE`: going on with a load of files behind the last line before which everything has its fate.
//!
//! The state is locked and there before anything is sent, and advances on what the books prove alone.

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

use super::arguments::identity;
use super::buried::Buried;
use crate::cli::PushArgs;
use crate::commands::patience::patience;
use crate::commands::run::Run;
use crate::elastic::{Connection, Target, cluster_uuid};
use crate::failure::{Failure, Result};
use crate::store::{
    Committed, Letters, LoadFile, LoadState, LoadedFile, Reached, Settings, Start, check_inputs,
};
use crate::term::Lasting;

/// How often a position is saved at most.
const PACE: Duration = Duration::from_secs(1);

/// A load that another run can go on with.
pub struct Resume {
    file: LoadFile,
    name: String,
    /// Whether the state was not there before.
    made: bool,
    /// Whether letters of a run that was killed may belong to what is still to be loaded: what the state says of their
    /// file stays then.
    holds_letters: bool,
    saved: Instant,
}

impl Resume {
    /// Locks the state, made where there is none, and finds where each file is gone on with.
    pub fn open(args: &PushArgs, path: &Path, run: &Run) -> Result<(Self, Vec<Start>)> {
        refuse_unnamed(&args.files)?;
        let (mut file, made) = lock(args, path, run)?;
        let state = format!("the state {}", path.display());
        let pinned = &file.state().ids;
        pinned.refuse_other(&state, &identity(args))?;
        let starts = file.begin(&args.files)?;
        for start in starts.iter().filter(|start| start.bytes > 0) {
            let text = format!("going on behind line {} of {}", start.lines, start.path);
            run.printer.step(&text);
        }
        let resume = Self {
            file,
            name: path.display().to_string(),
            made,
            holds_letters: false,
            saved: run.ambient.now(),
        };
        resume.note_lasting(run);
        Ok((resume, starts))
    }

    /// What was loaded of the files before the first one that is read.
    pub fn before(&self, args: &PushArgs) -> Vec<Start> {
        self.file.before(&args.files)
    }

    /// Whether documents went somewhere already: then what others name does not decide where these go.
    pub fn is_pinned(&self) -> bool {
        !self.file.state().target.0.is_empty()
    }

    /// Where the documents go: as the arguments say, and as earlier runs did.
    ///
    /// # Errors
    /// [`crate::failure::Kind::Usage`] where these differ.
    pub fn target(&self, wanted: Option<Target>) -> Result<Option<Target>> {
        let pinned = &self.file.state().target;
        let Some((flag, name)) = pinned.0.iter().next() else {
            return Ok(wanted);
        };
        match wanted {
            Some(target) => {
                let state = format!("the state {}", self.name);
                pinned.refuse_other(&state, &words(&target))?;
                Ok(Some(target))
            }
            None if flag == INDEX => Target::index(name, "the state").map(Some),
            None => Target::stream(name, "the state").map(Some),
        }
    }

    /// Notes where the documents go, before the first of them does.
    ///
    /// # Errors
    /// [`crate::failure::Kind::Usage`] where it is another cluster than that of earlier runs.
    pub fn pin(&mut self, target: &Target, connection: &Connection, run: &Run) -> Result<()> {
        let known = self.file.state();
        let (found, target) = (cluster_uuid(connection)?, words(target));
        if let (Some(then), Some(now)) = (&known.cluster, &found)
            && then != now
        {
            let text = format!(
                "the state {} was made with another cluster than the one at {}: what it calls loaded is not there",
                self.name,
                connection.url()
            );
            return Err(Failure::usage(text).hint(
                "name the old cluster with --es-url, or another file for --state to load everything",
            ));
        }
        let cluster = found.or_else(|| known.cluster.clone());
        if known.target == target && known.cluster == cluster {
            return Ok(());
        }
        self.file.overrule((run.ambient.wall)(), |state| {
            state.target = target;
            state.cluster = cluster;
        })
    }

    /// Names the dead-letter file, which has this length if it is a regular one; hands out what was written to it behind
    /// the positions.
    pub fn letters(&mut self, path: &Path, length: Option<u64>, run: &Run) -> Result<Buried> {
        let now = length.map(|bytes| Letters {
            path: path.display().to_string(),
            bytes,
        });
        let known = &self.file.state().letters;
        if let (Some(known), Some(now)) = (known, &now)
            && known.path == now.path
        {
            let buried = Buried::behind(path, known.bytes)?;
            self.holds_letters = !buried.is_empty();
            return Ok(buried);
        }
        if *known != now {
            self.file
                .overrule((run.ambient.wall)(), |state| state.letters = now)?;
        }
        Ok(Buried::default())
    }

    /// Enters what was read for the next batch of the books.
    pub fn enter(&mut self, documents: u64, reached: Vec<Reached>, letters: Option<u64>) {
        let letters = letters.filter(|_| !self.holds_letters);
        self.file.enter(documents, reached, letters);
    }

    /// Whether it is time to save.
    pub fn is_due(&self, run: &Run) -> bool {
        run.ambient.now().saturating_duration_since(self.saved) >= PACE
    }

    /// Saves what the books prove, if that is more than what is saved.
    pub fn save<P>(
        &mut self,
        committed: &Committed<P>,
        letters: Option<u64>,
        run: &Run,
    ) -> Result<()> {
        self.saved = run.ambient.now();
        if !self.file.lags(committed) {
            return Ok(());
        }
        let letters = letters.filter(|_| !self.holds_letters);
        self.file.save(committed, letters, (run.ambient.wall)())?;
        self.note_lasting(run);
        Ok(())
    }

    /// Everything was read and has its fate, and is saved.
    pub fn finish(&mut self, reached: Vec<Reached>, letters: Option<u64>, run: &Run) -> Result<()> {
        self.file.finish(reached, letters, (run.ambient.wall)())?;
        self.note_lasting(run);
        Ok(())
    }

    /// A run that came to nothing leaves no state that was not there before.
    pub fn leave(self) {
        if self.made {
            // What cannot be removed stays, and says that nothing is loaded.
            let _removed = self.file.remove();
        }
    }

    fn note_lasting(&self, run: &Run) {
        let state = self.file.state();
        let lasting = Lasting {
            events: state.documents,
            succeeded: state.succeeded.map(|at| at.timestamp()),
            open_gaps: 0,
        };
        run.tally.update(|summary| summary.lasting = Some(lasting));
    }
}

const INDEX: &str = "--index";

/// A target in the words of its flag.
fn words(target: &Target) -> Settings {
    let flag = if target.is_stream() {
        "--data-stream"
    } else {
        INDEX
    };
    Settings([(flag.to_owned(), target.name().to_owned())].into())
}

/// The state, locked, and whether it was made for this run.
fn lock(args: &PushArgs, path: &Path, run: &Run) -> Result<(LoadFile, bool)> {
    let mut patience = patience(&run.ambient, args.lock_wait);
    if let Some(file) = LoadFile::open(path, &mut patience)? {
        file.state().refuse_without(path, &args.files)?;
        check_inputs(&present(file.state(), &args.files), "jcx push")?;
        return Ok((file, false));
    }
    check_inputs(&args.files, "jcx push")?;
    for file in &args.files {
        Start::behind(&LoadedFile::new(file.clone()), path)?;
    }
    let file = LoadFile::create(path, LoadState::new("push", identity(args), run.now))?;
    Ok((file, true))
}

/// Only files can be gone on with, and each of them once.
fn refuse_unnamed(files: &[String]) -> Result<()> {
    if files.is_empty() || files.iter().any(|file| file == "-") {
        let text = "--state needs files: what came through stdin cannot be read again";
        return Err(Failure::usage(text)
            .hint("write it to a file, and name that: jcx push FILE --state STATE"));
    }
    let mut seen = HashSet::new();
    match files.iter().find(|file| !seen.insert(*file)) {
        None => Ok(()),
        Some(twice) => Err(Failure::usage(format!("{twice} is named twice"))
            .hint("with --state each file is named once")),
    }
}

/// The files that have to be there: those that were loaded whole may be gone.
fn present(state: &LoadState, files: &[String]) -> Vec<String> {
    let may_be_gone = |path: &str| state.file(path).is_some_and(|file| file.ended);
    let is_needed = |path: &&String| !may_be_gone(path) || Path::new(path.as_str()).exists();
    files.iter().filter(is_needed).cloned().collect()
}
