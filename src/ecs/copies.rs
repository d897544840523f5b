//! Members of an event that are copied to fields of a document, arranged so that only those are looked at that the event has.

use super::event::Event;
use super::source::Source;
use super::target::Target;
use crate::json::slots::Slots;

/// Step 11: what is copied, in the order of the members; the order decides what a failure leaves.
pub(super) const COPIES: [(Source, Target); 17] = [
    (Source::Id, Target::EventId),
    (Source::Message, Target::Message),
    (Source::SystemId, Target::HostId),
    (Source::SystemHostname, Target::HostHostname),
    (Source::InitiatedById, Target::SourceUserId),
    (Source::InitiatedByEmail, Target::SourceUserEmail),
    (Source::InitiatedByUsername, Target::SourceUserName),
    (Source::Username, Target::UserName),
    (Source::UseragentDevice, Target::UserAgentDeviceName),
    (Source::UseragentName, Target::UserAgentName),
    (Source::UseragentVersion, Target::UserAgentVersion),
    (Source::UseragentOsName, Target::UserAgentOsName),
    (Source::UseragentOsFull, Target::UserAgentOsFull),
    (Source::UseragentOsVersion, Target::UserAgentOsVersion),
    (Source::EventType, Target::EventAction),
    (Source::Service, Target::EventModule),
    (Source::ProcessName, Target::ProcessName),
];
/// Where members are copied to.
pub(super) struct Copies {
    sources: Slots,
    /// By the member's number.
    targets: [Option<Target>; Source::ALL.len()],
}

impl Copies {
    /// Of these pairs.
    pub(super) const fn of(pairs: &[(Source, Target)]) -> Self {
        let (mut sources, mut targets) = (Slots::NONE, [None; Source::ALL.len()]);
        let mut at = 0;
        while at < pairs.len() {
            let (source, target) = pairs[at];
            sources = sources.with(source.number());
            targets[source.number() as usize] = Some(target);
            at += 1;
        }
        Self { sources, targets }
    }

    /// The pairs whose member the event has, in the order of the members' numbers.
    #[inline]
    pub(super) fn among(&self, event: Event<'_>) -> impl Iterator<Item = (Source, Target)> {
        let sources = event.among(self.sources);
        sources.filter_map(|source| {
            let target = self.targets[usize::from(source.number())];
            target.map(|target| (source, target))
        })
    }
}
