//! What a delivery does with a request that is refused as a whole: halves, down to who is to blame.
//!
//! Who is suspected is kept by [`super::hunt`] for one search and by [`super::suspects`] for the run.

use std::collections::BTreeSet;

use super::delivery::Delivery;
use super::hunt::{Hunt, are_alike};
use super::loader::Loader;
use super::part::Part;
use super::reply::{Final, Refusal};
use super::stopping;
use super::suspects::{ALIKE, Held};
use crate::failure::Result;

/// So many documents from all over the rest are tried before the target is blamed: bad ones may stand in a row.
const PROBES: usize = 32;

impl Delivery<'_> {
    /// The request as a whole was refused: halves, down to the document that is to blame.
    pub(super) fn refused(&mut self, part: &Part, refusal: &Refusal) -> Result<()> {
        let hunt = self.hunt.get_or_insert_default();
        if let Some(position) = part.lone() {
            let alike = hunt.suspect(position, refusal.clone());
            let goes_on = hunt.has_accepted() || self.loader.suspects.goes_on(alike, refusal);
            let blames_target = !goes_on && !self.probe(alike);
            return if blames_target {
                Err(stopping::refuses_everything(refusal))
            } else {
                Ok(())
            };
        }
        for mut half in part.halves().into_iter().rev() {
            half.hunted = true;
            self.work.push(half);
        }
        Ok(())
    }

    /// Tries documents from all over the rest of the search next; `false` when that was done and none was taken.
    fn probe(&mut self, alike: usize) -> bool {
        let Some(hunt) = self.hunt.as_mut() else {
            return false;
        };
        if let Some(left) = hunt.probes {
            // Another reason speaks for the documents, not for the target.
            hunt.probes = Some(left.saturating_sub(1)).filter(|_| alike > 1);
            return hunt.probes != Some(0);
        }
        let hunted = self.work.iter().filter(|part| part.hunted);
        let rest: Vec<usize> = hunted.flat_map(|part| &part.positions).copied().collect();
        let step = rest.len().div_ceil(PROBES).max(1);
        let picked: BTreeSet<usize> = rest.into_iter().step_by(step).collect();
        hunt.probes = Some(picked.len());
        for part in &mut self.work {
            part.positions.retain(|position| !picked.contains(position));
        }
        self.work.retain(|part| !part.positions.is_empty());
        self.work.extend(picked.iter().rev().map(|position| Part {
            positions: vec![*position],
            hunted: true,
            ..Part::default()
        }));
        !picked.is_empty()
    }

    /// Reports the culprits that are proven, and all of them when nothing is left to be searched.
    pub(super) fn end_hunt(&mut self) -> Result<()> {
        let Some(hunt) = self.hunt.as_mut() else {
            return Ok(());
        };
        let proven = hunt.proven();
        self.blame(proven);
        let mut left = self.work.iter().chain(&self.aside);
        if left.any(|part| part.hunted) {
            return Ok(());
        }
        let suspects = self.hunt.take().map(Hunt::end).unwrap_or_default();
        self.judge(suspects)
    }

    /// The delivery ends while some of what is searched waits aside: whoever is suspected until now is not forgotten.
    pub(super) fn leave_hunt(&mut self) -> Result<()> {
        let suspects = self.hunt.take().map(Hunt::end).unwrap_or_default();
        self.judge(suspects)
    }

    /// Every document of a search alone was refused, and none was taken. Many alike: the target is to blame. A few: the
    /// documents are, unless the server has never taken anything.
    fn judge(&mut self, refused: Vec<(usize, Refusal)>) -> Result<()> {
        let Loader { suspects, bulk, .. } = self.loader;
        let never_taken = suspects.taken() == 0;
        let many = if never_taken && bulk.stop_at_refused {
            2
        } else {
            ALIKE
        };
        if let Some((_, refusal)) = refused.first().filter(|_| refused.len() >= many)
            && are_alike(&refused)
        {
            return Err(stopping::refuses_everything(refusal));
        }
        if !never_taken || bulk.stop_at_refused || suspects.is_full() {
            self.blame(refused);
            return Ok(());
        }
        for (position, refusal) in refused {
            suspects.hold(Held {
                number: self.batch.number,
                entry: self.batch.entry(position),
                refusal,
            });
        }
        Ok(())
    }

    fn blame(&mut self, culprits: Vec<(usize, Refusal)>) {
        let settled = culprits
            .into_iter()
            .map(|(position, refusal)| (position, Final::Refused(refusal.into())));
        self.settle(settled.collect());
    }
}
