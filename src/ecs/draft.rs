//! The document while it is being put together: which fields have a value, and where each value stands.
//!
//! A value is a part of the event's text, or a piece of JSON made for it in a buffer that is used again and again. Knows no step.

use super::event::{Event, write_text};
use super::layout::{Layout, Piece};
use super::listing::{Known, Listing};
use super::target::Target;
use crate::json::assembly::{add_padded, add_part, pad};
use crate::json::edits::Span;
use crate::json::slots::Slots;

/// Where a value stands.
#[derive(Clone, Copy, Debug, Default)]
struct Value {
    span: Span,
    /// In the buffer of what was made; else in the event's text.
    made: bool,
}

/// JSON that was made before the first document, for fields of many.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ready(Span);

/// A document's fields.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    values: [Value; Target::ALL.len()],
    set: Slots,
    made: Vec<u8>,
    /// The elements of the list that is being made.
    known: Known,
    layout: Layout,
    always: Always,
}

/// What every document begins with.
#[derive(Clone, Debug, Default)]
struct Always {
    values: Vec<(Target, Value)>,
    made: usize,
}

impl Always {
    /// Where the value of a field stands that no document has another value for; a document may have other tags.
    fn constant(&self, field: Target) -> Option<Span> {
        let mut values = self.values.iter();
        let found = values.find(|(other, _)| *other == field && field != Target::Tags);
        found.map(|(_, value)| value.span)
    }
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            values: [Value::default(); Target::ALL.len()],
            set: Slots::NONE,
            made: Vec::new(),
            known: Known::default(),
            layout: Layout::default(),
            always: Always::default(),
        }
    }
}

impl Draft {
    /// Makes JSON that fields can be given later; only before [`Self::keep_always`].
    pub(super) fn prepare(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Ready {
        let start = self.made.len();
        write(&mut self.made);
        Ready(Span::of(start, self.made.len()))
    }

    /// What is set now, every document shall begin with.
    pub(super) fn keep_always(&mut self) {
        let set = Target::ALL.iter().filter(|field| self.has(**field));
        let values = set.map(|field| (*field, self.values[usize::from(field.number())]));
        self.always = Always {
            values: values.collect(),
            made: self.made.len(),
        };
    }

    /// Begins the next document.
    pub(super) fn begin(&mut self) {
        self.set = Slots::NONE;
        for (field, value) in &self.always.values {
            self.values[usize::from(field.number())] = *value;
            self.set.insert(field.number());
        }
        self.made.truncate(self.always.made);
    }

    /// Whether a field has a value.
    #[inline]
    pub(super) fn has(&self, field: Target) -> bool {
        self.set.contains(field.number())
    }

    /// Gives a field the value that stands there in the event.
    #[inline]
    pub(super) fn copy(&mut self, field: Target, value: Span) {
        let made = false;
        self.set(field, Value { span: value, made });
    }

    /// Sets `event.original`, the event's whole text as one string; it is written straight into the document.
    pub(super) fn keep_original(&mut self, text: &[u8]) {
        self.copy(Target::EventOriginal, Span::of(0, text.len()));
    }

    /// Gives a field what was prepared.
    #[inline]
    pub(super) fn put(&mut self, field: Target, Ready(span): Ready) {
        self.set(field, Value { span, made: true });
    }

    /// Gives a field what another has.
    #[inline]
    pub(super) fn repeat(&mut self, field: Target, other: Target) {
        self.set(field, self.values[usize::from(other.number())]);
    }

    /// Gives a field the list of what `add` adds; nothing where that is nothing.
    #[inline]
    pub(super) fn list(&mut self, field: Target, add: impl FnOnce(&mut Listing<'_>)) {
        let start = self.made.len();
        let mut list = Listing::new(&mut self.made, &mut self.known);
        add(&mut list);
        if list.end() {
            self.set_made(field, start);
        } else {
            self.made.truncate(start);
        }
    }

    /// The same behind the elements of the list that the field has, if it has one.
    #[inline]
    pub(super) fn append(&mut self, field: Target, add: impl FnOnce(&mut Listing<'_>)) {
        let before = self.values[usize::from(field.number())];
        let has_some = self.has(field);
        debug_assert!(before.made || !has_some, "lists are made");
        self.list(field, |list| {
            if has_some {
                list.keep(before.span);
            }
            add(list);
        });
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
        self.set(field, Value { span, made: true });
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
    fn set(&mut self, field: Target, value: Value) {
        self.values[usize::from(field.number())] = value;
        self.set.insert(field.number());
    }

    /// Adds the document of an event without its opening brace; a renamed `@version` goes to the end of `jumpcloud.event`. No value can
    /// be made after it.
    pub(super) fn write(&mut self, event: &Event<'_>, version: Option<Span>, out: &mut Vec<u8>) {
        pad(&mut self.made);
        self.set.insert(Target::JumpcloudEvent.number());
        let always = &self.always;
        let constant = |field| always.constant(field).map(|span| span.in_text(&self.made));
        let frame = self.layout.frame(self.set, constant);
        for Piece { field, before } in &frame.pieces {
            add_padded(before, out);
            let Value { span, made } = self.values[usize::from(field.number())];
            let text = if made { &self.made } else { event.text() };
            if *field == Target::JumpcloudEvent {
                write_event(event, version, out);
            } else if *field == Target::EventOriginal {
                write_text(event.text(), out);
            } else if made || event.edits().is_plain(text, span) {
                add_part(text, span, out);
            } else {
                event.edits().copy(text, span, out);
            }
        }
        add_padded(&frame.behind, out);
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
