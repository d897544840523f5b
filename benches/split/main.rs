//! How fast page bodies are taken apart, beside serde_json's parser that keeps nothing: `cargo bench --bench split` prints a table.
//!
//! Not a test: nothing here fails because a machine is slow. One core, bodies in memory, so neither reading nor writing is
//! measured. See `benches/README.md`.

#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

#[path = "../../samples/mod.rs"]
mod samples;

#[path = "../map/table.rs"]
mod table;

mod bodies;
mod contestant;

use std::time::Instant;

use crate::bodies::Body;
use crate::contestant::{CONTESTANTS, Contestant, IGNORED_ANY, LINES, SPLIT};
use crate::table::{Figure, Table, spread};

/// The figures that are asked for, of bodies as they come and of indented ones.
const COMPACT: Figure = Figure::new("compact: how often as fast as IgnoredAny", "≥ 0.6", "1.5");
const INDENTED: Figure = Figure::new("indented: how often as fast", "≥ 0.3", "");
const COPIED: Figure = Figure::new("compact, copied into lines: how often as fast", "", "");

/// Rounds, after one that does not count.
const ROUNDS: usize = 15;

fn main() {
    let compact = bodies::compact();
    let indented = bodies::indented(&compact);
    println!("{ROUNDS} rounds, in turns. MB/s of body:\n");
    println!("| program | bodies | MB | best | median | slowest |");
    println!("|---|---|---|---|---|---|");
    let plain = run("compact", &compact);
    let spaced = run("indented", &indented);
    println!();
    let mut table = Table::default();
    table.ratios(&COMPACT, &faster(&plain, SPLIT, IGNORED_ANY));
    table.ratios(&COPIED, &faster(&plain, LINES, IGNORED_ANY));
    table.ratios(&INDENTED, &faster(&spaced, SPLIT, IGNORED_ANY));
    table.show();
}

/// The seconds that each contestant took in each round; prints its speeds.
fn run(kind: &str, bodies: &[Body]) -> Vec<Vec<f64>> {
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let mut seconds = vec![0.0; CONTESTANTS.len()];
        for turn in 0..CONTESTANTS.len() {
            let at = (round + turn) % CONTESTANTS.len();
            seconds[at] = time(&CONTESTANTS[at], bodies);
        }
        if round > 0 {
            rounds.push(seconds);
        }
    }
    let size = megabytes(bodies);
    for (at, contestant) in CONTESTANTS.iter().enumerate() {
        let mut speeds: Vec<f64> = rounds.iter().map(|round| size / round[at]).collect();
        let (slowest, median, best) = spread(&mut speeds);
        let name = contestant.name;
        println!("| {name} | {kind} | {size:.1} | {best:.0} | {median:.0} | {slowest:.0} |");
    }
    rounds
}

fn time(contestant: &Contestant, bodies: &[Body]) -> f64 {
    let since = Instant::now();
    for body in bodies {
        let found = (contestant.take)(&body.text);
        assert_eq!(found, body.events, "{} took all", contestant.name);
    }
    since.elapsed().as_secs_f64()
}

/// Of each round: how often `one` is as fast as the `other`.
fn faster(rounds: &[Vec<f64>], one: usize, other: usize) -> Vec<f64> {
    let ratio = |round: &Vec<f64>| round[other] / round[one];
    rounds.iter().map(ratio).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a size to be shown")]
fn megabytes(bodies: &[Body]) -> f64 {
    let bytes: usize = bodies.iter().map(|body| body.text.len()).sum();
    bytes as f64 / 1e6
}
