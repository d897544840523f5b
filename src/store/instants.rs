//! Instants in documents: RFC 3339 in UTC, with as many digits as they need.

use chrono::{DateTime, Utc};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::{parse_timestamp, rfc3339};

/// For `#[serde(with)]`.
pub fn serialize<S: Serializer>(at: &DateTime<Utc>, out: S) -> Result<S::Ok, S::Error> {
    rfc3339(*at).serialize(out)
}

/// For `#[serde(with)]`.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime<Utc>, D::Error> {
    let text = String::deserialize(from)?;
    parse_timestamp(&text).ok_or_else(|| D::Error::custom("no instant"))
}

/// An instant that may be missing.
pub mod maybe {
    use super::{DateTime, Deserialize, Deserializer, Serialize, Serializer, Utc, rfc3339};

    /// For `#[serde(with)]`.
    #[expect(clippy::ref_option, reason = "the shape that serde calls")]
    pub fn serialize<S: Serializer>(at: &Option<DateTime<Utc>>, out: S) -> Result<S::Ok, S::Error> {
        at.map(rfc3339).serialize(out)
    }

    /// For `#[serde(with)]`.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        #[derive(Deserialize)]
        struct Text(#[serde(with = "super")] DateTime<Utc>);
        Ok(Option::<Text>::deserialize(from)?.map(|text| text.0))
    }
}
