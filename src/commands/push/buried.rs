//! Letters that a run which was killed wrote for documents whose fate it could not save: they are not written twice.

use std::collections::HashSet;
use std::path::Path;

use rapidhash::v3::rapidhash_v3;
use serde_json::Value;

use super::letter::STAGE;
use crate::failure::Result;
use crate::store::each_letter_behind;

/// What tells one letter from another: where its line stood, and the line. Why it was refused may change.
type Key = (u64, u64, u64);

/// Letters that are there.
#[derive(Debug, Default)]
pub struct Buried(HashSet<Key>);

impl Buried {
    /// Those behind so many bytes of a dead-letter file; what is no letter of a load is passed over.
    pub fn behind(path: &Path, bytes: u64) -> Result<Self> {
        let mut found = HashSet::new();
        each_letter_behind(path, bytes, |line| found.extend(of_line(line)))?;
        Ok(Self(found))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is one for this line; one counts once.
    pub fn take(&mut self, source: &str, line: u64, record: &str) -> bool {
        !self.is_empty() && self.0.remove(&key(source, line, record))
    }
}

fn of_line(line: &[u8]) -> Option<Key> {
    let letter: Value = serde_json::from_slice(line).ok()?;
    let text = |name: &str| letter[name].as_str();
    let record = text("record").or(text("record_base64")).unwrap_or_default();
    let number = letter["line"].as_u64()?;
    (text("stage")? == STAGE).then(|| key(text("source").unwrap_or_default(), number, record))
}

fn key(source: &str, line: u64, record: &str) -> Key {
    let hash = |text: &str| rapidhash_v3(text.as_bytes());
    (line, hash(source), hash(record))
}
