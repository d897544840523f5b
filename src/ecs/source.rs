//! The members of an event that the mapping reads: `docs/ecs-mapping.md`, sections 2 and 9.

use super::names::names;
use crate::json::slots::Slots;

names! {
    /// A member of an event, by its dotted name: first those of the steps, in the order in which they take them, then those that the
    /// profile `extended` reads besides.
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
        ErrorMessage = "error_message",
        OuterErrorMessage = "outer.error_message",
        MessageChainResponseMessage = "message_chain.response_message",
        MessageChainResponseCode = "message_chain.response_code",
        ErrorCode = "error_code",
        ErrorChain = "error_chain",
        Severity = "severity",
        Category = "category",
        CorrelationId = "correlation.id",
        PoliciesApplied = "auth_context.policies_applied",
        InitiatedByType = "initiated_by.type",
        ResourceType = "resource.type",
        ResourceId = "resource.id",
        ResourceUsername = "resource.username",
        ResourceEmail = "resource.email",
        ResourceRecipientEmail = "resource.recipient_email",
        ResourceHostname = "resource.hostname",
        ResourceObjectId = "resource.object_id",
        ResourceName = "resource.name",
        ResourceDisplayName = "resource.displayName",
        ResourceSnakeDisplayName = "resource.display_name",
        AssociationToType = "association.connection.to.type",
        AssociationToId = "association.connection.to.id",
        AssociationToObjectId = "association.connection.to.object_id",
        AssociationToName = "association.connection.to.name",
        AssociationToDisplayName = "association.connection.to.displayName",
        AssociationToSnakeDisplayName = "association.connection.to.display_name",
        AssociationFromType = "association.connection.from.type",
        AssociationFromId = "association.connection.from.id",
        AssociationFromObjectId = "association.connection.from.object_id",
        AssociationFromName = "association.connection.from.name",
        AssociationFromDisplayName = "association.connection.from.displayName",
        AssociationFromSnakeDisplayName = "association.connection.from.display_name",
        SystemGroupType = "system_group.type",
        SystemGroupId = "system_group.id",
        SystemGroupObjectId = "system_group.object_id",
        SystemGroupName = "system_group.name",
        SystemGroupDisplayName = "system_group.displayName",
        SystemGroupSnakeDisplayName = "system_group.display_name",
        Changes = "changes",
        Organization = "organization",
        OuterUsername = "outer.username",
        AuthDeviceIp = "auth_context.jumpcloud_protect_device.ip",
        AuthDeviceUsername = "auth_context.jumpcloud_protect_device.username",
        AuthDeviceUserId = "auth_context.jumpcloud_protect_device.user_id",
        AuthDeviceId = "auth_context.jumpcloud_protect_device.id",
        AuthDeviceMake = "auth_context.jumpcloud_protect_device.make",
        AuthDeviceModel = "auth_context.jumpcloud_protect_device.model",
        SystemDisplayName = "system.displayName",
        AuthSystemId = "auth_context.system.id",
        AuthSystemHostname = "auth_context.system.hostname",
        AuthSystemDisplayName = "auth_context.system.displayName",
        AuthSystemOs = "auth_context.system.os",
        AuthSystemVersion = "auth_context.system.version",
        OsMetaFamily = "os_meta_family",
        QueryResponsesWifiMac = "query_responses.wifi_mac",
        StoredSha256 = "object_storage_item_version_sha_256_sum",
        StoredName = "object_storage_item_version_name",
        StoredSize = "object_storage_item_version_size",
        MdmDeviceId = "mdm_device_id",
        DeviceObjectId = "device_object_id",
        AgentDevice = "user_agent.device",
        AgentName = "user_agent.name",
        AgentVersion = "user_agent.version",
        AgentOsName = "user_agent.os_name",
        AgentOsFull = "user_agent.os_full",
        AgentOsVersion = "user_agent.os_version",
        AgentOs = "user_agent.os",
        UseragentOs = "useragent.os",
        ApplicationDisplayLabel = "application.display_label",
        ApplicationName = "application.name",
        ApplicationSsoUrl = "application.sso_url",
        ApplicationVersion = "application.version",
        ApplicationPath = "application.path",
        Geoip = "geoip",
        TlsEstablished = "tls_established",
        MfaMetaType = "mfa_meta.type",
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

/// How many members the steps read; all others are the profile `extended`'s.
const OF_STEPS: usize = Source::ProtectDeviceIp.number() as usize + 1;

impl Source {
    /// The names of the members that the steps read.
    pub(super) fn names_of_steps() -> &'static [&'static str] {
        &Self::NAMES[..OF_STEPS]
    }

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
