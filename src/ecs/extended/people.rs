//! The rows on people: who did it, upon whom, in which group; and all of them in one list.

use std::iter;

use super::additions::Additions;
use super::lists::{objects, string};
use super::memo::Memo;
use crate::ecs::draft::Draft;
use crate::ecs::event::{Event, inside_quotes, said};
use crate::ecs::source::Source;
use crate::ecs::tags::write_texts;
use crate::ecs::target::Target;
use crate::ecs::value::{Preset, Ready};
use crate::json::slots::Slots;

/// Types of a `resource` that is a person.
const PERSONS: [&str; 3] = ["user", "systemuser", "admin"];
/// What a group or a person as a target can be found by.
const TYPES: Slots = Source::all_of(&[
    Source::ResourceType,
    Source::AssociationToType,
    Source::AssociationFromType,
    Source::SystemGroupType,
]);
/// Where a group may stand, in order of preference: its type, its id and its name.
const GROUPS: [(Source, [Source; 2], [Source; 3]); 4] = [
    (
        Source::ResourceType,
        [Source::ResourceId, Source::ResourceObjectId],
        [
            Source::ResourceName,
            Source::ResourceDisplayName,
            Source::ResourceSnakeDisplayName,
        ],
    ),
    (
        Source::AssociationToType,
        [Source::AssociationToId, Source::AssociationToObjectId],
        [
            Source::AssociationToName,
            Source::AssociationToDisplayName,
            Source::AssociationToSnakeDisplayName,
        ],
    ),
    (
        Source::AssociationFromType,
        [Source::AssociationFromId, Source::AssociationFromObjectId],
        [
            Source::AssociationFromName,
            Source::AssociationFromDisplayName,
            Source::AssociationFromSnakeDisplayName,
        ],
    ),
    (
        Source::SystemGroupType,
        [Source::SystemGroupId, Source::SystemGroupObjectId],
        [
            Source::SystemGroupName,
            Source::SystemGroupDisplayName,
            Source::SystemGroupSnakeDisplayName,
        ],
    ),
];

/// Who stands first among the related users.
const FIRST: Source = Source::InitiatedByUsername;
/// Who stands behind it; in this order.
const INITIATORS: Slots = Source::all_of(&[
    Source::InitiatedById,
    Source::InitiatedByEmail,
    Source::Username,
]);
/// Who stands last, behind the target.
const OTHERS: Slots = Source::all_of(&[
    Source::OuterUsername,
    Source::AuthDeviceUsername,
    Source::AuthDeviceUserId,
]);

/// What is known of people before the events come.
#[derive(Clone, Debug)]
pub(super) struct People {
    /// The new names and addresses of persons that were found in lists of changes.
    changes: Memo<[Option<Ready>; 2]>,
    /// The roles of nearly all initiators.
    user: Preset,
    admin: Preset,
}

impl People {
    /// Prepares what events have in common.
    pub(super) fn new(draft: &mut Draft) -> Self {
        let mut role = |name| {
            let roles = draft.keep(|made| write_texts(&[name], made));
            draft.preset(&[(Target::UserRoles, roles)])
        };
        Self {
            changes: Memo::new(),
            user: role("user"),
            admin: role("admin"),
        }
    }

    /// Forgets what was made of events.
    pub(super) fn forget(&mut self) {
        self.changes.clear();
    }
}

/// A person or a group, as far as the event says: members that are strings.
#[derive(Clone, Copy, Default)]
struct Named {
    id: Option<Source>,
    name: Option<Source>,
    email: Option<Source>,
}

/// Adds everything about people; `users` are known to be all of an event that follows a plan, but for a target.
#[inline]
pub(super) fn name(additions: &mut Additions<'_>, people: &mut People, users: Option<&[Source]>) {
    let mut target = Named::default();
    if additions.event.has_any(TYPES) {
        target = find_target(additions.event);
        name_target(additions, target);
        name_changes(additions, &mut people.changes);
        name_group(additions, target);
    } else if let Some(users) = users {
        // The name with which the list begins is a string, so that no other step has begun it.
        let (event, users) = (additions.event, users.iter().copied());
        let draft = &mut *additions.draft;
        if draft.list_straight(Target::RelatedUser, event, users) {
            return;
        }
    }
    relate_users(additions, target);
}

/// The initiator, where `username` has named nobody.
pub(super) fn name_user(additions: &mut Additions<'_>, people: &People) {
    if additions.draft.has(Target::UserName) {
        return;
    }
    additions.add(Target::UserId, Source::InitiatedById);
    additions.add(Target::UserEmail, Source::InitiatedByEmail);
    additions.add(Target::UserName, Source::InitiatedByUsername);
    if let Some(role) = additions.event.string(Source::InitiatedByType) {
        match role {
            b"\"user\"" => additions.draft.choose(people.user),
            b"\"admin\"" => additions.draft.choose(people.admin),
            _ => name_role(additions, role),
        }
    }
}

#[inline(never)]
fn name_role(additions: &mut Additions<'_>, role: &[u8]) {
    additions.draft.make(Target::UserRoles, |made| {
        made.push(b'[');
        made.extend_from_slice(role);
        made.push(b']');
    });
}

/// The person who is acted upon: the resource, else an end of the association. Never a mixture of two.
#[inline(never)]
fn find_target(event: Event<'_>) -> Named {
    if event.says(Source::ResourceType, &PERSONS) {
        return Named {
            id: event.first_string(&[Source::ResourceId]),
            name: event.first_string(&[Source::ResourceUsername]),
            email: event.first_string(&[Source::ResourceEmail, Source::ResourceRecipientEmail]),
        };
    }
    let ends = [
        (
            Source::AssociationToType,
            Source::AssociationToObjectId,
            Source::AssociationToName,
        ),
        (
            Source::AssociationFromType,
            Source::AssociationFromObjectId,
            Source::AssociationFromName,
        ),
    ];
    let mut users = ends
        .iter()
        .filter(|(kind, ..)| event.says(*kind, &["user"]));
    users
        .next()
        .map_or_else(Named::default, |(_, id, name)| Named {
            id: event.first_string(&[*id]),
            name: event.first_string(&[*name]),
            email: None,
        })
}

fn name_target(additions: &mut Additions<'_>, target: Named) {
    for (field, source) in [
        (Target::UserTargetId, target.id),
        (Target::UserTargetName, target.name),
        (Target::UserTargetEmail, target.email),
    ] {
        if let Some(source) = source {
            additions.add(field, source);
        }
    }
}

/// The new name and the new address of a person.
#[inline(never)]
fn name_changes(additions: &mut Additions<'_>, known: &mut Memo<[Option<Ready>; 2]>) {
    let event = additions.event;
    let Some(changes) = event.raw(Source::Changes) else {
        return;
    };
    if !event.says(Source::ResourceType, &PERSONS) {
        return;
    }
    let draft = &mut *additions.draft;
    let made = known.of(changes, || {
        let new = ["username", "email"].map(|field| new_value(changes, field));
        new.map(|new| new.map(|new| draft.keep(|made| made.extend_from_slice(new))))
    });
    let fields = [Target::UserChangesName, Target::UserChangesEmail];
    for (field, new) in fields.into_iter().zip(made) {
        if let Some(new) = new {
            draft.put(field, new);
        }
    }
}

/// The first string that a field has become.
fn new_value<'c>(changes: &'c [u8], field: &str) -> Option<&'c [u8]> {
    let mut new = objects(changes).filter_map(|change| {
        let raw = inside_quotes(string(change, "field")?)?;
        let is_it = *said(raw, char::REPLACEMENT_CHARACTER) == *field.as_bytes();
        is_it.then(|| string(change, "to"))?
    });
    new.next()
}

#[inline(never)]
fn name_group(additions: &mut Additions<'_>, target: Named) {
    let event = additions.event;
    let mut groups = GROUPS.iter().filter(|(kind, ..)| is_group(event, *kind));
    let Some((_, ids, names)) = groups.next() else {
        return;
    };
    if target.id.or(target.name).or(target.email).is_some() {
        additions.add_first(Target::UserTargetGroupId, ids);
        additions.add_first(Target::UserTargetGroupName, names);
    }
    additions.add_first(Target::GroupId, ids);
    additions.add_first(Target::GroupName, names);
}

fn is_group(event: Event<'_>, kind: Source) -> bool {
    let said = event.said(kind, char::REPLACEMENT_CHARACTER);
    said.is_some_and(|said| said.windows(5).any(|part| part == b"group"))
}

/// Everybody whom the event names, behind Elastic's one name, which is the initiator's.
fn relate_users(additions: &mut Additions<'_>, target: Named) {
    // The list begins with that name anyway.
    let begins_alike = additions.event.string(FIRST).is_some();
    let behind = !begins_alike && additions.draft.has(Target::RelatedUser);
    let event = additions.event;
    if !behind
        && additions
            .draft
            .list_straight(Target::RelatedUser, event, everybody(event, target))
    {
        return;
    }
    additions.list(
        Target::RelatedUser,
        everybody(additions.event, target),
        behind,
    );
}

fn everybody(event: Event<'_>, target: Named) -> impl Iterator<Item = Source> + use<> {
    let targets = [target.name, target.id, target.email];
    let initiators = iter::once(FIRST).chain(event.among(INITIATORS));
    let targets = targets.into_iter().flatten();
    initiators.chain(targets).chain(event.among(OTHERS))
}

/// Everybody whom the event names, but for its target.
pub(super) fn initiators_and_others(event: Event<'_>) -> impl Iterator<Item = Source> {
    everybody(event, Named::default())
}
