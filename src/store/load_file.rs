//! The state of a load while a run has it: what is read is entered, what has its fate is saved.
//!
//! A position gets into it only on a [`Committed`], which counts the pieces of work that were entered here as well.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;

use chrono::{DateTime, Utc};

use super::ledger::Committed;
use super::load_state::{LOADER, LoadState, LoadedFile, parse_load};
use super::lock::Patience;
use super::sealed_file::{SealedFile, made_by};
use super::start::Start;
use super::trail::Reached;
use crate::failure::{Failure, Kind, Result};

/// A state of a load that this run alone may change.
pub struct LoadFile {
    file: SealedFile,
    state: LoadState,
    /// What is read in this run, in order, and where it stands in the state.
    inputs: Vec<(usize, Start)>,
    /// What was entered and has not its fate yet.
    entered: VecDeque<Entered>,
    /// How many pieces of work are in the state.
    settled: u64,
    /// The input that the last of them ends in.
    input: usize,
    /// Inputs that end in the middle of a line.
    cut: HashSet<usize>,
}

/// A piece of work.
struct Entered {
    documents: u64,
    reached: Vec<Reached>,
    /// The length of the dead-letter file before any of it was refused.
    letters: Option<u64>,
}

impl LoadFile {
    /// Locks and reads a state; `None` where there is none yet.
    ///
    /// # Errors
    /// [`Kind::Locked`] while another run holds it, [`Kind::Usage`] where it is damaged, newer than this program, or of
    /// another command.
    pub fn open(path: &Path, patience: &mut Patience) -> Result<Option<Self>> {
        let Some(file) = SealedFile::open(path, patience)? else {
            return Ok(None);
        };
        let made = made_by(file.file(), path)?;
        if made != LOADER {
            let shown = path.display();
            let text = format!("the state {shown} is one of jcx {made}, this run is jcx {LOADER}");
            return Err(Failure::usage(text).hint("name another file for --state"));
        }
        let state = parse_load(file.file(), path)?;
        Ok(Some(Self::of(file, state)))
    }

    /// Makes and locks the state of a first run, before anything is sent.
    pub fn create(path: &Path, state: LoadState) -> Result<Self> {
        Ok(Self::of(SealedFile::create(path, &state)?, state))
    }

    fn of(file: SealedFile, state: LoadState) -> Self {
        Self {
            file,
            state,
            inputs: Vec::new(),
            entered: VecDeque::new(),
            settled: 0,
            input: 0,
            cut: HashSet::new(),
        }
    }

    /// What it says.
    pub fn state(&self) -> &LoadState {
        &self.state
    }

    /// Where each of these files is gone on with; those that are loaded whole are left out.
    pub fn begin(&mut self, paths: &[String]) -> Result<Vec<Start>> {
        let known = self.state.files.iter().enumerate();
        let mut known: HashMap<String, usize> = known
            .map(|(index, file)| (file.path.clone(), index))
            .collect();
        for path in paths {
            let index = *known.entry(path.clone()).or_insert_with(|| {
                self.state.files.push(LoadedFile::new(path.clone()));
                self.state.files.len() - 1
            });
            if let Some(start) = Start::behind(&self.state.files[index], self.file.path())? {
                self.inputs.push((index, start));
            }
        }
        Ok(self.inputs.iter().map(|(_, start)| start.clone()).collect())
    }

    /// The files of these that come before the first one that is read, each up to where it was loaded; those that are
    /// gone are left out.
    pub fn before(&self, paths: &[String]) -> Vec<Start> {
        let Some((_, first)) = self.inputs.first() else {
            return Vec::new();
        };
        let before = paths.iter().take_while(|path| **path != first.path);
        let known = before.filter_map(|path| self.state.file(path));
        let there = known.filter(|file| Path::new(&file.path).exists());
        there
            .map(|file| Start {
                bytes: file.bytes,
                lines: file.lines,
                ..Start::of(file.path.clone())
            })
            .collect()
    }

    /// Enters what was read for the next piece of work; `letters` is the length of the dead-letter file before any of it
    /// is refused.
    pub fn enter(&mut self, documents: u64, reached: Vec<Reached>, letters: Option<u64>) {
        self.entered.push_back(Entered {
            documents,
            reached,
            letters,
        });
    }

    /// Whether less is saved than could be.
    pub fn lags<P>(&self, committed: &Committed<P>) -> bool {
        committed.pieces() > self.settled
    }

    /// Saves the positions behind the committed pieces of work; `letters` is the length of the dead-letter file now.
    pub fn save<P>(
        &mut self,
        committed: &Committed<P>,
        letters: Option<u64>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        while self.settled < committed.pieces() {
            let lost = || Failure::new(Kind::Unexpected, "a batch was settled and not entered");
            let piece = self.entered.pop_front().ok_or_else(lost)?;
            self.settled += 1;
            self.state.documents += piece.documents;
            for reached in piece.reached {
                self.reach(reached);
            }
        }
        let next = self.entered.front();
        let letters = next.map_or(letters, |piece| piece.letters);
        self.vouch_for_letters(letters);
        self.write(now)
    }

    /// Everything was read, and all of it is saved: inputs that are not cut off are loaded whole. `reached` is what
    /// belongs to no piece of work, and `letters` the length of the dead-letter file.
    pub fn finish(
        &mut self,
        reached: Vec<Reached>,
        letters: Option<u64>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        for reached in reached {
            self.reach(reached);
        }
        self.end_inputs(self.inputs.len());
        self.vouch_for_letters(letters);
        if self.cut.is_empty() {
            self.state.succeeded = Some(now);
        }
        self.write(now)
    }

    /// Changes what is no position; or all of it as a person says, who answers for it.
    pub fn overrule(
        &mut self,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut LoadState),
    ) -> Result<()> {
        change(&mut self.state);
        self.write(now)
    }

    /// Removes it.
    pub fn remove(self) -> Result<()> {
        self.file.remove()
    }

    fn vouch_for_letters(&mut self, length: Option<u64>) {
        if let (Some(known), Some(bytes)) = (&mut self.state.letters, length) {
            known.bytes = bytes;
        }
    }

    fn reach(&mut self, reached: Reached) {
        self.end_inputs(reached.input);
        if reached.cut {
            self.cut.insert(reached.input);
        }
        let Some((index, start)) = self.inputs.get(reached.input) else {
            return;
        };
        let Some(position) = reached.position else {
            return;
        };
        let file = &mut self.state.files[*index];
        file.bytes = position.bytes;
        file.lines = position.lines;
        file.tail = position.tail;
        if let Some(head) = position.head {
            file.head = head;
        }
        file.packed.clone_from(&start.packed);
        file.ended = false;
    }

    /// All inputs before this one were read to their end.
    fn end_inputs(&mut self, next: usize) {
        for input in self.input..next {
            let (index, start) = &self.inputs[input];
            let file = &mut self.state.files[*index];
            file.ended = !self.cut.contains(&input);
            file.packed.clone_from(&start.packed);
        }
        self.input = self.input.max(next);
    }

    fn write(&mut self, now: DateTime<Utc>) -> Result<()> {
        self.state.saved = now;
        self.file.replace(&self.state)
    }
}
