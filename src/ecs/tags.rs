//! The tags of a document: those that were asked for, and those that tell what became of the event (`docs/ecs-mapping.md`,
//! sections 1, 4 and 9).
//!
//! There are few such lists in a run, so each is made before the first document.

use super::draft::Draft;
use super::event::write_text;
use super::options::Options;
use super::target::Target;
use super::value::{Preset, Ready};

/// The tag that keeps `event.original`.
const PRESERVE_ORIGINAL: &str = "preserve_original_event";
/// The tag that keeps the fields of `jumpcloud.event` that were copied to ECS.
const PRESERVE_DUPLICATES: &str = "preserve_duplicate_custom_fields";
/// The tag of a document whose place on earth is what the event says of itself, and no database.
const PLACE_OF_EVENT: &str = "jcx_geo_from_event";

/// The tags of a run's documents.
#[derive(Clone, Debug)]
pub(super) struct Tags {
    /// Whether every document keeps the event's text.
    pub(super) preserve_original: bool,
    /// Whether the documents keep the fields that were copied to ECS.
    pub(super) preserve_duplicates: bool,
    /// When a step failed.
    failed: Ready,
    /// When the place is the event's own.
    placed: Preset,
    /// When both are so.
    failed_and_placed: Ready,
}

impl Tags {
    /// Elastic's two tags come first, then the others as they were asked for. Every document begins with these.
    pub(super) fn new(options: &Options, draft: &mut Draft) -> Self {
        let is_set = |tag: &str, switch| switch || options.tags.iter().any(|other| other == tag);
        let preserve_original = is_set(PRESERVE_ORIGINAL, options.preserve_original);
        let preserve_duplicates = is_set(PRESERVE_DUPLICATES, options.preserve_duplicates);
        let mut asked = Vec::new();
        asked.extend(preserve_original.then_some(PRESERVE_ORIGINAL));
        asked.extend(preserve_duplicates.then_some(PRESERVE_DUPLICATES));
        let is_other = |tag: &&String| {
            !tag.is_empty() && *tag != PRESERVE_ORIGINAL && *tag != PRESERVE_DUPLICATES
        };
        let others = options.tags.iter().filter(is_other);
        asked.extend(others.map(String::as_str));
        if !asked.is_empty() {
            draft.make(Target::Tags, |made| write_texts(&asked, made));
        }
        let mut with = |more: &[&str]| {
            let more = more.iter().copied();
            let more = more.filter(|tag| !asked.contains(tag));
            let all: Vec<_> = asked.iter().copied().chain(more).collect();
            draft.keep(|made| write_texts(&all, made))
        };
        let failed = with(&[PRESERVE_ORIGINAL]);
        let placed = with(&[PLACE_OF_EVENT]);
        let failed_and_placed = with(&[PRESERVE_ORIGINAL, PLACE_OF_EVENT]);
        Self {
            failed,
            placed: draft.preset(&[(Target::Tags, placed)]),
            failed_and_placed,
            preserve_original,
            preserve_duplicates,
        }
    }

    /// Gives a document the tags that tell whether a step failed and whether its place is the event's own.
    #[inline]
    pub(super) fn tell(&self, failed: bool, placed: bool, draft: &mut Draft) {
        match (failed, placed) {
            (false, false) => {}
            (true, false) => draft.put(Target::Tags, self.failed),
            (false, true) => draft.choose(self.placed),
            (true, true) => draft.put(Target::Tags, self.failed_and_placed),
        }
    }
}

/// Appends a list of texts.
pub(super) fn write_texts<T: AsRef<str>>(texts: &[T], out: &mut Vec<u8>) {
    out.push(b'[');
    for (at, text) in texts.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_text(text.as_ref().as_bytes(), out);
    }
    out.push(b']');
}
