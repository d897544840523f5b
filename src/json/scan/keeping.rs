//! What becomes of a member that has been read: it is kept, or left out of copies together with a comma.
#![expect(
    clippy::inline_always,
    reason = "measured: see the module beside this one"
)]

use super::MAX_SLOTS;
use super::pass::Walk;
use crate::json::span::{Packed, Span};
use crate::json::wanted::{Entry, NO_SLOT};

/// A member that has been read: where it begins, where its value stands and whether that is something.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub(super) start: usize,
    pub(super) value: Span,
    pub(super) something: bool,
}

/// What the members of an open container have come to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Members {
    /// Whether anything is not empty.
    pub(super) filled: bool,
    /// Whether anything is neither empty nor cut.
    pub(super) kept: bool,
}

impl Walk<'_, '_> {
    /// Takes in that a member has ended.
    #[inline(always)]
    pub(super) fn settle(&mut self, members: &mut Members, member: Member, entry: Entry) {
        if member.something {
            members.filled = true;
            if entry.slot == NO_SLOT {
                members.kept = true;
                return;
            }
            self.spans[usize::from(entry.slot) % MAX_SLOTS] = Packed::of(member.value);
            self.filled.insert(entry.slot);
            if !self.cut.contains(entry.slot) {
                members.kept = true;
                return;
            }
        }
        self.leave_out(
            members.kept,
            member.start,
            member.value.end(),
            member.something,
        );
    }

    /// One comma goes with a member that is left out: the one before, or where nothing stands before, the one behind. What it
    /// must know is handed over one by one, so that members that stay need not stand in memory.
    #[inline(never)]
    fn leave_out(&mut self, kept: bool, start: usize, end: usize, something: bool) {
        let span = if kept {
            Span::of(start - 1, end)
        } else {
            let comma = self.text.get(end) == Some(&b',');
            Span::of(start, end + usize::from(comma))
        };
        if something {
            self.edits.cut(span);
        } else {
            self.edits.leave_out(span);
        }
    }
}
