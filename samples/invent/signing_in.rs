//! Events of people and machines signing in: `sso`, `radius`, `ldap`.

use super::maker::{Made, Maker};
use crate::samples::json::{Object, list};

/// `sso_auth`: has no `success`, but `sso_token_success`.
pub fn sso(maker: &mut Maker<'_>) -> Made {
    let company = maker.company;
    let person = company.person(maker.random);
    let application = maker.random.pick(&company.applications);
    let good = maker.random.chance(94);
    let details = Object::new()
        .text("id", &application.id)
        .text("name", application.name)
        .text("display_label", application.label)
        .text(
            "sso_url",
            format!("https://sso.jumpcloud.com/saml2/{}", application.name),
        )
        .text("sso_type", *maker.random.pick(&["saml", "oidc"]));
    let device = company.device(maker.random);
    let by = person.initiator();
    let context = maker.auth_context(Some(device));
    let event = Object::new()
        .object("initiated_by", &by)
        .object("application", &details)
        .text(
            "error_message",
            if good {
                ""
            } else {
                "Access denied by policy: device not managed"
            },
        )
        .flag("idp_initiated", maker.random.chance(60))
        .flag("sso_token_success", good)
        .flag("mfa", maker.random.chance(70))
        .raw("auth_context", context.json());
    let event = maker.provider(event);
    let event = maker.with_browser(event);
    maker.finish("sso", "sso_auth", event)
}

/// `radius_auth_attempt`: the id is an upper-case name-based UUID.
pub fn radius(maker: &mut Maker<'_>) -> Made {
    let company = maker.company;
    let person = company.person(maker.random);
    let success = maker.random.chance(88);
    let eap = *maker.random.pick(&["PEAP", "EAP-TTLS", "EAP-TLS", ""]);
    let outer = Object::new()
        .text("eap_type", eap)
        .text("username", "anonymous")
        .text("error_message", "");
    let mfa = Object::new().text("type", *maker.random.pick(&["none", "totp", "push"]));
    let by = person.initiator();
    let connection = Object::new()
        .text("auth_idp", "JUMPCLOUD")
        .text("userid_type", "USERNAME")
        .flag("user_password_enabled", true)
        .flag("device_cert_enabled", false)
        .flag("user_cert_enabled", eap == "EAP-TLS");
    let event = Object::new()
        .text(
            "nas_mfa_state",
            *maker.random.pick(&["DISABLED", "ENABLED"]),
        )
        .text("auth_type", if eap.is_empty() { "PAP" } else { "EAP" })
        .text("eap_type", eap)
        .object("outer", &outer)
        .object("initiated_by", &by)
        .object("auth_meta", &connection)
        .flag("mfa", false)
        .object("mfa_meta", &mfa)
        .text("username", &person.username)
        .flag("success", success)
        .text(
            "error_message",
            if success {
                ""
            } else {
                "The password is wrong or the account is suspended"
            },
        )
        .text("id", maker.random.uuid('3').to_uppercase())
        .text("event_type", "radius_auth_attempt")
        .text("service", "radius")
        .text("organization", &company.organization)
        .text("@version", "1")
        .text("timestamp", maker.stamp);
    ("radius", maker.with_place(event).json())
}

/// Binds and searches of a directory client.
pub fn ldap(maker: &mut Maker<'_>) -> Made {
    let company = maker.company;
    let person = company.person(maker.random);
    let root = format!("ou=Users,o={},dc=jumpcloud,dc=com", company.organization);
    let dn = format!("uid={},{root}", person.username);
    let by = person.initiator();
    let connection = maker.random.between(1000, 99_999).to_string();
    let event = Object::new()
        .object("initiated_by", &by)
        .text("connection_id", connection)
        .number("operation_number", maker.random.between(0, 12))
        .text("dn", &dn)
        .text("username", &person.username)
        .flag("start_tls", maker.random.chance(30))
        .flag("tls_established", true);
    if maker.random.chance(55) {
        bind(maker, event)
    } else {
        search(maker, event, &root)
    }
}

fn bind(maker: &mut Maker<'_>, event: Object) -> Made {
    let success = maker.random.chance(93);
    let password = Object::new().flag("success", success);
    let methods = Object::new().object("password", &password);
    let meta = Object::new().object("auth_methods", &methods);
    let event = event
        .text("auth_method", "simple")
        .text("mech", "SIMPLE")
        .text("operation_type", "bind")
        .flag("success", success)
        .number("error_code", if success { 0 } else { 49 })
        .text(
            "error_message",
            if success { "" } else { "Invalid Credentials" },
        )
        .object("auth_meta", &meta);
    let event = maker.with_place(event);
    maker.finish("ldap", "ldap_bind", event)
}

fn search(maker: &mut Maker<'_>, event: Object, root: &str) -> Made {
    const FILTERS: [&str; 4] = [
        "(&(objectClass=inetOrgPerson)(uid=*))",
        "(memberOf=cn=Field Service,ou=Users)",
        "(|(mail=a*)(sn=M\\c3\\bcller))",
        "(objectClass=*)",
    ];
    let filter = *maker.random.pick(&FILTERS);
    let event = event
        .text("base", root)
        .number("scope", maker.random.between(0, 2))
        .number("deref", 0)
        .text("filter", filter)
        .raw("attr", list(["\"uid\"", "\"mail\"", "\"memberOf\""]))
        .number("number_of_results", maker.random.between(0, 600))
        .text("operation_type", "search")
        .flag("success", true)
        .number("error_code", 0)
        .text("error_message", "");
    let event = maker.with_place(event);
    maker.finish("ldap", "ldap_srch", event)
}
