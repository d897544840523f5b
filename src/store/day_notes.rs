//! What an archive's manifest remembers beside the files of its days: whose events they are, what the server counts, what is missing.
//!
//! Each note is a new manifest, written whole; none touches a day's file.

use chrono::NaiveDate;

use super::days::Archive;
use super::manifest::SHORT;
use super::state::OpenGap;
use crate::failure::Result;
use crate::time::Window;

impl Archive {
    /// Notes whose events these are.
    pub fn pin_organization(&mut self, organization: &str) -> Result<()> {
        let mut manifest = self.begun()?.clone();
        manifest.head.organization = Some(organization.to_owned());
        self.save(manifest)
    }

    /// Notes what was promised and cannot be fetched any more.
    pub fn open_gap(&mut self, gap: OpenGap) -> Result<()> {
        let mut manifest = self.begun()?.clone();
        let gaps = &mut manifest.head.gaps;
        if gaps.contains(&gap) {
            return Ok(());
        }
        let follows = |open: &&mut OpenGap| open.end == gap.start && open.reason == gap.reason;
        match gaps.iter_mut().find(follows) {
            Some(open) => open.end = gap.end,
            None => gaps.push(gap),
        }
        self.save(manifest)
    }

    /// Lays the open gaps aside, so that they are told no more and no run finds them again.
    pub fn acknowledge(&mut self) -> Result<Vec<OpenGap>> {
        let mut manifest = self.begun()?.clone();
        let gaps = std::mem::take(&mut manifest.head.gaps);
        if !gaps.is_empty() {
            manifest.head.acknowledged.extend(gaps.iter().cloned());
            self.save(manifest)?;
        }
        Ok(gaps)
    }

    /// Notes what the server counts in days that are there: what proves them whole although they were written too early for it.
    pub fn note_counts(&mut self, counts: &[(NaiveDate, u64)]) -> Result<()> {
        if counts.is_empty() {
            return Ok(());
        }
        let mut manifest = self.begun()?.clone();
        for (date, count) in counts {
            if let Some(day) = manifest.days.get_mut(date) {
                day.api_count = Some(*count);
            }
        }
        self.save(manifest)
    }

    /// Notes whether less of a part of a day came than was counted.
    pub fn note_short(&mut self, part: Window, short: bool) -> Result<()> {
        let mut manifest = self.begun()?.clone();
        let gaps = &mut manifest.head.gaps;
        let before = gaps.len();
        let date = part.start.date_naive();
        gaps.retain(|gap| gap.reason != SHORT || gap.start.date_naive() != date);
        if short {
            gaps.push(OpenGap {
                start: part.start,
                end: part.end,
                reason: SHORT.to_owned(),
            });
        }
        if short || gaps.len() != before {
            self.save(manifest)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Archive;
    use crate::failure::Result;
    use crate::store::{OpenGap, Settings};
    use crate::time::parse_timestamp;

    fn open(folder: &Path) -> Result<Archive> {
        Archive::open(folder, &mut || Ok(false))
    }

    #[test]
    fn gaps_stay_open_until_they_are_acknowledged_and_are_not_forgotten_then() {
        let root = tempfile::tempdir().expect("a folder");
        let mut archive = open(root.path()).expect("opened");
        let at = |text| parse_timestamp(text).expect("a time");
        archive
            .promise(&Settings::default(), at("2026-03-01T00:00:00Z"))
            .expect("promised");
        let gap = OpenGap {
            start: at("2026-03-02T00:00:00Z"),
            end: at("2026-03-03T00:00:00Z"),
            reason: "retention".to_owned(),
        };
        for _ in 0..2 {
            archive.open_gap(gap.clone()).expect("noted");
        }
        drop(archive);
        let mut archive = open(root.path()).expect("opened");
        let acknowledged = archive.acknowledge().expect("saved");
        assert_eq!(acknowledged, std::slice::from_ref(&gap));
        assert!(archive.acknowledge().expect("saved").is_empty());
        drop(archive);
        let archive = open(root.path()).expect("opened");
        let head = &archive.manifest().expect("there").head;
        assert!(head.gaps.is_empty());
        assert_eq!(head.acknowledged, [gap]);
    }
}
