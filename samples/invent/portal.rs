//! Events of the smaller services around the portal, and of services too new for the documentation.

use super::maker::{Made, Maker};
use crate::samples::json::{Object, list};

/// The multi-tenant portal's own events.
pub fn provider_portal(maker: &mut Maker<'_>) -> Made {
    let by = maker.administrator();
    let resource = Object::new()
        .text("id", maker.random.hex(24))
        .text("type", "organization")
        .text("name", "Quillmoor Süd");
    let event = Object::new()
        .object("initiated_by", &by)
        .object("resource", &resource)
        .raw("changes", maker.changes())
        .text("provider", maker.random.hex(24));
    let event = maker.with_browser(event);
    let event_type = *maker.random.pick(&[
        "organization_update",
        "provider_update",
        "autotask_settings_update",
    ]);
    maker.finish("directory", event_type, event)
}

/// Vault items, folders and backups.
pub fn password_manager(maker: &mut Maker<'_>) -> Made {
    const TYPES: [&str; 8] = [
        "passwordmanager_item_reveal",
        "passwordmanager_item_copy",
        "passwordmanager_item_autofill",
        "passwordmanager_item_add",
        "passwordmanager_folder_member_add",
        "passwordmanager_backup_create",
        "passwordmanager_user_re-enable",
        "passwordmanager_app_unlock",
    ];
    let company = maker.company;
    let person = company.person(maker.random);
    let by = person.initiator();
    let event = Object::new()
        .object("initiated_by", &by)
        .raw("changes", maker.changes())
        .flag("success", maker.random.chance(97))
        .text("error_message", "");
    let event = maker.provider(event);
    let event = maker.with_newer_browser(event);
    let event_type = *maker.random.pick(&TYPES);
    maker.finish("password_manager", event_type, event)
}

/// Requests for access and their approval.
pub fn access_management(maker: &mut Maker<'_>) -> Made {
    const TYPES: [&str; 3] = [
        "access_management_access_request",
        "access_management_access_request_approval",
        "access_management_approval_flow_update",
    ];
    let company = maker.company;
    let person = company.person(maker.random);
    let by = person.initiator();
    let application = maker.random.pick(&company.applications);
    let resource = Object::new()
        .text("id", &application.id)
        .text("type", "application")
        .text("displayName", application.label);
    let event = Object::new()
        .object("initiated_by", &by)
        .text("access_request_id", maker.random.uuid('4'))
        .object("resource", &resource)
        .object(
            "workflow",
            &Object::new()
                .text("name", "Two pairs of eyes")
                .number("step", 1_i64),
        )
        .flag("success", true);
    let event = maker.with_newer_browser(event);
    let event_type = *maker.random.pick(&TYPES);
    maker.finish("access_management", event_type, event)
}

/// The inventory of things.
pub fn asset_management(maker: &mut Maker<'_>) -> Made {
    let by = maker.administrator();
    let detail = Object::new()
        .text("asset_tag", format!("QM-{:05}", maker.random.below(99_999)))
        .text("status", "in use");
    let event = Object::new()
        .object("initiated_by", &by)
        .text("username", "")
        .raw("changes", maker.changes())
        .object("detail", &detail);
    let event = maker.with_place(event);
    let event_type = *maker.random.pick(&[
        "asset_management_asset_create",
        "asset_management_asset_update",
    ]);
    maker.finish("asset_management", event_type, event)
}

/// Applications somebody signed up for; the event names another service than the query.
pub fn saas_app_management(maker: &mut Maker<'_>) -> Made {
    let company = maker.company;
    let person = company.person(maker.random);
    let by = Object::new()
        .text("id", &person.id)
        .text("type", "user")
        .text("email", &person.email);
    let detail = Object::new()
        .text("domain", "boards.example")
        .text("category", "Project planning");
    let event = Object::new()
        .object("initiated_by", &by)
        .text("username", &person.username)
        .object(
            "resource",
            &Object::new()
                .text("type", "saas_application")
                .text("name", "Boards"),
        )
        .object("detail", &detail);
    let event = maker.with_place(event);
    let event_type = *maker.random.pick(&[
        "saas_management_application_discover",
        "saas_management_event_application_review",
        "saas_management_account_discover",
    ]);
    let (_, text) = maker.finish("saas_management", event_type, event);
    ("saas_app_management", text)
}

/// Alerts: `initiated_by` is a list now and then, `@version` is missing.
pub fn alerts(maker: &mut Maker<'_>) -> Made {
    let by = Object::new()
        .text("type", "system")
        .text("name", "rule engine");
    let device = maker.company.device(maker.random);
    let resource = Object::new()
        .text("id", &device.id)
        .text("type", "system")
        .text("hostname", &device.hostname);
    let event = Object::new()
        .raw("changes", maker.changes())
        .object(
            "correlation",
            &Object::new().text("alert_id", maker.random.uuid('4')),
        )
        .text("category", "device_health")
        .text(
            "severity",
            *maker.random.pick(&["low", "medium", "high", "critical"]),
        )
        .object("resource", &resource)
        .flag("success", true);
    let event = if maker.random.chance(50) {
        event.raw("initiated_by", list([by.json()]))
    } else {
        event.object("initiated_by", &by)
    };
    let event_type = *maker.random.pick(&[
        "alert_created",
        "alert_status_updated",
        "rule_config_updated",
    ]);
    let event = maker
        .with_place(event)
        .text("id", maker.random.hex(24))
        .text("event_type", event_type)
        .text("service", "alerts")
        .text("organization", &maker.company.organization)
        .text("timestamp", maker.stamp);
    ("alerts", event.json())
}

/// Channels alerts go to: neither `@version` nor `service`.
pub fn notifications(maker: &mut Maker<'_>) -> Made {
    let by = maker.administrator();
    let event_type = *maker.random.pick(&[
        "notification_channel_created",
        "notification_channel_updated",
    ]);
    let event = Object::new()
        .text("name", "Night shift")
        .text("type", "slack")
        .text("description", "Pages whoever is awake")
        .text("channel_object_id", maker.random.hex(24))
        .object("config", &Object::new().text("channel", "#night-shift"))
        .flag("success", true)
        .object("initiated_by", &by)
        .text("client_ip", "2001:db8:40:1::17")
        .text("id", maker.random.hex(24))
        .text("event_type", event_type)
        .text("organization", &maker.company.organization)
        .text("timestamp", maker.stamp);
    ("notifications", event.json())
}

/// Reports that were run and exported.
pub fn reports(maker: &mut Maker<'_>) -> Made {
    let by = maker.administrator();
    let resource = Object::new()
        .text("id", maker.random.uuid('4'))
        .text("type", "report")
        .text("name", "Users to devices");
    let event = Object::new()
        .object("initiated_by", &by)
        .object("resource", &resource)
        .text("auth_method", "session");
    let event = maker.provider(event);
    let event = maker.with_newer_browser(event);
    let event_type = *maker
        .random
        .pick(&["report_run", "report_export", "report_create"]);
    maker.finish("reports", event_type, event)
}

/// Workflows.
pub fn workflows(maker: &mut Maker<'_>) -> Made {
    let by = maker.administrator();
    let resource = Object::new()
        .text("id", maker.random.uuid('4'))
        .text("type", "workflow")
        .text("name", "Leaver");
    let event = Object::new()
        .object("initiated_by", &by)
        .object("resource", &resource)
        .text("server_timestamp", maker.stamp)
        .text("timestamp_source", "server")
        .flag("success", true);
    let event = maker.with_newer_browser(event);
    let event_type = *maker
        .random
        .pick(&["workflow_create", "workflow_run", "workflow_delete"]);
    maker.finish("workflows", event_type, event)
}

/// Services that appeared after the documentation; nothing but the common members can be relied on.
pub fn newer(maker: &mut Maker<'_>) -> Made {
    const NEWER: [(&str, &str); 8] = [
        ("password_vault", "passwordvault_item_share"),
        ("pam", "server_update"),
        ("access_certification", "cert_campaign_start"),
        ("genai", "genai_ai_assistant_chat_message"),
        ("aigw", "aigw_session_opened"),
        ("ai_admin", "risk_event_created"),
        ("adbridge_user", "bulk_update_alerts"),
        ("generic_di", "custom_report_create"),
    ];
    let (service, event_type) = *maker.random.pick(&NEWER);
    let by = maker.administrator();
    let network = Object::new()
        .number("number", 64_500_i64)
        .text("organization", "Example Carrier");
    let event = Object::new()
        .object("initiated_by", &by)
        .text("jc_initiated_by_email", "portal@quillmoor.example")
        .object("asn", &network)
        .flag("success", true);
    let event = maker.with_newer_browser(event);
    maker.finish(service, event_type, event)
}
