//! Events of the directory: people, groups, devices, policies, commands, and how they hang together.

use super::maker::{Made, Maker};
use crate::samples::json::Object;

/// One of the directory's events.
pub fn event(maker: &mut Maker<'_>) -> Made {
    match maker.random.below(100) {
        0..40 => user_login(maker),
        40..46 => administrator_login(maker),
        46..66 => association(maker),
        66..86 => object_change(maker),
        86..93 => password(maker),
        _ => command(maker),
    }
}

fn user_login(maker: &mut Maker<'_>) -> Made {
    let company = maker.company;
    let person = company.person(maker.random);
    let device = maker
        .random
        .chance(50)
        .then(|| company.device(maker.random));
    let success = maker.random.chance(91);
    let by = person.initiator();
    let context = maker.auth_context(device);
    let mfa = Object::new().text("type", *maker.random.pick(&["totp", "none", "push", ""]));
    let event = Object::new()
        .object("initiated_by", &by)
        .flag("mfa", maker.random.chance(70))
        .object("mfa_meta", &mfa)
        .raw("correlation", "{}")
        .raw("message_chain", "{}")
        .text(
            "error_message",
            if success { "" } else { "Invalid credentials" },
        )
        .flag("success", success)
        .object("auth_context", &context);
    let event = maker.provider(event);
    let event = maker.with_browser(event);
    maker.finish("directory", "user_login_attempt", event)
}

fn administrator_login(maker: &mut Maker<'_>) -> Made {
    let by = maker.administrator();
    let success = maker.random.chance(95);
    let event = Object::new()
        .object("initiated_by", &by)
        .flag("mfa", true)
        .text(
            "auth_method",
            *maker.random.pick(&["session", "google", "webauthn"]),
        )
        .flag("success", success);
    let event = maker.provider(event);
    let event = maker.with_browser(event);
    maker.finish("directory", "admin_login_attempt", event)
}

fn association(maker: &mut Maker<'_>) -> Made {
    let company = maker.company;
    let person = company.person(maker.random);
    let (id, name) = maker.random.pick(&company.groups);
    let from = Object::new()
        .text("name", name)
        .text("type", "user_group")
        .text("object_id", id);
    let to = Object::new()
        .text("name", &person.username)
        .text("type", "user")
        .text("object_id", &person.id);
    let connection = Object::new().object("from", &from).object("to", &to);
    let sudo = Object::new()
        .flag("enabled", false)
        .flag("withoutPassword", false);
    let link = Object::new()
        .text("op", *maker.random.pick(&["add", "remove"]))
        .text("action_source", "user_action")
        .object("attributes", &Object::new().object("sudo", &sudo))
        .object("connection", &connection);
    let by = maker.administrator();
    let event = Object::new()
        .object("association", &link)
        .object("initiated_by", &by)
        .text("auth_method", "session")
        .flag("success", true);
    let event = maker.with_browser(event);
    maker.finish("directory", "association_change", event)
}

fn object_change(maker: &mut Maker<'_>) -> Made {
    const TYPES: [&str; 18] = [
        "user_update",
        "user_update",
        "user_create",
        "user_delete",
        "user_suspended",
        "user_unlocked",
        "group_create",
        "group_update",
        "system_create",
        "system_delete",
        "system_update",
        "policy_update",
        "application_update",
        "authnpolicy_create",
        "iplist_update",
        "organization_update",
        "user_admin_granted",
        "attributemappings_update",
    ];
    let event_type = *maker.random.pick(&TYPES);
    let company = maker.company;
    let resource = if event_type.starts_with("user") {
        let person = company.person(maker.random);
        Object::new()
            .text("id", &person.id)
            .text("type", "user")
            .text("username", &person.username)
    } else if event_type.starts_with("system") {
        let device = company.device(maker.random);
        Object::new()
            .text("id", &device.id)
            .text("type", "system")
            .text("hostname", &device.hostname)
    } else {
        let (id, name) = maker.random.pick(&company.groups);
        Object::new()
            .text("id", id)
            .text("type", event_type.split('_').next().unwrap_or_default())
            .text("name", name)
    };
    let by = maker.administrator();
    let event = Object::new()
        .object("resource", &resource)
        .raw("changes", maker.changes())
        .object("initiated_by", &by)
        .text(
            "auth_method",
            *maker.random.pick(&["session", "api-key", "scim"]),
        )
        .raw("correlation", "{}");
    let event = maker.provider(event);
    let event = maker.with_browser(event);
    maker.finish("directory", event_type, event)
}

fn password(maker: &mut Maker<'_>) -> Made {
    const TYPES: [&str; 5] = [
        "user_password_change",
        "user_password_reset_request",
        "user_password_warning_email",
        "user_activation_email",
        "user_lockout",
    ];
    let company = maker.company;
    let person = company.person(maker.random);
    let event_type = *maker.random.pick(&TYPES);
    let mailed = event_type.ends_with("email");
    let resource = Object::new()
        .text("id", &person.id)
        .text("type", "user")
        .text("username", &person.username);
    let resource = if mailed {
        resource
            .text("email_type", "password_warning")
            .text("recipient_email", &person.email)
    } else {
        resource
    };
    let event = Object::new()
        .object("resource", &resource)
        .flag("success", true);
    let event = if mailed {
        event.object("initiated_by", &Object::new().text("type", "system"))
    } else {
        let by = person.initiator();
        maker.with_browser(event.object("initiated_by", &by))
    };
    maker.finish("directory", event_type, event)
}

fn command(maker: &mut Maker<'_>) -> Made {
    let company = maker.company;
    let device = company.device(maker.random);
    let by = maker.administrator();
    let event_type = *maker.random.pick(&[
        "command_run",
        "command_update",
        "command_result",
        "policy_result",
    ]);
    let system = device.system();
    let resource = Object::new()
        .text("id", maker.random.hex(24))
        .text("type", "command")
        .text(
            "name",
            *maker.random.pick(&[
                "Inventory (nightly)",
                "Rotate \"local\" admin",
                "Platte prüfen — C:\\Temp",
            ]),
        );
    let target = Object::new().text("type", "system").text("id", &device.id);
    let event = Object::new()
        .object("system", &system)
        .object("resource", &resource)
        .object("target_resource", &target)
        .object("initiated_by", &by)
        .text("previous_state", "pending")
        .text(
            "state",
            *maker.random.pick(&["succeeded", "failed", "running"]),
        )
        .flag("success", maker.random.chance(90));
    let event = maker.with_place(event);
    maker.finish("directory", event_type, event)
}
