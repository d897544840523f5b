//! The frame around the steps: a line in, a document with its `_id` out, or the reason why the line is no event.
//!
//! Decides what happens before the first step that can fail ordinarily (steps 1 to 7) and what a failure leaves behind
//! (`docs/ecs-mapping.md`, sections 1, 4 and 7). Knows no other event of the run.

use std::sync::Arc;

use rapidhash::v3::rapidhash_v3;

use super::data_stream::DataStream;
use super::draft::Draft;
use super::event::{Event, kind, write_text};
use super::extended::{Extension, completion};
use super::fingerprint;
use super::framing::Frame;
use super::geoip::GeoIp;
use super::id::Id;
use super::options::{Options, Profile};
use super::source::Source;
use super::steps::{Failed, Steps, Stopped};
use super::tags::{Tags, write_texts};
use super::target::Target;
use crate::failure::Failure;
use crate::json::compact::compact;
use crate::json::scan::{Malformed, Scanner};
use crate::json::slots::Slots;
use crate::json::span::Span;
use crate::json::wanted::Wanted;

/// The version of the Elastic Common Schema that a document follows.
const ECS_VERSION: &str = r#""8.11.0""#;

/// A line of more bytes is of no ordinary size: what it took of memory is given back, so that it does not add up with what others take.
const LARGE: usize = 128 << 10;

/// Maps events to ECS documents, each for itself; its memory is used again from one to the next.
#[derive(Clone, Debug)]
pub struct Mapper {
    tags: Tags,
    /// What the profile `extended` adds, where that is asked for.
    extension: Option<Extension>,
    geoip: Option<Arc<GeoIp>>,
    frame: Frame,
    wanted: Wanted,
    /// What is left out of `jumpcloud.event` when no step fails.
    removed: Slots,
    scanner: Scanner,
    draft: Draft,
    /// The text of an event with white space between its tokens, without it.
    compacted: Vec<u8>,
    fingerprint: Vec<u8>,
}

/// What a run wants to know about a document that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The `_id` that this event has when it is alone; see [`super::RecentIds`].
    pub id: Id,
    /// Where the `_id` stands in the output, its [`Id::LENGTH`] bytes; `None` where the framing leaves it out.
    pub id_at: Option<usize>,
    /// Whether a step failed; the document says so too and is ordinary output.
    pub pipeline_error: bool,
    /// Whether there is a `@timestamp`, which a data stream asks for.
    pub has_timestamp: bool,
    /// A hash of the event's text (the tokens as received, no white space between them); two texts with one hash are taken for equal.
    pub text: u64,
}

/// Why there is no document for a line.
#[derive(Debug)]
pub enum NoDocument {
    /// The line is no event.
    NotAnEvent(NotAnEvent),
    /// A database is damaged; the next line would fare no better.
    Broken(Failure),
}

impl From<NotAnEvent> for NoDocument {
    fn from(not_an_event: NotAnEvent) -> Self {
        Self::NotAnEvent(not_an_event)
    }
}

/// Why a line is no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnEvent {
    /// What is wrong, in words.
    pub reason: String,
    /// Bytes of the line before the place, where there is one.
    pub offset: Option<usize>,
}

impl Mapper {
    /// A mapper with these options.
    pub fn new(options: Options) -> Self {
        let mut draft = Draft::default();
        set_always(options.data_stream.as_ref(), &mut draft);
        let tags = Tags::new(&options, &mut draft);
        let knows_places = options.geoip.as_ref().is_some_and(|geoip| geoip.has_city());
        let is_extended = options.profile == Profile::Extended;
        let extension = is_extended.then(|| Extension::new(knows_places, &mut draft));
        draft.keep_always();
        Self {
            frame: Frame::new(&options.framing),
            wanted: Wanted::new(match options.profile {
                Profile::Elastic => Source::names_of_steps(),
                Profile::Extended => Source::NAMES,
            }),
            removed: if tags.preserve_duplicates {
                Source::AtVersion.only()
            } else {
                Source::copied()
            },
            scanner: Scanner::default(),
            compacted: Vec::new(),
            fingerprint: Vec::new(),
            geoip: options.geoip,
            draft,
            tags,
            extension,
        }
    }

    /// Appends the document for one line, framed and without line end; white space around and inside the line does not
    /// matter. Nothing is appended where the line is no event.
    pub fn map(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<Outcome, NoDocument> {
        let outcome = self.map_line(line, out);
        if line.len() > LARGE {
            self.shrink();
        }
        outcome
    }

    #[cold]
    fn shrink(&mut self) {
        self.scanner.shrink();
        self.draft.shrink();
        self.compacted = Vec::new();
        self.fingerprint = Vec::new();
    }

    #[inline]
    fn map_line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<Outcome, NoDocument> {
        let start = line.iter().take_while(|byte| is_space(**byte)).count();
        let end = line
            .iter()
            .rev()
            .take_while(|byte| is_space(**byte))
            .count();
        let text = &line[start..line.len().saturating_sub(end).max(start)];
        let found = self.scanner.scan(text, &self.wanted, self.removed);
        let found = found.map_err(|malformed| NotAnEvent::malformed(malformed, start))?;
        if found.kind != b'{' {
            let reason = format!("{} instead of an object", kind(&[found.kind]));
            return Err(NotAnEvent::whole(&reason).into());
        }
        if !found.something {
            return Err(NotAnEvent::whole("an object with nothing in it").into());
        }
        if !found.spaced {
            return self.map_text(text, out);
        }
        let mut compacted = std::mem::take(&mut self.compacted);
        compact(text, &mut compacted);
        let outcome = self
            .rescan(&compacted, self.removed)
            .and_then(|()| self.map_text(&compacted, out));
        self.compacted = compacted;
        outcome
    }

    /// Scans a text again that has been found to be an event.
    fn rescan(&mut self, text: &[u8], removed: Slots) -> Result<(), NoDocument> {
        let found = self.scanner.scan(text, &self.wanted, removed);
        found.map_err(|malformed| NotAnEvent::malformed(malformed, 0))?;
        Ok(())
    }

    /// The same for an event that has been scanned and has no white space between its tokens.
    fn map_text(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<Outcome, NoDocument> {
        self.draft.begin();
        let event = Event::new(text, &self.scanner);
        let (id, result, version) = match fingerprint::of_event(&event, &mut self.fingerprint) {
            Ok(id) => {
                let mut steps = Steps::new(event, &mut self.draft, self.geoip.as_deref());
                let result = steps.run(self.extension.as_mut());
                (id, result, steps.renamed_version())
            }
            Err(failed) => (None, Err(failed.into()), None),
        };
        let failed = match result {
            Ok(()) => None,
            Err(Stopped::Failed(failed)) => Some(failed),
            Err(Stopped::Broken(failure)) => return Err(NoDocument::Broken(failure)),
        };
        let pipeline_error = failed.is_some();
        if let Some(failed) = failed {
            self.tell_failure(failed);
        } else if self.tags.preserve_original {
            self.draft.keep_original();
        }
        self.extend(text, pipeline_error)?;
        if pipeline_error {
            let removed = version.map_or(Slots::NONE, |_| Source::AtVersion.only());
            self.rescan(text, removed)?;
        }
        let id = id.unwrap_or_else(|| Id::of_text(text));
        let id_at = self.frame.write(&id, out);
        let event = Event::new(text, &self.scanner);
        let version = self.kept_version(version, pipeline_error);
        self.draft.write(&event, version, out);
        Ok(Outcome {
            id,
            id_at,
            pipeline_error,
            has_timestamp: self.draft.has(Target::Timestamp),
            text: rapidhash_v3(text),
        })
    }

    /// The renamed `@version`, where step 16 does not remove it.
    fn kept_version(&self, version: Option<Span>, pipeline_error: bool) -> Option<Span> {
        version.filter(|_| pipeline_error || self.removed == Source::AtVersion.only())
    }

    /// What stands in the document when a step failed.
    #[cold]
    fn tell_failure(&mut self, failed: Failed) {
        self.draft.fix(Target::EventKind, r#""pipeline_error""#);
        self.draft.make(Target::ErrorMessage, |made| {
            write_texts(&[failed.reason], made);
        });
        self.draft.keep_original();
    }

    /// What the profile adds to the document of the event that has been scanned, and the tags, which it may add to.
    fn extend(&mut self, text: &[u8], failed: bool) -> Result<(), NoDocument> {
        let mut placed = false;
        if let Some(extension) = &mut self.extension {
            let event = Event::new(text, &self.scanner);
            if failed {
                completion::complete(event, &mut self.draft, self.geoip.as_deref())
                    .map_err(NoDocument::Broken)?;
            }
            placed = extension.extend(event, &mut self.draft, failed);
        }
        self.tags.tell(failed, placed, &mut self.draft);
        Ok(())
    }
}

/// Sets what every document has.
fn set_always(stream: Option<&DataStream>, draft: &mut Draft) {
    draft.fix(Target::EcsVersion, ECS_VERSION);
    let Some(stream) = stream else {
        return;
    };
    draft.make(Target::DataStream, |made| {
        let parts = [
            ("{\"dataset\":", stream.dataset()),
            (",\"namespace\":", stream.namespace()),
            (",\"type\":", stream.kind()),
        ];
        for (key, part) in parts {
            made.extend_from_slice(key.as_bytes());
            write_text(part.as_bytes(), made);
        }
        made.push(b'}');
    });
    draft.make(Target::EventDataset, |made| {
        write_text(stream.dataset().as_bytes(), made);
    });
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

impl NotAnEvent {
    fn whole(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            offset: None,
        }
    }

    /// Of a text that begins behind this many bytes of its line.
    fn malformed(malformed: Malformed, start: usize) -> Self {
        Self {
            reason: malformed.reason,
            offset: Some(start + malformed.offset),
        }
    }
}
