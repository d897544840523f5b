//! The threads of `jcx push`: one fills batches, the others deliver them; everything they learn goes to the conductor.
//!
//! A batch is handed over only when a worker takes it, so no more than one batch a worker and one being filled exist.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Builder;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::feed::{Feed, Filled, Flawed, Load, Tail};
use super::letter::Letter;
use crate::elastic::{Batch, Final, Loader, Place};
use crate::failure::{Failure, Kind, OrFail, Result};
use crate::net::Ambient;

/// What the threads tell the conductor.
#[derive(Debug)]
pub enum Report {
    /// A batch was read; those of one run come in order.
    Opened(Opened),
    /// Some of its documents have their fate.
    Settled(Settled),
    /// The run has to end.
    Failed(Failure),
    /// The input has ended; no batch follows.
    Ended(Tail),
}

/// A batch that was read.
#[derive(Debug)]
pub struct Opened {
    /// Its number.
    pub number: u64,
    /// How many documents will be sent.
    pub documents: usize,
    /// Lines that will not.
    pub flawed: Vec<Flawed>,
    /// Documents without an `_id`.
    pub without_id: u64,
    /// Bytes read for it.
    pub bytes: u64,
    /// Its last line.
    pub last: Option<Place>,
}

impl Opened {
    /// What the conductor has to know of a load, and what is left to be sent.
    pub fn of(load: Load) -> (Self, Batch) {
        let sent = load.batch.entries.last().map(|entry| entry.place.clone());
        let aside = load.flawed.last().map(|flawed| flawed.place.clone());
        let opened = Self {
            number: load.batch.number,
            documents: load.batch.entries.len(),
            flawed: load.flawed,
            without_id: load.without_id,
            bytes: load.bytes,
            last: later(sent, aside),
        };
        (opened, load.batch)
    }
}

/// Fates from one answer.
#[derive(Debug)]
pub struct Settled {
    /// The batch's number.
    pub number: u64,
    /// Stored now.
    pub stored: u64,
    /// There already.
    pub duplicates: u64,
    /// Refused for good.
    pub refused: Vec<Letter>,
}

/// How the threads work.
#[derive(Clone)]
pub struct Orders {
    /// Requests under way at once.
    pub jobs: usize,
    /// Whether the first refused document ends the run.
    pub stop_at_refused: bool,
    /// Clock, sleep and the wish to stop.
    pub ambient: Ambient,
}

/// Starts the threads; the channel closes when all have ended. `first` was read already.
pub fn start(
    feed: Feed,
    first: Option<Load>,
    loader: Loader,
    orders: &Orders,
) -> Result<(Receiver<Report>, Arc<Loader>)> {
    let loader = Arc::new(loader);
    let (reports, received) = bounded(orders.jobs);
    let (to_workers, work) = bounded(0);
    let idle = Arc::new(AtomicUsize::new(0));
    let pump = Pump {
        feed,
        to_workers,
        reports: reports.clone(),
        idle: Arc::clone(&idle),
        ambient: orders.ambient.clone(),
    };
    let doing = || "starting a thread";
    let thread = |name: &str| Builder::new().name(name.to_owned());
    thread("filler")
        .spawn(move || pump.run(first))
        .or_fail(Kind::Unexpected, doing)?;
    for _ in 0..orders.jobs {
        let sender = Worker {
            work: work.clone(),
            loader: Arc::clone(&loader),
            reports: reports.clone(),
            idle: Arc::clone(&idle),
            orders: orders.clone(),
        };
        thread("sender")
            .spawn(move || sender.run())
            .or_fail(Kind::Unexpected, doing)?;
    }
    Ok((received, loader))
}

struct Pump {
    feed: Feed,
    to_workers: Sender<Batch>,
    reports: Sender<Report>,
    idle: Arc<AtomicUsize>,
    ambient: Ambient,
}

impl Pump {
    fn run(mut self, first: Option<Load>) {
        let mut goes_on = first.is_none_or(|load| self.hand_on(load));
        while goes_on {
            let filled = self.feed.fill(&|| self.ambient.stopping());
            // While all are busy, what comes late may still join the batch.
            if filled == Filled::Paused && self.idle.load(Ordering::SeqCst) == 0 {
                continue;
            }
            if !self.feed.is_empty() {
                let load = self.feed.take_load();
                goes_on = self.hand_on(load);
            }
            goes_on &= filled != Filled::Ended;
        }
        let _told = self.reports.send(Report::Ended(self.feed.into_tail()));
    }

    /// `false` when nobody works any more.
    fn hand_on(&self, load: Load) -> bool {
        let (opened, batch) = Opened::of(load);
        let documents = opened.documents;
        let told = self.reports.send(Report::Opened(opened)).is_ok();
        if documents == 0 {
            return told;
        }
        told && self.to_workers.send(batch).is_ok()
    }
}

/// The later of two lines; sources come one after the other, so another source's line is no earlier.
fn later(sent: Option<Place>, aside: Option<Place>) -> Option<Place> {
    match (sent, aside) {
        (Some(sent), Some(aside)) if sent.source == aside.source && sent.line < aside.line => {
            Some(aside)
        }
        (sent, aside) => sent.or(aside),
    }
}

struct Worker {
    work: Receiver<Batch>,
    loader: Arc<Loader>,
    reports: Sender<Report>,
    idle: Arc<AtomicUsize>,
    orders: Orders,
}

impl Worker {
    fn run(&self) {
        while !self.orders.ambient.stopping() {
            self.idle.fetch_add(1, Ordering::SeqCst);
            let received = self.work.recv();
            self.idle.fetch_sub(1, Ordering::SeqCst);
            let Ok(batch) = received else { return };
            let mut report = |fates| self.tell(settled(&batch, fates));
            if let Err(failure) = self.loader.deliver(&batch, &mut report) {
                self.stop_all();
                // The conductor may have left already.
                let _told = self.reports.send(Report::Failed(failure));
                return;
            }
        }
    }

    fn tell(&self, settled: Settled) {
        if self.orders.stop_at_refused && !settled.refused.is_empty() {
            self.stop_all();
        }
        let _told = self.reports.send(Report::Settled(settled));
    }

    /// Said here and not only by the conductor: nothing may be sent after what ends the run.
    fn stop_all(&self) {
        self.orders.ambient.stop.store(true, Ordering::SeqCst);
    }
}

fn settled(batch: &Batch, fates: Vec<(usize, Final)>) -> Settled {
    let mut settled = Settled {
        number: batch.number,
        stored: 0,
        duplicates: 0,
        refused: Vec::new(),
    };
    for (position, fate) in fates {
        match fate {
            Final::Stored => settled.stored += 1,
            Final::Duplicate => settled.duplicates += 1,
            Final::Refused(refusal) => {
                let entry = &batch.entries[position];
                settled.refused.push(Letter::of_refused(entry, refusal));
            }
        }
    }
    settled
}
