//! The splitter of arrays against the slow one, on whole and broken bodies in pieces of every size.

use super::arrays;
use super::cases::choice;
use super::shrinking;
use crate::reference::splitter as slow;
use fastrand::Rng;
use jcx::json::split::{Broken, Splitter};
use std::collections::BTreeMap;

/// How many bodies are taken apart twice, where nobody asks for another number.
const BODIES: usize = 10_000;

/// What can be seen of a splitter.
#[derive(Debug, PartialEq)]
struct Seen {
    elements: Vec<slow::Element>,
    result: Result<(), slow::Broken>,
    /// After each piece: how many elements there were, how many bytes were taken, and where the element began that was being read.
    pieces: Vec<(usize, u64, Option<u64>)>,
}

/// How a body is fed.
#[derive(Clone, Copy, Debug)]
struct Feeding {
    limit: Option<usize>,
    /// The most bytes of a piece.
    most: usize,
    /// What the sizes of the pieces hang on.
    seed: u64,
}

impl Feeding {
    fn new(rng: &mut Rng) -> Self {
        Self {
            limit: (rng.u8(..4) == 0).then(|| rng.usize(..400)),
            most: *rng
                .choice(&[1, 2, 5, 63, 64, 65, 200, 1 << 16])
                .expect("some"),
            seed: rng.u64(..),
        }
    }

    fn pieces(self, body: &[u8]) -> Vec<&[u8]> {
        let mut rng = Rng::with_seed(self.seed);
        let (mut pieces, mut rest) = (Vec::new(), body);
        while !rest.is_empty() {
            let size = if rng.bool() {
                self.most
            } else {
                rng.usize(1..=self.most)
            };
            let (piece, behind) = rest.split_at(size.min(rest.len()));
            pieces.push(piece);
            rest = behind;
        }
        pieces
    }
}

fn slowly(body: &[u8], feeding: Feeding) -> Seen {
    let mut splitter = slow::Splitter::new(feeding.limit);
    let mut pieces = Vec::new();
    let mut feed = |splitter: &mut slow::Splitter| {
        for piece in feeding.pieces(body) {
            splitter.feed(piece)?;
            pieces.push((
                splitter.elements.len(),
                splitter.offset(),
                splitter.within(),
            ));
        }
        splitter.finish()
    };
    Seen {
        result: feed(&mut splitter),
        elements: splitter.elements,
        pieces,
    }
}

fn fast(body: &[u8], feeding: Feeding) -> Seen {
    let mut splitter = feeding
        .limit
        .map_or_else(Splitter::default, Splitter::limited);
    let (mut elements, mut pieces) = (Vec::new(), Vec::new());
    let mut feed = || {
        for piece in feeding.pieces(body) {
            splitter.feed_elements(piece, &mut |element| {
                elements.push(slow::Element {
                    text: element.text.map(<[u8]>::to_vec),
                    line: element.line,
                    offset: element.offset,
                    length: element.length,
                });
                Ok::<(), Broken>(())
            })?;
            pieces.push((elements.len(), splitter.offset(), splitter.within()));
        }
        splitter.finish()
    };
    let result = feed();
    if let Err(Broken::Structure(offset)) = result {
        assert_eq!(splitter.offset(), offset, "{}", body.escape_ascii());
    }
    Seen {
        elements,
        result: result.map_err(|broken| match broken {
            Broken::NotAnArray => slow::Broken::NotAnArray,
            Broken::Structure(offset) => slow::Broken::Structure(offset),
            Broken::Cut => slow::Broken::Cut,
        }),
        pieces,
    }
}

#[test]
fn every_array_is_taken_apart_as_the_reference_does_it() {
    let (seed, count) = choice(BODIES);
    let mut ways: BTreeMap<&str, usize> = BTreeMap::new();
    for number in 0..count {
        let mut rng = Rng::with_seed(seed ^ (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let body = arrays::body(&mut rng);
        let feeding = Feeding::new(&mut rng);
        let expected = slowly(&body, feeding);
        if fast(&body, feeding) != expected {
            report(seed, number, &body, feeding);
        }
        for way in ways_of(&body, &expected) {
            *ways.entry(way).or_default() += 1;
        }
    }
    // Every way must have been gone, or the generator has become too tame to show anything.
    for way in WAYS {
        let times = ways.get(way).copied().unwrap_or_default();
        assert!(
            times * 200 >= count || count < BODIES / 4,
            "{times} bodies: {way}; all: {ways:?}"
        );
    }
}

const WAYS: [&str; 8] = [
    "whole",
    "not an array",
    "structure",
    "cut",
    "overlong",
    "without white space",
    "joined",
    "control character or bad UTF-8",
];

fn ways_of(body: &[u8], seen: &Seen) -> Vec<&'static str> {
    let end = match seen.result {
        Ok(()) => "whole",
        Err(slow::Broken::NotAnArray) => "not an array",
        Err(slow::Broken::Structure(_)) => "structure",
        Err(slow::Broken::Cut) => "cut",
    };
    let mut ways = vec![end];
    for element in &seen.elements {
        let whole = &body[usize::try_from(element.offset).expect("small")..];
        let odd = |byte: &u8| *byte < b' ' || *byte > 0x7e;
        match &element.text {
            None => ways.push("overlong"),
            Some(text) if text.iter().any(odd) => ways.push("control character or bad UTF-8"),
            Some(text) if whole.starts_with(text) => ways.push("without white space"),
            Some(_) => ways.push("joined"),
        }
    }
    ways.sort_unstable();
    ways.dedup();
    ways
}

/// Ends the test with the smallest body that still shows a difference.
fn report(seed: u64, number: usize, body: &[u8], feeding: Feeding) -> ! {
    let differs = |body: &[u8]| fast(body, feeding) != slowly(body, feeding);
    let small = shrinking::shrink(body, differs);
    panic!(
        "JCX_SEED={seed}, case {number}, {feeding:?}\nbody:     {}\nexpected: {:?}\nfound:    {:?}",
        small.escape_ascii(),
        slowly(&small, feeding),
        fast(&small, feeding)
    );
}
