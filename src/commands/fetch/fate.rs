//! What becomes of one day of an archive: kept, fetched, continued, or lost in part; and whether it is time to count it.
//!
//! Pure: it knows the manifest and the edge of retention, reads no file and asks nothing.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::proof::SETTLED;
use crate::failure::{Failure, Result};
use crate::store::{Day, Manifest, OpenGap, SHORT};
use crate::time::{Window, whole_day};

/// A day to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayPlan {
    /// Which.
    pub date: NaiveDate,
    /// What is asked for.
    pub fetch: Window,
    /// What is kept of it, because it cannot be had again; it ends where the asking begins, or a gap lies between.
    pub kept: Option<Day>,
}

/// What is known before the days are looked at one by one.
pub struct Bounds<'m> {
    /// What is there.
    pub manifest: Option<&'m Manifest>,
    /// The earliest instant that JumpCloud still keeps.
    pub kept_from: DateTime<Utc>,
    /// Days to be fetched although they are there.
    pub refetch: Vec<NaiveDate>,
}

/// What becomes of one day.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// What is fetched of it.
    pub plan: Option<DayPlan>,
    /// What cannot be had any more.
    pub lost: Vec<Window>,
}

/// Why something promised cannot be had any more.
const RETENTION: &str = "retention";

/// What is left of these windows outside a gap.
fn without(windows: &[Window], gap: &OpenGap) -> Vec<Window> {
    let parts = windows.iter().flat_map(|window| {
        let before = Window {
            end: window.end.min(gap.start),
            ..*window
        };
        let behind = Window {
            start: window.start.max(gap.end),
            ..*window
        };
        [before, behind]
    });
    parts.filter(|part| !part.is_empty()).collect()
}

impl Bounds<'_> {
    /// What is there of a day.
    pub fn there(&self, date: NaiveDate) -> Option<&Day> {
        self.manifest.and_then(|manifest| manifest.days.get(&date))
    }

    /// Whether a count would prove a day whole, or not, that none has proved yet. What has passed retention stays as it is.
    pub fn is_due(&self, there: &Day, now: DateTime<Utc>) -> bool {
        there.api_count.is_none()
            && there.window.start >= self.kept_from
            && is_settled(there.window.end, now)
    }

    /// Refuses days to be fetched again that cannot be.
    pub fn check_refetch(&self, window: Window) -> Result<()> {
        for date in &self.refetch {
            let day = whole_day(*date);
            let start = day.start.max(window.start);
            if day.end <= window.start || day.start >= window.end {
                let text =
                    format!("--refetch {date} lies outside the archive and this run's window");
                return Err(Failure::usage(text).hint("name a day from --since on"));
            }
            if start < self.kept_from {
                let text = format!("--refetch {date} lies before what JumpCloud still keeps");
                let hint = "what is there of it stays; --retention names another plan";
                return Err(Failure::usage(text).hint(hint));
            }
        }
        Ok(())
    }

    /// What is to be done about a day of which this is promised.
    pub fn fate(&self, date: NaiveDate, want: Window) -> Fate {
        let again = self.refetch.contains(&date) || self.is_short(want);
        let covers = |day: &Day| day.window.start <= want.start && want.end <= day.window.end;
        let Some(there) = self.there(date) else {
            return self.fetch_from(date, want);
        };
        let hull = Window {
            start: want.start.min(there.window.start),
            end: want.end.max(there.window.end),
        };
        let past = there.window.start < self.kept_from;
        if covers(there) && (!again || past) {
            return Fate::default();
        }
        // What is missing before it cannot be had either.
        let all =
            there.window.start <= hull.start.max(self.kept_from) && hull.end <= there.window.end;
        if past || (all && !again) {
            self.go_on(date, want, there)
        } else {
            self.fetch_from(date, hull)
        }
    }

    /// Fetches what can still be had of a part of a day.
    fn fetch_from(&self, date: NaiveDate, part: Window) -> Fate {
        let start = part.start.max(self.kept_from).min(part.end);
        let fetch = Window { start, ..part };
        let lost = Window { end: start, ..part };
        let kept = None;
        Fate {
            plan: (!fetch.is_empty()).then_some(DayPlan { date, fetch, kept }),
            lost: [lost].into_iter().filter(|lost| !lost.is_empty()).collect(),
        }
    }

    /// Keeps what is there, which cannot be had again, and fetches what follows it.
    fn go_on(&self, date: NaiveDate, want: Window, there: &Day) -> Fate {
        let before = Window {
            start: want.start,
            end: there.window.start,
        };
        let behind = Window {
            start: there.window.end,
            end: want.end,
        };
        let mut fate = if behind.is_empty() {
            Fate::default()
        } else {
            self.fetch_from(date, behind)
        };
        if let Some(plan) = &mut fate.plan {
            plan.kept = Some(there.clone());
        }
        if !before.is_empty() {
            fate.lost.insert(0, before);
        }
        fate
    }

    /// Whether less of a day came than JumpCloud counted, and nobody took note of it.
    fn is_short(&self, want: Window) -> bool {
        let gaps = self
            .manifest
            .map_or(&[][..], |manifest| &manifest.head.gaps);
        let same_day = |gap: &&OpenGap| gap.start.date_naive() == want.start.date_naive();
        gaps.iter().filter(same_day).any(|gap| gap.reason == SHORT)
    }

    /// Notes a gap that no run has found yet; what follows on the one before is one gap with it.
    pub fn note_lost(&self, gaps: &mut Vec<OpenGap>, lost: Window) {
        let head = self.manifest.map(|manifest| &manifest.head);
        let known = head
            .iter()
            .flat_map(|head| head.gaps.iter().chain(&head.acknowledged));
        let known = known.filter(|gap| gap.reason == RETENTION);
        let new = known.fold(vec![lost], |new, gap| without(&new, gap));
        for lost in new {
            match gaps.last_mut().filter(|gap| gap.end == lost.start) {
                Some(gap) => gap.end = lost.end,
                None => gaps.push(OpenGap {
                    start: lost.start,
                    end: lost.end,
                    reason: RETENTION.to_owned(),
                }),
            }
        }
    }
}

impl DayPlan {
    /// What of the day is there in the end.
    pub fn whole(&self) -> Window {
        let kept = self.kept.as_ref().map(|kept| kept.window.start);
        Window {
            start: kept.unwrap_or(self.fetch.start),
            ..self.fetch
        }
    }

    /// Whether what JumpCloud counts is the count of the whole file.
    pub fn is_counted_whole(&self, now: DateTime<Utc>) -> bool {
        self.kept.is_none() && is_settled(self.fetch.end, now)
    }
}

/// Whether nothing is expected to appear any more before an end, up to the whole second that is counted to.
fn is_settled(end: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    end + TimeDelta::seconds(1) <= now - SETTLED
}
