//! The members of an event that the mapping reads: `docs/ecs-mapping.md`, sections 2 and 9.

use super::names::names;
use crate::json::slots::Slots;

names! {
    /// A member of an event, by its dotted name; in the order in which the steps take them.
    Source {
        Timestamp = "timestamp",
        ClientIp = "client_ip",
        SrcIp = "src_ip",
        Id = "id",
        Message = "message",
        AtVersion = "@version",
        Version = "version",
        SystemId = "system.id",
        SystemHostname = "system.hostname",
        InitiatedById = "initiated_by.id",
        InitiatedByEmail = "initiated_by.email",
        InitiatedByUsername = "initiated_by.username",
        Username = "username",
        UseragentDevice = "useragent.device",
        UseragentName = "useragent.name",
        UseragentVersion = "useragent.version",
        UseragentOsName = "useragent.os_name",
        UseragentOsFull = "useragent.os_full",
        UseragentOsVersion = "useragent.os_version",
        EventType = "event_type",
        Service = "service",
        ProcessName = "process_name",
        Useragent = "useragent",
        Success = "success",
        SsoTokenSuccess = "sso_token_success",
        ProtectDevice = "jumpcloud_protect_device",
        ProtectDeviceIp = "jumpcloud_protect_device.ip",
    }
}

/// Step 16: what exists under an ECS name by then.
const COPIED: [Source; 17] = [
    Source::AtVersion,
    Source::Version,
    Source::Timestamp,
    Source::ClientIp,
    Source::SrcIp,
    Source::Id,
    Source::Message,
    Source::Username,
    Source::Useragent,
    Source::EventType,
    Source::Service,
    Source::ProcessName,
    Source::SystemId,
    Source::SystemHostname,
    Source::InitiatedById,
    Source::InitiatedByEmail,
    Source::InitiatedByUsername,
];

impl Source {
    /// This member alone.
    pub(super) const fn only(self) -> Slots {
        Slots::NONE.with(self.number())
    }

    /// All that step 16 removes.
    pub(super) const fn copied() -> Slots {
        Self::all_of(&COPIED)
    }

    /// Several members.
    pub(super) const fn all_of(sources: &[Self]) -> Slots {
        let mut all = Slots::NONE;
        let mut at = 0;
        while at < sources.len() {
            all = all.with(sources[at].number());
            at += 1;
        }
        all
    }
}
