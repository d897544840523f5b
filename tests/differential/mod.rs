//! The mapper and the splitter of arrays against the slow, obvious ones in `tests/reference/`, on invented, awkward and broken input.
//!
//! `JCX_SEED` repeats a run (the seed stands in the message of a failure), `JCX_CASES` asks for more or fewer cases.

mod arrays;
mod cases;
mod comparison;
mod errors;
mod members;
mod mutations;
mod node;
mod places;
mod pools;
mod settings;
mod shrinking;
mod splitting;
mod superset;
mod values;

use self::cases::{Case, Cases};
use self::comparison::{Difference, Seen, Sides};
use self::errors::Errors;
use self::settings::{Setting, settings};
use std::collections::BTreeMap;

/// How many lines are mapped twice, where nobody asks for another number.
const CASES: usize = 20_000;

#[test]
fn every_line_is_mapped_as_the_reference_maps_it() {
    let cases = Cases::from_environment(CASES);
    let settings = settings();
    let mut sides: Vec<_> = settings.iter().map(Sides::new).collect();
    let mut ways: BTreeMap<Seen, usize> = BTreeMap::new();
    let (count, seed) = (cases.count, cases.seed);
    for case in cases {
        // A few cases in a row, so that a mapper meets neighbours that are alike.
        let at = case.number / 8 % sides.len();
        match sides[at].compare(&case) {
            Ok(what) => *ways.entry(what).or_default() += 1,
            Err(difference) => report(seed, &case, &settings[at], &difference),
        }
    }
    assert_variety(&ways, count);
}

/// Every way a line can go must have been gone, or the generator has become too tame to show anything.
fn assert_variety(ways: &BTreeMap<Seen, usize>, count: usize) {
    let total: usize = ways.values().sum();
    assert_eq!(total, count, "every case was compared");
    if count < CASES / 4 {
        // Few cases are asked for by hand, and need not show everything.
        return;
    }
    for (what, share) in Seen::EXPECTED {
        let times = ways.get(&what).copied().unwrap_or_default();
        assert!(
            times >= count * share / 10_000,
            "only {times} of {count} cases: {what:?}; all: {ways:?}"
        );
    }
    let reordered = ways.get(&Seen::OtherOffset).copied().unwrap_or_default();
    assert!(
        reordered * 50 <= count,
        "{reordered} of {count} errors are reported for another place"
    );
}

/// Ends the test with the smallest line that still shows the difference.
fn report(seed: u64, case: &Case, setting: &Setting, difference: &Difference) -> ! {
    let compare = |line: &[u8]| {
        // A part of a line may have other errors than the whole, so none of them must be the same for both.
        let (number, errors) = (case.number, Errors::Unknown);
        let line = line.to_vec();
        Sides::new(setting).compare(&Case {
            number,
            line,
            errors,
        })
    };
    let small = shrinking::shrink(&case.line, |line| compare(line).is_err());
    let smaller = compare(&small).err();
    // Without one, it takes more than a line: what stood before it, or one error only.
    let (line, difference) = match &smaller {
        Some(smaller) => (&small, smaller),
        None => (&case.line, difference),
    };
    panic!(
        "JCX_SEED={seed}, case {}, {setting:?}\nline:      {}\n{difference}",
        case.number,
        line.escape_ascii()
    );
}
