//! Events of devices: `systems`, `software`, `object_storage`.

use super::maker::{Made, Maker};
use crate::samples::json::{Object, list};

/// A sign-in on a device, or something else its agent reports.
pub fn systems(maker: &mut Maker<'_>) -> Made {
    if maker.random.chance(75) {
        device_login(maker)
    } else {
        agent_report(maker)
    }
}

fn device_login(maker: &mut Maker<'_>) -> Made {
    let company = maker.company;
    let device = company.device(maker.random);
    let person = company.owner(device);
    let success = maker.random.chance(80);
    let process = match device.os {
        "Windows" => "C:\\Windows\\System32\\lsass.exe",
        "Mac OS X" => "loginwindow",
        _ => "sshd",
    };
    let system = device.system();
    let verb = if success { "Accepted" } else { "Failed" };
    let source = format!(
        "10.{}.{}.{}",
        maker.random.below(4),
        maker.random.below(256),
        maker.random.between(1, 254)
    );
    let event = Object::new()
        .object("system", &system)
        .text(
            "system_timestamp",
            format!("{}+02:00", maker.stamp.trim_end_matches('Z')),
        )
        .text("process_name", process)
        .text("username", &person.username)
        .text(
            "message",
            format!(
                "{verb} password for {} from {source} port {}",
                person.username,
                maker.random.between(30_000, 60_000)
            ),
        )
        .flag("success", success);
    let event = if maker.random.chance(60) {
        event.text("src_ip", source)
    } else {
        event.text("src_ip", "")
    };
    let event = if device.os == "Windows" {
        event.object("windows_meta", &windows_meta(maker))
    } else {
        event
    };
    let event = maker.provider(event);
    let event = maker.with_place(event);
    maker.finish("systems", "login_attempt", event)
}

fn windows_meta(maker: &mut Maker<'_>) -> Object {
    Object::new()
        .number("logon_type", *maker.random.pick(&[2_i64, 3, 7, 10]))
        .text("logon_type_name", "Interactive")
        .text("auth_package", "Negotiate")
        .text(
            "subject_sid",
            format!(
                "S-1-5-21-{}-1001",
                maker.random.between(1_000_000, 9_999_999)
            ),
        )
}

fn agent_report(maker: &mut Maker<'_>) -> Made {
    const TYPES: [&str; 8] = [
        "system_fde_key_update",
        "system_fde_key_decrypt",
        "user_password_change",
        "os_minor_upgrade",
        "os_major_upgrade",
        "remote_session_start",
        "remote_session_end",
        "device_command",
    ];
    let company = maker.company;
    let device = company.device(maker.random);
    let system = device.system();
    let by = maker.administrator();
    let resource = Object::new()
        .text("id", &device.id)
        .text("type", "system")
        .text("hostname", &device.hostname);
    let event = Object::new()
        .object("system", &system)
        .object("resource", &resource)
        .object("initiated_by", &by)
        .raw("changes", maker.changes())
        .text("os_meta_family", device.os.to_lowercase())
        .flag("success", true);
    let event = maker.with_place(event);
    let event_type = *maker.random.pick(&TYPES);
    maker.finish("systems", event_type, event)
}

/// Software appearing on and leaving a device.
pub fn software(maker: &mut Maker<'_>) -> Made {
    const NAMES: [(&str, &str); 6] = [
        ("Firefox", "131.0.3"),
        ("7-Zip 24.08 (x64)", "24.08"),
        ("Visual Studio Code", "1.94.2"),
        ("DIAdem 2023 — Auswertung", "23.1.0"),
        ("zoom.us", "6.2.3 (40197)"),
        ("libssl3", "3.0.2-0ubuntu1.18"),
    ];
    let device = maker.company.device(maker.random);
    let (name, version) = *maker.random.pick(&NAMES);
    let application = Object::new()
        .text("id", maker.random.uuid('4'))
        .text("name", name)
        .text("display_name", name)
        .text(
            "package_manager",
            *maker
                .random
                .pick(&["APPLE_VPP", "CHOCOLATEY", "GOOGLE_ANDROID", ""]),
        );
    let versions = Object::new()
        .text("field", "version")
        .raw("from", "null")
        .text("to", version);
    let system = device.system();
    let event = Object::new()
        .object("system", &system)
        .object("application", &application)
        .raw("changes", list([versions.json()]))
        .text("app_management_source", "agent");
    let event = maker.provider(event);
    let event_type = *maker
        .random
        .pick(&["software_add", "software_change", "software_remove"]);
    maker.finish("software", event_type, event)
}

/// Files of managed software.
pub fn object_storage(maker: &mut Maker<'_>) -> Made {
    const TYPES: [&str; 4] = [
        "object_storage_create",
        "object_storage_upload_validation_result",
        "object_storage_get_download_url_request",
        "object_storage_delete",
    ];
    let event = Object::new()
        .text("result", "VALID")
        .text("referrer_object_id", maker.random.hex(24))
        .text("referrer_type", "SOFTWARE_APP")
        .text("object_storage_item_object_id", maker.random.hex(24))
        .text(
            "object_storage_item_version_object_id",
            maker.random.hex(24),
        )
        .text("object_storage_item_version_name", "Messwerk-Setup-4.2.msi")
        .number(
            "object_storage_item_version_size",
            maker.random.between(1_000_000, 900_000_000),
        )
        .text(
            "object_storage_item_version_sha_256_sum",
            maker.random.hex(64),
        )
        .number("total_software_item_count", maker.random.between(1, 40))
        .number(
            "total_space_used",
            maker.random.between(5_000_000_000, 9_000_000_000),
        )
        .text("system_object_id", &maker.company.device(maker.random).id);
    let event_type = *maker.random.pick(&TYPES);
    maker.finish("object_storage", event_type, event)
}
