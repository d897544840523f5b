//! What the makers of all services share: one event under construction and the parts that recur in it.

use super::company::{Company, Device};
use super::places::{place_of, useragent};
use super::random::Random;
use crate::samples::json::{Object, list};

/// An event under construction.
pub struct Maker<'a> {
    pub random: &'a mut Random,
    pub company: &'a Company,
    /// The `timestamp` text.
    pub stamp: &'a str,
}

/// The event's text and the service a query finds it under.
pub type Made = (&'static str, String);

impl Maker<'_> {
    /// The members every service has; `service` also is the query's name.
    pub fn finish(&mut self, service: &'static str, event_type: &str, own: Object) -> Made {
        let id = self.random.hex(24);
        let event = own
            .text("id", id)
            .text("event_type", event_type)
            .text("service", service)
            .text("organization", &self.company.organization)
            .text("@version", "1")
            .text("timestamp", self.stamp);
        (service, event.json())
    }

    /// `initiated_by` of an administrator.
    pub fn administrator(&mut self) -> Object {
        let company = self.company;
        let person = company.administrator(self.random);
        let by = Object::new()
            .text("id", &person.id)
            .text("type", "admin")
            .text("email", &person.email);
        if self.random.chance(20) {
            by.flag("administrator", true)
                .text("source", "admin-portal")
        } else {
            by
        }
    }

    /// `client_ip` and `geoip` of one place.
    pub fn with_place(&mut self, event: Object) -> Object {
        let place = place_of(self.random);
        let address = place.address(self.random);
        let geoip = place.geoip(self.random);
        event.text("client_ip", address).object("geoip", &geoip)
    }

    /// A place and a browser.
    pub fn with_browser(&mut self, event: Object) -> Object {
        let agent = useragent(self.random);
        self.with_place(event).object("useragent", &agent)
    }

    /// A place and a browser, spelled as the newer services spell it.
    pub fn with_newer_browser(&mut self, event: Object) -> Object {
        let agent = useragent(self.random);
        self.with_place(event).object("user_agent", &agent)
    }

    /// `provider`, null, empty or absent.
    pub fn provider(&mut self, event: Object) -> Object {
        match self.random.below(4) {
            0 => event.raw("provider", "null"),
            1 => event.text("provider", ""),
            _ => event,
        }
    }

    /// A list of `{field, from, to}` with values of all JSON types.
    pub fn changes(&mut self) -> String {
        const FIELDS: [(&str, &str, &str); 9] = [
            ("active", "false", "true"),
            ("password_never_expires", "true", "false"),
            ("department", "null", "\"Optics\""),
            (
                "phoneNumbers",
                "[]",
                "[{\"type\":\"work\",\"number\":\"+49 30 5550 142\"}]",
            ),
            ("mfa.exclusionDays", "0", "7"),
            ("displayname", "\"\"", "\"Wim \\u201eWimpy\\u201c\""),
            (
                "attributes",
                "{\"cost_center\":4711}",
                "{\"cost_center\":4712,\"rate\":1.50}",
            ),
            ("unix_uid", "5012", "4294967296"),
            ("expiration", "null", "\"2031-01-31T23:59:59.000Z\""),
        ];
        let count = self.random.between(1, 5);
        list((0..count).map(|_| {
            let (field, from, to) = *self.random.pick(&FIELDS);
            Object::new()
                .text("field", field)
                .raw("from", from)
                .raw("to", to)
                .json()
        }))
    }

    /// How somebody proved who they are.
    pub fn auth_context(&mut self, device: Option<&Device>) -> Object {
        let method = *self
            .random
            .pick(&["totp", "jumpcloud_protect", "webauthn", "duo"]);
        let yes = Object::new().flag("success", true);
        let methods = Object::new().object("password", &yes).object(method, &yes);
        let metadata = Object::new()
            .text("action", "ALLOW")
            .text("resource_type", "USER_PORTAL");
        let policy = Object::new()
            .text("id", self.random.uuid('4'))
            .text(
                "name",
                *self.random.pick(&[
                    "Default Access Policy",
                    "Managed devices only",
                    "Büro & VPN",
                ]),
            )
            .object("metadata", &metadata);
        let context = Object::new()
            .object("auth_methods", &methods)
            .raw("policies_applied", list([policy.json()]));
        let context = match device {
            Some(device) => context.object(
                "system",
                &device
                    .system()
                    .text("os", device.os)
                    .text("version", device.version),
            ),
            None => context,
        };
        if method == "jumpcloud_protect" {
            self.with_phone(context)
        } else {
            context
        }
    }

    fn with_phone(&mut self, context: Object) -> Object {
        let place = place_of(self.random);
        let phone = Object::new()
            .text("id", self.random.uuid('4'))
            .text("make", "Google")
            .text("model", "Pixel 8")
            .text("os", "Android")
            .text("os_version", "14")
            .text("app_version", "2.3.1")
            .text("ip", place.address(self.random))
            .object("geoip", &place.geoip(self.random))
            .text("user_id", self.random.hex(24));
        context.object("jumpcloud_protect_device", &phone)
    }
}
