//! Copies of a text without what is to be left out: the places of that, in the order of the text, and the copying.
//!
//! What is empty is left out of every copy and a number that has a better spelling gets it; what is cut is left out of a copy of the
//! whole only. What stays is copied in pieces as large as can be. Knows no key.

use super::assembly::add_part;
use super::number;

/// A part of a text: offset of its first byte, and behind its last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// From `start` to before `end`.
    #[inline]
    pub fn of(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The part itself.
    #[inline]
    pub fn in_text<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        &text[self.start..self.end]
    }

    /// Offset of the first byte.
    #[inline]
    pub fn start(&self) -> usize {
        self.start
    }

    /// Offset behind the last byte.
    #[inline]
    pub fn end(&self) -> usize {
        self.end
    }
}

/// Something that a copy does otherwise.
#[derive(Clone, Copy, Debug)]
struct Edit {
    span: Span,
    /// A number to be spelled anew; else nothing stands in its place.
    number: bool,
}

/// All that copies of one text do otherwise, in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// Of every copy; none inside another.
    edits: Vec<Edit>,
    /// Of a copy of the whole: the same, and what is cut; none inside another.
    whole: Vec<Edit>,
}

/// How many edits there were at some point of the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    edits: usize,
    whole: usize,
}

impl Edits {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.edits.clear();
        self.whole.clear();
    }

    /// How many edits there are.
    #[inline]
    pub(super) fn count(&self) -> Count {
        Count {
            edits: self.edits.len(),
            whole: self.whole.len(),
        }
    }

    /// Forgets the edits behind the first ones, because what they stand in is left out.
    #[inline]
    pub(super) fn forget_from(&mut self, count: Count) {
        self.edits.truncate(count.edits);
        self.whole.truncate(count.whole);
    }

    /// Leaves a part out of every copy.
    #[inline]
    pub(super) fn leave_out(&mut self, span: Span) {
        let number = false;
        self.edits.push(Edit { span, number });
        self.cut(span);
    }

    /// Spells a number in its canonical form.
    pub(super) fn rewrite(&mut self, span: Span) {
        let number = true;
        self.edits.push(Edit { span, number });
        self.whole.push(Edit { span, number });
    }

    /// Leaves a part out of the copy of the whole, together with the edits inside it.
    #[inline]
    pub(super) fn cut(&mut self, mut span: Span) {
        while let Some(last) = self.whole.last()
            && last.span.end >= span.start
            && !(last.number && last.span.end == span.start)
        {
            // Inside, or what is cut just before: one piece less to copy.
            span.start = span.start.min(last.span.start);
            self.whole.pop();
        }
        let number = false;
        self.whole.push(Edit { span, number });
    }

    /// Whether a copy of this part is the part itself.
    #[inline]
    pub fn is_plain(&self, text: &[u8], span: Span) -> bool {
        self.edits.is_empty() || matches!(text[span.start()], b'"' | b't' | b'f')
    }

    /// Appends a copy of one value.
    #[inline]
    pub fn copy(&self, text: &[u8], span: Span, out: &mut Vec<u8>) {
        if self.is_plain(text, span) {
            add_part(text, span, out);
        } else {
            self.copy_edited(text, span, out);
        }
    }

    fn copy_edited(&self, text: &[u8], span: Span, out: &mut Vec<u8>) {
        let first = self
            .edits
            .partition_point(|edit| edit.span.start < span.start);
        let inside = self.edits[first..].iter();
        let mut at = span.start();
        for edit in inside.take_while(|edit| edit.span.end <= span.end) {
            add_part(text, Span::of(at, edit.span.start), out);
            edit.write(text, out);
            at = edit.span.end();
        }
        add_part(text, Span::of(at, span.end), out);
    }

    /// Appends a copy of the whole, without what is cut.
    pub fn copy_whole(&self, text: &[u8], out: &mut Vec<u8>) {
        let mut at = 0;
        for edit in &self.whole {
            add_part(text, Span::of(at, edit.span.start), out);
            edit.write(text, out);
            at = edit.span.end;
        }
        out.extend_from_slice(&text[at..]);
    }
}

impl Edit {
    #[inline]
    fn write(&self, text: &[u8], out: &mut Vec<u8>) {
        if self.number {
            self.write_number(text, out);
        }
    }

    #[cold]
    fn write_number(&self, text: &[u8], out: &mut Vec<u8>) {
        let raw = String::from_utf8_lossy(self.span.in_text(text));
        out.extend_from_slice(number::canonical(&raw).as_bytes());
    }
}
