//! Which ids and texts were seen of the latest milliseconds: enough to know a copy, because equal texts share their millisecond.

use std::collections::{HashMap, HashSet, VecDeque};

use chrono::{DateTime, Utc};

use crate::store::Digest;

/// How an event with an id relates to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing like it was seen.
    New,
    /// The whole text was.
    SameText,
    /// The id was, with another text.
    SameId,
}

/// Texts and ids.
#[derive(Debug, Default)]
pub struct Seen {
    texts: HashSet<Digest>,
    ids: HashMap<Vec<u8>, Digest>,
}

/// Those of the latest milliseconds.
#[derive(Debug, Default)]
pub struct Lately(VecDeque<(i64, Seen)>);

/// One would do, were there not events that stand elsewhere than their time says.
const MILLISECONDS: usize = 8;

impl Seen {
    /// Sees an event.
    pub fn note(&mut self, id: Vec<u8>, digest: Digest) -> Known {
        if !self.texts.insert(digest) {
            return Known::SameText;
        }
        match self.ids.insert(id, digest) {
            Some(_) => Known::SameId,
            None => Known::New,
        }
    }

    fn clear(&mut self) {
        self.texts.clear();
        self.ids.clear();
    }
}

impl Lately {
    /// Sees an event of this instant.
    pub fn note(&mut self, instant: DateTime<Utc>, id: Vec<u8>, digest: Digest) -> Known {
        let millisecond = instant.timestamp_millis();
        if let Some(known) = self.0.iter().position(|(at, _)| *at == millisecond) {
            self.0.swap(0, known);
        } else {
            let full = self.0.len() == MILLISECONDS;
            let oldest = if full { self.0.pop_back() } else { None };
            let (_, mut seen) = oldest.unwrap_or_default();
            seen.clear();
            self.0.push_front((millisecond, seen));
        }
        self.0[0].1.note(id, digest)
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, Lately};
    use chrono::{DateTime, Utc};

    fn at(millisecond: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(millisecond).expect("a time")
    }

    #[test]
    fn a_copy_is_known_although_a_few_others_stand_between() {
        let mut lately = Lately::default();
        let mut note = |millisecond, id: &str, digest: u8| {
            lately.note(at(millisecond), id.as_bytes().to_vec(), [digest; 16])
        };
        assert_eq!(note(100, "a", 1), Known::New);
        for other in 0..7 {
            assert_eq!(note(other, "b", 2), Known::New);
        }
        assert_eq!(note(100, "a", 1), Known::SameText);
        assert_eq!(note(100, "a", 3), Known::SameId);
        for other in 10..18 {
            assert_eq!(note(other, "b", 2), Known::New);
        }
        assert_eq!(note(100, "a", 1), Known::New, "long ago");
    }
}
