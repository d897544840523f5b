//! What was made of values that many events share, as they share places and policies: made once and found by the value's text.
//!
//! Forgets a text where another takes its place; knows neither what was made nor of what.

use crate::json::key::Key;

/// Texts that are remembered at a time.
const ROWS: usize = 1 << BITS;
/// Bits of a hash that say where a text stands.
const BITS: u32 = 8;
/// Bytes of a text that is remembered; longer ones hardly come twice.
const LONGEST: usize = 1024;

/// What was made of the texts that came last.
#[derive(Clone, Debug)]
pub(super) struct Memo<T> {
    rows: Vec<(Vec<u8>, T)>,
}

impl<T: Copy + Default> Memo<T> {
    /// Remembers nothing yet.
    pub(super) fn new() -> Self {
        Self {
            rows: vec![(Vec::new(), T::default()); ROWS],
        }
    }

    /// What was made of this text, or what `make` makes of it now. The empty text stands for the default.
    #[inline]
    pub(super) fn of(&mut self, text: &[u8], make: impl FnOnce() -> T) -> T {
        let (known, thing) = &mut self.rows[row_of(text)];
        if known == text {
            return *thing;
        }
        let new = make();
        if text.len() <= LONGEST {
            text.clone_into(known);
            *thing = new;
        }
        new
    }

    /// Remembers nothing any more.
    pub(super) fn clear(&mut self) {
        for (known, thing) in &mut self.rows {
            known.clear();
            *thing = T::default();
        }
    }
}

/// Where a text stands. Its ends, its length and what is in its middle tell most texts apart, and the text itself is compared.
fn row_of(text: &[u8]) -> usize {
    let (begin, end) = text.split_at(text.len() / 2);
    let hash = Key::alone(begin).hash() ^ Key::alone(end).hash().rotate_left(BITS / 2);
    (hash >> (u32::BITS - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Memo, ROWS};

    #[test]
    fn a_text_gets_what_was_made_of_it_whatever_came_between() {
        let mut memo = Memo::new();
        let mut made = 0;
        let mut random = fastrand::Rng::with_seed(1);
        for round in 0..20 * ROWS {
            let number = random.usize(..2 * ROWS) + 1;
            let text = "x".repeat(number * 4);
            let found = memo.of(text.as_bytes(), || {
                made += 1;
                number
            });
            assert_eq!(found, number);
            if round % (5 * ROWS) == 0 {
                memo.clear();
            }
        }
        assert!(made < 20 * ROWS, "nothing was remembered");
    }

    #[test]
    fn short_texts_are_made_once_until_all_is_forgotten_and_long_ones_each_time() {
        let mut memo = Memo::new();
        for (length, expected) in [(LONGEST, [1, 1, 2]), (LONGEST + 1, [1, 2, 3])] {
            let text = vec![b'x'; length];
            let mut made = 0;
            for (round, expected) in expected.into_iter().enumerate() {
                if round == 2 {
                    memo.clear();
                }
                memo.of(&text, || made += 1);
                assert_eq!(made, expected, "{length}");
            }
        }
    }
}
