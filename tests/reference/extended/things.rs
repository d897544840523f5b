//! The rows on things: hosts, devices, programs, services, files, and how they talked.

use super::event::is_short_integer;
use super::{add, append, source};
use crate::reference::json::text::{code_points, decode, raw_of};
use crate::reference::json::tree::Value;
use crate::reference::steps::Draft;
use std::borrow::Cow;

/// Row `user_agent.*`: the parts of step 11.
const AGENT_PARTS: [(&str, &str); 6] = [
    ("user_agent.device", "user_agent.device.name"),
    ("user_agent.name", "user_agent.name"),
    ("user_agent.version", "user_agent.version"),
    ("user_agent.os_name", "user_agent.os.name"),
    ("user_agent.os_full", "user_agent.os.full"),
    ("user_agent.os_version", "user_agent.os.version"),
];
/// Rows that copy a string: the first source that has one.
const COPIES: [(&[&str], &str); 10] = [
    (&["auth_context.system.os"], "host.os.full"),
    (&["auth_context.system.version"], "host.os.version"),
    (&["os_meta_family"], "host.os.family"),
    (
        &[
            "mdm_device_id",
            "device_object_id",
            "auth_context.jumpcloud_protect_device.id",
        ],
        "device.id",
    ),
    (
        &["auth_context.jumpcloud_protect_device.make"],
        "device.manufacturer",
    ),
    (
        &["auth_context.jumpcloud_protect_device.model"],
        "device.model.name",
    ),
    (&["useragent.os", "user_agent.os"], "user_agent.os.family"),
    (&["mfa_meta.type"], "labels.mfa_type"),
    (&["object_storage_item_version_name"], "file.name"),
    (
        &["object_storage_item_version_sha_256_sum"],
        "file.hash.sha256",
    ),
];

/// Adds everything about things.
pub fn name(draft: &mut Draft<'_>) {
    relate_hosts(draft);
    name_host(draft);
    add_mac(draft);
    for (sources, field) in COPIES {
        let text = source::first_text(draft.event(), sources);
        add(draft, field, text);
    }
    for (from, to) in AGENT_PARTS {
        let text = source::text(draft.event(), from);
        add(draft, to, text);
    }
    describe_file(draft);
    name_service(draft);
    name_package(draft);
    name_protocol(draft);
}

fn relate_hosts(draft: &mut Draft<'_>) {
    let hosts = source::texts(
        draft.event(),
        &[
            "system.hostname",
            "system.displayName",
            "auth_context.system.hostname",
            "resource.hostname",
        ],
    );
    append(draft, "related.hosts", hosts);
}

/// Id and host name come from one of two systems, never from both; then the name in lower case.
fn name_host(draft: &mut Draft<'_>) {
    let is_known = |draft: &Draft<'_>| draft.has("host.id") || draft.has("host.hostname");
    let mut display_names: &[&str] = &["system.displayName"];
    if !is_known(draft) {
        let id = source::text(draft.event(), "auth_context.system.id");
        let hostname = source::text(draft.event(), "auth_context.system.hostname");
        add(draft, "host.id", id);
        add(draft, "host.hostname", hostname);
        display_names = if is_known(draft) {
            &["auth_context.system.displayName"]
        } else {
            &["system.displayName", "auth_context.system.displayName"]
        };
    }
    let name = match draft.get("host.hostname") {
        Some(Value::String(raw)) => Some(lower_case(raw)),
        _ => source::first_text(draft.event(), display_names),
    };
    add(draft, "host.name", name);
}

/// Each character in lower case; half a surrogate pair stays what it is.
fn lower_case<'a>(raw: &str) -> Value<'a> {
    let lower = |point: u32| match char::from_u32(point) {
        Some(character) => character.to_lowercase().map(u32::from).collect(),
        None => vec![point],
    };
    Value::String(Cow::Owned(raw_of(code_points(raw).flat_map(lower))))
}

/// A list, as ECS wants it for this field.
fn add_mac(draft: &mut Draft<'_>) {
    let mac = match source::value(draft.event(), "query_responses.wifi_mac") {
        Some(Value::String(raw)) => rfc_7042(&decode(raw, char::REPLACEMENT_CHARACTER)),
        _ => None,
    };
    append(draft, "host.mac", mac.map(|mac| Value::owned_text(&mac)));
}

/// `AA-BB-CC-DD-EE-FF`, from that with either separator, from three groups with dots, or from twelve digits.
fn rfc_7042(text: &str) -> Option<String> {
    let forms = [(Some(':'), 2), (Some('-'), 2), (Some('.'), 4), (None, 12)];
    let groups = |(separator, size): (Option<char>, usize)| {
        let groups: Vec<_> = match separator {
            Some(separator) => text.split(separator).collect(),
            None => vec![text],
        };
        let is_group =
            |group: &&str| group.len() == size && group.bytes().all(|c| c.is_ascii_hexdigit());
        (groups.len() * size == 12 && groups.iter().all(is_group)).then(|| groups.concat())
    };
    let digits = forms.into_iter().find_map(groups)?.to_ascii_uppercase();
    let octets: Vec<_> = (0..6).map(|at| &digits[2 * at..2 * at + 2]).collect();
    Some(octets.join("-"))
}

fn describe_file(draft: &mut Draft<'_>) {
    let event = draft.event();
    let hash = source::text(event, "object_storage_item_version_sha_256_sum");
    let size = event.get("object_storage_item_version_size");
    let size = size.filter(|size| is_short_integer(size)).cloned();
    append(draft, "related.hash", hash);
    add(draft, "file.size", size);
}

fn name_service(draft: &mut Draft<'_>) {
    if !source::says_one_of(draft.event(), "service", &["sso", "directory"]) {
        return;
    }
    let names = ["application.display_label", "application.name"];
    let name = source::first_text(draft.event(), &names);
    add(draft, "service.name", name);
    let url = source::text(draft.event(), "application.sso_url");
    let domain = match &url {
        Some(Value::String(raw)) => domain(raw).map(|domain| Value::owned_text(&domain)),
        _ => None,
    };
    add(draft, "url.full", url);
    add(draft, "url.domain", domain);
}

/// The host of a web address, without user and port; an IPv6 address keeps its brackets, as ECS wants it.
fn domain(raw: &str) -> Option<String> {
    // Half a surrogate pair becomes a character that no host has.
    let url = decode(raw, '\0');
    let (scheme, rest) = url.split_once("://")?;
    if !["http", "https"]
        .iter()
        .any(|web| scheme.eq_ignore_ascii_case(web))
    {
        return None;
    }
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let (_, host_and_port) = authority.rsplit_once('@').unwrap_or(("", authority));
    let host = if host_and_port.starts_with('[') {
        let end = host_and_port.find(']')? + 1;
        let (host, port) = host_and_port.split_at(end);
        (port.is_empty() || port.starts_with(':')).then_some(host)?
    } else {
        host_and_port.split(':').next()?
    };
    let is_odd = |c: char| c <= ' ' || c == '\u{7f}';
    (!["", "[]"].contains(&host) && !host.contains(is_odd)).then(|| host.to_owned())
}

fn name_package(draft: &mut Draft<'_>) {
    if !source::says_one_of(draft.event(), "service", &["software"]) {
        return;
    }
    for (from, to) in [
        ("application.name", "package.name"),
        ("application.version", "package.version"),
        ("application.path", "package.path"),
    ] {
        let text = source::text(draft.event(), from);
        add(draft, to, text);
    }
}

fn name_protocol(draft: &mut Draft<'_>) {
    for protocol in ["ldap", "radius"] {
        if source::says_one_of(draft.event(), "service", &[protocol]) {
            add(draft, "network.protocol", Some(Value::text(protocol)));
        }
    }
    if let Some(&Value::Bool(established)) = draft.event().get("tls_established") {
        add(draft, "tls.established", Some(Value::Bool(established)));
    }
}
