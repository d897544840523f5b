//! The threads of `jcx push`: one fills batches, the others deliver them; everything they learn goes to the conductor.
//!
//! A batch is handed over only when a worker takes it, so no more than one batch a worker and one being filled exist,
//! beside those few whose documents no request could carry so far.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Builder;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::feed::Feed;
use super::letter::Letter;
use super::load::{Filled, Load};
use super::report::{Opened, Report, Settled};
use crate::elastic::{Batch, Deferred, Final, Loader};
use crate::failure::{Kind, OrFail, Result};
use crate::net::Ambient;

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
    let (done, delivered) = bounded(orders.jobs + 1);
    let idle = Arc::new(AtomicUsize::new(0));
    let pump = Pump {
        feed,
        to_workers,
        delivered,
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
            done: done.clone(),
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
    delivered: Receiver<Batch>,
    reports: Sender<Report>,
    idle: Arc<AtomicUsize>,
    ambient: Ambient,
}

impl Pump {
    fn run(mut self, first: Option<Load>) {
        let mut goes_on = first.is_none_or(|load| self.hand_on(load));
        while goes_on {
            for batch in self.delivered.try_iter() {
                self.feed.hand_back(batch);
            }
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

/// How many batches a worker keeps whose documents close connections.
const WAITING: usize = 3;

/// How long such a batch waits for others.
const BRIEFLY: Duration = Duration::from_millis(500);

/// Bytes of refused lines that are told of at once.
const LETTERS: usize = 1 << 20;

struct Worker {
    work: Receiver<Batch>,
    done: Sender<Batch>,
    loader: Arc<Loader>,
    reports: Sender<Report>,
    idle: Arc<AtomicUsize>,
    orders: Orders,
}

impl Worker {
    fn run(&self) {
        if let Err(failure) = self.work_off() {
            self.stop_all();
            // The conductor may have left already.
            let _told = self.reports.send(Report::Failed(failure));
        }
    }

    fn work_off(&self) -> Result<()> {
        // What closed every connection waits here, with its batch, until others have gone.
        let mut waiting: VecDeque<(Batch, Deferred)> = VecDeque::new();
        while !self.orders.ambient.stopping() {
            let received = if waiting.len() < WAITING {
                self.receive(!waiting.is_empty())
            } else {
                Err(RecvTimeoutError::Timeout)
            };
            let (batch, deferred) = match received {
                Ok(batch) => (batch, None),
                Err(_) => match waiting.pop_front() {
                    Some((batch, deferred)) => (batch, Some(deferred)),
                    None => return Ok(()),
                },
            };
            waiting.extend(self.deliver(batch, deferred)?);
        }
        Ok(())
    }

    fn receive(&self, briefly: bool) -> std::result::Result<Batch, RecvTimeoutError> {
        self.idle.fetch_add(1, Ordering::SeqCst);
        let received = if briefly {
            self.work.recv_timeout(BRIEFLY)
        } else {
            self.work.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        self.idle.fetch_sub(1, Ordering::SeqCst);
        received
    }

    /// Gives back what has to wait.
    fn deliver(&self, batch: Batch, again: Option<Deferred>) -> Result<Option<(Batch, Deferred)>> {
        let mut report = |fates| self.tell_of(&batch, fates);
        let deferred = match again {
            Some(deferred) => self.loader.deliver_again(&batch, deferred, &mut report)?,
            None => self.loader.deliver(&batch, &mut report)?,
        };
        for held in self.loader.proven() {
            self.tell(Settled::of_held(held));
        }
        if let Some(deferred) = deferred {
            return Ok(Some((batch, deferred)));
        }
        // Where there is no room, or nobody fills any more, it is let go.
        let _handed_back = self.done.try_send(batch);
        Ok(None)
    }

    /// Tells what became of documents; of many refused ones a part at a time, for each is told with its whole line.
    fn tell_of(&self, batch: &Batch, fates: Vec<(usize, Final)>) {
        let mut settled = Settled::none_of(batch.number);
        let mut bytes = 0;
        for (position, fate) in fates {
            settled.without_id += u64::from(!batch.has_id(position));
            match fate {
                Final::Stored => settled.stored += 1,
                Final::Duplicate => settled.duplicates += 1,
                Final::Refused(refusal) => {
                    let entry = batch.entry(position);
                    bytes += entry.text.len();
                    settled.refused.push(Letter::of_refused(&entry, *refusal));
                }
            }
            if bytes >= LETTERS {
                self.tell(std::mem::replace(
                    &mut settled,
                    Settled::none_of(batch.number),
                ));
                bytes = 0;
            }
        }
        self.tell(settled);
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
