//! Which events near the position were received, as a state keeps them: a digest of each, so that what is asked for again is
//! not written again.
//!
//! Equal texts may be several events, so each digest counts as often as it is there. A million of them take 24 MB here
//! and 22 MB in a file, and are written and read piece by piece.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What stands for the text of an event: the beginning of its SHA-256.
pub type Digest = [u8; 16];

/// How many digests stand in one text at most.
const PIECE: usize = 1024;

/// One received event: the second it stands at, since 1970, and its digest.
type Entry = (i64, Digest);

/// The digests of events that were received, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recent(Vec<Entry>);

impl Recent {
    /// These.
    pub fn of(mut entries: Vec<(i64, Digest)>) -> Self {
        entries.sort_unstable();
        Self(entries)
    }

    /// Each with its second, sorted.
    pub fn entries(&self) -> &[(i64, Digest)] {
        &self.0
    }

    /// How many events are remembered.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The earliest second of which something is remembered.
    pub fn first_second(&self) -> Option<i64> {
        self.0.first().map(|entry| entry.0)
    }
}

/// `[[second, base64], …]`: the digests one behind the other, those of one second in one text or several.
impl Serialize for Recent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pieces = serializer.serialize_seq(None)?;
        let (mut bytes, mut text) = (Vec::new(), String::new());
        let same_second = |a: &Entry, b: &Entry| a.0 == b.0;
        for group in self.0.chunk_by(same_second) {
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
        Ok(Recent::of(entries))
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
    fn every_event_is_read_back_as_often_as_it_was_there() {
        let noted = [(5, 1), (5, 2), (5, 1), (-3, 9)];
        let recent = Recent::of(noted.map(|(second, n)| (second, digest(n))).to_vec());
        assert_eq!(again(&recent), recent);
        assert_eq!((recent.len(), recent.first_second()), (4, Some(-3)));
        let seconds: Vec<i64> = recent.entries().iter().map(|entry| entry.0).collect();
        assert_eq!(seconds, [-3, 5, 5, 5]);
        assert!(again(&Recent::default()).is_empty());
    }

    #[test]
    fn a_second_with_many_events_stands_in_several_texts() {
        let recent = Recent::of((0..5000).map(|n| (-1, digest(n))).collect());
        let text = serde_json::to_string(&recent).expect("written");
        assert_eq!(text.matches("[-1,").count(), 5);
        assert_eq!(again(&recent), recent);
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
