//! Programs that load the same documents in turns, so that whatever slows the machine for a while slows all of them.
//!
//! Speeds are compared inside a round only. A run counts when the stream holds every document afterwards.

use crate::documents::Documents;
use crate::process::Spent;
use crate::program::Program;
use crate::stream::Stream;
use crate::table::spread;

/// Programs, and what each needed in every round.
pub struct Contest {
    programs: Vec<Program>,
    documents: usize,
    rounds: Vec<Vec<Spent>>,
}

impl Contest {
    /// Lets the programs run so many times, after a round that does not count; each round begins with another one.
    ///
    /// # Panics
    /// When a program ends with an error, or without every document in the stream.
    pub fn hold(
        programs: Vec<Program>,
        stream: &Stream,
        documents: &Documents,
        rounds: usize,
    ) -> Self {
        let count = programs.len();
        let mut contest = Self {
            programs,
            documents: documents.count,
            rounds: Vec::new(),
        };
        // A server that has just started is slower than ever after.
        for round in 0..=rounds {
            eprintln!("round {round} of {rounds} …");
            let turns = (0..count).map(|turn| (round + turn) % count);
            let mut runs: Vec<(usize, Spent)> =
                turns.map(|at| (at, contest.run(at, stream))).collect();
            runs.sort_by_key(|(at, _)| *at);
            if round > 0 {
                contest
                    .rounds
                    .push(runs.into_iter().map(|(_, spent)| spent).collect());
            }
        }
        contest
    }

    fn run(&self, at: usize, stream: &Stream) -> Spent {
        let program = &self.programs[at];
        stream.empty();
        let spent = program.succeed();
        assert_eq!(stream.count(), self.documents, "{}", program.name);
        spent
    }

    /// Where the program of a tool with so many connections stands.
    pub fn place(&self, tool: &str, connections: usize) -> Option<usize> {
        self.fastest(&[tool], Some(connections))
    }

    /// Where the fastest of some tools stands, by the median; with any number of connections, unless one is given.
    pub fn fastest(&self, tools: &[&str], connections: Option<usize>) -> Option<usize> {
        let programs = self.programs.iter().enumerate();
        let of_them = programs.filter(|(_, program)| {
            tools.contains(&program.tool)
                && connections.is_none_or(|number| program.connections == number)
        });
        of_them
            .map(|(at, _)| at)
            .min_by(|one, other| self.seconds(*one).total_cmp(&self.seconds(*other)))
    }

    fn seconds(&self, at: usize) -> f64 {
        let mut seconds: Vec<f64> = self.rounds.iter().map(|round| round[at].seconds).collect();
        spread(&mut seconds).1
    }

    pub fn program(&self, at: usize) -> &Program {
        &self.programs[at]
    }

    /// Of each round: how often `one` is as fast as the `other`.
    pub fn faster(&self, one: usize, other: usize) -> Vec<f64> {
        let ratio = |round: &Vec<Spent>| round[other].seconds / round[one].seconds;
        self.rounds.iter().map(ratio).collect()
    }

    /// Of each round: the processor's seconds of `one`, those of the `other` being 1.
    pub fn processors(&self, one: usize, other: usize) -> Vec<f64> {
        let ratio = |round: &Vec<Spent>| round[one].processor / round[other].processor;
        self.rounds.iter().map(ratio).collect()
    }

    /// The most that a program ever had, in MiB.
    pub fn memory(&self, at: usize) -> f64 {
        self.rounds
            .iter()
            .map(|round| round[at].memory)
            .fold(0.0, f64::max)
    }

    /// Prints what each program needed.
    pub fn show(&self) {
        println!("{} rounds, in turns.\n", self.rounds.len());
        println!(
            "| client | documents/s: median (of all rounds) | client's processor, s | peak, MiB |"
        );
        println!("|---|---|---|---|");
        for (at, program) in self.programs.iter().enumerate() {
            let speed = |round: &Vec<Spent>| float(self.documents) / round[at].seconds;
            let mut speeds: Vec<f64> = self.rounds.iter().map(speed).collect();
            let (slowest, median, fastest) = spread(&mut speeds);
            let mut processor: Vec<f64> = self.processor(at);
            println!(
                "| {} | {median:.0} ({slowest:.0} to {fastest:.0}) | {:.2} | {:.1} |",
                program.name,
                spread(&mut processor).1,
                self.memory(at),
            );
        }
        println!();
    }

    fn processor(&self, at: usize) -> Vec<f64> {
        self.rounds
            .iter()
            .map(|round| round[at].processor)
            .collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count to be shown")]
fn float(count: usize) -> f64 {
    count as f64
}
