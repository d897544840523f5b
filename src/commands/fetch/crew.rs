//! The workers: each walks a slice at a time, shares what is too much for one, and delivers when its turn has come.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::delivery::Delivery;
use super::proof::{self, Proof};
use super::relay::{Relay, Stand};
use crate::commands::run::{Hole, Run};
use crate::failure::{Failure, Kind, OrFail, Result};
use crate::insights::{Client, Query, Slice, Step, Walk};
use crate::store::{Budget, Spool};
use crate::time::Window;

/// What the workers share.
pub struct Crew<'r> {
    pub run: &'r Run,
    pub client: &'r Client,
    /// The window of the whole run.
    pub query: Query,
    pub jobs: usize,
    /// Where large pages wait.
    pub folder: PathBuf,
    pub budget: Budget,
    pub relay: Relay,
    pub delivery: Mutex<Delivery>,
    pub progress: Progress,
    /// A walk that an earlier run did not end, and the slice it is to go on with.
    pub unfinished: Mutex<Option<(Slice, Walk)>>,
    /// What is counted; empty for nothing.
    pub settled: Window,
    /// The days of an archive, each counted for itself.
    pub days: Vec<Window>,
}

/// What the workers have come to.
#[derive(Default)]
pub struct Progress {
    /// Pages that were whole.
    pub pages: AtomicU64,
    /// The API cannot say when events were.
    pub(super) blind: AtomicBool,
    /// What ended the run.
    pub failure: Mutex<Option<Failure>>,
    /// What JumpCloud counts in the settled part.
    pub counted: Mutex<Option<u64>>,
    /// Days of which less came than JumpCloud counts.
    pub short: Mutex<Vec<Hole>>,
    /// What is missing although the run went on.
    pub holes: Mutex<Vec<(Window, Failure)>>,
}

/// A slice under way.
pub(super) struct Leg {
    pub(super) slice: Slice,
    pub(super) walk: Walk,
    pub(super) spool: Spool,
    /// Events so far.
    pub(super) walked: u64,
    /// Everything before it was returned; none where the last page does not tell.
    pub(super) reached: Option<DateTime<Utc>>,
    /// How the rest may be shared.
    pub(super) plan: Vec<Slice>,
    /// Whether it goes on behind the pages of an earlier run.
    pub(super) resumed: bool,
    /// Whether the delivery has begun.
    pub(super) begun: bool,
    /// Whether its rest is left to others.
    pub(super) cut: bool,
}

impl Crew<'_> {
    /// Walks and delivers everything, or until something ends it.
    pub fn work(self) -> (Delivery, Progress) {
        let workers = self.jobs.max(1);
        std::thread::scope(|scope| {
            for number in 1..workers {
                let builder = std::thread::Builder::new().name(format!("walk {number}"));
                let spawned = builder.spawn_scoped(scope, || self.worker());
                if let Err(error) = spawned.or_fail(Kind::Unexpected, || "starting a thread") {
                    return self.fail(error);
                }
            }
            if !self.settled.is_empty() && self.days.is_empty() {
                scope.spawn(|| self.count());
            }
            self.worker();
        });
        self.back()
    }

    /// What there is when nobody works any more.
    pub fn back(self) -> (Delivery, Progress) {
        if let Err(interrupted) = self.run.ambient.check_stop() {
            lock(&self.progress.failure).get_or_insert(interrupted);
        }
        let delivery = self.delivery.into_inner();
        (
            delivery.unwrap_or_else(PoisonError::into_inner),
            self.progress,
        )
    }

    fn worker(&self) {
        let _guard = StopsAll(&self.relay);
        let stopping = || self.run.ambient.stopping();
        while let Some(slice) = self.relay.take(&stopping) {
            if let Err(failure) = self.walk(slice) {
                self.fail(failure);
                return;
            }
        }
    }

    /// Counts once a page has shown that the key and the address are right.
    fn count(&self) {
        while !self.client.has_paged() {
            let over = self.relay.is_over() || self.run.ambient.stopping();
            // The one page of a short run may have come meanwhile.
            if over && !self.client.has_paged() {
                return;
            }
            (self.run.ambient.sleep)(LOOK);
        }
        *lock(&self.progress.counted) = self.proof(self.settled).count(self.run);
    }

    /// Counts the day that ends with a slice.
    pub(super) fn count_day(&self, slice: &Slice) -> Option<u64> {
        let day = self.days.iter().find(|day| day.end == slice.window.end)?;
        self.proof(proof::common(*day, self.settled))
            .count(self.run)
    }

    pub(super) fn proof(&self, settled: Window) -> Proof<'_> {
        Proof {
            client: self.client,
            selection: &self.query.selection,
            settled,
        }
    }

    /// The first failure is the run's; nobody goes on.
    pub(super) fn fail(&self, failure: Failure) {
        lock(&self.progress.failure).get_or_insert(failure);
        self.relay.stop();
    }

    /// One slice, up to its end or to where others take over.
    fn walk(&self, slice: Slice) -> Result<()> {
        let mut leg = self.leg(slice);
        loop {
            let step = match self.next(&mut leg) {
                Ok(step) => step,
                Err(trouble) => return self.trouble(leg, trouble),
            };
            let Some(step) = step else {
                return self.end(leg, None);
            };
            self.note(&mut leg, step);
            let shared = !step.last && self.share(&mut leg)?;
            let name = leg.slice.window.start;
            let stopping = || self.run.ambient.stopping();
            match self.relay.stand(name, &leg.spool, &stopping) {
                Stand::Head => self.deliver(&mut leg)?,
                Stand::Early => {}
                Stand::Unwanted => return self.run.ambient.check_stop(),
            }
            if step.last || shared {
                return self.end(leg, None);
            }
        }
    }

    fn leg(&self, slice: Slice) -> Leg {
        let unfinished = lock(&self.unfinished).take_if(|(of, _)| *of == slice);
        let query = Query {
            window: slice.window,
            ..self.query.clone()
        };
        Leg {
            slice,
            resumed: unfinished.is_some(),
            walk: unfinished.map_or_else(|| Walk::new(query), |(_, walk)| walk),
            spool: Spool::new(&self.folder, &self.budget),
            walked: 0,
            reached: None,
            plan: Vec::new(),
            begun: false,
            cut: false,
        }
    }

    fn note(&self, leg: &mut Leg, step: Step) {
        leg.walked += step.events;
        leg.reached = step
            .reached
            .filter(|reached| *reached > leg.slice.window.start);
        let pages = self.progress.pages.fetch_add(1, Ordering::Relaxed) + 1;
        self.run.tally.update(|summary| {
            summary.pages = Some(pages);
            summary.requests = Some(self.client.requests());
            summary.retries = Some(self.client.retries());
        });
    }
}

/// A worker that dies of a defect must not leave the others waiting for its slice.
struct StopsAll<'r>(&'r Relay);

impl Drop for StopsAll<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

/// How often it is looked whether the first page is there.
const LOOK: Duration = Duration::from_millis(2);

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
