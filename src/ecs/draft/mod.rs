//! The document while it is being put together: which fields have a value, and where each value stands.
//!
//! A value is a part of the event's text, or a piece of JSON: made for the document in a buffer that is used again and again, or kept
//! from before, for any number of documents. Knows no step.

pub(super) mod plan;

use super::event::{Event, write_text};
use super::layout::{Layout, Shape};
use super::listing::{Known, Listing};
use super::target::Target;
use super::value::{Always, Preset, Presets, Ready, Value, Within};
use crate::json::assembly::{Assembly, Room, pad};
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
    kept: Vec<u8>,
    presets: Presets,
    /// The elements of the list that is being made.
    known: Known,
    layout: Layout,
    room: Room,
    always: Always,
}

impl Default for Draft {
    fn default() -> Self {
        let mut values = [Value::default(); Target::ALL.len()];
        values[usize::from(Target::JumpcloudEvent.number())].within = Within::Whole;
        Self {
            values,
            shape: Shape::default(),
            made: Vec::new(),
            kept: Vec::new(),
            presets: Presets::default(),
            known: Known::default(),
            layout: Layout::default(),
            room: Room::default(),
            always: Always::default(),
        }
    }
}

impl Draft {
    /// Makes JSON that fields can be given now and later, until [`Self::forget`].
    pub(super) fn keep(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Ready {
        let start = self.kept.len();
        write(&mut self.kept);
        Ready(Span::of(start, self.kept.len()))
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
        self.kept.truncate(self.always.kept);
    }

    /// What is set now, every document shall begin with; only its tags may be set again.
    pub(super) fn keep_always(&mut self) {
        for number in self.shape.fields.numbers() {
            let value = &mut self.values[usize::from(number)];
            if value.within == Within::Made {
                let start = self.kept.len();
                let text = value.span.in_text(&self.made);
                self.kept.extend_from_slice(text);
                value.span = Span::of(start, self.kept.len());
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

    /// Adds the document of an event without its opening brace; a renamed `@version` goes to the end of `jumpcloud.event`. No value can
    /// be made after it.
    pub(super) fn write(&mut self, event: &Event<'_>, version: Option<Span>, out: &mut Vec<u8>) {
        pad(&mut self.made);
        self.shape.fields.insert(Target::JumpcloudEvent.number());
        let always = &self.always;
        let (values, kept) = (&self.values, &self.kept);
        let value = |field: Target| values[usize::from(field.number())].span.in_text(kept);
        let (presets, chosen) = (&self.presets, self.shape.presets);
        let constant = |field| match presets.value(chosen, field) {
            Some(span) => Some(span.in_text(kept)),
            None => always.is_constant(field).then(|| value(field)),
        };
        let frame = self.layout.frame(self.shape, constant);
        let texts = [event.text(), &self.made, &self.kept];
        let mut document = Assembly::new(&mut self.room);
        for piece in &frame.pieces {
            document.add(&frame.text, piece.before(), out);
            let Value { span, within } = self.values[usize::from(piece.field.number())];
            // One way for nearly all values: which text it is would be a surprise each time.
            if let Some(text) = texts.get(within as usize) {
                document.add(text, span, out);
                continue;
            }
            document.flush(out);
            match within {
                Within::Whole => write_event(event, version, out),
                Within::Original => write_text(event.text(), out),
                _ => event.edits().copy(event.text(), span, out),
            }
        }
        document.add(&frame.text, frame.behind, out);
        document.flush(out);
    }
}

fn write_event(event: &Event<'_>, version: Option<Span>, out: &mut Vec<u8>) {
    let (text, edits) = (event.text(), event.edits());
    edits.copy_whole(text, out);
    if let Some(version) = version {
        out.pop();
        out.extend_from_slice(if out.ends_with(b"{") { b"" } else { b"," });
        out.extend_from_slice(b"\"version\":");
        edits.copy(text, version, out);
        out.push(b'}');
    }
}
