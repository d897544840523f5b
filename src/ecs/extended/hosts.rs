//! The rows on hosts: which one it was, what it is called and how its network card is addressed.

use super::additions::Additions;
use crate::ecs::event::{inside_quotes, write_text};
use crate::ecs::source::Source;
use crate::ecs::target::Target;
use crate::json::slots::Slots;
use crate::json::text;

/// What any of these rows starts from.
const ANY: Slots = Source::all_of(&[
    Source::SystemId,
    Source::SystemHostname,
    Source::SystemDisplayName,
    Source::AuthSystemId,
    Source::AuthSystemHostname,
    Source::AuthSystemDisplayName,
    Source::ResourceHostname,
    Source::QueryResponsesWifiMac,
]);

/// What hosts are called, in the order of the list.
const HOSTS: [Source; 4] = [
    Source::SystemHostname,
    Source::SystemDisplayName,
    Source::AuthSystemHostname,
    Source::ResourceHostname,
];

/// Adds everything about hosts but their systems.
pub(super) fn name(additions: &mut Additions<'_>) {
    if !additions.event.has_any(ANY) {
        return;
    }
    additions.append(Target::RelatedHosts, HOSTS.into_iter());
    name_host(additions);
    if additions
        .event
        .has_any(Source::QueryResponsesWifiMac.only())
    {
        add_mac(additions);
    }
}

/// Id and host name come from one of two systems, never from both; then the name in lower case.
#[inline(never)]
fn name_host(additions: &mut Additions<'_>) {
    let mut from = Source::SystemHostname;
    let mut display_names = &[Source::SystemDisplayName][..];
    if !has_host(additions) {
        additions.add(Target::HostId, Source::AuthSystemId);
        additions.add(Target::HostHostname, Source::AuthSystemHostname);
        from = Source::AuthSystemHostname;
        display_names = if has_host(additions) {
            &[Source::AuthSystemDisplayName]
        } else {
            &[Source::SystemDisplayName, Source::AuthSystemDisplayName]
        };
    }
    let hostname = additions.event.string_span(from);
    let Some(span) = hostname.filter(|_| additions.draft.has(Target::HostHostname)) else {
        additions.add_first(Target::HostName, display_names);
        return;
    };
    let hostname = span.in_text(additions.event.text());
    if is_lower_case(hostname) {
        additions.draft.copy_plain(Target::HostName, span);
    } else {
        let write = |made: &mut Vec<u8>| write_lower_case(hostname, made);
        additions.draft.make(Target::HostName, write);
    }
}

fn has_host(additions: &Additions<'_>) -> bool {
    additions.draft.has(Target::HostId) || additions.draft.has(Target::HostHostname)
}

/// Whether a string is surely the same in lower case, as nearly all are; no look at what each byte comes to.
fn is_lower_case(string: &[u8]) -> bool {
    let is_odd = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'\\' | 0x80..);
    let odd = string.iter().map(|byte| u8::from(is_odd(byte)));
    odd.fold(0, |any, one| any | one) == 0
}

/// Appends a string in lower case.
fn write_lower_case(string: &[u8], out: &mut Vec<u8>) {
    if string.is_ascii() && memchr::memchr(b'\\', string).is_none() {
        let start = out.len();
        out.extend_from_slice(string);
        out[start..].make_ascii_lowercase();
        return;
    }
    let raw = String::from_utf8_lossy(inside_quotes(string).unwrap_or(string));
    out.push(b'"');
    for character in char::decode_utf16(text::utf16(&raw)) {
        match character {
            Ok(character) => {
                let lower: String = character.to_lowercase().collect();
                out.extend_from_slice(text::escape(&lower).as_bytes());
            }
            // Half a surrogate pair stays what it is.
            Err(half) => {
                let escape = format!("\\u{:04x}", half.unpaired_surrogate());
                out.extend_from_slice(escape.as_bytes());
            }
        }
    }
    out.push(b'"');
}

/// A list, as ECS wants it for this field.
#[inline(never)]
fn add_mac(additions: &mut Additions<'_>) {
    let mac = additions
        .event
        .said(Source::QueryResponsesWifiMac, char::REPLACEMENT_CHARACTER);
    if let Some(mac) = mac.and_then(|mac| rfc_7042(&mac)) {
        additions.draft.make(Target::HostMac, |made| {
            made.push(b'[');
            write_text(mac.as_bytes(), made);
            made.push(b']');
        });
    }
}

/// `AA-BB-CC-DD-EE-FF`, from that with either separator, from three groups with dots, or from twelve digits.
fn rfc_7042(text: &[u8]) -> Option<String> {
    let (separator, size) = match text.len() {
        17 => (text[2], 2),
        14 => (b'.', 4),
        12 => (b'.', 12),
        _ => return None,
    };
    if !matches!(separator, b':' | b'-' | b'.') || (separator == b'.') != (size > 2) {
        return None;
    }
    let groups: Vec<_> = text.split(|byte| *byte == separator).collect();
    let is_group = |group: &&[u8]| group.len() == size && group.iter().all(u8::is_ascii_hexdigit);
    if !groups.iter().all(is_group) {
        return None;
    }
    let digits = groups.concat().to_ascii_uppercase();
    let octets: Vec<_> = digits.chunks(2).map(String::from_utf8_lossy).collect();
    Some(octets.join("-"))
}
