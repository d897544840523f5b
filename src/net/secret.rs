//! The one place that knows a secret's value: where it may come from, and how it becomes a header.
//!
//! `Debug` shows nothing, and there is no way to print one.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ureq::http::header::HeaderValue;

use crate::failure::{Failure, Kind, OrFail, Result};

/// A key, token or password.
#[derive(Clone)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Where one secret may come from, in order (`docs/command-line.md`, "Secrets").
pub struct KeyPlaces<'a> {
    /// The flag that takes a file, for messages, and its value. `-` is stdin. Its variable has the flag's own value.
    pub file: Option<(&'a str, &'a str)>,
    /// The file's name below `$CREDENTIALS_DIRECTORY`.
    pub credential: Option<&'a str>,
    /// Variables that hold the secret itself, first one wins; empty ones count as absent.
    pub variables: &'a [&'a str],
}

impl Secret {
    /// Finds a secret in its places; `None` where no place has one.
    pub fn find(
        places: &KeyPlaces<'_>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Option<Self>> {
        if let Some((flag, path)) = places.file {
            return Self::from_file(flag, path, environment).map(Some);
        }
        if let (Some(name), Some(folder)) = (places.credential, credentials_folder(environment)) {
            let path = PathBuf::from(folder).join(name);
            if path.exists() {
                return Self::from_file(
                    "$CREDENTIALS_DIRECTORY",
                    &path.to_string_lossy(),
                    environment,
                )
                .map(Some);
            }
        }
        for name in places.variables {
            if let Some(value) = environment
                .get(*name)
                .filter(|value| !value.trim().is_empty())
            {
                return Self::checked(value, &format!("the variable {name}")).map(Some);
            }
        }
        Ok(None)
    }

    /// Reads a file that holds one secret on one line.
    pub fn from_file(
        flag: &str,
        path: &str,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let place = if path == "-" {
            format!("{flag}: stdin")
        } else {
            format!("{flag}: the file {path}")
        };
        let mut bytes = Vec::new();
        if path == "-" {
            std::io::stdin()
                .read_to_end(&mut bytes)
                .or_fail(Kind::Usage, || format!("reading {place}"))?;
        } else {
            refuse_readable_by_others(Path::new(path), &place, environment)?;
            bytes = std::fs::read(path).or_fail(Kind::Usage, || format!("reading {place}"))?;
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::usage(format!("{place} is not UTF-8 text")))?;
        Self::checked(&text, &place)
    }

    fn checked(text: &str, place: &str) -> Result<Self> {
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Err(Failure::usage(format!("{place} is empty"))
                .hint("write the key into it, on one line"));
        }
        if text.lines().count() > 1 {
            return Err(Failure::usage(format!("{place} has several lines"))
                .hint("it must hold the key alone, on one line"));
        }
        if text.chars().any(char::is_control) {
            return Err(Failure::usage(format!("{place} holds control characters"))
                .hint("copy the key again, as plain text"));
        }
        Ok(Self(text.to_owned()))
    }

    /// `Authorization: Basic` of a name and this password.
    pub fn basic(&self, name: &str) -> Result<HeaderValue> {
        sensitive(&format!(
            "Basic {}",
            STANDARD.encode(format!("{name}:{}", self.0))
        ))
    }

    /// The secret behind a scheme such as `Bearer `, or alone behind an empty one.
    pub fn header(&self, scheme: &str) -> Result<HeaderValue> {
        sensitive(&format!("{scheme}{}", self.0))
    }

    /// `Authorization: ApiKey`, from `id:key` or from the ready Base64 (which has no colon).
    ///
    /// # Errors
    /// Usage for what was copied with something around it: the server would only say that it is wrong.
    pub fn api_key(&self) -> Result<HeaderValue> {
        if self
            .0
            .contains(|c: char| c.is_whitespace() || "\"'{}".contains(c))
        {
            return Err(Failure::usage("the API key has quotes, braces or white space in it")
                .hint("give the key alone, as id:key or its Base64 (`encoded`): without quotes, without the word ApiKey, and not the whole answer it came in"));
        }
        let encoded = if self.0.contains(':') {
            STANDARD.encode(&self.0)
        } else {
            self.0.clone()
        };
        sensitive(&format!("ApiKey {encoded}"))
    }

    /// A text of somebody else in which this secret, should it be repeated there, does not show.
    pub fn conceal(&self, text: &str) -> String {
        text.replace(&self.0, "***")
    }

    /// A token as a server handed it out.
    pub fn received(text: &str) -> Result<Self> {
        Self::checked(text, "the token")
    }
}

fn sensitive(text: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        Failure::usage("a credential holds characters that no HTTP header can carry")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// A regular file that others can read is refused, unless a supervisor put it where only the service looks.
#[cfg(unix)]
pub(super) fn refuse_readable_by_others(
    path: &Path,
    place: &str,
    environment: &BTreeMap<String, String>,
) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = std::fs::metadata(path).or_fail(Kind::Usage, || format!("reading {place}"));
    let metadata = metadata.map_err(|failure| failure.hint("name a file that holds the key"))?;
    if metadata.is_dir() {
        return Err(
            Failure::usage(format!("{place} is a folder")).hint("name the file that holds the key")
        );
    }
    let open_to_others = metadata.is_file() && metadata.permissions().mode() & 0o004 != 0;
    if !open_to_others || is_supervised(path, environment) {
        return Ok(());
    }
    Err(
        Failure::usage(format!("{place} can be read by every user of this machine")).hint(format!(
            "chmod o-r {} (Kubernetes: defaultMode: 0440)",
            path.display()
        )),
    )
}

#[cfg(not(unix))]
pub(super) fn refuse_readable_by_others(
    _: &Path,
    _: &str,
    _: &BTreeMap<String, String>,
) -> Result<()> {
    Ok(())
}

/// Where a supervisor such as systemd puts a service's credentials; an empty variable is none.
fn credentials_folder(environment: &BTreeMap<String, String>) -> Option<&String> {
    let folder = environment.get("CREDENTIALS_DIRECTORY");
    folder.filter(|folder| !folder.is_empty())
}

fn is_supervised(path: &Path, environment: &BTreeMap<String, String>) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folders = credentials_folder(environment)
        .map(PathBuf::from)
        .into_iter()
        .chain([PathBuf::from("/run/secrets")]);
    let found = real(path);
    folders
        .into_iter()
        .any(|folder| path.starts_with(&folder) || found.starts_with(real(&folder)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{KeyPlaces, Secret};
    use crate::failure::Kind;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_secret_shows_nothing() {
        assert_eq!(format!("{:?}", Secret("k3y".to_owned())), "***");
        let header = Secret("k3y".to_owned()).header("").expect("a header");
        assert!(!format!("{header:?}").contains("k3y"));
    }

    #[test]
    fn variables_count_in_order_and_empty_ones_are_absent() {
        let places = KeyPlaces {
            file: None,
            credential: None,
            variables: &["A", "B"],
        };
        let found =
            Secret::find(&places, &environment(&[("A", " "), ("B", " two \n")])).expect("valid");
        assert_eq!(found.expect("one").0, "two");
        assert!(
            Secret::find(&places, &environment(&[]))
                .expect("valid")
                .is_none()
        );
    }

    #[test]
    fn a_repeated_secret_does_not_show() {
        let secret = Secret("k3y".to_owned());
        assert_eq!(secret.conceal("invalid key k3y!"), "invalid key ***!");
    }

    #[test]
    fn both_forms_of_an_api_key_become_the_same_header() {
        let plain = Secret("id:key".to_owned()).api_key().expect("a header");
        let ready = Secret("aWQ6a2V5".to_owned()).api_key().expect("a header");
        assert_eq!(plain, ready);
    }

    #[test]
    fn an_api_key_with_something_around_it_is_refused_and_not_shown() {
        for text in [
            "\"id:k3y\"",
            "'k3y'",
            "ApiKey k3y",
            r#"{"id":"id","api_key":"k3y","encoded":"x"}"#,
        ] {
            let error = Secret(text.to_owned()).api_key().expect_err(text);
            assert_eq!(error.kind(), Kind::Usage);
            assert!(!error.message().contains("k3y"), "{error}");
        }
    }

    #[test]
    fn lines_and_control_characters_are_refused() {
        for (text, said) in [
            ("a\nb", "several lines"),
            ("a\u{7}b", "control"),
            ("\n", "empty"),
        ] {
            let error = Secret::checked(text, "x").expect_err(said);
            assert!(error.message().contains(said), "{error}");
        }
    }
}
