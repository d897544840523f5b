//! The fields that the mapping writes, in the order in which a document has them: sorted by name, level by level.

use super::names::names;

names! {
    /// A field of a document, by its dotted name.
    Target {
        Timestamp = "@timestamp",
        ClientAs = "client.as",
        ClientGeo = "client.geo",
        ClientIp = "client.ip",
        DataStream = "data_stream",
        DeviceId = "device.id",
        DeviceManufacturer = "device.manufacturer",
        DeviceModelName = "device.model.name",
        EcsVersion = "ecs.version",
        ErrorCode = "error.code",
        ErrorMessage = "error.message",
        EventAction = "event.action",
        EventCategory = "event.category",
        EventDataset = "event.dataset",
        EventId = "event.id",
        EventKind = "event.kind",
        EventModule = "event.module",
        EventOriginal = "event.original",
        EventOutcome = "event.outcome",
        EventProvider = "event.provider",
        EventReason = "event.reason",
        EventSeverity = "event.severity",
        EventType = "event.type",
        FileHashSha256 = "file.hash.sha256",
        FileName = "file.name",
        FileSize = "file.size",
        GroupId = "group.id",
        GroupName = "group.name",
        HostHostname = "host.hostname",
        HostId = "host.id",
        HostMac = "host.mac",
        HostName = "host.name",
        HostOsFamily = "host.os.family",
        HostOsFull = "host.os.full",
        HostOsVersion = "host.os.version",
        JumpcloudEvent = "jumpcloud.event",
        LabelsMfaType = "labels.mfa_type",
        Message = "message",
        NetworkProtocol = "network.protocol",
        Observer = "observer",
        OrganizationId = "organization.id",
        PackageName = "package.name",
        PackagePath = "package.path",
        PackageVersion = "package.version",
        ProcessName = "process.name",
        RelatedHash = "related.hash",
        RelatedHosts = "related.hosts",
        RelatedIp = "related.ip",
        RelatedUser = "related.user",
        RuleCategory = "rule.category",
        RuleId = "rule.id",
        RuleName = "rule.name",
        ServiceName = "service.name",
        SourceAs = "source.as",
        SourceGeo = "source.geo",
        SourceIp = "source.ip",
        SourceUserEmail = "source.user.email",
        SourceUserId = "source.user.id",
        SourceUserName = "source.user.name",
        Tags = "tags",
        TlsEstablished = "tls.established",
        UrlDomain = "url.domain",
        UrlFull = "url.full",
        UserChangesEmail = "user.changes.email",
        UserChangesName = "user.changes.name",
        UserEmail = "user.email",
        UserId = "user.id",
        UserName = "user.name",
        UserRoles = "user.roles",
        UserTargetEmail = "user.target.email",
        UserTargetGroupId = "user.target.group.id",
        UserTargetGroupName = "user.target.group.name",
        UserTargetId = "user.target.id",
        UserTargetName = "user.target.name",
        UserAgentDeviceName = "user_agent.device.name",
        UserAgentName = "user_agent.name",
        UserAgentOsFamily = "user_agent.os.family",
        UserAgentOsFull = "user_agent.os.full",
        UserAgentOsName = "user_agent.os.name",
        UserAgentOsVersion = "user_agent.os.version",
        UserAgentVersion = "user_agent.version",
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn fields_are_sorted_level_by_level_and_none_is_inside_another() {
        let names: Vec<Vec<_>> = Target::NAMES
            .iter()
            .map(|name| name.split('.').collect())
            .collect();
        for pair in names.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
            assert!(!pair[1].starts_with(&pair[0]), "{pair:?}");
        }
        assert!(names.len() <= 128, "a set of fields is one number");
    }
}
