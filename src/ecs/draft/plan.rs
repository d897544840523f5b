//! What rows gave to one document, read off it, so that another of the same kind can be given the same at once.
//!
//! Only what is copied as it stands or was made before the first document can be given so. Knows no row.

use super::Draft;
use crate::ecs::event::Event;
use crate::ecs::layout::Shape;
use crate::ecs::source::Source;
use crate::ecs::target::Target;
use crate::ecs::value::{Value, Within};
use crate::json::slots::Slots;

/// The fields of a document that rows gave it.
#[derive(Clone, Debug)]
pub(in crate::ecs) struct Plan {
    /// Strings of the event.
    copies: Vec<(Target, Source)>,
    /// Where they and the presets go.
    fields: Slots,
    presets: u64,
}

impl Draft {
    /// What the document has now.
    #[inline]
    pub(in crate::ecs) fn shape(&self) -> Shape {
        self.shape
    }

    /// What the document has been given since it had these fields, and no presets; nothing where any of that was made for it alone.
    pub(in crate::ecs) fn plan(&self, before: Slots, event: Event<'_>) -> Option<Plan> {
        let Shape { fields, presets } = self.shape;
        let mut plan = Plan {
            copies: Vec::new(),
            fields: Slots::NONE,
            presets,
        };
        for number in fields.numbers() {
            if before.contains(number) {
                continue;
            }
            plan.fields.insert(number);
            let field = Target::ALL[usize::from(number)];
            if self.presets.value(presets, field).is_none() {
                let Value { span, within } = self.values[usize::from(number)];
                let source = event.source_at(span).filter(|_| within == Within::Event)?;
                event.string_span(source)?;
                plan.copies.push((field, source));
            }
        }
        Some(plan)
    }

    /// Gives what was planned to a document that has no presets; nothing, where not all that is copied are strings. Says which.
    #[inline]
    pub(in crate::ecs) fn follow(&mut self, plan: &Plan, event: Event<'_>) -> bool {
        let mut are_strings = true;
        for (field, source) in &plan.copies {
            let (span, within) = (event.span(*source).unwrap_or_default(), Within::Event);
            are_strings &= event.text().get(span.start()) == Some(&b'"');
            self.values[usize::from(field.number())] = Value { span, within };
        }
        if !are_strings {
            return false;
        }
        self.shape.fields = self.shape.fields.or(plan.fields);
        self.shape.presets = plan.presets;
        true
    }
}
