//! What a load with `--state` saves, and when: behind the books, once a second, and at the end.

use std::path::Path;

use super::conductor::Conductor;
use super::load::Load;
use super::resume::Resume;
use crate::elastic::Loader;
use crate::failure::Result;
use crate::store::{DeadLetters, Reached};

impl Conductor<'_> {
    /// Enters what was read for a batch, before any of it is refused.
    pub(super) fn note_reached(&mut self, documents: usize, reached: Vec<Reached>) -> Result<()> {
        if self.resume.is_some() {
            let letters = self.letters()?;
            if let Some(resume) = &mut self.resume {
                resume.enter(documents as u64, reached, letters);
            }
        }
        Ok(())
    }

    /// Finds the letters that a run which was killed has left.
    pub(super) fn find_buried(&mut self, path: &Path) -> Result<()> {
        let length = self.letters()?;
        if let Some(resume) = &mut self.resume {
            self.buried = resume.letters(path, length, self.run)?;
        }
        Ok(())
    }

    /// Saves what is proven when it is time; a state that cannot be written ends the run.
    pub(super) fn save_in_time(&mut self) {
        let due = |resume: &Resume| resume.is_due(self.run);
        if self.failure.is_none()
            && self.resume.as_ref().is_some_and(due)
            && let Err(failure) = self.save()
        {
            self.fail(failure);
        }
    }

    /// Saves what is proven.
    pub fn save(&mut self) -> Result<()> {
        if self.resume.is_none() {
            return Ok(());
        }
        let letters = self.letters()?;
        let committed = self.books.committed();
        match &mut self.resume {
            Some(resume) => resume.save(&committed, letters, self.run),
            None => Ok(()),
        }
    }

    /// Everything was read, and has its fate.
    pub(super) fn finish(&mut self, reached: Vec<Reached>) -> Result<()> {
        let letters = self.letters()?;
        match &mut self.resume {
            Some(resume) => resume.finish(reached, letters, self.run),
            None => Ok(()),
        }
    }

    /// Notes where the documents go, before the first of them does, and says what a state cannot do for them.
    pub fn pin(&mut self, first: Option<&Load>, loader: &Loader) -> Result<()> {
        let (Some(resume), Some(first)) = (&mut self.resume, first) else {
            return Ok(());
        };
        resume.pin(loader.target(), self.connection, self.run)?;
        if (0..first.batch.len()).any(|position| !first.batch.has_id(position)) {
            self.run.printer.warning(
                "there are documents without an _id: where a run is killed, those that it sent after it last saved the state are stored twice",
                Some("jcx map writes the _id into @metadata (leave --no-metadata out)"),
            );
        }
        Ok(())
    }

    /// The length of the dead-letter file.
    fn letters(&self) -> Result<Option<u64>> {
        let length = self.dead_letters.as_ref().map(DeadLetters::length);
        length.transpose().map(Option::flatten)
    }
}
