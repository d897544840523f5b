//! How fields are added: a string of the event, where the document has not got the field.

use crate::ecs::copies::Copies;
use crate::ecs::draft::Draft;
use crate::ecs::event::Event;
use crate::ecs::source::Source;
use crate::ecs::target::Target;

/// Strings that are copied as they stand, whatever else the event holds.
static STRINGS: Copies = Copies::of(&[
    (Source::ErrorMessage, Target::EventReason),
    (Source::Organization, Target::OrganizationId),
    (Source::AuthDeviceMake, Target::DeviceManufacturer),
    (Source::AuthDeviceModel, Target::DeviceModelName),
    (Source::AuthSystemOs, Target::HostOsFull),
    (Source::AuthSystemVersion, Target::HostOsVersion),
    (Source::OsMetaFamily, Target::HostOsFamily),
    (Source::StoredSha256, Target::FileHashSha256),
    (Source::StoredName, Target::FileName),
    (Source::AgentDevice, Target::UserAgentDeviceName),
    (Source::AgentName, Target::UserAgentName),
    (Source::AgentVersion, Target::UserAgentVersion),
    (Source::AgentOsName, Target::UserAgentOsName),
    (Source::AgentOsFull, Target::UserAgentOsFull),
    (Source::AgentOsVersion, Target::UserAgentOsVersion),
    (Source::MfaMetaType, Target::LabelsMfaType),
]);

/// An event and the document that it is to complete.
pub(super) struct Additions<'a> {
    pub(super) event: Event<'a>,
    pub(super) draft: &'a mut Draft,
}

impl<'a> Additions<'a> {
    /// Nothing is added yet.
    pub(super) fn new(event: Event<'a>, draft: &'a mut Draft) -> Self {
        Self { event, draft }
    }

    /// Adds the strings that need no more than a place.
    #[inline]
    pub(super) fn copy_strings(&mut self) {
        for (source, target) in STRINGS.among(self.event) {
            self.add(target, source);
        }
    }

    /// Adds a member that is a string.
    #[inline]
    pub(super) fn add(&mut self, target: Target, source: Source) {
        if !self.draft.has(target)
            && let Some(span) = self.event.string_span(source)
        {
            self.draft.copy_plain(target, span);
        }
    }

    /// Adds the first of these members that is a string.
    #[inline]
    pub(super) fn add_first(&mut self, target: Target, sources: &[Source]) {
        if let Some(source) = self.event.first_string(sources) {
            self.add(target, source);
        }
    }

    /// Adds these members behind the elements of a list, those that are strings.
    #[inline]
    pub(super) fn append(&mut self, target: Target, sources: impl Iterator<Item = Source>) {
        let has_some = self.draft.has(target);
        self.list(target, sources, has_some);
    }

    /// Gives a field the list of these members, those that are strings, `behind` the elements that it has.
    #[inline]
    pub(super) fn list(
        &mut self,
        target: Target,
        sources: impl Iterator<Item = Source>,
        behind: bool,
    ) {
        let event = self.event;
        self.draft.list(target, behind, |list| {
            sources.for_each(|source| {
                if let Some(span) = event.string_span(source) {
                    list.add(event.text(), span, event.is_escaped(source));
                }
            });
        });
    }
}
