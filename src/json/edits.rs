//! Copies of a text without what is to be left out: the places of that, in the order of the text, and the copying.
//!
//! What is empty is left out of every copy and a number that has a better spelling gets it; what is cut is left out of a copy of the
//! whole only. What stays is copied in pieces as large as can be. Knows no key.

use super::assembly::add_part;
use super::number;
use super::span::Span;

/// The longest text that has places here: an offset takes less than 32 bits.
pub const MAX_LENGTH: usize = (NUMBER - 1) as usize;

/// The bit of an edit's end that says that a number is to be spelled anew.
const NUMBER: u32 = 1 << 31;

/// Bytes of memory that are kept from text to text.
const KEPT: usize = 64 << 10;

/// Something that every copy does otherwise: a part that is left out, or a number to be spelled anew. It is small because a text may
/// consist of nothing else.
#[derive(Clone, Copy, Debug)]
struct Edit {
    start: u32,
    end: u32,
}

/// A part that is left out of a copy of the whole, together with the edits inside it.
#[derive(Clone, Copy, Debug)]
struct Cut {
    span: Span,
    /// How many edits stand before it.
    before: usize,
    /// How many edits stand before its end.
    through: usize,
}

/// All that copies of one text do otherwise, in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// Of every copy; none inside another.
    edits: Vec<Edit>,
    /// Of a copy of the whole besides; none inside another.
    cuts: Vec<Cut>,
}

impl Edits {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.edits.clear();
        self.cuts.clear();
    }

    /// Forgets everything, and gives back the memory that a text of no ordinary size took.
    pub(super) fn shrink(&mut self) {
        self.clear();
        self.edits.shrink_to(KEPT / size_of::<Edit>());
    }

    /// How many edits of every copy there are.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.edits.len()
    }

    /// Forgets the edits behind the first ones, because what they stand in is left out. It is empty, so nothing of it is cut.
    #[inline]
    pub(super) fn forget_from(&mut self, count: usize) {
        self.edits.truncate(count);
    }

    /// Leaves a part out of every copy.
    #[inline]
    pub(super) fn leave_out(&mut self, span: Span) {
        let part = Edit::of(span);
        match self.edits.last_mut() {
            Some(last) if last.is_just_before(span) => last.end = part.end,
            _ => self.edits.push(part),
        }
        if let Some(last) = self.cuts.last_mut()
            && last.span.end == span.start
        {
            last.span.end = span.end;
            last.through = self.edits.len();
        }
    }

    /// Spells a number in its canonical form.
    pub(super) fn rewrite(&mut self, span: Span) {
        let Edit { start, end } = Edit::of(span);
        let end = end | NUMBER;
        self.edits.push(Edit { start, end });
    }

    /// Leaves a part out of the copy of the whole, together with the edits inside it.
    #[inline]
    pub(super) fn cut(&mut self, span: Span) {
        let through = self.edits.len();
        if self
            .edits
            .last()
            .is_some_and(|last| last.end() >= span.start)
        {
            return self.cut_with_edits(span);
        }
        match self.cuts.last_mut() {
            // One piece less to copy.
            Some(last) if last.span.end == span.start => {
                last.span.end = span.end;
                last.through = through;
            }
            Some(last) if last.span.end > span.start => self.cut_with_edits(span),
            _ => self.cuts.push(Cut {
                span,
                before: through,
                through,
            }),
        }
    }

    /// The same where something stands inside, or is left out just before.
    #[inline(never)]
    fn cut_with_edits(&mut self, mut span: Span) {
        let through = self.edits.len();
        let mut before = through;
        while let Some(last) = self.edits[..before].last()
            && (last.start() >= span.start || last.is_just_before(span))
        {
            span.start = span.start.min(last.start());
            before -= 1;
        }
        while let Some(last) = self.cuts.last()
            && last.span.end >= span.start
        {
            span.start = span.start.min(last.span.start);
            before = before.min(last.before);
            self.cuts.pop();
        }
        self.cuts.push(Cut {
            span,
            before,
            through,
        });
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
        let first = self.edits.partition_point(|edit| edit.start() < span.start);
        let inside = self.edits[first..].iter();
        let inside = inside.take_while(|edit| edit.end() <= span.end);
        let at = copy_up_to_last(inside, text, span.start, out);
        add_part(text, Span::of(at, span.end), out);
    }

    /// Appends a copy of the whole, without what is cut.
    pub fn copy_whole(&self, text: &[u8], out: &mut Vec<u8>) {
        let (mut at, mut done) = (0, 0);
        for cut in &self.cuts {
            if done < cut.before {
                at = copy_up_to_last(&self.edits[done..cut.before], text, at, out);
            }
            add_part(text, Span::of(at, cut.span.start), out);
            (at, done) = (cut.span.end, cut.through);
        }
        at = copy_up_to_last(&self.edits[done..], text, at, out);
        out.extend_from_slice(&text[at..]);
    }
}

/// Appends what stands from `at` on up to the end of the last of these edits; says where that is.
fn copy_up_to_last<'e>(
    edits: impl IntoIterator<Item = &'e Edit>,
    text: &[u8],
    mut at: usize,
    out: &mut Vec<u8>,
) -> usize {
    for edit in edits {
        add_part(text, Span::of(at, edit.start()), out);
        edit.write(text, out);
        at = edit.end();
    }
    at
}

impl Edit {
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "no text is longer than MAX_LENGTH"
    )]
    fn of(span: Span) -> Self {
        Self {
            start: span.start as u32,
            end: span.end as u32,
        }
    }

    #[inline]
    fn start(self) -> usize {
        self.start as usize
    }

    #[inline]
    fn end(self) -> usize {
        (self.end & !NUMBER) as usize
    }

    /// Whether nothing stands between this and a part that is left out; a number is something itself.
    #[inline]
    fn is_just_before(self, part: Span) -> bool {
        self.end as usize == part.start
    }

    #[inline]
    fn write(self, text: &[u8], out: &mut Vec<u8>) {
        if self.end & NUMBER != 0 {
            self.write_number(text, out);
        }
    }

    #[cold]
    fn write_number(self, text: &[u8], out: &mut Vec<u8>) {
        let raw = String::from_utf8_lossy(&text[self.start()..self.end()]);
        out.extend_from_slice(number::canonical(&raw).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::{Edits, KEPT, Span};

    /// What is done with a part of the text.
    #[derive(Clone, Copy)]
    enum Doing {
        LeaveOut,
        Rewrite,
        Cut,
    }
    use Doing::{Cut, LeaveOut, Rewrite};

    /// What is done, and the copies of the whole and of the list.
    type Row = (&'static [(Doing, usize, usize)], &'static str, &'static str);

    #[test]
    fn copies_lack_what_is_left_out_of_them() {
        //           0         1         2
        //           0123456789012345678901
        let text = b"a,b,1e2,c,[d,e,f],g,h.";
        let rows: [Row; 9] = [
            (&[], "a,b,1e2,c,[d,e,f],g,h.", "[d,e,f]"),
            (&[(Rewrite, 4, 7)], "a,b,100.0,c,[d,e,f],g,h.", "[d,e,f]"),
            // Side by side, in every order.
            (
                &[(Cut, 0, 2), (LeaveOut, 2, 4), (Cut, 4, 8)],
                "c,[d,e,f],g,h.",
                "[d,e,f]",
            ),
            (
                &[(LeaveOut, 0, 2), (Cut, 2, 4), (LeaveOut, 4, 8)],
                "c,[d,e,f],g,h.",
                "[d,e,f]",
            ),
            (
                &[(LeaveOut, 0, 2), (LeaveOut, 2, 4)],
                "1e2,c,[d,e,f],g,h.",
                "[d,e,f]",
            ),
            // A number stays when what follows it goes.
            (
                &[(Rewrite, 4, 7), (LeaveOut, 7, 9)],
                "a,b,100.0,[d,e,f],g,h.",
                "[d,e,f]",
            ),
            (
                &[(Rewrite, 4, 7), (Cut, 7, 9)],
                "a,b,100.0,[d,e,f],g,h.",
                "[d,e,f]",
            ),
            // What is left out inside a part is inside its copy too, when the part itself is cut.
            (
                &[
                    (LeaveOut, 0, 2),
                    (LeaveOut, 11, 13),
                    (Cut, 13, 15),
                    (LeaveOut, 15, 16),
                    (Cut, 10, 18),
                    (LeaveOut, 18, 20),
                ],
                "b,1e2,c,h.",
                "[e,]",
            ),
            (
                &[(Rewrite, 4, 7), (Cut, 4, 8), (LeaveOut, 11, 13)],
                "a,b,c,[e,f],g,h.",
                "[e,f]",
            ),
        ];
        for (doings, whole, list) in rows {
            let mut edits = Edits::default();
            for (doing, start, end) in doings {
                let span = Span::of(*start, *end);
                match doing {
                    LeaveOut => edits.leave_out(span),
                    Rewrite => edits.rewrite(span),
                    Cut => edits.cut(span),
                }
            }
            let mut out = Vec::new();
            edits.copy_whole(text, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), whole);
            out.clear();
            edits.copy(text, Span::of(10, 17), &mut out);
            assert_eq!(String::from_utf8_lossy(&out), list);
        }
    }

    #[test]
    fn a_text_of_nothing_but_edits_takes_little_and_gives_it_back() {
        let mut edits = Edits::default();
        for at in 0..1 << 18 {
            edits.leave_out(Span::of(4 * at, 4 * at + 4));
        }
        assert_eq!(edits.count(), 1, "parts side by side are one");
        for at in 0..1 << 18 {
            edits.rewrite(Span::of(4 * at, 4 * at + 3));
        }
        assert!(edits.edits.capacity() * 8 <= 4 << 20);
        edits.shrink();
        assert!(edits.edits.capacity() * 8 <= KEPT);
    }
}
