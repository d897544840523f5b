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
        EcsVersion = "ecs.version",
        ErrorMessage = "error.message",
        EventAction = "event.action",
        EventCategory = "event.category",
        EventDataset = "event.dataset",
        EventId = "event.id",
        EventKind = "event.kind",
        EventModule = "event.module",
        EventOriginal = "event.original",
        EventOutcome = "event.outcome",
        EventType = "event.type",
        HostHostname = "host.hostname",
        HostId = "host.id",
        JumpcloudEvent = "jumpcloud.event",
        Message = "message",
        ProcessName = "process.name",
        RelatedIp = "related.ip",
        RelatedUser = "related.user",
        SourceAs = "source.as",
        SourceGeo = "source.geo",
        SourceIp = "source.ip",
        SourceUserEmail = "source.user.email",
        SourceUserId = "source.user.id",
        SourceUserName = "source.user.name",
        Tags = "tags",
        UserName = "user.name",
        UserAgentDeviceName = "user_agent.device.name",
        UserAgentName = "user_agent.name",
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
