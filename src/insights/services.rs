//! Which services to ask for: an open list (`docs/insights-api.md` section 9).

/// Names that are known today; others are sent all the same.
const KNOWN: [&str; 26] = [
    "all",
    "access_certification",
    "access_management",
    "adbridge_user",
    "ai_admin",
    "aigw",
    "alerts",
    "asset_management",
    "di_events",
    "directory",
    "genai",
    "generic_di",
    "ldap",
    "mdm",
    "notifications",
    "object_storage",
    "pam",
    "password_manager",
    "password_vault",
    "radius",
    "reports",
    "saas_app_management",
    "software",
    "sso",
    "systems",
    "workflows",
];

/// The services of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services(Vec<String>);

impl Services {
    /// From what the user gave; nothing means all. `alert` and `alerts` are one name.
    ///
    /// # Errors
    /// An empty name, or `all` beside others, which would return events twice.
    pub fn of(given: &[String]) -> Result<Self, String> {
        let mut names: Vec<String> = Vec::new();
        for name in given.iter().map(|name| name.trim()) {
            if name.is_empty() {
                return Err("a service needs a name".to_owned());
            }
            let name = if name == "alert" { "alerts" } else { name };
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        if names.len() > 1 && names.iter().any(|name| name == "all") {
            return Err("`all` beside other services would return events twice".to_owned());
        }
        if names.is_empty() {
            names.push("all".to_owned());
        }
        Ok(Self(names))
    }

    /// The names to send.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The names nobody has documented yet.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .map(String::as_str)
            .filter(|name| !KNOWN.contains(name))
    }

    /// The same with the other name of `alerts`, which some servers want (U4); `None` where it is not asked for.
    pub fn with_other_alert_name(&self) -> Option<Self> {
        let at = self.0.iter().position(|name| name == "alerts")?;
        let mut names = self.0.clone();
        "alert".clone_into(&mut names[at]);
        Some(Self(names))
    }
}

/// The known name most like this one, where one is like it.
pub fn nearest(name: &str) -> Option<&'static str> {
    let scored = KNOWN
        .into_iter()
        .map(|known| (strsim::jaro_winkler(name, known), known));
    scored
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::{Services, nearest};

    fn services(names: &[&str]) -> Result<Services, String> {
        Services::of(
            &names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn nothing_means_all_and_names_are_sent_once() {
        assert_eq!(services(&[]).expect("valid").names(), ["all"]);
        assert_eq!(
            services(&["sso", "alert", "sso", "alerts"])
                .expect("valid")
                .names(),
            ["sso", "alerts"]
        );
        assert!(services(&["all", "sso"]).is_err());
        assert!(services(&[" "]).is_err());
    }

    #[test]
    fn unknown_names_are_named_with_what_was_probably_meant() {
        let services = services(&["sso", "directry", "brand_new"]).expect("valid");
        assert_eq!(
            services.unknown().collect::<Vec<_>>(),
            ["directry", "brand_new"]
        );
        assert_eq!(nearest("directry"), Some("directory"));
        assert_eq!(nearest("zzz"), None);
    }

    #[test]
    fn alerts_has_another_name() {
        let other = services(&["sso", "alerts"])
            .expect("valid")
            .with_other_alert_name()
            .expect("one");
        assert_eq!(other.names(), ["sso", "alert"]);
        assert_eq!(
            services(&["sso"]).expect("valid").with_other_alert_name(),
            None
        );
    }
}
