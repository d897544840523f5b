//! `--from-dead-letter`: a line of a dead-letter file, read back: what of it can be sent again.
//!
//! What cannot is kept as it is in the new file, so nothing of the old one is lost.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::buried::STAGE;
use super::pairs::NO_ACTION;
use crate::elastic::{Action, Flaw};
use crate::json::check::check;

/// The type of a line that is no dead letter.
pub const NO_LETTER: &str = "not_a_letter";

/// A dead letter whose record was read.
pub struct Letter {
    /// The `_id` that it was sent with.
    pub id: Option<String>,
    /// Whether its record is a raw event.
    pub raw: bool,
    /// What its record is.
    pub content: Content,
}

/// What a record is.
pub enum Content {
    /// One line.
    Line,
    /// An action and its document, which begins there.
    Pair(Action, usize),
    /// Neither.
    Lines,
}

#[derive(Deserialize)]
struct Written<'a> {
    stage: Cow<'a, str>,
    #[serde(rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(rename = "_id")]
    id: Option<String>,
    record: Option<Cow<'a, str>>,
    record_base64: Option<Cow<'a, str>>,
    #[serde(default)]
    raw: bool,
}

/// Reads a letter, and its record into `record`, which is empty.
///
/// # Errors
/// [`Flaw`] where the line is no letter, or one that holds nothing that can be sent.
pub fn read_letter(line: &[u8], record: &mut Vec<u8>) -> Result<Letter, Flaw> {
    check(line).map_err(|invalid| Flaw::not_json(&invalid))?;
    let letter: Written<'_> = serde_json::from_slice(line)
        .map_err(|_| Flaw::new(NO_LETTER, "the line is no dead letter"))?;
    if letter.stage != STAGE {
        let reason = "a dead letter of another command: its record is no document";
        return Err(Flaw::new("other_stage", reason));
    }
    if let Some("unsupported_action" | NO_ACTION) = letter.kind.as_deref() {
        let reason = "a line of a bulk body that is not done here";
        return Err(Flaw::new("unsupported_action", reason));
    }
    match (letter.record, letter.record_base64) {
        (Some(text), _) => record.extend_from_slice(text.as_bytes()),
        (None, Some(packed)) => STANDARD
            .decode_vec(packed.as_bytes(), record)
            .map_err(|_| Flaw::new("bad_record", "its record_base64 is no Base64"))?,
        (None, None) => return Err(Flaw::new("no_record", "a dead letter without its record")),
    }
    Ok(Letter {
        id: letter.id,
        raw: letter.raw,
        content: content(record),
    })
}

/// Whose dead letter a line is: whether this command's; `None` for a line that is none.
pub fn is_ours(line: &[u8]) -> Option<bool> {
    let letter = serde_json::from_slice::<Written<'_>>(line).ok()?;
    let is_letter = letter.record.is_some() || letter.record_base64.is_some();
    is_letter.then(|| letter.stage == STAGE)
}

fn content(record: &[u8]) -> Content {
    let Some(end) = memchr::memchr(b'\n', record) else {
        return Content::Line;
    };
    let (first, second) = (&record[..end], &record[end + 1..]);
    match Action::parse(first) {
        Some(action) if !second.contains(&b'\n') => Content::Pair(action, end + 1),
        _ => Content::Lines,
    }
}

impl Letter {
    /// Why it cannot be sent by this run, which wraps raw events or does not.
    pub fn mismatch(&self, wraps: bool) -> Option<Flaw> {
        match (self.raw, wraps) {
            (true, false) => Some(Flaw::new(
                "raw_event",
                "a raw event, which goes with --raw and --pipeline",
            )),
            (false, true) => Some(Flaw::new("no_raw_event", "no raw event, as --raw wants")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, read_letter};

    #[test]
    fn a_letter_gives_its_record_back() {
        let mut record = Vec::new();
        for (line, expected) in [
            (
                r#"{"stage":"push","_id":"a","record":"{\"a\":\"\\u00e9\"}"}"#,
                &br#"{"a":"\u00e9"}"#[..],
            ),
            (r#"{"stage":"push","record_base64":"/w=="}"#, b"\xff"),
            (
                r#"{"record":"{\"create\":{}}\n{}","stage":"push","x":1}"#,
                b"{\"create\":{}}\n{}",
            ),
        ] {
            record.clear();
            let letter = read_letter(line.as_bytes(), &mut record).expect(line);
            assert_eq!(record, expected, "{line}");
            let is_pair = matches!(letter.content, Content::Pair(_, 14));
            assert_eq!(is_pair, expected.contains(&b'\n'));
        }
        for (line, kind) in [
            ("{\"stage\":\"pu", "not_json"),
            ("{\"a\":1}", "not_a_letter"),
            ("[]", "not_a_letter"),
            (r#"{"stage":"map","record":"x"}"#, "other_stage"),
            (r#"{"stage":"push","type":"line_too_long"}"#, "no_record"),
            (
                r#"{"stage":"push","type":"unsupported_action","record":"{\"delete\":{}}"}"#,
                "unsupported_action",
            ),
            (r#"{"stage":"push","record_base64":"?"}"#, "bad_record"),
        ] {
            let flaw = read_letter(line.as_bytes(), &mut record).err();
            assert_eq!(flaw.map(|flaw| flaw.kind), Some(kind), "{line}");
        }
    }
}
