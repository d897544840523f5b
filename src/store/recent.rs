//! Which events near the position were delivered: a digest of each, so that what is asked for again is not written again.
//!
//! Equal texts may be several events, so each digest counts as often as it was noted. A million of them take 24 MB here
//! and 22 MB in a file, and are written and read piece by piece.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What stands for the text of an event.
pub type Digest = [u8; 16];

/// How many digests stand in one text at most.
const PIECE: usize = 1024;

/// One delivered event: the second of its timestamp, since 1970, and its digest.
type Entry = (i64, Digest);

/// The digests of delivered events.
///
/// In front, sorted, those that were read; behind them, in the order of delivery, those that were noted since. Of these a
/// position vouches for the first ones only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    entries: Vec<Entry>,
    /// Of each entry in front, whether it was met again.
    met: Vec<bool>,
    /// How many entries a position vouches for: those are written.
    vouched: usize,
}

impl Recent {
    /// These, all of them delivered.
    pub fn of(mut entries: Vec<(i64, Digest)>) -> Self {
        entries.sort_unstable();
        Self {
            met: vec![false; entries.len()],
            vouched: entries.len(),
            entries,
        }
    }

    /// Each with its second.
    pub fn entries(&self) -> &[(i64, Digest)] {
        &self.entries
    }

    /// Whether an earlier run delivered such an event; answers yes once for each that it delivered.
    pub fn recognise(&mut self, second: i64, digest: &Digest) -> bool {
        let entry = (second, *digest);
        let front = &self.entries[..self.met.len()];
        let first = front.partition_point(|other| *other < entry);
        let equal = front[first..].iter().take_while(|other| **other == entry);
        let count = equal.count();
        let unmet = self.met[first..first + count].iter_mut().find(|met| !**met);
        unmet.map(|met| *met = true).is_some()
    }

    /// Notes that an event is being delivered.
    pub fn note(&mut self, second: i64, digest: Digest) {
        self.entries.push((second, digest));
    }

    /// Vouches for `count` more of the noted events, and forgets those it vouches for that lie before `second`; `false`
    /// where not so many were noted.
    pub fn vouch(&mut self, count: u64, second: i64) -> bool {
        let vouched = usize::try_from(count)
            .ok()
            .and_then(|count| self.vouched.checked_add(count))
            .filter(|vouched| *vouched <= self.entries.len());
        let Some(vouched) = vouched else { return false };
        self.vouched = vouched;
        self.forget_before(second);
        true
    }

    fn forget_before(&mut self, second: i64) {
        let old = self.entries[..self.met.len()].partition_point(|entry| entry.0 < second);
        self.met.drain(..old);
        let (front, all) = (old + self.met.len(), self.entries.len());
        let (mut at, vouched) = (0, self.vouched);
        self.entries.retain(|entry| {
            at += 1;
            let position = at - 1;
            let noted = position >= front;
            position >= vouched || (position >= old && !(noted && entry.0 < second))
        });
        self.vouched -= all - self.entries.len();
    }

    /// How many events are remembered.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The earliest second of which something is remembered.
    pub fn first_second(&self) -> Option<i64> {
        self.entries.iter().map(|entry| entry.0).min()
    }
}

/// `[[second, base64], …]`: the digests one behind the other, those of one second in one text or several.
impl Serialize for Recent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pieces = serializer.serialize_seq(None)?;
        let (mut bytes, mut text) = (Vec::new(), String::new());
        let same_second = |a: &Entry, b: &Entry| a.0 == b.0;
        for group in self.entries[..self.vouched].chunk_by(same_second) {
            for piece in group.chunks(PIECE) {
                bytes.clear();
                text.clear();
                bytes.extend(piece.iter().flat_map(|entry| entry.1));
                STANDARD_NO_PAD.encode_string(&bytes, &mut text);
                pieces.serialize_element(&(group[0].0, &text))?;
            }
        }
        pieces.end()
    }
}

impl<'de> Deserialize<'de> for Recent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Pieces)
    }
}

struct Pieces;

impl<'de> Visitor<'de> for Pieces {
    type Value = Recent;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("digests by their second")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pieces: A) -> Result<Recent, A::Error> {
        let (mut entries, mut bytes) = (Vec::new(), Vec::new());
        while let Some((second, text)) = pieces.next_element::<(i64, String)>()? {
            bytes.clear();
            let decoded = STANDARD_NO_PAD.decode_vec(&text, &mut bytes);
            decoded.map_err(|_| A::Error::custom("no base64"))?;
            let (digests, []) = bytes.as_chunks() else {
                return Err(A::Error::custom("no whole digests"));
            };
            entries.extend(digests.iter().map(|digest| (second, *digest)));
        }
        entries.sort_unstable();
        Ok(Recent {
            met: vec![false; entries.len()],
            vouched: entries.len(),
            entries,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    fn digest(n: u32) -> [u8; 16] {
        let mut digest = [7; 16];
        digest[..4].copy_from_slice(&n.to_le_bytes());
        digest
    }

    fn again(recent: &Recent) -> Recent {
        let text = serde_json::to_string(recent).expect("written");
        serde_json::from_str(&text).expect("read")
    }

    #[test]
    fn each_event_is_recognised_as_often_as_it_was_delivered() {
        let mut recent = Recent::default();
        for (second, n) in [(5, 1), (5, 2), (5, 1), (3, 9)] {
            recent.note(second, digest(n));
        }
        assert!(
            !recent.recognise(5, &digest(1)),
            "of this run, not of an earlier one"
        );
        assert!(recent.vouch(4, 0));
        let mut recent = again(&recent);
        assert_eq!((recent.len(), recent.first_second()), (4, Some(3)));
        for (second, n, known) in [
            (5, 1, true),
            (5, 1, true),
            (5, 1, false),
            (4, 1, false),
            (5, 2, true),
            (5, 3, false),
            (3, 9, true),
            (3, 9, false),
        ] {
            assert_eq!(recent.recognise(second, &digest(n)), known, "{second} {n}");
        }
    }

    #[test]
    fn only_what_a_position_vouches_for_is_written() {
        let mut recent = Recent::default();
        for n in 0..10 {
            recent.note(i64::from(n), digest(n));
        }
        assert!(recent.vouch(6, 2));
        assert_eq!(again(&recent).len(), 4, "2 to 5");
        assert!(!recent.vouch(5, 2), "only four more were noted");
        assert!(recent.vouch(3, 7), "up to 8");
        let mut read = again(&recent);
        assert_eq!((read.len(), read.first_second()), (2, Some(7)));
        assert_eq!(recent.len(), 3, "the last one waits");
        assert!(read.recognise(8, &digest(8)));
        read.note(9, digest(9));
        assert!(read.vouch(1, 8));
        assert!(!read.recognise(7, &digest(7)), "forgotten");
        assert!(!read.recognise(8, &digest(8)), "met before");
        assert_eq!((read.len(), again(&read).len()), (2, 2));
    }

    #[test]
    fn a_second_with_many_events_stands_in_several_texts() {
        let mut recent = Recent::default();
        for n in 0..5000 {
            recent.note(-1, digest(n));
        }
        assert!(recent.vouch(5000, i64::MIN));
        let mut read = again(&recent);
        assert_eq!(read.len(), 5000);
        assert!((0..5000).all(|n| read.recognise(-1, &digest(n))));
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        for text in [
            "[[1,\"AAAA\"]]",
            "[[1,\"%\"]]",
            "[[1]]",
            "{}",
            "[[1,\"\",2]]",
            "[[1.5,\"\"]]",
        ] {
            assert!(serde_json::from_str::<Recent>(text).is_err(), "{text}");
        }
    }
}
