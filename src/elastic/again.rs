//! What a delivery does with a request that was too large, or of which nobody knows what became of it: the same again, in
//! halves when that has not helped, and last of all (`docs/elasticsearch-bulk.md` sections 2 and 4).

use super::answer::{Cause, Later};
use super::delivery::Delivery;
use super::part::Part;
use super::reply::{Final, Refusal};
use crate::failure::Result;
use crate::net::Loss;

/// A connection that closes under a smaller body, or a 413 for one, may well have another reason than its size.
const LARGE: usize = 64 << 10;

/// How often a connection closes under one large document before others go first.
const CLOSED_ON_ONE: u32 = 3;

/// Bodies up to this size are not suspected for the rest of the run because connections broke.
const HARMLESS: usize = 1 << 20;

impl Delivery<'_> {
    /// Too large for the server, or for what stands before it: halves, as of any request that is refused as a whole. A
    /// lone document is to blame at once where it is large, or where only smaller ones were ever taken; else it is a
    /// suspect, for a proxy may refuse whatever comes.
    pub(super) fn too_large(&mut self, part: &Part, refusal: Refusal) -> Result<()> {
        let size = self.size(part);
        let refusal = refusal.of_size(size);
        let suspects = &self.loader.suspects;
        let larger_than_any = suspects.taken() > 0 && !suspects.has_taken(size);
        if let Some(position) = part.lone()
            && (size >= LARGE || larger_than_any)
        {
            self.settle(vec![(position, Final::Refused(refusal.into()))]);
            return Ok(());
        }
        if part.lone().is_none() {
            self.loader.limit.lower(size / 2);
            self.loader.connection.patient.printer.step(&format!(
                "the server refuses requests of {size} bytes; smaller ones from now on"
            ));
        }
        self.refused(part, &refusal)
    }

    /// The outcome is unknown, or the server is busy: the same again, in halves when that has not helped.
    pub(super) fn later(&mut self, mut part: Part, later: &Later) -> Result<()> {
        let taken = self.loader.suspects.taken();
        part.failed(later.cause, taken);
        if later.cause.is_unknown() {
            self.note_stored(&part.positions);
        }
        let size = self.size(&part);
        // A half of what connections closed under needs no second proof.
        let enough = if part.closing { 1 } else { 2 };
        let closed = part.cut_offs >= enough && size >= LARGE;
        if let Some(position) = part.lone()
            && closed
            && part.aside
            && self.others_pass(&part)
        {
            self.settle(vec![(
                position,
                Final::Refused(Refusal::closed_under(part.cut_offs).into()),
            )]);
            return Ok(());
        }
        self.loader
            .connection
            .hold_off(&mut part.retry, &later.setback)?;
        let long_answer = later.cause == Cause::Lost(Loss::LongAnswer);
        if part.positions.len() > 1 && (closed || long_answer || part.busy >= 2) {
            if closed && size > HARMLESS {
                self.loader.limit.lower((size / 2).max(HARMLESS));
            }
            part.closing |= closed;
            self.split(&part);
        } else if closed && part.cut_offs >= CLOSED_ON_ONE {
            part.aside = true;
            self.aside.push(part);
        } else {
            self.work.push(part);
        }
        Ok(())
    }

    /// Whether the server took others since the connection was first closed, or, where no others are left to be sent,
    /// took others before and is still there.
    fn others_pass(&self, part: &Part) -> bool {
        let taken = self.loader.suspects.taken();
        taken > part.taken_before || (self.last && taken > 0 && self.loader.connection.answers())
    }

    /// Both halves, the first one next.
    pub(super) fn split(&mut self, part: &Part) {
        self.work.extend(part.halves().into_iter().rev());
    }
}
