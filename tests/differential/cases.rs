//! The lines to be mapped: samples, invented events and events put together here, changed a little or a lot.
//!
//! Each case hangs on the seed and its number alone, but for the few that repeat the line before.

use super::errors::Errors;
use super::members;
use super::mutations;
use super::node::Node;
use crate::reference::json::read::read;
use crate::samples::invent::{self, Plan};
use fastrand::Rng;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs};

/// One line.
#[derive(Clone, Debug)]
pub struct Case {
    pub number: usize,
    pub line: Vec<u8>,
    /// What is known of the errors in it.
    pub errors: Errors,
}

/// As many cases as were asked for, one after the other.
pub struct Cases {
    pub seed: u64,
    pub count: usize,
    next: usize,
    events: Vec<Node>,
    /// The event before.
    last: Option<Node>,
}

/// The seed and how many cases, by the environment; without it, this many, and others each time.
pub fn choice(count: usize) -> (u64, usize) {
    let number = |name: &str| {
        let text = env::var(name).ok()?;
        Some(
            text.parse()
                .unwrap_or_else(|_| panic!("{name} is a number, not {text}")),
        )
    };
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let by_the_clock = since.map_or(0, |since| u64::from(since.subsec_nanos()));
    let count = number("JCX_CASES")
        .and_then(|count| usize::try_from(count).ok())
        .unwrap_or(count);
    (number("JCX_SEED").unwrap_or(by_the_clock), count)
}

impl Cases {
    /// Cases by [`choice`].
    pub fn from_environment(count: usize) -> Self {
        let (seed, count) = choice(count);
        Self::new(seed, count)
    }

    fn new(seed: u64, count: usize) -> Self {
        let plan = Plan {
            seed,
            now: 1_740_000_000_000_000_000,
            days: 30,
            count: 300,
        };
        let invented = invent::events(&plan).into_iter().map(|event| event.text);
        let all = sample_events().into_iter().chain(invented);
        let events = all
            .map(|text| Node::from(&read(text.as_bytes()).expect("JSON")))
            .collect();
        Self {
            seed,
            count,
            next: 0,
            events,
            last: None,
        }
    }

    /// An event, most often a small one that is all members of interest.
    fn event(&self, rng: &mut Rng) -> Node {
        match (rng.u8(..20), &self.last) {
            (0 | 1, _) => rng.choice(&self.events).expect("some").clone(),
            (2, Some(last)) => last.clone(),
            _ => members::event(rng),
        }
    }
}

impl Iterator for Cases {
    type Item = Case;

    fn next(&mut self) -> Option<Case> {
        let number = self.next;
        if number == self.count {
            return None;
        }
        self.next += 1;
        let mut rng =
            Rng::with_seed(self.seed ^ (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut event = self.event(&mut rng);
        for _ in 0..[0, 0, 1, 1, 2, 3][rng.usize(..6)] {
            mutations::change(&mut event, &mut rng);
        }
        let mut line = Vec::new();
        let is_spaced = rng.u8(..6) == 0;
        event.write(&mut is_spaced.then_some(&mut rng), &mut line);
        let mut errors = Errors::of(&event);
        if rng.u8(..25) == 0 {
            errors = errors.and(mutations::break_text(&mut line, &mut rng));
        }
        self.last = Some(event);
        Some(Case {
            number,
            line,
            errors,
        })
    }
}

/// The lines of `samples/events/`.
fn sample_events() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/events");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the samples")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let text = |path: &std::path::PathBuf| fs::read_to_string(path).expect("UTF-8");
    let texts: Vec<_> = paths.iter().map(text).collect();
    texts
        .iter()
        .flat_map(|text| text.lines().map(str::to_owned))
        .collect()
}
