//! Brings one batch to its end: every document gets its fate, or the run ends.
//!
//! Repeats only what must be repeated, splits what is too large or refused as a whole, and never drops anything
//! (`docs/elasticsearch-bulk.md` sections 2 and 4). Whether there is time for another try, `net`'s retry policy says.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use super::answer::Answer;
use super::batch::Batch;
use super::connection::Patient;
use super::exchange::Setback;
use super::hunt::Hunt;
use super::loader::Loader;
use super::part::{Deferred, Part};
use super::reply::{Answered, Fate, Final};
use crate::failure::Result;
use crate::term::counted;

/// Takes fates as they become known: position in the batch and what became of the document.
type Report<'a> = &'a mut dyn FnMut(Vec<(usize, Final)>);

/// The work on one batch.
pub(super) struct Delivery<'a> {
    pub(super) loader: &'a Loader,
    pub(super) batch: &'a Batch,
    report: Report<'a>,
    /// What is still to be sent, last one first.
    pub(super) work: Vec<Part>,
    /// Lone documents that closed connections, until something else was taken.
    pub(super) aside: Vec<Part>,
    pub(super) hunt: Option<Hunt>,
    /// Whether this is what others were to go before.
    pub(super) last: bool,
    /// Documents without an `_id` that were sent again after an unknown outcome.
    again: BTreeSet<usize>,
}

impl Loader {
    /// Sends a batch until every document has its fate, which `report` hears of answer by answer, or its documents
    /// were refused while the server took nothing at all: [`Loader::proven`] and [`Loader::close`] have those later.
    /// What is given back closed every connection and is to be delivered again when others were sent.
    ///
    /// # Errors
    /// What ends the run; documents that were not reported by then are in an unknown state.
    pub fn deliver(&self, batch: &Batch, report: Report<'_>) -> Result<Option<Deferred>> {
        self.connection.progress();
        self.work_off(batch, vec![Part::whole(batch.len())], report)
    }

    /// Tries once more what [`Loader::deliver`] gave back of this batch.
    ///
    /// # Errors
    /// The same.
    pub fn deliver_again(
        &self,
        batch: &Batch,
        deferred: Deferred,
        report: Report<'_>,
    ) -> Result<Option<Deferred>> {
        self.work_off(batch, deferred.0, report)
    }

    fn work_off(
        &self,
        batch: &Batch,
        work: Vec<Part>,
        report: Report<'_>,
    ) -> Result<Option<Deferred>> {
        let _claim = self.recognition.claim(&self.connection, batch)?;
        let sent_before = work.iter().filter(|part| part.aside);
        let again: BTreeSet<usize> = sent_before
            .flat_map(|part| part.positions.iter().copied())
            .collect();
        let mut delivery = Delivery {
            loader: self,
            batch,
            report,
            work,
            aside: Vec::new(),
            hunt: None,
            last: !again.is_empty(),
            again,
        };
        delivery.run()?;
        let aside = delivery.aside;
        Ok((!aside.is_empty()).then_some(Deferred(aside)))
    }
}

impl Delivery<'_> {
    fn run(&mut self) -> Result<()> {
        while let Some(part) = self.next_part() {
            if part.positions.len() > 1 && self.size(&part) > self.loader.limit.bytes() {
                self.split(&part);
                continue;
            }
            if let Some((part, answer)) = self.send(part)? {
                match answer {
                    Answer::Items(answered) => self.items(part, answered)?,
                    Answer::Refused(refusal) => self.refused(&part, &refusal)?,
                    Answer::TooLarge(refusal) => self.too_large(&part, refusal)?,
                    Answer::Later(later) => self.later(part, &later)?,
                }
            }
            self.end_hunt()?;
        }
        self.leave_hunt()
    }

    /// Sends what is not there yet of a part, once there is room for one more request; nothing where all of it is.
    fn send(&mut self, part: Part) -> Result<Option<(Part, Answer)>> {
        let loader = self.loader;
        let Patient {
            ambient,
            pace,
            printer,
            ..
        } = &loader.connection.patient;
        let lane = loader.lanes.enter(ambient);
        pace.wait_turn(ambient);
        ambient.check_stop()?;
        let Some(part) = self.look_first(part)? else {
            return Ok(None);
        };
        self.note_again(&part);
        let answer = loader.attempt(self.batch, &part.positions)?;
        if !answer.is_busy() {
            lane.taken();
        } else if let Some(allowed) = lane.busy() {
            printer.step(&format!(
                "the server is busy: {} at once for now",
                counted(allowed as u64, "request")
            ));
        }
        Ok(Some((part, answer)))
    }

    /// What is to be sent next: what was set aside comes last, and only when something else was taken meanwhile.
    fn next_part(&mut self) -> Option<Part> {
        if let Some(part) = self.work.pop() {
            return Some(part);
        }
        let taken = self.loader.suspects.taken();
        let at = self
            .aside
            .iter()
            .position(|part| taken > part.taken_before)?;
        Some(self.aside.swap_remove(at))
    }

    /// Counts the documents that this request may store a second time.
    fn note_again(&mut self, part: &Part) {
        if !part.unknown {
            return;
        }
        let positions = part.positions.iter().copied();
        let without_id = positions.filter(|position| !self.batch.has_id(*position));
        let new = without_id
            .filter(|position| self.again.insert(*position))
            .count();
        self.loader
            .perhaps_twice
            .fetch_add(new as u64, Ordering::Relaxed);
    }

    pub(super) fn size(&self, part: &Part) -> usize {
        self.batch.size(&part.positions)
    }

    /// An answer with a fate for each document.
    fn items(&mut self, mut part: Part, answered: Answered) -> Result<()> {
        self.loader.suspects.note_taken(self.size(&part));
        if let Some(hunt) = self.hunt.as_mut().filter(|_| part.hunted) {
            hunt.accepted();
        }
        let (mut settled, mut again, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        let mut last = None;
        let mut stop = None;
        for (position, fate) in part.positions.iter().copied().zip(answered.fates) {
            match fate {
                Fate::Final(fate) => settled.push((position, fate)),
                Fate::Again(error) => {
                    again.push(position);
                    last = Some(error);
                }
                Fate::Unknown(error) => {
                    unknown.push(position);
                    last = Some(error);
                }
                Fate::Stop(reason) => stop = Some(reason),
            }
        }
        let stored = stored(&settled);
        self.note_stored(&stored);
        self.note_stored(&unknown);
        self.settle(settled);
        if let Some(stop) = stop {
            return Err(self.loader.stop(&stop));
        }
        self.landed(&part, &answered.indices, &stored)?;
        let Some(error) = last else { return Ok(()) };
        let documents = again.len() + unknown.len();
        self.loader
            .connection
            .hold_off(&mut part.retry, &Setback::of_items(&error, documents))?;
        self.loader
            .retried_items
            .fetch_add(documents as u64, Ordering::Relaxed);
        let parts = [(unknown, true), (again, false)].into_iter();
        let parts = parts.filter(|(positions, _)| !positions.is_empty());
        let parts = parts.map(|(positions, unknown)| part.put_off(positions, unknown));
        self.work.extend(parts);
        Ok(())
    }

    pub(super) fn settle(&mut self, settled: Vec<(usize, Final)>) {
        if settled.is_empty() {
            return;
        }
        self.loader.connection.progress();
        if settled.iter().any(|(_, fate)| *fate == Final::Stored) {
            self.loader.note_stored();
        }
        (self.report)(settled);
    }
}

/// Where those documents stand that were stored.
fn stored(settled: &[(usize, Final)]) -> Vec<usize> {
    let stored = settled.iter().filter(|(_, fate)| *fate == Final::Stored);
    stored.map(|(position, _)| *position).collect()
}
