//! A document's `_id`: 24 characters that are the same whenever the same event is mapped (`docs/ecs-mapping.md`, section 5).

use crate::hash::murmur3_x64_128;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// A document's `_id`. May hold `+`, `/` and `=`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id([u8; Id::LENGTH]);

impl Id {
    /// Base64 of 16 bytes, padding included.
    pub const LENGTH: usize = 24;

    /// The id that is made of an event's whole text (tokens as received, no white space between them).
    pub fn of_text(text: &[u8]) -> Self {
        let mut buffer = Vec::with_capacity(1 + text.len());
        buffer.push(0);
        buffer.extend_from_slice(text);
        Self::of_buffer(&buffer)
    }

    /// The id whose digest is made of `buffer`.
    pub(super) fn of_buffer(buffer: &[u8]) -> Self {
        let (h1, h2) = murmur3_x64_128(buffer);
        let digest = (u128::from(h1) << 64 | u128::from(h2)).to_be_bytes();
        let mut text = [0; Self::LENGTH];
        let written = STANDARD.encode_slice(digest, &mut text);
        debug_assert_eq!(written, Ok(Self::LENGTH));
        Self(text)
    }

    /// The 24 characters as bytes.
    pub(super) fn bytes(&self) -> &[u8; Id::LENGTH] {
        &self.0
    }

    /// The 24 characters.
    ///
    /// # Panics
    /// Never: Base64 is ASCII.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("Base64 is ASCII")
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
