//! Whose events are read, where the credentials see more than one organization (`docs/insights-api.md` section 2).
//!
//! One organization a client: whether several in one request are heeded is not known (U22).

use ureq::http::header::HeaderValue;

/// The organization or portal that a client's requests name; none where the credentials say enough.
#[derive(Clone, Debug, Default)]
pub struct Tenancy {
    organization: Option<Id>,
    provider: Option<Id>,
}

#[derive(Clone, Debug)]
struct Id {
    text: String,
    header: HeaderValue,
}

/// The length of an organization's id, in hexadecimal digits.
const DIGITS: usize = 24;

impl Tenancy {
    /// From the ids of an organization and of a provider; white space around them does not count.
    ///
    /// # Errors
    /// What cannot be sent, in words.
    pub fn of(organization: Option<&str>, provider: Option<&str>) -> Result<Self, String> {
        Ok(Self {
            organization: organization.map(|id| Id::of(id, "--org")).transpose()?,
            provider: provider.map(|id| Id::of(id, "--provider")).transpose()?,
        })
    }

    /// The organization's id.
    pub fn organization(&self) -> Option<&str> {
        self.organization.as_ref().map(|id| id.text.as_str())
    }

    /// The provider's id.
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_ref().map(|id| id.text.as_str())
    }

    /// Whether the organization's id has another form than every one seen so far.
    pub fn looks_odd(&self) -> bool {
        self.organization().is_some_and(|id| {
            id.len() != DIGITS || !id.bytes().all(|digit| digit.is_ascii_hexdigit())
        })
    }

    /// What goes with every request.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&'static str, HeaderValue)> {
        let named = [
            ("x-org-id", &self.organization),
            ("x-provider-id", &self.provider),
        ];
        let header = |(name, id): (_, &Option<Id>)| Some((name, id.as_ref()?.header.clone()));
        named.into_iter().filter_map(header)
    }
}

impl Id {
    fn of(given: &str, flag: &str) -> Result<Self, String> {
        let text = given.trim();
        let header = HeaderValue::from_str(text)
            .ok()
            .filter(|_| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()));
        let header =
            header.ok_or_else(|| format!("{flag}: an id is one word of letters and digits"))?;
        Ok(Self {
            text: text.to_owned(),
            header,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Tenancy;

    #[test]
    fn ids_are_sent_as_they_are_and_nothing_else_is() {
        let tenancy = Tenancy::of(Some(" 5f0c1a2b3c4d5e6f70819203\n"), Some("p-7")).expect("valid");
        let headers: Vec<_> = tenancy.headers().collect();
        assert_eq!(headers.len(), 2);
        assert_eq!(headers[0].0, "x-org-id");
        assert_eq!(headers[0].1, "5f0c1a2b3c4d5e6f70819203");
        assert_eq!(headers[1].0, "x-provider-id");
        assert_eq!(headers[1].1, "p-7");
        assert_eq!(Tenancy::default().headers().count(), 0);
    }

    #[test]
    fn what_is_no_id_is_refused_and_what_is_a_strange_one_is_not() {
        for text in ["", " ", "a b", "a\nb", "a\u{7}", "ä"] {
            assert!(Tenancy::of(Some(text), None).is_err(), "{text:?}");
            assert!(Tenancy::of(None, Some(text)).is_err(), "{text:?}");
        }
        let odd = |id| Tenancy::of(Some(id), None).expect("valid").looks_odd();
        assert!(odd("5f0c") && odd("5f0c1a2b3c4d5e6f7081920x"));
        assert!(!odd("5F0C1a2b3c4d5e6f70819203"));
    }
}
