//! The objects in a list of the event, and their members. Only what is rare is looked for here; all else the scan has found.

use crate::ecs::event::inside_quotes;
use crate::json::elements::elements;
use crate::json::members::{key_is, members, skip_string};

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

/// Calls `take` with the key and the value of each member that is a string and not empty, of every object in the list. The list has no white
/// space between its tokens. One look at each byte.
pub(super) fn for_each_string<'a>(list: &'a [u8], mut take: impl FnMut(&'a [u8], &'a [u8])) {
    if !list.starts_with(b"[") {
        return;
    }
    let (mut at, mut level, mut key) = (0, 0_usize, None);
    while let Some(byte) = list.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'"' => {
                at = skip_string(list, start).unwrap_or(list.len());
                let string = &list[start..at];
                if level == MEMBERS && list.get(at) == Some(&b':') {
                    key = inside_quotes(string);
                } else if let Some(key) = key.take()
                    && level == MEMBERS
                    && is_string(string)
                {
                    take(key, string);
                }
            }
            b'[' | b'{' => level += 1,
            b']' | b'}' => {
                level = level.saturating_sub(1);
                key = None;
            }
            _ => {}
        }
    }
}
