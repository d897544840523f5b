//! Steps 8 to 16 of the mapping, in their order: `docs/ecs-mapping.md`, section 2.
//!
//! Each step is one function under its number. A step that fails ends the run; what ran before it stays in the draft.
//! Knows neither the `_id` nor what is said about a failure in the document.

use super::geoip::{self, Databases};
use super::layout::Layout;
use super::rendering::{as_text, excerpt, plain};
use super::{address, number, timestamp};
use crate::reference::json::text::comparable;
use crate::reference::json::tree::{Object, Value};

/// Step 10: sign-ins.
const AUTHENTICATION: [&str; 4] = [
    "ldap_bind",
    "user_login_attempt",
    "sso_auth",
    "admin_login_attempt",
];
/// Step 10: accounts and their passwords.
const IAM: [&str; 4] = [
    "user_password_warning_email",
    "user_password_reset_request",
    "user_activation_email",
    "user_unlocked",
];
/// Step 11: what is copied before `@version` gets its name; the order decides what a failure leaves.
pub const COPIES_BEFORE_VERSION: [(&str, &str); 2] = [("id", "event.id"), ("message", "message")];
/// Step 11: what is copied after it.
pub const COPIES: [(&str, &str); 15] = [
    ("system.id", "host.id"),
    ("system.hostname", "host.hostname"),
    ("initiated_by.id", "source.user.id"),
    ("initiated_by.email", "source.user.email"),
    ("initiated_by.username", "source.user.name"),
    ("username", "user.name"),
    ("useragent.device", "user_agent.device.name"),
    ("useragent.name", "user_agent.name"),
    ("useragent.version", "user_agent.version"),
    ("useragent.os_name", "user_agent.os.name"),
    ("useragent.os_full", "user_agent.os.full"),
    ("useragent.os_version", "user_agent.os.version"),
    ("event_type", "event.action"),
    ("service", "event.module"),
    ("process_name", "process.name"),
];
/// Step 16: what exists under an ECS name by then.
const COPIED: [&str; 16] = [
    "version",
    "timestamp",
    "client_ip",
    "src_ip",
    "id",
    "message",
    "username",
    "useragent",
    "event_type",
    "service",
    "process_name",
    "system.id",
    "system.hostname",
    "initiated_by.id",
    "initiated_by.email",
    "initiated_by.username",
];

/// Why a step failed, in our words.
#[derive(Debug)]
pub struct Failed {
    pub(super) reason: String,
}

impl Failed {
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

/// An event on its way to a document.
pub struct Draft<'a> {
    event: Object<'a>,
    fields: Layout<'a>,
}

impl<'a> Draft<'a> {
    /// Step 6: the object is `jumpcloud.event`, and nothing else is there yet.
    pub fn new(event: Object<'a>) -> Self {
        Self {
            event,
            fields: Layout::default(),
        }
    }

    /// What is left of the event.
    pub fn event(&self) -> &Object<'a> {
        &self.event
    }

    /// What is left of the event, to be exchanged for another state of it.
    pub fn event_mut(&mut self) -> &mut Object<'a> {
        &mut self.event
    }

    /// The value of a field.
    pub fn get(&self, field: &str) -> Option<&Value<'a>> {
        self.fields.get(field)
    }

    /// Whether a field has a value.
    pub fn has(&self, field: &str) -> bool {
        self.fields.get(field).is_some()
    }

    /// Gives a field its value.
    pub fn set(&mut self, field: &'static str, value: Value<'a>) {
        self.fields.set(field, value);
    }

    /// The document as JSON.
    pub fn write(mut self) -> Vec<u8> {
        self.fields
            .set("jumpcloud.event", Value::Object(self.event));
        let mut out = Vec::new();
        self.fields.write(&mut out);
        out
    }

    /// Steps 8 to 16.
    pub fn run(&mut self, databases: &Databases, keep_copied: bool) -> Result<(), Failed> {
        self.step_8_timestamp()?;
        self.step_9_addresses()?;
        self.step_10_category();
        self.step_11_copies()?;
        self.step_12_outcome();
        geoip::locate(self, databases);
        self.step_14_related_addresses()?;
        self.step_15_related_user();
        if !keep_copied {
            self.step_16_clean_up();
        }
        Ok(())
    }

    fn step_8_timestamp(&mut self) -> Result<(), Failed> {
        let Some(value) = self.event.get("timestamp") else {
            return Ok(());
        };
        let text = plain(value);
        let utc = timestamp::to_utc(&text)
            .ok_or_else(|| Failed::new(format!("timestamp: {} is no date", excerpt(&text))))?;
        self.set("@timestamp", Value::owned_text(&utc));
        Ok(())
    }

    fn step_9_addresses(&mut self) -> Result<(), Failed> {
        for (source, target) in [("client_ip", "client.ip"), ("src_ip", "source.ip")] {
            if let Some(value) = self.event.get(source) {
                address::check(value)
                    .map_err(|why| Failed::new(format!("{source}: {why} is no IP address")))?;
                let address = value.clone();
                self.set(target, address);
            }
        }
        Ok(())
    }

    pub fn step_10_category(&mut self) {
        let Some(event_type) = self.event.get("event_type") else {
            return;
        };
        let is_one_of = |types: &[&str]| types.iter().any(|name| event_type.says(name));
        let category = if is_one_of(&AUTHENTICATION) {
            "authentication"
        } else if is_one_of(&IAM) {
            "iam"
        } else {
            return;
        };
        self.set("event.category", Value::Array(vec![Value::text(category)]));
        self.set("event.type", Value::Array(vec![Value::text("info")]));
    }

    fn step_11_copies(&mut self) -> Result<(), Failed> {
        self.copy(&COPIES_BEFORE_VERSION)?;
        self.rename_version()?;
        self.copy(&COPIES)
    }

    fn copy(&mut self, copies: &[(&str, &'static str)]) -> Result<(), Failed> {
        for (source, target) in copies {
            let Some(value) = find(&self.event, source) else {
                continue;
            };
            if number::is_beyond_64_bits_anywhere(value) {
                return Err(Failed::new(format!(
                    "{source}: an integer beyond 64 bits cannot be copied to {target}"
                )));
            }
            let value = value.clone();
            self.set(target, value);
        }
        Ok(())
    }

    fn rename_version(&mut self) -> Result<(), Failed> {
        if self.event.get("@version").is_none() {
            return Ok(());
        }
        if self.event.get("version").is_some() {
            return Err(Failed::new(
                "@version: cannot become version, the event has one",
            ));
        }
        if let Some(version) = self.event.remove("@version") {
            self.event.0.push(("version", version));
        }
        Ok(())
    }

    pub fn step_12_outcome(&mut self) {
        let mut outcome = "unknown";
        for source in ["sso_token_success", "success"] {
            if let Some(Value::Bool(success)) = self.event.get(source) {
                outcome = if *success { "success" } else { "failure" };
            }
        }
        self.set("event.outcome", Value::text(outcome));
    }

    /// `client.ip` is not among them.
    fn step_14_related_addresses(&mut self) -> Result<(), Failed> {
        let mut related = Vec::new();
        match self.event.get("jumpcloud_protect_device") {
            None => {}
            Some(Value::Object(device)) => related.extend(device.get("ip").map(as_text)),
            Some(_) => return Err(Failed::new("jumpcloud_protect_device: not an object")),
        }
        let sources = match self.fields.get("source.ip") {
            Some(Value::Array(addresses)) => addresses.as_slice(),
            Some(address) => std::slice::from_ref(address),
            None => &[],
        };
        for address in sources {
            // Elastic compares what the texts say, not how they are escaped.
            let says_the_same = |other: &Value<'_>| what_it_says(other) == what_it_says(address);
            if !related.iter().any(says_the_same) {
                related.push(address.clone());
            }
        }
        if !related.is_empty() {
            self.set("related.ip", Value::Array(related));
        }
        Ok(())
    }

    fn step_15_related_user(&mut self) {
        if let Some(name) = self.fields.get("source.user.name") {
            let name = as_text(name);
            self.set("related.user", Value::Array(vec![name]));
        }
    }

    /// Leaves parents that become empty, as Elastic's pipeline does.
    fn step_16_clean_up(&mut self) {
        for path in COPIED {
            match path.split_once('.') {
                None => drop(self.event.remove(path)),
                Some((parent, child)) => {
                    if let Some(Value::Object(parent)) = self.event.get_mut(parent) {
                        parent.remove(child);
                    }
                }
            }
        }
    }
}

/// A form of a text that is equal to another's exactly when both say the same.
pub fn what_it_says(value: &Value<'_>) -> Option<Vec<u8>> {
    match value {
        Value::String(raw) => Some(comparable(raw)),
        _ => None,
    }
}

/// The value under a dotted path; below something that is no object there is none.
fn find<'o, 'a>(event: &'o Object<'a>, path: &str) -> Option<&'o Value<'a>> {
    match path.split_once('.') {
        None => event.get(path),
        Some((parent, child)) => match event.get(parent)? {
            Value::Object(parent) => parent.get(child),
            _ => None,
        },
    }
}
