//! What a continued run was asked for, in the words of its flags, so that another run can be told what differs.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Result};

/// Values by the flags that they were given with: `--service` → `sso,radius`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(pub BTreeMap<String, String>);

impl Settings {
    /// Refuses a run that was asked for something else than `what` was made with.
    pub fn refuse_other(&self, what: &str, now: &Settings) -> Result<()> {
        let flags: BTreeSet<&String> = self.0.keys().chain(now.0.keys()).collect();
        let differing = flags
            .into_iter()
            .filter(|flag| self.0.get(*flag) != now.0.get(*flag));
        let (then, now): (Vec<String>, Vec<String>) = differing
            .map(|flag| (words(flag, self.0.get(flag)), words(flag, now.0.get(flag))))
            .unzip();
        if then.is_empty() {
            return Ok(());
        }
        let (then, now) = (then.join(", "), now.join(", "));
        let text = format!("{what} was made {then}, this run {now}");
        Err(Failure::usage(text)
            .hint("say the same again, or name another place for another query"))
    }
}

/// `with --service sso`, `with --raw`, or `without --filter`.
fn words(flag: &str, value: Option<&String>) -> String {
    match value.map(String::as_str) {
        Some("") => format!("with {flag}"),
        Some(value) => format!("with {flag} {value}"),
        None => format!("without {flag}"),
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    fn settings(flags: &[(&str, &str)]) -> Settings {
        let owned = |(flag, value): &(&str, &str)| ((*flag).to_owned(), (*value).to_owned());
        Settings(flags.iter().map(owned).collect())
    }

    #[test]
    fn what_differs_is_said_in_words() {
        let then = settings(&[("--service", "radius,sso"), ("--region", "us")]);
        assert!(then.refuse_other("x", &then.clone()).is_ok());
        let now = settings(&[
            ("--service", "all"),
            ("--region", "us"),
            ("--filter", "a=b"),
        ]);
        let refused = then.refuse_other("the state s", &now).expect_err("differs");
        assert_eq!(
            refused.message(),
            "the state s was made without --filter, with --service radius,sso, this run with --filter a=b, with --service all"
        );
    }
}
