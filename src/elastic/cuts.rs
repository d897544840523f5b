//! What is taken out of a line, and put in, to make the document that is sent: spans of its text, in rising order.
//!
//! All other bytes are sent as they were read; and what was done to a line can be undone.

use std::ops::Range;

use crate::json::members::{Member, key_is, members};

/// A place of a line's text where it and the document differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// What is not sent.
    pub taken: Range<usize>,
    /// What is sent in its place.
    pub put: Vec<u8>,
}

impl Cut {
    /// Nothing takes the place of this.
    pub fn of(taken: Range<usize>) -> Self {
        Self {
            taken,
            put: Vec::new(),
        }
    }
}

/// How many bytes of a line are not sent.
pub(super) fn taken(cuts: &[Cut]) -> usize {
    cuts.iter().map(|cut| cut.taken.len()).sum()
}

/// What takes the members at these places, which rise, out of an object, each with one comma; and the white space around it.
pub(super) fn without(text: &[u8], all: &[Member<'_>], removed: &[usize]) -> Vec<Cut> {
    let start = text.len() - text.trim_ascii_start().len();
    let end = text.trim_ascii_end().len();
    let before = (start > 0).then(|| Cut::of(0..start));
    let behind = (end < text.len()).then(|| Cut::of(end..text.len()));
    let members = removed.iter().enumerate().map(|(number, at)| {
        // As many were removed as stand before it: then no comma does.
        let is_first = number == *at;
        let (from, to) = if is_first {
            let next = all.get(at + 1).map_or(all[*at].end, |next| next.start);
            (all[*at].start, next)
        } else {
            (all[at - 1].end, all[*at].end)
        };
        Cut::of(from..to)
    });
    before.into_iter().chain(members).chain(behind).collect()
}

/// What puts `event.ingested` into the object that stands from `start` on, of which `cuts` take something away; nothing
/// where its `event` is neither an object nor null. `value` is a JSON text.
pub(super) fn ingested(text: &[u8], start: usize, cuts: &[Cut], value: &str) -> Option<Cut> {
    let object = &text[start..];
    let mut others = false;
    for member in members(object) {
        let value_at = start + member.end - member.value.len();
        let whole = value_at..start + member.end;
        if cuts.iter().any(|cut| cut.taken.contains(&value_at)) {
            continue;
        }
        others = true;
        if key_is(member.key, "event.ingested") {
            return Some(put(whole, value.to_owned()));
        }
        if key_is(member.key, "event") {
            return into_event(member.value, whole, value);
        }
    }
    let brace = start + object.iter().position(|byte| *byte == b'{')? + 1;
    let comma = if others { "," } else { "" };
    let made = format!("\"event\":{{\"ingested\":{value}}}{comma}");
    Some(put(brace..brace, made))
}

fn into_event(event: &[u8], whole: Range<usize>, value: &str) -> Option<Cut> {
    if event == b"null" {
        return Some(put(whole, format!("{{\"ingested\":{value}}}")));
    }
    if !event.starts_with(b"{") {
        return None;
    }
    let mut inside = members(event).peekable();
    let comma = if inside.peek().is_some() { "," } else { "" };
    let old = inside.find(|member| key_is(member.key, "ingested"));
    let at = whole.start;
    Some(match old {
        Some(old) => put(
            at + old.end - old.value.len()..at + old.end,
            value.to_owned(),
        ),
        None => put(at + 1..at + 1, format!("\"ingested\":{value}{comma}")),
    })
}

fn put(taken: Range<usize>, put: String) -> Cut {
    Cut {
        taken,
        put: put.into_bytes(),
    }
}
