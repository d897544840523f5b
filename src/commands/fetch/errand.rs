//! One run of the workers, from what is to be fetched to what is said at the end.

use std::path::PathBuf;
use std::sync::Mutex;

use super::crew::{Crew, Progress, lock};
use super::delivery::Delivery;
use super::proof::{self, Proof};
use super::relay::Relay;
use super::target::Target;
use crate::cli::FetchArgs;
use crate::commands::jumpcloud::client_settings;
use crate::commands::run::{Ending, Hole, Run};
use crate::exit;
use crate::failure::{Failure, Kind, Result};
use crate::insights::{Client, Query, Selection, Sieve, Slice, Walk};
use crate::store::{Budget, Spool};
use crate::term::{Gap, counted};
use crate::time::{Window, rfc3339};

/// Memory in which pages wait, all together.
const WAITING: usize = 16 << 20;

/// What the workers are sent for.
pub struct Errand<'a> {
    pub args: &'a FetchArgs,
    /// Who asks JumpCloud, where that is known already.
    pub client: Option<Client>,
    pub selection: Selection,
    /// The window of the whole run.
    pub window: Window,
    /// Its parts, in order of time.
    pub slices: Vec<Slice>,
    /// A walk that an earlier run did not end, and its slice.
    pub unfinished: Option<(Slice, Walk)>,
    pub sieve: Sieve,
    pub target: Target,
    /// Whose events alone are wanted, where that is known.
    pub organization: Option<String>,
    /// What is compared with counts.
    pub settled: Window,
    /// The days of an archive, each counted for itself.
    pub days: Vec<Window>,
    /// Where large pages wait.
    pub folder: PathBuf,
    /// Whether what lies behind a hole is wanted.
    pub beyond_holes: bool,
}

/// What they come back with.
struct Done {
    client: Client,
    delivery: Delivery,
    progress: Progress,
    window: Window,
    settled: Window,
    selection: Selection,
}

/// The part that is compared with counts: none where they would not be those of what is received.
pub fn settled(args: &FetchArgs, selection: &Selection, window: Window, run: &Run) -> Window {
    let nothing = Window {
        start: window.start,
        end: window.start,
    };
    if args.no_count || selection.is_narrowed() {
        nothing
    } else {
        proof::settled(window, run.now)
    }
}

impl Errand<'_> {
    /// A window that is empty is delivered without a request.
    fn deliver_nothing(self, run: &Run) -> Result<Ending> {
        let spool = Spool::new(&self.folder, &Budget::new(WAITING));
        let delivery = Delivery::new(self.sieve, self.target, self.selection.exclude, &spool);
        delivery.finish(run, self.window.end)?;
        Ok(ending(run, self.window, Vec::new()))
    }

    /// Sends them, and makes what they deliver whole.
    pub fn fulfil(self, run: &Run) -> Result<Ending> {
        if self.window.is_empty() {
            self.deliver_nothing(run)
        } else {
            self.run(run)?.finish(run)
        }
    }

    /// Sends them.
    fn run(self, run: &Run) -> Result<Done> {
        let client = match self.client {
            Some(client) => client,
            None => Client::new(client_settings(&self.args.jumpcloud, run)?),
        };
        let jobs = usize::from(self.args.jobs);
        let query = Query {
            selection: self.selection.clone(),
            window: self.window,
            page_size: self.args.page_size,
        };
        let budget = Budget::new(WAITING);
        let spool = Spool::new(&self.folder, &budget);
        let exclude = self.selection.exclude.clone();
        let mut delivery = Delivery::new(self.sieve, self.target, exclude, &spool);
        delivery.organization = self.organization;
        let crew = Crew {
            run,
            client: &client,
            query,
            jobs,
            folder: self.folder,
            budget,
            relay: Relay::new(self.slices, jobs, self.beyond_holes),
            delivery: Mutex::new(delivery),
            progress: Progress::default(),
            unfinished: Mutex::new(self.unfinished),
            settled: self.settled,
            days: self.days,
        };
        let (mut delivery, progress) = crew.work();
        run.tally.update(|summary| {
            summary.requests = Some(client.requests());
            summary.retries = Some(client.retries());
        });
        let failure = lock(&progress.failure).take();
        if let Some(failure) = failure {
            // What was delivered before is saved, if that can be.
            let saved = delivery.save(run);
            return Err(saved
                .err()
                .filter(|_| failure.kind() != Kind::BrokenPipe)
                .unwrap_or(failure));
        }
        Ok(Done {
            client,
            delivery,
            progress,
            window: self.window,
            settled: self.settled,
            selection: self.selection,
        })
    }
}

impl Done {
    /// Makes what was delivered whole, and says what is missing.
    fn finish(self, run: &Run) -> Result<Ending> {
        let sieve = self.delivery.finish(run, self.window.end)?;
        let mut holes = Vec::new();
        for (window, failure) in lock(&self.progress.holes).drain(..) {
            holes.push(unfilled(run, window, &failure));
        }
        holes.append(&mut lock(&self.progress.short));
        let counted_there = *lock(&self.progress.counted);
        let proof = Proof {
            client: &self.client,
            selection: &self.selection,
            settled: self.settled,
        };
        if holes.is_empty()
            && let Some(counted_there) = counted_there
        {
            holes.extend(proof.missing(counted_there, sieve.received()));
        }
        proof::suspect_shorter_retention(run, self.window, sieve.received());
        warn_of_unexplained(run, &sieve);
        run.tally.update(|summary| {
            summary.requests = Some(self.client.requests());
            summary.retries = Some(self.client.retries());
        });
        Ok(ending(run, self.window, holes))
    }
}

/// A part of the window that could not be had, in words and in the summary.
fn unfilled(run: &Run, window: Window, failure: &Failure) -> Hole {
    let (start, end) = (rfc3339(window.start), rfc3339(window.end));
    let message = format!("{start} to {end} is missing: {}", failure.message());
    let reason = exit::reason(failure.kind()).to_owned();
    run.tally.update(|summary| {
        let gaps = summary.gaps.get_or_insert_default();
        gaps.push(Gap { start, end, reason });
    });
    Hole {
        reason: "unfilled_window",
        message,
    }
}

/// The last line of a run that reached its end.
pub fn ending(run: &Run, window: Window, holes: Vec<Hole>) -> Ending {
    let summary = run.tally.snapshot();
    let done = format!(
        "{} in {}, from {} to {}",
        counted(summary.events.unwrap_or(0), "event"),
        counted(summary.pages.unwrap_or(0), "page"),
        rfc3339(window.start),
        rfc3339(window.end)
    );
    Ending {
        holes,
        lost: None,
        done,
    }
}

fn warn_of_unexplained(run: &Run, sieve: &Sieve) {
    let counts = sieve.counts();
    if counts.unexplained > 0 {
        let text = format!(
            "{} events lie outside the window or have no timestamp that can be read; they were kept",
            counts.unexplained
        );
        run.printer.warning(&text, None);
    }
    if counts.id_conflicts > 0 {
        run.printer.warning(&format!("{} events share their id with another event of the same millisecond; all were kept", counts.id_conflicts), None);
    }
}
