//! The workers: each walks a slice at a time, shares what is too much for one, and delivers when its turn has come.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::delivery::{Delivery, Manner, Standing};
use super::proof::{self, Proof};
use super::relay::{Relay, Stand, Turn};
use crate::commands::run::{Hole, Run};
use crate::failure::{Failure, Kind, OrFail, Result};
use crate::insights::{
    Cause, Client, Query, Slice, Step, Trouble, Walk, Wish, behind, by_time, halves, plan,
};
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
    blind: AtomicBool,
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
struct Leg {
    slice: Slice,
    walk: Walk,
    spool: Spool,
    /// Events so far.
    walked: u64,
    /// Everything before it was returned; none where the last page does not tell.
    reached: Option<DateTime<Utc>>,
    /// How the rest may be shared.
    plan: Vec<Slice>,
    /// Whether it goes on behind the pages of an earlier run.
    resumed: bool,
    /// Whether the delivery has begun.
    begun: bool,
    /// Whether its rest is left to others.
    cut: bool,
}

/// This many pages are worth being shared by a plan.
const WORTH_SHARING: u64 = 3;
/// A walk that others wait for is shared while this many pages are left.
const WORTH_HALVING: u64 = 2;

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
    fn count_day(&self, slice: &Slice) -> Option<u64> {
        let day = self.days.iter().find(|day| day.end == slice.window.end)?;
        self.proof(proof::common(*day, self.settled))
            .count(self.run)
    }

    fn proof(&self, settled: Window) -> Proof<'_> {
        Proof {
            client: self.client,
            selection: &self.query.selection,
            settled,
        }
    }

    /// The first failure is the run's; nobody goes on.
    fn fail(&self, failure: Failure) {
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

    /// The next page; while it is under way, JumpCloud is asked when the events behind the last one were, once a slice.
    fn next(&self, leg: &mut Leg) -> std::result::Result<Option<Step>, Trouble> {
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

    fn is_blind(&self) -> bool {
        self.progress.blind.load(Ordering::Relaxed)
    }

    fn wish(&self) -> Wish {
        Wish {
            jobs: self.jobs,
            page_size: u64::from(self.query.page_size),
        }
    }

    /// Leaves the rest of a slice to others, if that is worth it; the slice ends where they begin.
    fn share(&self, leg: &mut Leg) -> Result<bool> {
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

    fn deliver(&self, leg: &mut Leg) -> Result<()> {
        let mut delivery = lock(&self.delivery);
        if !std::mem::replace(&mut leg.begun, true) {
            delivery.begin(self.run, &leg.slice, Manner::of(leg.resumed, leg.cut))?;
        }
        let position = leg.reached.unwrap_or(leg.slice.window.start);
        let walk = Some(&leg.walk);
        delivery.pages(self.run, &mut leg.spool, Standing { position, walk })
    }

    /// A slice has ended: it is delivered when its turn has come, and so is what waits behind it.
    fn end(&self, leg: Leg, hole: Option<Failure>) -> Result<()> {
        let counted = self.count_day(&leg.slice).filter(|_| hole.is_none());
        let turn = Turn {
            slice: leg.slice,
            spool: leg.spool,
            resumed: leg.resumed,
            begun: leg.begun,
            cut: leg.cut,
            counted,
            hole,
        };
        if !self.relay.end(turn) {
            return Ok(());
        }
        let mut delivery = lock(&self.delivery);
        while let Some(mut turn) = self.relay.pass_on() {
            if !turn.begun {
                delivery.begin(self.run, &turn.slice, Manner::of(turn.resumed, turn.cut))?;
            }
            let whole = turn.hole.is_none();
            let Window { start, end } = turn.slice.window;
            let position = if whole { end } else { start };
            delivery.pages(
                self.run,
                &mut turn.spool,
                Standing {
                    position,
                    walk: None,
                },
            )?;
            match turn.hole {
                None => {
                    let day = |day: &&Window| day.end == end;
                    if let Some(day) = self.days.iter().find(day) {
                        let proof = self.proof(proof::common(*day, self.settled));
                        let hole = delivery.end_day(self.run, &proof, turn.counted)?;
                        lock(&self.progress.short).extend(hole);
                    }
                }
                Some(failure) if self.relay.beyond_holes() => {
                    delivery.hole(turn.slice.window);
                    self.run
                        .printer
                        .warning(&failure.message(), failure.hint_text());
                    lock(&self.progress.holes).push((turn.slice.window, failure));
                }
                Some(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    /// What to do about a page that cannot be had.
    fn trouble(&self, mut leg: Leg, trouble: Trouble) -> Result<()> {
        let Trouble { failure, cause } = trouble;
        if cause == Cause::Refused && leg.walked == 0 && leg.walk.is_resumed() {
            let text = "JumpCloud does not take the saved cursor any more; the walk begins anew";
            self.run.printer.step(text);
            self.relay.add(&[leg.slice]);
            return Ok(());
        }
        if failure.kind() != Kind::JumpCloud
            || (cause == Cause::Exhausted && self.relay.beyond_holes())
        {
            return Err(failure);
        }
        if cause == Cause::ServerError {
            let nothing = Some(leg.slice.window.start).filter(|_| leg.walked == 0);
            let rest = leg.reached.or(nothing).map(|start| Window {
                start,
                ..leg.slice.window
            });
            let halves = rest.map_or(Ok(None), |rest| self.halved(rest))?;
            if let Some(slices) = halves {
                let start = slices[0].window.start;
                self.run.printer.warning(
                    &format!("{}; asking for half as much at a time", failure.message()),
                    None,
                );
                self.relay.add(&slices);
                leg.slice.window.end = start;
                leg.cut = true;
                // Where nothing was returned its first half goes on in its place.
                return if leg.walked > 0 {
                    self.end(leg, None)
                } else {
                    Ok(())
                };
            }
        }
        self.end(leg, Some(failure))
    }

    /// The halves of a span that is too much at once; none where neither half can be had.
    fn halved(&self, rest: Window) -> Result<Option<[Slice; 2]>> {
        let Some(windows) = halves(rest) else {
            return Ok(None);
        };
        for window in windows {
            let mut spool = Spool::new(&self.folder, &self.budget);
            let query = Query {
                window,
                ..self.query.clone()
            };
            match Walk::new(query).next_page(self.client, &mut spool) {
                Ok(_) => return Ok(Some(windows.map(Slice::unknown))),
                Err(trouble) if trouble.failure.kind() == Kind::JumpCloud => {}
                Err(trouble) => return Err(trouble.failure),
            }
        }
        Ok(None)
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
/// Slices for each job where nothing is known of the events' times.
const BLIND_SLICES_A_JOB: usize = 4;

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
