//! How a document goes out: its frame and the values of its fields, one behind the other.
//!
//! Nothing is decided here; where each value stands has been said before. Knows no step.

use super::Draft;
use crate::ecs::event::{Event, write_text};
use crate::ecs::target::Target;
use crate::ecs::value::{Value, Within};
use crate::json::assembly::{Assembly, pad};
use crate::json::span::Span;

impl Draft {
    /// Adds the document of an event without its opening brace; a renamed `@version` goes to the end of `jumpcloud.event`. No value can
    /// be made after it.
    pub(in crate::ecs) fn write(
        &mut self,
        event: &Event<'_>,
        version: Option<Span>,
        out: &mut Vec<u8>,
    ) {
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
            if within == Within::Listed {
                document.add_list(event.text(), self.strings.spans(), out);
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
