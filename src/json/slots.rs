//! A set of small numbers: the slots that have a value, the fields that are set.

/// Numbers that a set can hold: those below.
pub const LIMIT: u8 = 128;

/// A set of numbers below [`LIMIT`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    words: [u64; 2],
}

impl Slots {
    /// No number.
    pub const NONE: Self = Self { words: [0; 2] };

    /// The set with one number more.
    #[must_use]
    pub const fn with(mut self, number: u8) -> Self {
        self.words[(number as usize / 64) % 2] |= 1 << (number % 64);
        self
    }

    /// Puts a number in.
    #[inline]
    pub fn insert(&mut self, number: u8) {
        self.words[usize::from(number / 64) % 2] |= 1 << (number % 64);
    }

    /// Whether a number is in it.
    #[inline]
    pub fn contains(&self, number: u8) -> bool {
        self.words[usize::from(number / 64) % 2] >> (number % 64) & 1 == 1
    }

    /// The numbers that are in either.
    #[must_use]
    #[inline]
    pub const fn or(self, other: Self) -> Self {
        let [a, b] = self.words;
        let [c, d] = other.words;
        Self {
            words: [a | c, b | d],
        }
    }

    /// The numbers that are in both.
    #[must_use]
    #[inline]
    pub const fn and(self, other: Self) -> Self {
        let [a, b] = self.words;
        let [c, d] = other.words;
        Self {
            words: [a & c, b & d],
        }
    }

    /// The numbers that are in this one only.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        let [a, b] = self.words;
        let [c, d] = other.words;
        Self {
            words: [a & !c, b & !d],
        }
    }

    /// A number that spreads sets over a table.
    #[inline]
    pub const fn hash(self) -> usize {
        let [low, high] = self.words;
        let mixed = (low ^ high.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 40) as usize
    }

    /// The numbers, from the lowest to the highest.
    #[inline]
    pub fn numbers(self) -> impl Iterator<Item = u8> {
        let [mut low, mut high] = self.words;
        std::iter::from_fn(move || {
            if low != 0 {
                let number = lowest(low);
                low &= low - 1;
                return Some(number);
            }
            if high != 0 {
                let number = 64 + lowest(high);
                high &= high - 1;
                return Some(number);
            }
            None
        })
    }
}

/// The lowest bit that is set.
#[inline]
fn lowest(word: u64) -> u8 {
    u8::try_from(word.trailing_zeros()).unwrap_or(LIMIT)
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, Slots};

    #[test]
    fn a_set_holds_what_was_put_in() {
        for step in 1..LIMIT {
            let mut set = Slots::NONE;
            let numbers: Vec<u8> = (0..LIMIT).step_by(step.into()).collect();
            numbers.iter().rev().for_each(|number| set.insert(*number));
            assert_eq!(set.numbers().collect::<Vec<_>>(), numbers);
            assert!((0..LIMIT).all(|number| set.contains(number) == numbers.contains(&number)));
            let few = Slots::NONE.with(0).with(LIMIT - 1);
            assert_eq!(
                few.and(set).numbers().count(),
                numbers
                    .iter()
                    .filter(|n| [0, LIMIT - 1].contains(n))
                    .count()
            );
        }
    }
}
