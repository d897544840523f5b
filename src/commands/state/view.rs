//! What a state or an archive says, for people and for programs.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::failure::{Failure, Result};
use crate::store::{Manifest, OpenGap, State, damaged, read_manifest};
use crate::term::{Gap, WindowText, counted, printable};
use crate::time::rfc3339;

/// What is shown; members that do not apply are left out.
#[derive(Serialize)]
pub struct View {
    kind: &'static str,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    query: BTreeMap<String, String>,
    organization: Option<String>,
    since: String,
    until: Option<String>,
    events: u64,
    bytes: u64,
    gaps: Vec<Gap>,
    #[serde(flatten)]
    own: Own,
}

/// What only one of the two has.
#[derive(Serialize)]
#[serde(untagged)]
enum Own {
    State {
        saved: String,
        succeeded: Option<String>,
        remembered: usize,
        walk: Option<WindowText>,
    },
    Archive {
        days: usize,
        acknowledged: Vec<Gap>,
        damaged: Vec<String>,
    },
}

impl View {
    /// Reads what the path names, without locking it.
    pub fn of(path: &Path) -> Result<Self> {
        if path.is_dir() {
            let manifest = read_manifest(path)?.ok_or_else(|| no_archive(path))?;
            return Ok(Self::of_archive(path, &manifest));
        }
        Ok(Self::of_state(path, &State::read(path)?))
    }

    fn of_state(path: &Path, state: &State) -> Self {
        Self {
            kind: "state",
            path: path.display().to_string(),
            command: Some(state.command.clone()),
            query: state.query.0.clone(),
            organization: state.organization.clone(),
            since: rfc3339(state.since),
            until: Some(rfc3339(state.until)),
            events: state.events,
            bytes: state.bytes,
            gaps: gaps(&state.gaps),
            own: Own::State {
                saved: rfc3339(state.saved),
                succeeded: state.succeeded.map(rfc3339),
                remembered: state.recent.len(),
                walk: state.walk.as_ref().map(|walk| WindowText {
                    start: rfc3339(walk.start),
                    end: rfc3339(walk.end),
                }),
            },
        }
    }

    fn of_archive(path: &Path, manifest: &Manifest) -> Self {
        let (head, days) = (&manifest.head, &manifest.days);
        let damaged = damaged(path, manifest).into_iter().map(|(_, what)| what);
        Self {
            kind: "archive",
            path: path.display().to_string(),
            command: None,
            query: head.query.0.clone(),
            organization: head.organization.clone(),
            since: rfc3339(head.since),
            until: days.values().map(|day| day.window.end).max().map(rfc3339),
            events: days.values().map(|day| day.events).sum(),
            bytes: days.values().map(|day| day.bytes).sum(),
            gaps: gaps(&head.gaps),
            own: Own::Archive {
                days: days.len(),
                acknowledged: gaps(&head.acknowledged),
                damaged: damaged.collect(),
            },
        }
    }

    /// One line of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers") + "\n"
    }

    /// Lines for people.
    pub fn to_text(&self) -> String {
        table(&self.rows())
    }

    fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = vec![(self.kind, self.path.clone())];
        rows.extend(
            self.command
                .iter()
                .map(|name| ("made by", format!("jcx {name}"))),
        );
        rows.push(("since", self.since.clone()));
        rows.push(("until", self.until_in_words()));
        let flags = self
            .query
            .iter()
            .map(|(flag, value)| format!("{flag} {value}"));
        rows.push(("query", or_none(flags.collect::<Vec<_>>().join(", "))));
        let organization = self.organization.clone();
        rows.push((
            "organization",
            organization.unwrap_or_else(|| "not known yet".to_owned()),
        ));
        self.own.rows(self.events, self.bytes, &mut rows);
        if self.gaps.is_empty() {
            rows.push(("open gaps", "none".to_owned()));
        }
        rows.extend(self.gaps.iter().map(|gap| ("open gap", gap_in_words(gap))));
        rows
    }

    fn until_in_words(&self) -> String {
        let but = if self.gaps.is_empty() {
            ""
        } else {
            ", but for the gaps below"
        };
        match (&self.until, self.kind) {
            (None, _) => "no day is there yet".to_owned(),
            (Some(until), "state") => format!("{until}: everything before is delivered{but}"),
            (Some(until), _) => format!("{until}, where the last day ends"),
        }
    }
}

impl Own {
    fn rows(&self, events: u64, bytes: u64, rows: &mut Vec<(&str, String)>) {
        match self {
            Self::State {
                saved,
                succeeded,
                remembered,
                walk,
            } => {
                rows.push(("delivered", format!("{} in all", counted(events, "event"))));
                rows.push(("data file", format!("its first {}", counted(bytes, "byte"))));
                rows.push((
                    "remembered",
                    format!("{} near the position", counted(*remembered as u64, "event")),
                ));
                let walk = walk
                    .iter()
                    .map(|walk| format!("{} to {}", walk.start, walk.end));
                rows.extend(walk.map(|walk| ("under way", walk)));
                rows.push(("saved", saved.clone()));
                let never = || "no run has reached its end yet".to_owned();
                rows.push(("last success", succeeded.clone().unwrap_or_else(never)));
            }
            Self::Archive {
                days,
                acknowledged,
                damaged,
            } => {
                let days = counted(*days as u64, "day");
                let (events, bytes) = (counted(events, "event"), counted(bytes, "byte"));
                rows.push(("holds", format!("{days}, {events}, {bytes}")));
                rows.extend(
                    acknowledged
                        .iter()
                        .map(|gap| ("acknowledged", gap_in_words(gap))),
                );
                rows.extend(damaged.iter().map(|what| ("damaged", what.clone())));
            }
        }
    }
}

/// Lines of a name and what is said of it.
pub fn table(rows: &[(&str, String)]) -> String {
    let line = |(name, value): &(&str, String)| {
        let name = format!("{name}:");
        format!("{name:<14}{}\n", printable(value))
    };
    rows.iter().map(line).collect()
}

/// A folder in which there is neither a manifest nor a day file.
pub fn no_archive(path: &Path) -> Failure {
    let text = format!("{} is no archive: it has no manifest", path.display());
    Failure::usage(text).hint("name the folder of jcx fetch --out-dir, or the file of --state")
}

/// `START to END (reason)`.
pub fn gap_in_words(gap: &Gap) -> String {
    format!("{} to {} ({})", gap.start, gap.end, gap.reason)
}

/// Gaps as texts.
pub fn gaps(gaps: &[OpenGap]) -> Vec<Gap> {
    let text = |gap: &OpenGap| Gap {
        start: rfc3339(gap.start),
        end: rfc3339(gap.end),
        reason: gap.reason.clone(),
    };
    gaps.iter().map(text).collect()
}

fn or_none(text: String) -> String {
    if text.is_empty() {
        "everything".to_owned()
    } else {
        text
    }
}
