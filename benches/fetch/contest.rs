//! Clients that fetch the same month in turns, so that whatever slows the machine for a while slows all of them.

use std::path::Path;

use crate::client::{Client, Run};
use crate::remote::{Remote, Setup};
use crate::table::spread;
use crate::walks::ratio;

/// Clients before one server, and the runs of each.
pub struct Contest {
    pub setup: Setup,
    bytes: u64,
    clients: Vec<Client>,
    /// Of each round those of all clients.
    rounds: Vec<Vec<Run>>,
}

impl Contest {
    /// Starts a server and lets the clients run so many times; each round begins with another one.
    pub fn hold(setup: Setup, clients: Vec<Client>, rounds: usize, folder: &Path) -> Self {
        let remote = Remote::start(setup);
        let count = clients.len();
        let round = |round: usize| {
            let turns = (0..count).map(|turn| (round + turn) % count);
            let mut runs: Vec<(usize, Run)> = turns
                .map(|at| (at, clients[at].run(&remote, folder)))
                .collect();
            runs.sort_by_key(|(at, _)| *at);
            runs.into_iter().map(|(_, run)| run).collect()
        };
        let rounds = (0..rounds).map(round).collect();
        Self {
            setup,
            bytes: remote.bytes,
            clients,
            rounds,
        }
    }

    /// Of each round: a number of one client's run over that of another's.
    pub fn ratios(&self, one: usize, other: usize, number: fn(&Run) -> f64) -> Vec<f64> {
        let rounds = self.rounds.iter();
        rounds
            .map(|runs| number(&runs[one]) / number(&runs[other]))
            .collect()
    }

    /// The numbers of a client's runs.
    fn numbers(&self, client: usize, number: impl Fn(&Run) -> f64) -> Vec<f64> {
        let rounds = self.rounds.iter();
        rounds.map(|runs| number(&runs[client])).collect()
    }

    /// How many clients there are.
    pub fn clients(&self) -> usize {
        self.clients.len()
    }

    /// The last run of a client.
    pub fn last(&self, client: usize) -> &Run {
        &self.rounds.last().expect("a round")[client]
    }

    /// Prints what each client needed.
    pub fn show_speed(&self) {
        let Setup {
            events, latency, ..
        } = self.setup;
        let bytes = megabytes(self.bytes);
        for (at, client) in self.clients.iter().enumerate() {
            let (fastest, median, slowest) = spread(&mut self.numbers(at, |run| run.spent.seconds));
            let (_, processor, _) = spread(&mut self.numbers(at, |run| run.spent.processor));
            let (_, _, memory) = spread(&mut self.numbers(at, |run| run.spent.memory));
            println!(
                "| {} | {events} | {bytes:.0} | {latency} | {median:.2} ({fastest:.2} to {slowest:.2}) | {:.0} | {processor:.2} | \
                 {memory:.1} |",
                client.name,
                bytes / median,
            );
        }
    }

    /// Prints what each client asked for in its last run, and on how many answers it waited at a time.
    pub fn show_requests(&self) {
        for (at, client) in self.clients.iter().enumerate() {
            let Run { spent, walks } = self.last(at);
            let waited = ratio(walks.requests() * millis(self.setup.latency), 1000);
            println!(
                "| {}, {} events | {} | {} | {} | {} | {} | {:.1} | {:.1} |",
                client.name,
                self.setup.events,
                walks.pages,
                walks.counts,
                walks.intervals,
                walks.slices(),
                walks.longest(),
                walks.unevenness(),
                waited / spent.seconds,
            );
        }
    }
}

fn millis(latency: u64) -> usize {
    usize::try_from(latency).expect("a short time")
}

#[expect(clippy::cast_precision_loss, reason = "a size to be shown")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
