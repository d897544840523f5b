//! The members that the mapping looks at, with what they usually hold.

use super::node::Node;
use super::values::{self, Kind};
use fastrand::Rng;

const POLICY: &[(&str, Kind)] = &[
    ("id", Kind::Text),
    ("name", Kind::Text),
    ("metadata", Kind::Text),
];
const CAUSE: &[(&str, Kind)] = &[("error_code", Kind::Code), ("error_domain", Kind::Text)];
const CHANGE: &[(&str, Kind)] = &[
    ("field", Kind::Changed),
    ("from", Kind::Text),
    ("to", Kind::Text),
];
const NUMBERS: &[(&str, Kind)] = &[("n", Kind::Number), ("d", Kind::Degrees)];

/// What the profile `elastic` reads, and some members that it only carries.
const ELASTIC: [(&str, Kind); 32] = [
    ("id", Kind::Id),
    ("timestamp", Kind::Time),
    ("@version", Kind::Version),
    ("client_ip", Kind::Address),
    ("src_ip", Kind::Address),
    ("event_type", Kind::EventType),
    ("service", Kind::Service),
    ("message", Kind::Text),
    ("username", Kind::Text),
    ("process_name", Kind::Text),
    ("sso_token_success", Kind::Bool),
    ("success", Kind::Bool),
    ("system.id", Kind::Id),
    ("system.hostname", Kind::Text),
    ("system.displayName", Kind::Text),
    ("initiated_by.id", Kind::Id),
    ("initiated_by.email", Kind::Text),
    ("initiated_by.username", Kind::Text),
    ("initiated_by.type", Kind::Type),
    ("useragent.device", Kind::Text),
    ("useragent.name", Kind::Text),
    ("useragent.version", Kind::Text),
    ("useragent.os_name", Kind::Text),
    ("useragent.os_full", Kind::Text),
    ("useragent.os_version", Kind::Number),
    ("useragent.os", Kind::Text),
    ("useragent.build", Kind::Text),
    ("organization", Kind::Text),
    ("note", Kind::Number),
    ("numbers", Kind::Objects(NUMBERS)),
    ("mfa", Kind::Bool),
    ("detail.fields", Kind::Objects(POLICY)),
];
/// What fails, or stands where the mapping expects an object; rarer.
const ODD: [(&str, Kind); 9] = [
    // Their ends and their lengths are those of members that are looked at.
    ("sso_tokeN_success", Kind::Bool),
    ("jumpcloud_PROTECT_device", Kind::Text),
    ("object_storage_item_VERSION_sha_256_sum", Kind::Text),
    ("version", Kind::Version),
    ("system", Kind::Text),
    ("initiated_by", Kind::Objects(POLICY)),
    ("useragent", Kind::Text),
    ("jumpcloud_protect_device", Kind::Text),
    ("jumpcloud_protect_device.ip", Kind::Address),
];
/// What only the profile `extended` reads.
const EXTENDED: [(&str, Kind); 71] = [
    ("error_message", Kind::Text),
    ("error_code", Kind::Code),
    ("error_chain", Kind::Objects(CAUSE)),
    ("outer.username", Kind::Text),
    ("outer.error_message", Kind::Text),
    ("message_chain.response_message", Kind::Text),
    ("message_chain.response_code", Kind::Code),
    ("severity", Kind::Severity),
    ("category", Kind::Text),
    ("correlation.id", Kind::Text),
    ("auth_context.policies_applied", Kind::Objects(POLICY)),
    ("auth_context.system.id", Kind::Text),
    ("auth_context.system.hostname", Kind::Text),
    ("auth_context.system.displayName", Kind::Text),
    ("auth_context.system.os", Kind::Text),
    ("auth_context.system.version", Kind::Text),
    ("auth_context.jumpcloud_protect_device.ip", Kind::Address),
    ("auth_context.jumpcloud_protect_device.id", Kind::Id),
    ("auth_context.jumpcloud_protect_device.make", Kind::Text),
    ("auth_context.jumpcloud_protect_device.model", Kind::Text),
    ("auth_context.jumpcloud_protect_device.username", Kind::Text),
    ("auth_context.jumpcloud_protect_device.user_id", Kind::Text),
    ("resource.type", Kind::Type),
    ("resource.id", Kind::Id),
    ("resource.username", Kind::Text),
    ("resource.email", Kind::Text),
    ("resource.recipient_email", Kind::Text),
    ("resource.hostname", Kind::Text),
    ("resource.name", Kind::Text),
    ("resource.displayName", Kind::Text),
    ("association.connection.to.type", Kind::Type),
    ("association.connection.to.object_id", Kind::Text),
    ("association.connection.to.name", Kind::Text),
    ("association.connection.from.type", Kind::Type),
    ("association.connection.from.object_id", Kind::Text),
    ("association.connection.from.name", Kind::Text),
    ("association.connection.from.display_name", Kind::Text),
    ("system_group.type", Kind::Type),
    ("system_group.id", Kind::Text),
    ("system_group.displayName", Kind::Text),
    ("changes", Kind::Objects(CHANGE)),
    ("object_storage_item_version_name", Kind::Text),
    ("object_storage_item_version_size", Kind::Number),
    ("object_storage_item_version_sha_256_sum", Kind::Text),
    ("os_meta_family", Kind::Text),
    ("query_responses.wifi_mac", Kind::Mac),
    ("mdm_device_id", Kind::Id),
    ("device_object_id", Kind::Id),
    ("user_agent.device", Kind::Text),
    ("user_agent.name", Kind::Text),
    ("user_agent.version", Kind::Text),
    ("user_agent.os_name", Kind::Text),
    ("user_agent.os_full", Kind::Text),
    ("user_agent.os_version", Kind::Text),
    ("user_agent.os", Kind::Text),
    ("application.name", Kind::Text),
    ("application.display_label", Kind::Text),
    ("application.sso_url", Kind::Url),
    ("application.version", Kind::Text),
    ("application.path", Kind::Text),
    ("geoip.country_code", Kind::Text),
    ("geoip.country_code2", Kind::Text),
    ("geoip.continent_code", Kind::Text),
    ("geoip.region_code", Kind::Text),
    ("geoip.region_name", Kind::Text),
    ("geoip.timezone", Kind::Text),
    ("geoip.latitude", Kind::Degrees),
    ("geoip.longitude", Kind::Degrees),
    ("tls_established", Kind::Bool),
    ("mfa_meta", Kind::Text),
    ("mfa_meta.type", Kind::Text),
];

/// Members that mean something only together.
const TOGETHER: [&[(&str, Kind)]; 5] = [
    &[
        ("resource.type", Kind::Word("user")),
        ("resource.id", Kind::Id),
        ("changes", Kind::Objects(CHANGE)),
        ("changes", Kind::Objects(CHANGE)),
    ],
    &[
        ("service", Kind::Word("software")),
        ("application.name", Kind::Text),
        ("application.version", Kind::Text),
        ("application.path", Kind::Text),
    ],
    &[
        ("service", Kind::Word("alerts")),
        ("severity", Kind::Severity),
        ("category", Kind::Text),
        ("correlation.id", Kind::Text),
        ("auth_context.policies_applied", Kind::Objects(POLICY)),
    ],
    &[
        ("service", Kind::Word("sso")),
        ("application.name", Kind::Text),
        ("application.sso_url", Kind::Url),
    ],
    &[
        ("association.connection.to.type", Kind::Word("user_group")),
        ("association.connection.to.object_id", Kind::Text),
        ("association.connection.from.type", Kind::Word("user")),
        ("association.connection.from.name", Kind::Text),
    ],
];

/// An event put together from a part of all these members, in any order.
pub fn event(rng: &mut Rng) -> Node {
    let mut chosen = Vec::new();
    for (members, least, most) in [
        (&ELASTIC[..], 5, 75),
        (&ODD[..], 0, 6),
        (&EXTENDED[..], 0, 22),
    ] {
        let percent = rng.u8(least..=most);
        chosen.extend(members.iter().copied().filter(|_| rng.u8(..100) < percent));
    }
    if rng.u8(..4) == 0 {
        let together = rng.choice(TOGETHER).expect("some");
        chosen.extend(together.iter().copied().filter(|_| rng.u8(..8) > 0));
    }
    // Most orders are those of life, in which the members of a parent stand together anyway.
    if rng.bool() {
        rng.shuffle(&mut chosen);
    }
    let mut event = Node::Object(Vec::new());
    for (path, kind) in chosen {
        event.set(path, values::value(kind, rng));
    }
    event
}
