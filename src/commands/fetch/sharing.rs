//! Leaving a part of a slice to others, where it is too much for one.

use std::sync::atomic::Ordering;

use super::crew::{Crew, Leg};
use crate::failure::Result;
use crate::insights::{Step, Trouble, Wish, behind, by_time, plan};
use crate::time::Window;

/// This many pages are worth being shared by a plan.
const WORTH_SHARING: u64 = 3;
/// A walk that others wait for is shared while this many pages are left.
const WORTH_HALVING: u64 = 2;
/// Slices for each job where nothing is known of the events' times.
const BLIND_SLICES_A_JOB: usize = 4;

impl Crew<'_> {
    /// The next page; while it is under way, JumpCloud is asked when the events behind the last one were, once a slice.
    pub(super) fn next(&self, leg: &mut Leg) -> std::result::Result<Option<Step>, Trouble> {
        let due = self.jobs > 1 && leg.slice.expected.is_none() && !self.is_blind();
        let Some(start) = leg.reached.filter(|_| due) else {
            return leg.walk.next_page(self.client, &mut leg.spool);
        };
        let rest = Window {
            start,
            ..leg.slice.window
        };
        let (plan, step) = std::thread::scope(|scope| {
            let planning = scope.spawn(|| plan(self.client, &self.query, rest, self.wish()));
            let step = leg.walk.next_page(self.client, &mut leg.spool);
            (planning.join().unwrap_or_default(), step)
        });
        if plan.is_none() {
            self.progress.blind.store(true, Ordering::Relaxed);
            let text = "JumpCloud does not say when its events were; the window is cut by time";
            self.run.printer.step(text);
        }
        leg.plan = plan.unwrap_or_else(|| by_time(rest, self.jobs * BLIND_SLICES_A_JOB));
        let total = leg
            .plan
            .iter()
            .filter_map(|slice| slice.expected)
            .sum::<u64>();
        leg.slice.expected = Some(leg.walked + total).filter(|_| !self.is_blind());
        step
    }

    pub(super) fn is_blind(&self) -> bool {
        self.progress.blind.load(Ordering::Relaxed)
    }

    pub(super) fn wish(&self) -> Wish {
        Wish {
            jobs: self.jobs,
            page_size: u64::from(self.query.page_size),
        }
    }

    /// Leaves the rest of a slice to others, if that is worth it; the slice ends where they begin.
    pub(super) fn share(&self, leg: &mut Leg) -> Result<bool> {
        let Some(start) = leg.reached.filter(|_| self.jobs > 1) else {
            return Ok(false);
        };
        let rest = Window {
            start,
            ..leg.slice.window
        };
        let page_size = u64::from(self.query.page_size);
        let left = leg
            .slice
            .expected
            .map(|expected| leg.walked.abs_diff(expected));
        let planned = behind(&std::mem::take(&mut leg.plan), start);
        let idle = self.relay.idle();
        let slices = if planned.len() > 1 {
            let worth = left.is_none_or(|left| left >= WORTH_SHARING * page_size);
            planned.into_iter().filter(|_| worth).collect()
        } else if idle > 0 && left.map_or(self.is_blind(), |left| left >= WORTH_HALVING * page_size)
        {
            // More is left than others would save, or it went on behind what was promised, or nobody can say.
            by_time(rest, idle + 1)
        } else {
            Vec::new()
        };
        if slices.len() < 2 {
            return Ok(false);
        }
        self.run
            .printer
            .step(&format!("{} slices from {start} on", slices.len()));
        leg.slice.window.end = start;
        leg.cut = true;
        self.relay.add(&slices);
        self.run.ambient.check_stop().map(|()| true)
    }
}
