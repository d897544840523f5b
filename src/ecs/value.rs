//! Where the value of a document's field stands: in the event's text, or in JSON that was made; and the values that many documents share.
//!
//! Knows nothing of what a value means.

use super::target::Target;
use crate::json::key::Key;
use crate::json::slots::Slots;
use crate::json::span::Span;

/// Where a value stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Value {
    pub(super) span: Span,
    pub(super) within: Within,
}

/// The text that a value is a part of: first those that values are simply copied from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Within {
    #[default]
    Event,
    /// What was made for this document.
    Made,
    /// What was made for many.
    Kept,
    /// The event, without what is left out there.
    Edited,
    /// It is the list of [`Strings`].
    Listed,
    /// It is the event's text as a string.
    Original,
    /// It is the event.
    Whole,
}

/// Strings that a list has more than hardly ever.
const FEW: usize = 8;

/// Strings of the event that are written straight from there as a list: each says something else than the ones before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Strings {
    spans: [Span; FEW],
    ends: [Key; FEW],
    count: usize,
}

impl Strings {
    /// Forgets all.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.count = 0;
    }

    /// Adds a string without escapes, unless it is there; says whether there was room.
    #[inline]
    pub(super) fn add(&mut self, text: &[u8], string: Span) -> bool {
        let ends = Key::of(text, string.start(), string.end());
        let is_it = |(other, known): (&Span, &Key)| {
            *known == ends && (ends.is_whole() || other.in_text(text) == string.in_text(text))
        };
        let mut all = self.spans.iter().zip(&self.ends).take(self.count);
        if all.any(is_it) {
            return true;
        }
        let Some(place) = self.spans.get_mut(self.count) else {
            return false;
        };
        *place = string;
        self.ends[self.count] = ends;
        self.count += 1;
        true
    }

    /// Where they stand.
    #[inline]
    pub(super) fn spans(&self) -> &[Span] {
        &self.spans[..self.count]
    }
}

/// What every document begins with.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Always {
    pub(super) set: Slots,
    /// Where the tags stand, the only one of these values that a document may have otherwise.
    pub(super) tags: Option<Value>,
    /// How much was kept before the first document.
    pub(super) kept: usize,
}

impl Always {
    /// Whether a field has a value that no document has otherwise.
    pub(super) fn is_constant(&self, field: Target) -> bool {
        self.set.contains(field.number()) && field != Target::Tags
    }
}

/// JSON that was made for fields of many documents.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ready(pub(super) Span);

/// Values that some fields have together. They are made before the first document, and a run has few of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Preset {
    pub(super) number: u16,
    pub(super) fields: Slots,
}

/// Bits of a preset's number.
const BITS: u32 = u16::BITS;

/// All presets of a run, and which of them a document has: their numbers, one behind the other in one.
#[derive(Clone, Debug, Default)]
pub(super) struct Presets {
    values: Vec<Vec<(Target, Ready)>>,
}

impl Presets {
    /// One more.
    pub(super) fn add(&mut self, values: &[(Target, Ready)]) -> Preset {
        self.values.push(values.to_vec());
        let number = u16::try_from(self.values.len()).expect("few presets");
        let fields = values.iter().fold(Slots::NONE, |fields, (field, _)| {
            fields.with(field.number())
        });
        Preset { number, fields }
    }

    /// The value that the field has from any of the presets of a document.
    pub(super) fn value(&self, mut presets: u64, field: Target) -> Option<Span> {
        while presets != 0 {
            let number = presets & u64::from(u16::MAX);
            let values = usize::try_from(number).ok()?.checked_sub(1)?;
            let mut values = self.values.get(values)?.iter();
            if let Some((_, Ready(span))) = values.find(|(other, _)| *other == field) {
                return Some(*span);
            }
            presets >>= BITS;
        }
        None
    }
}

impl Preset {
    /// The presets of a document that gets this one too; at most four.
    #[inline]
    pub(super) fn added_to(self, presets: u64) -> u64 {
        debug_assert!(presets >> (u64::BITS - BITS) == 0, "at most four presets");
        presets << BITS | u64::from(self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::{FEW, Presets, Ready, Strings};
    use crate::ecs::target::Target;
    use crate::json::slots::Slots;
    use crate::json::span::Span;

    #[test]
    fn strings_are_each_there_once_while_there_is_room() {
        let words = [
            "a",
            "b",
            "a_word_of_some_length",
            "a_word_of_same_length",
            "a",
        ];
        let text = words.concat();
        let mut strings = Strings::default();
        for _ in 0..2 {
            let (mut at, mut expected) = (0, Vec::new());
            strings.clear();
            for word in words {
                let span = Span::of(at, at + word.len());
                at = span.end();
                assert!(strings.add(text.as_bytes(), span));
                expected.push(span);
            }
            assert_eq!(strings.spans(), &expected[..words.len() - 1]);
        }
        let text: Vec<u8> = (0..=u8::MAX).collect();
        strings.clear();
        for at in 0..2 * FEW {
            assert_eq!(strings.add(&text, Span::of(at, at + 1)), at < FEW);
        }
        assert_eq!(strings.spans().len(), FEW);
    }

    #[test]
    fn a_document_has_the_values_of_all_its_presets_and_no_others() {
        let ready = |at| Ready(Span::of(at, at + 1));
        let mut presets = Presets::default();
        let both = [(Target::EventKind, ready(1)), (Target::EventType, ready(2))];
        let (both, tags) = (presets.add(&both), presets.add(&[(Target::Tags, ready(3))]));
        let other = presets.add(&[(Target::Tags, ready(4))]);
        let fields = Slots::NONE
            .with(Target::EventKind.number())
            .with(Target::EventType.number());
        assert_eq!(both.fields, fields);
        let chosen = tags.added_to(both.added_to(0));
        let start = |chosen, field| presets.value(chosen, field).map(|span| span.start());
        assert_eq!(start(chosen, Target::EventKind), Some(1));
        assert_eq!(start(chosen, Target::EventType), Some(2));
        assert_eq!(start(chosen, Target::Tags), Some(3));
        assert_eq!(start(chosen, Target::EventId), None);
        assert_eq!(start(other.added_to(0), Target::Tags), Some(4));
        assert_eq!(start(other.added_to(0), Target::EventKind), None);
    }
}
