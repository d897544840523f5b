//! What tells a piece of a file again: its length and its SHA-256.
//!
//! Of a file that grows, its beginning and what stands before a position say whether it is still the same; no text of it
//! has to be kept for that.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::packer::hex;

/// So much of a file is looked at in one place, at most.
pub const PIECE: usize = 1024;

/// A piece of a file, up to 1 KiB.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imprint {
    /// Its length; 0 says nothing.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
}

/// How a packed file is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packed {
    /// Its length.
    pub bytes: u64,
    /// How it ends.
    pub tail: Imprint,
}

impl Imprint {
    /// Of how these bytes begin.
    pub fn of_beginning(bytes: &[u8]) -> Self {
        Self::of(&bytes[..bytes.len().min(PIECE)])
    }

    /// Of how these bytes end.
    pub fn of_end(bytes: &[u8]) -> Self {
        Self::of(&bytes[bytes.len() - bytes.len().min(PIECE)..])
    }

    /// Of all these bytes.
    pub fn of(piece: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(piece);
        Self {
            bytes: piece.len() as u64,
            sha256: hex(hash),
        }
    }

    /// Whether the file still holds the piece.
    pub fn fits(&self, piece: &[u8]) -> bool {
        self.bytes == 0 || *self == Self::of(piece)
    }
}
