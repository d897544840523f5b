//! The objects in a list of the event, and their members. Only what is rare is looked for here; all else the scan has found.

use crate::json::elements::elements;
use crate::json::members::{key_is, members};

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
    member(object, key).filter(|value| value.starts_with(b"\"") && *value != b"\"\"")
}
