//! The rows on things: devices, programs, services, packages, files, and how they talked.

use super::additions::Additions;
use super::errors::integer;
use super::memo::Memo;
use crate::ecs::draft::Ready;
use crate::ecs::event::{inside_quotes, said, write_text};
use crate::ecs::source::Source;
use crate::ecs::target::Target;
use crate::json::slots::Slots;

/// What identifies a device, in order of preference.
const DEVICES: [Source; 3] = [
    Source::MdmDeviceId,
    Source::DeviceObjectId,
    Source::AuthDeviceId,
];

/// What few events have.
const RARE: Slots = Source::all_of(&[
    Source::MdmDeviceId,
    Source::DeviceObjectId,
    Source::AuthDeviceId,
    Source::StoredSha256,
    Source::StoredSize,
    Source::TlsEstablished,
]);

/// The domains that were found in web addresses.
pub(super) type Domains = Memo<Option<Ready>>;

/// Adds everything about things.
pub(super) fn name(additions: &mut Additions<'_>, domains: &mut Domains) {
    if additions.event.has_any(RARE) {
        additions.add_first(Target::DeviceId, &DEVICES);
        describe_file(additions);
        describe_connection(additions);
    }
    let families = [Source::UseragentOs, Source::AgentOs];
    additions.add_first(Target::UserAgentOsFamily, &families);
    let service = additions
        .event
        .said(Source::Service, char::REPLACEMENT_CHARACTER);
    match service.as_deref() {
        Some(b"sso" | b"directory") => name_service(additions, domains),
        Some(b"software") => name_package(additions),
        Some(b"ldap") => additions.draft.fix(Target::NetworkProtocol, "\"ldap\""),
        Some(b"radius") => additions.draft.fix(Target::NetworkProtocol, "\"radius\""),
        _ => {}
    }
}

fn copy(additions: &mut Additions<'_>, target: Target, source: Source) {
    if let Some(span) = additions.event.span(source) {
        additions.draft.copy(target, span);
    }
}

#[inline(never)]
fn describe_file(additions: &mut Additions<'_>) {
    if let Some(hash) = additions.event.string(Source::StoredSha256) {
        additions.draft.make(Target::RelatedHash, |made| {
            made.push(b'[');
            made.extend_from_slice(hash);
            made.push(b']');
        });
    }
    let size = additions.event.raw(Source::StoredSize);
    if size.is_some_and(|size| integer(size).is_some()) {
        copy(additions, Target::FileSize, Source::StoredSize);
    }
}

fn describe_connection(additions: &mut Additions<'_>) {
    if let Some(b"true" | b"false") = additions.event.raw(Source::TlsEstablished) {
        copy(additions, Target::TlsEstablished, Source::TlsEstablished);
    }
}

#[inline(never)]
fn name_service(additions: &mut Additions<'_>, domains: &mut Domains) {
    let names = [Source::ApplicationDisplayLabel, Source::ApplicationName];
    additions.add_first(Target::ServiceName, &names);
    additions.add(Target::UrlFull, Source::ApplicationSsoUrl);
    let draft = &mut *additions.draft;
    let url = additions.event.string(Source::ApplicationSsoUrl);
    let Some(url) = url.and_then(inside_quotes) else {
        return;
    };
    let made = domains.of(url, || {
        // Half a surrogate pair becomes a character that no host has.
        let url = said(url, '\0');
        let domain = String::from_utf8_lossy(domain(&url)?);
        Some(draft.keep(|made| write_text(domain.as_bytes(), made)))
    });
    if let Some(domain) = made {
        draft.put(Target::UrlDomain, domain);
    }
}

/// The host of a web address, without user and port; an IPv6 address keeps its brackets, as ECS wants it.
fn domain(url: &[u8]) -> Option<&[u8]> {
    let is_scheme = |scheme: &&[u8]| matches!(url.get(..scheme.len()), Some(begin) if begin.eq_ignore_ascii_case(scheme));
    let scheme = [&b"https://"[..], b"http://"].into_iter().find(is_scheme)?;
    let rest = &url[scheme.len()..];
    let until = |text: &[u8], ends: &[u8]| text.iter().position(|byte| ends.contains(byte));
    let authority = &rest[..until(rest, b"/?#\\").unwrap_or(rest.len())];
    let user = authority.iter().rposition(|byte| *byte == b'@');
    let place = &authority[user.map_or(0, |at| at + 1)..];
    let host = if place.starts_with(b"[") {
        let (host, port) = place.split_at(until(place, b"]")? + 1);
        (port.is_empty() || port.starts_with(b":")).then_some(host)?
    } else {
        &place[..until(place, b":").unwrap_or(place.len())]
    };
    let is_odd = |byte: &u8| *byte <= b' ' || *byte == 0x7f;
    (!host.is_empty() && host != b"[]" && !host.iter().any(is_odd)).then_some(host)
}

#[inline(never)]
fn name_package(additions: &mut Additions<'_>) {
    for (target, source) in [
        (Target::PackageName, Source::ApplicationName),
        (Target::PackageVersion, Source::ApplicationVersion),
        (Target::PackagePath, Source::ApplicationPath),
    ] {
        additions.add(target, source);
    }
}
