//! The document while it is being put together: which fields have a value, and where each value stands.
//!
//! A value is a part of the event's text, or a piece of JSON made for it in a buffer that is used again and again. Knows no step.

use super::layout::Layout;
use super::target::Target;
use crate::json::edits::{Edits, Span};

/// Where a value stands.
#[derive(Clone, Copy, Debug)]
enum Value {
    /// In the event's text.
    Copied(Span),
    /// In the buffer of what was made.
    Made(Span),
    /// Here; JSON text.
    Fixed(&'static str),
    /// The whole event without what is left out, and the value of a `version` to be put at its end.
    Event(Option<Span>),
}

/// A document's fields.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    values: [Value; Target::ALL.len()],
    set: u128,
    made: Vec<u8>,
    layout: Layout,
    always: Always,
}

/// What every document begins with.
#[derive(Clone, Debug, Default)]
struct Always {
    values: Vec<(Target, Value)>,
    made: usize,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            values: [Value::Fixed(""); Target::ALL.len()],
            set: 0,
            made: Vec::new(),
            layout: Layout::default(),
            always: Always::default(),
        }
    }
}

impl Draft {
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
        self.set = 0;
        for (field, value) in &self.always.values {
            self.values[usize::from(field.number())] = *value;
            self.set |= 1 << field.number();
        }
        self.made.truncate(self.always.made);
    }

    /// Whether a field has a value.
    #[inline]
    pub(super) fn has(&self, field: Target) -> bool {
        self.set >> field.number() & 1 == 1
    }

    /// Gives a field the value that stands there in the event.
    #[inline]
    pub(super) fn copy(&mut self, field: Target, value: Span) {
        self.set(field, Value::Copied(value));
    }

    /// Gives a field this JSON text.
    #[inline]
    pub(super) fn fix(&mut self, field: Target, json: &'static str) {
        self.set(field, Value::Fixed(json));
    }

    /// Gives a field the JSON that `write` appends.
    #[inline]
    pub(super) fn make(&mut self, field: Target, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.made.len();
        write(&mut self.made);
        self.set(field, Value::Made(Span::of(start, self.made.len())));
    }

    /// Gives a field the JSON that `write` appends, unless that says there is nothing.
    pub(super) fn try_make<E>(
        &mut self,
        field: Target,
        write: impl FnOnce(&mut Vec<u8>) -> Result<bool, E>,
    ) -> Result<(), E> {
        let start = self.made.len();
        let something = write(&mut self.made);
        if let Ok(true) = something {
            self.set(field, Value::Made(Span::of(start, self.made.len())));
        } else {
            self.made.truncate(start);
        }
        something.map(|_| ())
    }

    /// Sets `jumpcloud.event`; a renamed `@version` goes to its end.
    pub(super) fn copy_event(&mut self, version: Option<Span>) {
        self.set(Target::JumpcloudEvent, Value::Event(version));
    }

    #[inline]
    fn set(&mut self, field: Target, value: Value) {
        self.values[usize::from(field.number())] = value;
        self.set |= 1 << field.number();
    }

    /// Appends the document without its opening brace.
    pub(super) fn write(&mut self, text: &[u8], edits: &Edits, out: &mut Vec<u8>) {
        let mut last = None;
        let mut left = self.set;
        while left != 0 {
            let number = left.trailing_zeros() as usize;
            left &= left - 1;
            let field = Target::ALL[number];
            out.extend_from_slice(self.layout.before(field, last).as_bytes());
            match self.values[number] {
                Value::Copied(span) => edits.copy(text, span, out),
                Value::Made(span) => out.extend_from_slice(span.in_text(&self.made)),
                Value::Fixed(json) => out.extend_from_slice(json.as_bytes()),
                Value::Event(version) => write_event(text, edits, version, out),
            }
            last = Some(field);
        }
        out.extend(last.into_iter().flat_map(Layout::behind));
        out.push(b'}');
    }
}

fn write_event(text: &[u8], edits: &Edits, version: Option<Span>, out: &mut Vec<u8>) {
    edits.copy_whole(text, out);
    if let Some(version) = version {
        out.pop();
        out.extend_from_slice(if out.ends_with(b"{") { b"" } else { b"," });
        out.extend_from_slice(b"\"version\":");
        edits.copy(text, version, out);
        out.push(b'}');
    }
}
