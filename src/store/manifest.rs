//! The archive's manifest: what was asked for, since when, and a line for each day that is there.
//!
//! It holds no clock value, so equal data makes equal bytes. Line 1 ends with the SHA-256 of all the rest of the file, as
//! it is without that member; a manifest without one is read too, and held to what its lines say of each other.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::instants;
use super::packer::hex;
use super::sealed::{BEFORE, BEHIND, Broken, DIGITS};
use super::settings::Settings;
use super::state::OpenGap;
use crate::time::{Window, whole_day};

/// The manifest's name.
pub const MANIFEST: &str = "manifest.ndjson";

/// Why a day is an open gap although its file is there: less came than was counted.
pub const SHORT: &str = "count";

/// The format that is written and understood.
const FORMAT: u64 = 1;

/// What may stand behind the day in a file's name.
const ENDINGS: [&str; 3] = [".ndjson", ".ndjson.gz", ".ndjson.zst"];

/// A whole manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Line 1.
    pub head: Head,
    /// The days that are there.
    pub days: BTreeMap<NaiveDate, Day>,
}

/// Line 1: what holds for all days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    format: u64,
    /// What is asked for.
    pub query: Settings,
    /// The earliest start that was ever promised.
    #[serde(with = "instants")]
    pub since: DateTime<Utc>,
    /// Whose events they are, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// What was promised and cannot be fetched any more, until somebody acknowledges it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<OpenGap>,
    /// The same once acknowledged: no run finds it again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acknowledged: Vec<OpenGap>,
    /// A day that is about to replace its file: which of the two is there shows in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Day>,
}

/// A day's line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// The file's name.
    pub file: String,
    /// What of the day is there.
    pub window: Span,
    /// How many events it has.
    pub events: u64,
    /// The instant of the first of them that has one.
    #[serde(with = "instants::maybe")]
    pub first: Option<DateTime<Utc>>,
    /// Of the last one.
    #[serde(with = "instants::maybe")]
    pub last: Option<DateTime<Utc>>,
    /// The length of the file as it is stored.
    pub bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal digits.
    pub sha256: String,
    /// How many events the server counted, where it was asked.
    pub api_count: Option<u64>,
}

/// A half-open span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The first instant in it.
    #[serde(with = "instants")]
    pub start: DateTime<Utc>,
    /// The first instant behind it.
    #[serde(with = "instants")]
    pub end: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Version {
    format: u64,
}

/// Why a manifest cannot be taken for what was written.
#[derive(Debug)]
pub enum Unsound {
    /// As a whole.
    Whole(Broken),
    /// In this line.
    Line(usize),
}

impl Manifest {
    /// Of an archive without days.
    pub fn new(query: Settings, since: DateTime<Utc>) -> Self {
        let head = Head {
            format: FORMAT,
            query,
            since,
            organization: None,
            gaps: Vec::new(),
            acknowledged: Vec::new(),
            pending: None,
        };
        let days = BTreeMap::new();
        Self { head, days }
    }

    /// The whole text.
    pub fn to_text(&self) -> serde_json::Result<Vec<u8>> {
        let mut head = serde_json::to_vec(&self.head)?;
        let mut lines = Vec::new();
        for day in self.days.values() {
            lines.push(b'\n');
            serde_json::to_writer(&mut lines, day)?;
        }
        lines.push(b'\n');
        let hash = Sha256::new_with_prefix(&head).chain_update(&lines);
        head.pop();
        let digits = hex(hash);
        // The brace stands before the line feed that the seal ends with, and `lines` begins with.
        let seal = &BEHIND[..BEHIND.len() - 1];
        Ok([&head, BEFORE, digits.as_bytes(), seal, &lines].concat())
    }

    /// Reads a whole text.
    pub fn of_text(text: &[u8]) -> Result<Self, Unsound> {
        let whole = |how| Unsound::Whole(Broken::Damaged(how));
        if text.is_empty() {
            return Err(whole("it is empty"));
        }
        if !text.ends_with(b"\n") {
            return Err(whole("its last line is cut off"));
        }
        let unsealed = unseal(text).map_err(whole)?;
        let text = str::from_utf8(unsealed.as_deref().unwrap_or(text));
        let mut lines = text.map_err(|_| whole("it is no text"))?.lines();
        let head = lines.next().unwrap_or_default();
        let version: Version = serde_json::from_str(head).map_err(|_| Unsound::Line(1))?;
        if version.format > FORMAT {
            return Err(Unsound::Whole(Broken::Newer(version.format)));
        }
        let head: Head = serde_json::from_str(head).map_err(|_| Unsound::Line(1))?;
        let mut manifest = Self {
            head,
            days: BTreeMap::new(),
        };
        if !manifest.head.is_sound() {
            return Err(Unsound::Line(1));
        }
        for (at, line) in lines.enumerate() {
            let day: Option<Day> = serde_json::from_str(line).ok();
            let added = day.is_some_and(|day| manifest.continue_with(day));
            if !added {
                return Err(Unsound::Line(at + 2));
            }
        }
        Ok(manifest)
    }

    /// Adds the next day, if it fits what stands before it.
    fn continue_with(&mut self, day: Day) -> bool {
        let Some(date) = day.date() else { return false };
        let last = self.days.last_key_value();
        let follows = last.is_none_or(|(before, _)| *before < date);
        let fits = follows && day.window.start >= self.head.since;
        if fits {
            self.days.insert(date, day);
        }
        fits
    }
}

impl Head {
    fn is_sound(&self) -> bool {
        let gaps = self.gaps.iter().chain(&self.acknowledged);
        self.format == FORMAT
            && gaps.into_iter().all(|gap| gap.start < gap.end)
            && self.pending.iter().all(|day| day.date().is_some())
    }
}

impl Day {
    /// Which day it is; `None` where its members contradict each other.
    pub fn date(&self) -> Option<NaiveDate> {
        let date = day_of(&self.file)?;
        let Window { start, end } = whole_day(date);
        let Span {
            start: from,
            end: to,
        } = self.window;
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_sound = start <= from
            && from < to
            && to <= end
            && self.first.is_some() == self.last.is_some()
            && self.first <= self.last
            && (self.events > 0 || self.first.is_none())
            && self.sha256.len() == DIGITS
            && self.sha256.bytes().all(digit);
        is_sound.then_some(date)
    }
}

/// The text without its checksum, which fits; `None` for one that has none.
fn unseal(text: &[u8]) -> Result<Option<Vec<u8>>, &'static str> {
    let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (head, lines) = text.split_at(end);
    let behind = &BEHIND[..BEHIND.len() - 1];
    let sealed = head.strip_suffix(behind).and_then(|rest| {
        let (rest, digits) = rest.split_at_checked(rest.len().checked_sub(DIGITS)?)?;
        Some((rest.strip_suffix(BEFORE)?, digits))
    });
    let Some((head, digits)) = sealed else {
        return Ok(None);
    };
    let text = [head, b"}", lines].concat();
    if hex(Sha256::new_with_prefix(&text)).as_bytes() == digits {
        Ok(Some(text))
    } else {
        Err("its checksum does not fit, so it was changed or cut off")
    }
}

/// The day of a day file's name.
pub fn day_of(name: &str) -> Option<NaiveDate> {
    let (day, ending) = name.split_at_checked("YYYY-MM-DD".len())?;
    let digits = day.bytes().filter(u8::is_ascii_digit).count();
    let is_named = digits == 8 && ENDINGS.contains(&ending);
    NaiveDate::parse_from_str(day, "%Y-%m-%d")
        .ok()
        .filter(|_| is_named)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::{Day, Manifest, Span, Unsound, day_of};
    use crate::store::{OpenGap, Settings};
    use crate::time::parse_timestamp;

    fn at(text: &str) -> DateTime<Utc> {
        parse_timestamp(text).expect("a time")
    }

    fn day(date: &str, bytes: u64) -> Day {
        let start = at(&format!("{date}T00:00:00Z"));
        Day {
            file: format!("{date}.ndjson.gz"),
            window: Span {
                start,
                end: start + TimeDelta::days(1),
            },
            events: 2,
            first: Some(start + TimeDelta::milliseconds(7)),
            last: Some(start + TimeDelta::hours(3)),
            bytes,
            sha256: "0123456789abcdef".repeat(4),
            api_count: None,
        }
    }

    fn manifest() -> Manifest {
        let query = Settings([("--service".to_owned(), "all".to_owned())].into());
        let mut manifest = Manifest::new(query, at("2026-03-01T00:00:00Z"));
        for day in [day("2026-03-01", 5), day("2026-03-03", 6)] {
            manifest.days.insert(day.date().expect("sound"), day);
        }
        manifest
    }

    fn text(manifest: &Manifest) -> String {
        String::from_utf8(manifest.to_text().expect("written")).expect("text")
    }

    #[test]
    fn it_is_written_as_it_is_documented_and_read_back() {
        let mut manifest = manifest();
        let written = text(&manifest);
        let lines: Vec<&str> = written.lines().collect();
        assert!(lines[0].starts_with(
            "{\"format\":1,\"query\":{\"--service\":\"all\"},\"since\":\"2026-03-01T00:00:00Z\",\"sha256\":\""
        ));
        assert_eq!(
            lines[1],
            "{\"file\":\"2026-03-01.ndjson.gz\",\"window\":{\"start\":\"2026-03-01T00:00:00Z\",\"end\":\"2026-03-02T00:00:00Z\"},\
             \"events\":2,\"first\":\"2026-03-01T00:00:00.007Z\",\"last\":\"2026-03-01T03:00:00Z\",\"bytes\":5,\
             \"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"api_count\":null}"
        );
        let gap = OpenGap {
            start: at("2026-03-02T00:00:00Z"),
            end: at("2026-03-03T00:00:00Z"),
            reason: "retention".to_owned(),
        };
        manifest.head.organization = Some("x".to_owned());
        manifest.head.gaps.push(gap.clone());
        manifest.head.acknowledged.push(gap);
        manifest.head.pending = Some(day("2026-03-03", 9));
        let read = Manifest::of_text(text(&manifest).as_bytes()).expect("read");
        assert_eq!(read, manifest);
    }

    #[test]
    fn every_cut_and_every_flipped_bit_is_seen() {
        let bytes = manifest().to_text().expect("written");
        for end in 0..bytes.len() {
            assert!(Manifest::of_text(&bytes[..end]).is_err(), "cut at {end}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Manifest::of_text(&bytes).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn without_a_checksum_its_lines_must_fit_each_other() {
        let sealed = text(&manifest());
        let (head, lines) = sealed.split_once('\n').expect("lines");
        let (head, _) = head.split_once(",\"sha256\"").expect("a checksum");
        let plain = format!("{head}}}\n{lines}");
        assert_eq!(
            Manifest::of_text(plain.as_bytes()).expect("read"),
            manifest()
        );
        let turned: Vec<&str> = lines.lines().rev().collect();
        let first = lines.lines().next().expect("a line");
        for (broken, line) in [
            (format!("{head}}}\n{}\n", turned.join("\n")), 3),
            (format!("{head}}}\n{first}\n{first}\n"), 3),
            (
                plain.replace(
                    "2026-03-03T00:00:00Z\",\"end",
                    "2026-03-02T23:59:59Z\",\"end",
                ),
                3,
            ),
            (plain.replace("\"events\":2", "\"events\":0"), 2),
            (plain.replace("\"bytes\":5", "\"bytes\":-5"), 2),
            (plain.replace("\"bytes\":5", "\"bytes\":5,\"bytes\":5"), 2),
            (plain.replace("89abcdef\",\"api", "89ABCDEF\",\"api"), 2),
            (plain.replace("03:00:00Z", "00:00:00Z"), 2),
            (
                plain.replace("\"since\":\"2026-03-01", "\"since\":\"2026-03-02"),
                2,
            ),
            (
                plain.replace("\"api_count\":null", "\"api_count\":null,\"x\":1"),
                2,
            ),
            (plain.replace("\"since\"", "\"x\":1,\"since\""), 1),
        ] {
            let unsound = Manifest::of_text(broken.as_bytes()).expect_err(&broken);
            assert!(
                matches!(unsound, Unsound::Line(at) if at == line),
                "{unsound:?}: {broken}"
            );
        }
    }

    #[test]
    fn day_files_are_known_by_their_names() {
        for name in [
            "2026-03-01.ndjson",
            "2026-12-31.ndjson.gz",
            "2028-02-29.ndjson.zst",
        ] {
            assert!(day_of(name).is_some(), "{name}");
        }
        for name in [
            "2026-02-29.ndjson",
            "2026-3-01.ndjson",
            "2026-03-01.json",
            "2026-03-01.ndjson.xz",
            "manifest.ndjson",
            ".2026-03-01.ndjson.jcx-partial",
            "../026-03-01.ndjson",
            "2026-03-0\u{e9}.ndjson",
            "",
        ] {
            assert_eq!(day_of(name), None, "{name}");
        }
    }
}
