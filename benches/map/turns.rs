//! Lets programs run in turns, so that whatever slows the machine for a while slows all of them.
//!
//! Programs are compared inside a round only: a ratio of two runs that followed each other says more than one of two medians.

use crate::input::Events;
use crate::megabytes;
use crate::process::Program;
use crate::table::spread;

/// Programs, each with its file, and the seconds of each round.
#[derive(Default)]
pub struct Turns<'a> {
    programs: Vec<(Program, &'a Events)>,
    rounds: Vec<Vec<f64>>,
}

impl<'a> Turns<'a> {
    /// Adds a program and gives its place.
    pub fn add(&mut self, program: Program, events: &'a Events) -> usize {
        self.programs.push((program, events));
        self.programs.len() - 1
    }

    /// Runs all of them so many times, after a round that does not count; each round begins with another one.
    pub fn run(&mut self, rounds: usize) {
        let count = self.programs.len();
        for round in 0..=rounds {
            let mut seconds = vec![0.0; count];
            for turn in 0..count {
                let at = (round + turn) % count;
                let (program, events) = &self.programs[at];
                seconds[at] = program.seconds(events);
            }
            if round > 0 {
                self.rounds.push(seconds);
            }
        }
    }

    /// Of each round: how often `one` is as fast as the `other`, by the bytes that each had read.
    pub fn faster(&self, one: usize, other: usize) -> Vec<f64> {
        let bytes = |at: usize| megabytes(self.programs[at].1.bytes);
        let speed = |round: &[f64], at: usize| bytes(at) / round[at];
        let ratio = |round: &Vec<f64>| speed(round, one) / speed(round, other);
        self.rounds.iter().map(ratio).collect()
    }

    /// Prints the speed of each.
    pub fn show(&self) {
        println!("{} rounds, in turns. MB/s of input:\n", self.rounds.len());
        println!("| program | file, MB | best | median | slowest |");
        println!("|---|---|---|---|---|");
        for (at, (program, events)) in self.programs.iter().enumerate() {
            let size = megabytes(events.bytes);
            let mut speeds: Vec<f64> = self.rounds.iter().map(|round| size / round[at]).collect();
            let (slowest, median, best) = spread(&mut speeds);
            let name = &program.name;
            println!("| {name} | {size:.1} | {best:.0} | {median:.0} | {slowest:.0} |");
        }
        println!();
    }
}
