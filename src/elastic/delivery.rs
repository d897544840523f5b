//! Brings one batch to its end: every document gets its fate, or the run ends.
//!
//! Repeats only what must be repeated, splits what is too large or refused as a whole, and never drops anything
//! (`docs/elasticsearch-bulk.md` sections 2 and 4). Whether there is time for another try, `net`'s retry policy says.

use std::sync::atomic::Ordering;

use super::batch::Batch;
use super::connection::Setback;
use super::hunt::{Caught, Hunt};
use super::loader::{Answer, Later, Loader};
use super::reply::{Fate, Final, Refusal};
use super::server_error::ServerError;
use crate::failure::{Failure, Kind, Result};
use crate::net::Retry;

/// A connection that closes under a smaller body has another reason than its size.
const LARGE: usize = 64 << 10;

/// How often a connection closes under one large document before it is to blame, if the server is there.
const CLOSED_ON_ONE: u32 = 3;

/// Bodies up to this size are not suspected for the rest of the run because connections broke.
const HARMLESS: usize = 1 << 20;

/// Documents of a batch that travel together.
struct Part {
    positions: Vec<usize>,
    retry: Retry,
    /// How often in a row the connection was closed under it.
    cut_offs: u32,
    /// How often in a row it was refused for pressure.
    busy: u32,
    /// Whether it is half of a request that was refused as a whole.
    hunted: bool,
}

/// Takes fates as they become known: position in the batch and what became of the document.
type Report<'a> = &'a mut dyn FnMut(Vec<(usize, Final)>);

struct Delivery<'a> {
    loader: &'a Loader,
    batch: &'a Batch,
    report: Report<'a>,
    /// What is still to be sent, last one first.
    work: Vec<Part>,
    hunt: Option<Hunt>,
}

impl Loader {
    /// Sends a batch until every document has its fate, which `report` hears of answer by answer.
    ///
    /// # Errors
    /// What ends the run; documents that were not reported by then are in an unknown state.
    pub fn deliver(&self, batch: &Batch, report: Report<'_>) -> Result<()> {
        let whole = Part {
            positions: (0..batch.entries.len()).collect(),
            retry: Retry::default(),
            cut_offs: 0,
            busy: 0,
            hunted: false,
        };
        let mut delivery = Delivery {
            loader: self,
            batch,
            report,
            work: vec![whole],
            hunt: None,
        };
        self.connection.progress();
        delivery.run()
    }
}

impl Delivery<'_> {
    fn run(&mut self) -> Result<()> {
        while let Some(part) = self.work.pop() {
            if part.positions.is_empty() {
                continue;
            }
            if part.positions.len() > 1 && self.size(&part) > self.loader.limit.bytes() {
                self.split(&part);
                continue;
            }
            let connection = &self.loader.connection;
            connection
                .patient
                .pace
                .wait_turn(&connection.patient.ambient);
            connection.check_stop()?;
            match self.loader.attempt(self.batch, &part.positions)? {
                Answer::Items(fates) => self.items(part, fates)?,
                Answer::Refused(refusal) => self.refused(part, refusal),
                Answer::TooLarge(refusal) => self.too_large(&part, refusal),
                Answer::Later(later) => self.later(part, &later)?,
            }
            self.end_hunt()?;
        }
        Ok(())
    }

    fn size(&self, part: &Part) -> usize {
        self.batch.size(&part.positions)
    }

    /// An answer with a fate for each document.
    fn items(&mut self, mut part: Part, fates: Vec<Fate>) -> Result<()> {
        if let Some(hunt) = self.hunt.as_mut().filter(|_| part.hunted) {
            hunt.accepted();
        }
        let mut settled = Vec::new();
        let mut again = Vec::new();
        let mut last = None;
        let mut stop = None;
        for (position, fate) in part.positions.iter().copied().zip(fates) {
            match fate {
                Fate::Final(fate) => settled.push((position, fate)),
                Fate::Again(error) => {
                    again.push(position);
                    last = Some(error);
                }
                Fate::Stop(reason) => stop = Some(reason),
            }
        }
        self.settle(settled);
        if let Some(stop) = stop {
            return Err(self.loader.stop(&stop));
        }
        let Some(error) = last else { return Ok(()) };
        self.loader
            .connection
            .hold_off(&mut part.retry, &of_items(&error, again.len()))?;
        self.loader
            .retried_items
            .fetch_add(again.len() as u64, Ordering::Relaxed);
        self.work.push(Part {
            positions: again,
            retry: part.retry,
            cut_offs: 0,
            busy: 0,
            hunted: false,
        });
        Ok(())
    }

    fn settle(&mut self, settled: Vec<(usize, Final)>) {
        if settled.is_empty() {
            return;
        }
        self.loader.connection.progress();
        if settled.iter().any(|(_, fate)| *fate == Final::Stored) {
            self.loader.note_stored();
        }
        (self.report)(settled);
    }

    /// The request as a whole was refused: halves, down to the document that is to blame.
    fn refused(&mut self, mut part: Part, refusal: Refusal) {
        let hunt = self.hunt.get_or_insert_default();
        if let [position] = part.positions[..] {
            hunt.suspect(position, refusal);
            return;
        }
        part.hunted = true;
        self.split(&part);
    }

    fn too_large(&mut self, part: &Part, refusal: Refusal) {
        if let [position] = part.positions[..] {
            self.settle(vec![(position, Final::Refused(refusal))]);
            return;
        }
        let half = self.size(part) / 2;
        self.loader.limit.lower(half);
        self.loader.connection.patient.printer.step(&format!(
            "the server refuses requests of {} bytes; smaller ones from now on",
            half * 2
        ));
        self.split(part);
    }

    /// The outcome is unknown, or the server is busy: the same again, in halves when that has not helped.
    fn later(&mut self, mut part: Part, later: &Later) -> Result<()> {
        part.cut_offs = if later.cut_off { part.cut_offs + 1 } else { 0 };
        part.busy = if later.busy { part.busy + 1 } else { 0 };
        self.loader
            .connection
            .hold_off(&mut part.retry, &later.setback)?;
        let size = self.size(&part);
        let closed = part.cut_offs >= 2 && size >= LARGE;
        if let [position] = part.positions[..]
            && closed
            && part.cut_offs >= CLOSED_ON_ONE
            && self.loader.connection.answers()
        {
            self.settle(vec![(
                position,
                Final::Refused(closed_under(part.cut_offs)),
            )]);
            return Ok(());
        }
        if part.positions.len() < 2 || !(closed || part.busy >= 2) {
            self.work.push(part);
            return Ok(());
        }
        if closed && size > HARMLESS {
            self.loader.limit.lower((size / 2).max(HARMLESS));
        }
        self.split(&part);
        Ok(())
    }

    /// Both halves, the first one next.
    fn split(&mut self, part: &Part) {
        let (first, second) = part.positions.split_at(part.positions.len() / 2);
        for positions in [second, first] {
            self.work.push(Part {
                positions: positions.to_vec(),
                retry: part.retry.clone(),
                cut_offs: 0,
                busy: part.busy,
                hunted: part.hunted,
            });
        }
    }

    /// Reports the culprits that are proven, and all of them when nothing is left to be searched.
    fn end_hunt(&mut self) -> Result<()> {
        let Some(hunt) = self.hunt.as_mut() else {
            return Ok(());
        };
        let proven = hunt.proven();
        self.blame(proven);
        if self.work.iter().any(|part| part.hunted) {
            return Ok(());
        }
        match self.hunt.take().map(Hunt::end) {
            Some(Caught::Culprits(culprits)) => {
                self.blame(culprits);
                Ok(())
            }
            Some(Caught::Everything(refusal)) => Err(refuses_everything(&refusal)),
            None => Ok(()),
        }
    }

    fn blame(&mut self, culprits: Vec<(usize, Refusal)>) {
        let settled = culprits
            .into_iter()
            .map(|(position, refusal)| (position, Final::Refused(refusal)));
        self.settle(settled.collect());
    }
}

fn closed_under(times: u32) -> Refusal {
    Refusal {
        status: None,
        kind: "request_too_large".to_owned(),
        reason: format!(
            "the connection was closed under it {times} times in a row, while the server answered others"
        ),
    }
}

fn refuses_everything(refusal: &Refusal) -> Failure {
    let error = ServerError {
        kind: refusal.kind.clone(),
        reason: refusal.reason.clone(),
    };
    Failure::new(
        Kind::Elasticsearch,
        format!(
            "the server refuses every document of a batch alike, so none of them is to blame: {}",
            error.shown()
        ),
    )
    .hint("look at the target, its pipelines and --pipeline")
}

/// Items that are to be sent again hold everybody off: their queue is full, or their shard away.
fn of_items(error: &ServerError, documents: usize) -> Setback {
    let disk = if error.kind == "cluster_block_exception" {
        " (the server's disk is too full to write; it takes documents again when space is freed)"
    } else {
        ""
    };
    Setback {
        text: format!(
            "{documents} documents were put off: {}{disk}",
            error.shown_of_item()
        ),
        asked: None,
        everybody: true,
    }
}
