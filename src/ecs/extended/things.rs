//! The rows on things: devices, programs, services, packages, files, and how they talked.

use std::iter;

use super::additions::Additions;
use super::errors::integer;
use super::memo::Memo;
use crate::ecs::draft::Draft;
use crate::ecs::event::{inside_quotes, said, write_text};
use crate::ecs::source::Source;
use crate::ecs::target::Target;
use crate::ecs::value::{Preset, Ready};
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

/// What is known of things before the events come.
#[derive(Clone, Debug)]
pub(super) struct Things {
    /// The domains that were found in web addresses.
    domains: Memo<Option<Ready>>,
    directory: Service,
    sso: Service,
    software: Service,
    ldap: Service,
    radius: Service,
}

/// What a service says of its events.
#[derive(Clone, Copy, Debug)]
struct Service {
    /// The protocol.
    protocol: Option<Preset>,
    /// The same, and the service's name.
    all: Preset,
}

impl Service {
    fn new(name: &str, protocol: Option<&str>, draft: &mut Draft) -> Self {
        let mut value = |name: &str| draft.keep(|made| write_text(name.as_bytes(), made));
        let module = (Target::EventModule, value(name));
        let protocol = protocol.map(|name| (Target::NetworkProtocol, value(name)));
        let all: Vec<_> = iter::once(module).chain(protocol).collect();
        Self {
            protocol: protocol.map(|protocol| draft.preset(&[protocol])),
            all: draft.preset(&all),
        }
    }
}

impl Things {
    /// Prepares what events have in common.
    pub(super) fn new(draft: &mut Draft) -> Self {
        Self {
            domains: Memo::new(),
            directory: Service::new("directory", None, draft),
            sso: Service::new("sso", None, draft),
            software: Service::new("software", None, draft),
            ldap: Service::new("ldap", Some("ldap"), draft),
            radius: Service::new("radius", Some("radius"), draft),
        }
    }

    /// Forgets what was made of events.
    pub(super) fn forget(&mut self) {
        self.domains.clear();
    }
}

/// Adds what can be copied of services, programs and packages.
pub(super) fn name_plain(additions: &mut Additions<'_>, things: &Things) {
    let families = [Source::UseragentOs, Source::AgentOs];
    additions.add_first(Target::UserAgentOsFamily, &families);
    let service = additions
        .event
        .said(Source::Service, char::REPLACEMENT_CHARACTER);
    let service = match service.as_deref() {
        Some(b"directory") => {
            name_service(additions);
            things.directory
        }
        Some(b"sso") => {
            name_service(additions);
            things.sso
        }
        Some(b"software") => {
            name_package(additions);
            things.software
        }
        Some(b"ldap") => things.ldap,
        Some(b"radius") => things.radius,
        _ => return,
    };
    if !additions.event.is_escaped(Source::Service) {
        additions.draft.choose(service.all);
    } else if let Some(protocol) = service.protocol {
        additions.draft.choose(protocol);
    }
}

/// Adds everything else about things.
pub(super) fn name(additions: &mut Additions<'_>, things: &mut Things) {
    if additions.event.has_any(RARE) {
        additions.add_first(Target::DeviceId, &DEVICES);
        describe_file(additions);
        describe_connection(additions);
    }
    if additions.draft.has(Target::UrlFull) {
        name_domain(additions, &mut things.domains);
    }
}

fn copy(additions: &mut Additions<'_>, target: Target, source: Source) {
    if let Some(span) = additions.event.span(source) {
        additions.draft.copy(target, additions.event, span);
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
fn name_service(additions: &mut Additions<'_>) {
    let names = [Source::ApplicationDisplayLabel, Source::ApplicationName];
    additions.add_first(Target::ServiceName, &names);
    additions.add(Target::UrlFull, Source::ApplicationSsoUrl);
}

/// Of the address that the document has.
#[inline(never)]
fn name_domain(additions: &mut Additions<'_>, domains: &mut Memo<Option<Ready>>) {
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
