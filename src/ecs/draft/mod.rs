//! The document while it is being put together: which fields have a value, and where each value stands.
//!
//! A value is a part of the event's text, or a piece of JSON: made for the document in a buffer that is used again and again, or kept
//! from before, for any number of documents. Knows no step.

pub(super) mod plan;
mod writing;

use super::event::Event;
use super::layout::{Layout, Shape};
use super::listing::{Known, Listing};
use super::source::Source;
use super::target::Target;
use super::value::{Always, Preset, Presets, Ready, Strings, Value, Within};
use crate::json::assembly::{Room, pad, unpad};
use crate::json::span::Span;

/// Bytes of JSON that are kept from document to document.
const KEPT: usize = 1 << 20;

/// What the buffer of what is made may keep when a document of no ordinary size shrinks it.
const MADE: usize = 64 << 10;

/// A document's fields.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    values: [Value; Target::ALL.len()],
    shape: Shape,
    made: Vec<u8>,
    /// Always with room behind it, as pieces of it are taken.
    kept: Vec<u8>,
    presets: Presets,
    /// The elements of the list that is being made.
    known: Known,
    /// The elements of the one list that is not made but written straight from the event.
    strings: Strings,
    layout: Layout,
    room: Room,
    always: Always,
}

impl Default for Draft {
    fn default() -> Self {
        let mut values = [Value::default(); Target::ALL.len()];
        values[usize::from(Target::JumpcloudEvent.number())].within = Within::Whole;
        let mut kept = Vec::new();
        pad(&mut kept);
        Self {
            values,
            shape: Shape::default(),
            made: Vec::new(),
            kept,
            presets: Presets::default(),
            known: Known::default(),
            strings: Strings::default(),
            layout: Layout::default(),
            room: Room::default(),
            always: Always::default(),
        }
    }
}

impl Draft {
    /// Makes JSON that fields can be given now and later, until [`Self::forget`].
    pub(super) fn keep(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Ready {
        unpad(&mut self.kept);
        let start = self.kept.len();
        write(&mut self.kept);
        let ready = Ready(Span::of(start, self.kept.len()));
        pad(&mut self.kept);
        ready
    }

    /// Makes values that documents have together from what was kept; only before the first document.
    pub(super) fn preset(&mut self, values: &[(Target, Ready)]) -> Preset {
        self.presets.add(values)
    }

    /// Whether more has been kept than is worth its memory.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.kept.len() > self.always.kept + KEPT
    }

    /// Forgets what was kept since the first document; no field may have any of it.
    pub(super) fn forget(&mut self) {
        // What stands where the room behind begins does not matter.
        self.kept.truncate(self.always.kept);
    }

    /// What is set now, every document shall begin with; only its tags may be set again.
    pub(super) fn keep_always(&mut self) {
        for number in self.shape.fields.numbers() {
            let value = &mut self.values[usize::from(number)];
            if value.within == Within::Made {
                unpad(&mut self.kept);
                let start = self.kept.len();
                let text = value.span.in_text(&self.made);
                self.kept.extend_from_slice(text);
                value.span = Span::of(start, self.kept.len());
                pad(&mut self.kept);
                value.within = Within::Kept;
            }
        }
        let tags = self.values[usize::from(Target::Tags.number())];
        self.always = Always {
            set: self.shape.fields,
            tags: self.has(Target::Tags).then_some(tags),
            kept: self.kept.len(),
        };
    }

    /// Begins the next document.
    pub(super) fn begin(&mut self) {
        self.shape = Shape {
            fields: self.always.set,
            presets: 0,
        };
        if let Some(tags) = self.always.tags {
            self.values[usize::from(Target::Tags.number())] = tags;
        }
        self.made.clear();
    }

    /// Gives back the memory that a document of no ordinary size took.
    pub(super) fn shrink(&mut self) {
        self.begin();
        self.made.shrink_to(MADE);
        self.known = Known::default();
    }

    /// Whether a field has a value.
    #[inline]
    pub(super) fn has(&self, field: Target) -> bool {
        self.shape.fields.contains(field.number())
    }

    /// Gives a field the value that stands there in the event.
    #[inline]
    pub(super) fn copy(&mut self, field: Target, event: Event<'_>, value: Span) {
        let is_plain = event.edits().is_plain(event.text(), value);
        let within = if is_plain {
            Within::Event
        } else {
            Within::Edited
        };
        self.set(field, value, within);
    }

    /// The same for a string or a word, of which nothing is ever left out.
    #[inline]
    pub(super) fn copy_plain(&mut self, field: Target, value: Span) {
        self.set(field, value, Within::Event);
    }

    /// Sets `event.original`, the event's whole text as one string; it is written straight into the document.
    pub(super) fn keep_original(&mut self) {
        self.set(Target::EventOriginal, Span::default(), Within::Original);
    }

    /// Gives a field what was kept.
    #[inline]
    pub(super) fn put(&mut self, field: Target, Ready(span): Ready) {
        self.set(field, span, Within::Kept);
    }

    /// Gives several fields the values that were made for them; none of them is given another afterwards.
    #[inline]
    pub(super) fn choose(&mut self, preset: Preset) {
        self.shape.fields = self.shape.fields.or(preset.fields);
        self.shape.presets = preset.added_to(self.shape.presets);
    }

    /// Gives a field what another has.
    #[inline]
    pub(super) fn repeat(&mut self, field: Target, other: Target) {
        let Value { span, within } = self.values[usize::from(other.number())];
        self.set(field, span, within);
    }

    /// Gives a field the list of what `add` adds, `behind` the elements of the list that it has; nothing where that is nothing.
    #[inline]
    pub(super) fn list(&mut self, field: Target, behind: bool, add: impl FnOnce(&mut Listing<'_>)) {
        let start = self.made.len();
        let mut list = Listing::new(&mut self.made, &mut self.known);
        if behind {
            let before = self.values[usize::from(field.number())];
            debug_assert_eq!(before.within, Within::Made, "lists are made");
            list.keep(before.span);
        }
        add(&mut list);
        if list.end() {
            self.set_made(field, start);
        } else {
            self.made.truncate(start);
        }
    }

    /// Gives one field of the document the list of these members of the event, those that are strings; says whether it can be written
    /// straight from there, and gives it nothing where it cannot.
    #[inline]
    pub(super) fn list_straight(
        &mut self,
        field: Target,
        event: Event<'_>,
        mut sources: impl Iterator<Item = Source>,
    ) -> bool {
        self.strings.clear();
        let strings = &mut self.strings;
        let all = sources.all(|source| match event.string_span(source) {
            Some(span) => !event.is_escaped(source) && strings.add(event.text(), span),
            None => true,
        });
        if all && !self.strings.spans().is_empty() {
            self.set(field, Span::default(), Within::Listed);
        }
        all
    }

    /// Gives a field this JSON text.
    #[inline]
    pub(super) fn fix(&mut self, field: Target, json: &'static str) {
        self.make(field, |made| made.extend_from_slice(json.as_bytes()));
    }

    /// Gives a field the JSON that `write` appends.
    #[inline]
    pub(super) fn make(&mut self, field: Target, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.made.len();
        write(&mut self.made);
        self.set_made(field, start);
    }

    #[inline]
    fn set_made(&mut self, field: Target, start: usize) {
        let span = Span::of(start, self.made.len());
        self.set(field, span, Within::Made);
    }

    /// Gives a field the JSON that `write` appends, unless that says there is nothing; says so too.
    #[inline]
    pub(super) fn make_some(
        &mut self,
        field: Target,
        write: impl FnOnce(&mut Vec<u8>) -> bool,
    ) -> bool {
        let start = self.made.len();
        let something = write(&mut self.made);
        if something {
            self.set_made(field, start);
        } else {
            self.made.truncate(start);
        }
        something
    }

    /// The same, where writing may fail.
    pub(super) fn try_make<E>(
        &mut self,
        field: Target,
        write: impl FnOnce(&mut Vec<u8>) -> Result<bool, E>,
    ) -> Result<(), E> {
        let mut failed = None;
        self.make_some(field, |made| {
            write(made).unwrap_or_else(|error| {
                failed = Some(error);
                false
            })
        });
        failed.map_or(Ok(()), Err)
    }

    #[inline]
    fn set(&mut self, field: Target, span: Span, within: Within) {
        debug_assert!(
            self.presets.value(self.shape.presets, field).is_none(),
            "a preset is the last word"
        );
        self.values[usize::from(field.number())] = Value { span, within };
        self.shape.fields.insert(field.number());
    }
}
