//! How a load ends, and what may be claimed of one that stopped early.
//!
//! Every thread has ended by now, or is left behind.

use std::path::Path;

use super::books::Counts;
use super::conductor::Conductor;
use super::letter::Letter;
use super::load::Flawed;
use crate::commands::run::{Ending, Hole};
use crate::elastic::Place;
use crate::failure::{Failure, Kind, Result};
use crate::term::counted;

impl Conductor<'_> {
    /// A refused command leaves no empty file behind that was not there before, and no state that says nothing.
    pub fn leave(mut self, failure: Failure) -> Failure {
        let failure = self.break_off(failure);
        let empty = self.dead_letters.is_some_and(|file| file.written() == 0);
        if let Some(path) = self.dead_letter_file
            && failure.kind() == Kind::Usage
            && self.made_file
            && empty
        {
            // What cannot be removed stays, and is empty.
            let _removed = std::fs::remove_file(path);
        }
        // What was refused already is settled, and told to the next run by its letters.
        if let Some(resume) = self.resume.filter(|_| self.books.counts.rejected == 0) {
            resume.leave();
        }
        failure
    }

    /// A run that stops early does not end letters on stdout as if they were all.
    pub fn break_off(&mut self, failure: Failure) -> Failure {
        if let Some(letters) = &mut self.dead_letters {
            letters.abandon(failure.kind() != Kind::Usage);
        }
        failure
    }

    /// Everything that was under way has come in: how the run ends.
    pub fn end(&mut self) -> Result<Ending> {
        let left = |failure: &mut Failure| failure.kind() == Kind::BrokenPipe;
        if let Some(failure) = self.failure.take_if(left) {
            return Err(failure);
        }
        self.warn_of_twice();
        self.warn_of_kept();
        let tail = std::mem::take(&mut self.tail);
        if let Some(flawed) = &tail.flawed {
            self.end_at(flawed);
        }
        if let Some(failure) = tail.failure {
            self.fail(failure);
        }
        if let Some(failure) = self.failure.take() {
            return Err(self.stopped(failure));
        }
        self.run.ambient.check_stop()?;
        if !self.ended {
            let text = "the thread that fills batches is gone; this is a defect of jcx";
            return Err(self.stopped(Failure::new(Kind::Unexpected, text)));
        }
        self.books.check()?;
        self.finish(tail.reached)?;
        let mut holes: Vec<Hole> = Vec::new();
        if self.books.counts.rejected > 0 {
            holes.push(Hole {
                reason: "rejected",
                message: refused_ones(
                    self.books.counts.rejected,
                    self.dead_letter_file.unwrap_or(Path::new("")),
                ),
            });
        }
        holes.extend(tail.cut.into_iter().map(|message| Hole {
            reason: "cut_input",
            message,
        }));
        holes.extend(self.copies());
        let Counts {
            indexed,
            duplicates,
            ..
        } = self.books.counts;
        Ok(Ending {
            holes,
            lost: None,
            done: format!(
                "{} stored, {duplicates} there already",
                counted(indexed, "document")
            ),
        })
    }

    /// A request was repeated, and documents without an `_id` are new to the server each time.
    fn warn_of_twice(&self) {
        let twice = self
            .loader
            .as_ref()
            .map_or(0, |loader| loader.perhaps_twice());
        if twice > 0 {
            let documents = counted(twice, "document");
            let (were, they) = verb_and_pronoun(twice);
            let text = format!(
                "{documents} without an _id {were} sent again after an answer that got lost or did not say whether {they} {were} stored: {they} may be there twice"
            );
            self.run.printer.warning(&text, None);
        }
    }

    /// A rollover has let documents in a second time.
    fn copies(&self) -> Option<Hole> {
        let twice = self.loader.as_ref().map_or(0, |loader| loader.twice());
        (twice > 0).then(|| {
            let documents = counted(twice, "document");
            Hole {
                reason: "stored_twice",
                message: format!(
                    "{documents} stored in two backing indices now: the target rolled over on the way there, and jcx deletes nothing"
                ),
            }
        })
    }

    /// Letters that hold nothing to be sent went from one file to the other.
    fn warn_of_kept(&self) {
        let kept = self.books.counts.kept;
        if kept > 0 {
            let text = format!(
                "{kept} dead letters hold nothing that this run can send (lines that jcx map refused, lines that were too long, raw events without --raw, documents for another data stream than --data-stream, letters with an _id that no server takes): they are kept as they are"
            );
            self.run.printer.warning(&text, None);
        }
    }

    fn end_at(&mut self, flawed: &Flawed) {
        let letter = Letter::of_flawed(flawed);
        self.books.counts.read += 1;
        self.books.counts.rejected += 1;
        self.fail(letter.failure());
        self.tell();
    }

    /// Says how far the load came; what was never acknowledged is in no count of a run that ends with 3.
    fn stopped(&mut self, failure: Failure) -> Failure {
        if let Some(copies) = self.copies() {
            self.run.printer.warning(&copies.message, None);
            let reason = copies.reason;
            self.run
                .tally
                .update(|summary| summary.reasons.push(reason));
        }
        let mark = self.books.mark();
        if let Some(Place { source, line }) = &mark.last {
            let text = format!(
                "everything up to line {line} of {source} ({}) is stored or in the dead letters",
                counted(mark.documents, "document")
            );
            self.run.printer.warning(&text, None);
        }
        if failure.kind() == Kind::Holes {
            self.books.counts.read = self.books.counts.settled();
        }
        self.tell();
        failure
    }
}

fn refused_ones(number: u64, file: &Path) -> String {
    let documents = counted(number, "document");
    let (were, they) = verb_and_pronoun(number);
    let are = if number == 1 { "is" } else { "are" };
    let file = file.display();
    format!("{documents} {were} refused; {they} {are} in {file}")
}

/// What goes with so many documents.
fn verb_and_pronoun(number: u64) -> (&'static str, &'static str) {
    if number == 1 {
        ("was", "it")
    } else {
        ("were", "they")
    }
}
