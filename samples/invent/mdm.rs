//! Events of managed devices, among them the one large kind.

use super::company::Device;
use super::maker::{Made, Maker};
use crate::samples::json::{Object, list};

/// Answers of managed devices; they carry neither `success` nor `geoip` nor `initiated_by`.
pub fn event(maker: &mut Maker<'_>) -> Made {
    let device = maker.company.device(maker.random);
    let event = Object::new()
        .text(
            "mdm_type",
            if device.os == "Windows" {
                "windows"
            } else {
                "apple"
            },
        )
        .text("mdm_device_id", &device.udid)
        .text("device_object_id", &device.id)
        .text("device_manager_object_id", maker.random.hex(24))
        .text("command_uuid", maker.random.uuid('4'));
    match maker.random.below(100) {
        0..2 => profile_list(maker, event),
        2..20 => updates(maker, event),
        20..30 => refused(maker, event),
        30..40 => maker.finish("mdm", "device_enrollment", event.text("status", "Enrolled")),
        _ => information(maker, event, device),
    }
}

fn information(maker: &mut Maker<'_>, event: Object, device: &Device) -> Made {
    let mac = maker.random.hex(12);
    let capacity = maker.random.between(120, 2000);
    let responses = Object::new()
        .text("device_name", &device.hostname)
        .text("model_name", device.model)
        .text("product_name", device.model)
        .text("os_version", device.version)
        .text(
            "wifi_mac",
            format!(
                "{}:{}:{}:{}:{}:{}",
                &mac[..2],
                &mac[2..4],
                &mac[4..6],
                &mac[6..8],
                &mac[8..10],
                &mac[10..]
            ),
        )
        .flag("is_supervised", true)
        .number("device_capacity", capacity)
        .number("available_device_capacity", capacity / 3);
    let event = event
        .text("request_type", "DeviceInformation")
        .text("status", "Acknowledged")
        .object("query_responses", &responses);
    maker.finish("mdm", "mdm_command_result", event)
}

fn updates(maker: &mut Maker<'_>, event: Object) -> Made {
    let available = (0..maker.random.between(1, 3)).map(|number| {
        Object::new()
            .text("human_readable_name", format!("macOS Sequoia 15.{number}"))
            .text("product_key", format!("_MACOS_15.{number}_24A335"))
            .text("version", format!("15.{number}"))
            .number("download_size", 3_411_214_336 + number)
            .flag("is_critical", false)
            .flag("restart_required", true)
            .json()
    });
    let event = event
        .text("request_type", "AvailableOSUpdates")
        .text("status", "Acknowledged")
        .raw("available_os_updates", list(available));
    maker.finish("mdm", "mdm_command_result", event)
}

fn refused(maker: &mut Maker<'_>, event: Object) -> Made {
    let cause = Object::new()
        .number("error_code", 12_021)
        .text("error_domain", "MCMDMErrorDomain")
        .text(
            "localized_description",
            "Der Befehl „RemoveProfile“ wird nicht unterstützt.",
        );
    let command = Object::new()
        .text("request_type", "RemoveProfile")
        .flag("force", false);
    let event = event
        .text("request_type", "RemoveProfile")
        .text("status", "Error")
        .object("command", &command)
        .raw("error_chain", list([cause.json()]));
    maker.finish("mdm", "mdm_command_result", event)
}

/// The one large kind: about 75 KB of installed profiles.
fn profile_list(maker: &mut Maker<'_>, event: Object) -> Made {
    let profiles: Vec<String> = (0..30).map(|number| profile(maker, number)).collect();
    let event = event
        .text("request_type", "ProfileList")
        .text("status", "Acknowledged")
        .raw("profile_list", list(profiles));
    maker.finish("mdm", "mdm_command_result", event)
}

fn profile(maker: &mut Maker<'_>, number: i64) -> String {
    let content = Object::new()
        .text(
            "payload_identifier",
            format!("com.quillmoor.payload.{number}"),
        )
        .text("payload_type", "com.apple.security.pkcs1")
        .text("payload_display_name", format!("Zertifikat {number}"))
        .text(
            "payload_description",
            "Installs a certificate authority of the company",
        )
        .number("payload_version", 1_i64);
    let certificate = maker.random.hex(1900);
    Object::new()
        .text("payload_uuid", maker.random.uuid('4'))
        .text(
            "payload_identifier",
            format!("com.quillmoor.profile.{number}"),
        )
        .text("payload_display_name", format!("Profile {number}"))
        .text("payload_organization", "Quillmoor Instruments")
        .flag("has_removal_passcode", false)
        .flag("is_encrypted", false)
        .flag("is_managed", true)
        .flag("payload_removal_disallowed", number % 2 == 0)
        .raw("payload_content", list([content.json()]))
        .raw("signer_certificates", list([format!("\"{certificate}\"")]))
        .json()
}
