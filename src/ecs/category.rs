//! Step 10: what kind of thing an event type tells of, for the few that Elastic's integration knows.
//!
//! `docs/ecs-mapping.md`, section 2.

/// Step 10: sign-ins.
pub(super) const AUTHENTICATION: [&str; 4] = [
    "ldap_bind",
    "user_login_attempt",
    "sso_auth",
    "admin_login_attempt",
];
/// Step 10: accounts and their passwords.
pub(super) const IAM: [&str; 4] = [
    "user_password_warning_email",
    "user_password_reset_request",
    "user_activation_email",
    "user_unlocked",
];
/// Step 10: the category of an event type that has one there.
pub(super) fn category(event_type: &[u8]) -> Option<&'static str> {
    let is_one_of = |types: &[&str]| types.iter().any(|name| name.as_bytes() == event_type);
    if is_one_of(&AUTHENTICATION) {
        Some("authentication")
    } else if is_one_of(&IAM) {
        Some("iam")
    } else {
        None
    }
}
