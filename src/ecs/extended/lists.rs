//! The objects in a list of the event, and their members. Only what is rare is looked for here; all else the scan has found.

use crate::ecs::event::Event;
use crate::json::elements::elements;
use crate::json::members::{key_is, members};
use crate::json::span::Span;

/// How deep the members of a list's objects stand.
const MEMBERS: usize = 2;

/// The objects in the list; its other elements do not count, and what is no list has none.
pub(super) fn objects(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    elements(list).filter(|element| element.starts_with(b"{"))
}

/// The value of an object's member.
pub(super) fn member<'a>(object: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let mut all = members(object);
    let found = all.find(|member| key_is(member.key, key));
    found.map(|member| member.value)
}

/// The member that is a string and not empty, with its quotes.
pub(super) fn string<'a>(object: &'a [u8], key: &str) -> Option<&'a [u8]> {
    member(object, key).filter(|value| is_string(value))
}

/// Whether the value is a string and not empty.
pub(super) fn is_string(value: &[u8]) -> bool {
    value.starts_with(b"\"") && value.len() > 2
}

/// Calls `take` with the key, without its quotes, and the place of each member that is a string and not empty, of every object in the list
/// that stands there in the event. One look at each token.
pub(super) fn for_each_string<'a>(
    event: Event<'a>,
    list: Span,
    mut take: impl FnMut(&'a [u8], Span),
) {
    let text = &event.text()[..list.end()];
    if text.get(list.start()) != Some(&b'[') {
        return;
    }
    let (mut at, mut level) = (list.start(), 0_usize);
    while let Some(byte) = text.get(at) {
        if *byte != b'"' {
            level = match byte {
                b'[' | b'{' => level + 1,
                b']' | b'}' => level.saturating_sub(1),
                _ => level,
            };
            at += 1;
            continue;
        }
        let (start, end) = (at, event.behind_string(at));
        at = end;
        if text.get(end..end + 2) == Some(b":\"") {
            at = event.behind_string(end + 1);
            let value = Span::of(end + 1, at);
            if level == MEMBERS && value.end() > value.start() + 2 {
                take(&text[start + 1..end - 1], value);
            }
        }
    }
}
