//! The rows on people: who acted, upon whom, in which group and organisation; and all of them in one list.

use super::{add, append, source};
use crate::reference::json::text::decode;
use crate::reference::json::tree::{Object, Value};
use crate::reference::steps::Draft;

/// Types of a `resource` that is a person.
const USER_TYPES: [&str; 3] = ["user", "systemuser", "admin"];
/// The two ends of an association; the one that is acted upon comes first.
const CONNECTIONS: [&str; 2] = ["association.connection.to", "association.connection.from"];
/// Where a group may stand, in order of preference.
const GROUPS: [&str; 4] = [
    "resource",
    "association.connection.to",
    "association.connection.from",
    "system_group",
];

/// Somebody, or a group, as far as the event says.
#[derive(Default)]
struct Named<'a> {
    id: Option<Value<'a>>,
    name: Option<Value<'a>>,
    email: Option<Value<'a>>,
}

/// Adds everything about people.
pub fn name(draft: &mut Draft<'_>) {
    name_user(draft);
    name_target(draft);
    name_changes(draft);
    name_group(draft);
    let organization = source::text(draft.event(), "organization");
    add(draft, "organization.id", organization);
    relate_users(draft);
}

/// The initiator, where `username` has named nobody.
fn name_user(draft: &mut Draft<'_>) {
    if draft.has("user.name") {
        return;
    }
    let event = draft.event();
    let id = source::text(event, "initiated_by.id");
    let email = source::text(event, "initiated_by.email");
    let name = source::text(event, "initiated_by.username");
    let role = source::text(event, "initiated_by.type");
    add(draft, "user.id", id);
    add(draft, "user.email", email);
    add(draft, "user.name", name);
    append(draft, "user.roles", role);
}

fn name_target(draft: &mut Draft<'_>) {
    let target = target(draft.event());
    add(draft, "user.target.id", target.id);
    add(draft, "user.target.name", target.name);
    add(draft, "user.target.email", target.email);
}

/// The person who is acted upon: the resource, else an end of the association. Never a mixture of two.
fn target<'a>(event: &Object<'a>) -> Named<'a> {
    if let Some(user) = resource_user(event) {
        return Named {
            id: source::text(user, "id"),
            name: source::text(user, "username"),
            email: source::first_text(user, &["email", "recipient_email"]),
        };
    }
    let mut ends = CONNECTIONS
        .iter()
        .filter_map(|end| source::object(event, end));
    let user = ends.find(|end| source::says_one_of(end, "type", &["user"]));
    user.map_or_else(Named::default, |user| Named {
        id: source::text(user, "object_id"),
        name: source::text(user, "name"),
        email: None,
    })
}

/// The resource, if it is a person.
fn resource_user<'e, 'a>(event: &'e Object<'a>) -> Option<&'e Object<'a>> {
    let resource = source::object(event, "resource")?;
    source::says_one_of(resource, "type", &USER_TYPES).then_some(resource)
}

/// The new name and the new address of a person.
fn name_changes(draft: &mut Draft<'_>) {
    if resource_user(draft.event()).is_none() {
        return;
    }
    let changes = source::objects(draft.event(), "changes");
    let new = |field: &str| {
        let of_field = changes
            .iter()
            .filter(|change| source::says_one_of(change, "field", &[field]));
        let mut texts = of_field.filter_map(|change| source::text(change, "to"));
        texts.next()
    };
    let (name, email) = (new("username"), new("email"));
    add(draft, "user.changes.name", name);
    add(draft, "user.changes.email", email);
}

fn name_group(draft: &mut Draft<'_>) {
    let group = group(draft.event());
    let has_target = ["user.target.id", "user.target.name", "user.target.email"]
        .iter()
        .any(|field| draft.has(field));
    if has_target {
        add(draft, "user.target.group.id", group.id.clone());
        add(draft, "user.target.group.name", group.name.clone());
    }
    add(draft, "group.id", group.id);
    add(draft, "group.name", group.name);
}

fn group<'a>(event: &Object<'a>) -> Named<'a> {
    let mut places = GROUPS
        .iter()
        .filter_map(|place| source::object(event, place));
    let group = places.find(|place| is_group(place));
    group.map_or_else(Named::default, |group| Named {
        id: source::first_text(group, &["id", "object_id"]),
        name: source::first_text(group, &["name", "displayName", "display_name"]),
        email: None,
    })
}

fn is_group(object: &Object<'_>) -> bool {
    match object.get("type") {
        Some(Value::String(raw)) => decode(raw, char::REPLACEMENT_CHARACTER).contains("group"),
        _ => false,
    }
}

/// Everybody whom the event names, behind Elastic's one name.
fn relate_users(draft: &mut Draft<'_>) {
    let event = draft.event();
    let mut users = source::texts(
        event,
        &[
            "initiated_by.username",
            "initiated_by.id",
            "initiated_by.email",
            "username",
        ],
    );
    let target = target(event);
    users.extend([target.name, target.id, target.email].into_iter().flatten());
    users.extend(source::texts(
        event,
        &[
            "outer.username",
            "auth_context.jumpcloud_protect_device.username",
            "auth_context.jumpcloud_protect_device.user_id",
        ],
    ));
    append(draft, "related.user", users);
}
