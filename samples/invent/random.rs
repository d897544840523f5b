//! Numbers that look random and are the same on every machine for the same seed (SplitMix64).

use std::fmt::Write as _;

/// The generator's state.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A generator that gives the same numbers for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: i64) -> i64 {
        let bound = u64::try_from(bound).expect("a bound above zero");
        i64::try_from(self.bits() % bound).expect("less than a positive i64")
    }

    /// A number of `from..=to`.
    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below(to - from + 1)
    }

    /// An index of a list of this length.
    pub fn index(&mut self, length: usize) -> usize {
        let bound = i64::try_from(length).expect("a list that fits into memory");
        usize::try_from(self.below(bound)).expect("an index is not negative")
    }

    /// True this often of a hundred.
    pub fn chance(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.index(choices.len())]
    }

    /// This many lower-case hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        let mut text = String::new();
        while text.len() < digits {
            let _ = write!(text, "{:016x}", self.bits());
        }
        text.truncate(digits);
        text
    }

    /// A UUID of the given version, lower-case.
    pub fn uuid(&mut self, version: char) -> String {
        let hex = self.hex(32);
        format!(
            "{}-{}-{version}{}-a{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..]
        )
    }
}
