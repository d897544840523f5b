//! The address of a remote as the user gives it: checked once, joined everywhere.

use std::fmt;

use ureq::http::Uri;
use ureq::http::uri::Authority;

use crate::failure::{Failure, Result};

/// An `http` or `https` URL without user, query and trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Checks a URL given for `flag`. What is refused is not shown: it may hold a password in the wrong place.
    pub fn parse(text: &str, flag: &str) -> Result<Self> {
        let trimmed = text.trim().trim_end_matches('/');
        let bad = |why: &str| {
            Failure::usage(format!("{flag}: {why}")).hint("write it as https://HOST[:PORT][/PATH]")
        };
        if trimmed.contains('@') {
            return Err(bad(
                "a URL with a user in it is refused, because it would show in process lists and logs",
            ));
        }
        if trimmed.contains(['?', '#']) {
            return Err(bad("the URL must not have a query or fragment"));
        }
        if trimmed.starts_with(['"', '\'']) {
            return Err(bad("the URL is in quotes, which belong to it here"));
        }
        if !trimmed.is_empty() && !trimmed.contains("://") {
            let text = format!("{flag}: the URL does not begin with http:// or https://");
            return Err(Failure::usage(text).hint(
                "write http:// or https:// before the host, as in https://HOST[:PORT][/PATH]",
            ));
        }
        let uri: Uri = trimmed.parse().map_err(|_| bad("this is not a URL"))?;
        let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
        if !is_http || uri.host().is_none_or(str::is_empty) {
            return Err(bad("this is not an http or https URL with a host"));
        }
        let authority = uri.authority().map_or("", Authority::as_str);
        let after_host = &authority[authority.rfind(']').unwrap_or(0)..];
        if after_host.contains(':') && uri.port_u16().is_none_or(|port| port == 0) {
            return Err(bad("the port is none: it is a number from 1 to 65535"));
        }
        Ok(Self(trimmed.to_owned()))
    }

    /// The URL with `path` (which begins with `/`) behind it.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Whether the connection is encrypted.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Whether the remote is this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        let address = host.parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// Host, and port where one is given, as they were written.
    pub fn authority(&self) -> String {
        let uri: Option<Uri> = self.0.parse().ok();
        let authority = uri.as_ref().and_then(Uri::authority);
        authority.map(ToString::to_string).unwrap_or_default()
    }

    /// Host, lower-cased, without port and brackets.
    pub fn host(&self) -> String {
        let uri: Option<Uri> = self.0.parse().ok();
        let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
        host.trim_matches(['[', ']']).to_ascii_lowercase()
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::BaseUrl;
    use crate::failure::Kind;

    #[test]
    fn a_url_is_joined_without_double_slashes() {
        let url = BaseUrl::parse("https://es.example.test:9200/path/", "--es-url").expect("a URL");
        assert_eq!(
            url.join("/_bulk"),
            "https://es.example.test:9200/path/_bulk"
        );
        assert_eq!(url.host(), "es.example.test");
        assert!(!url.is_loopback());
        for text in [
            "http://localhost:1",
            "http://127.0.0.1",
            "http://[::1]:9200",
        ] {
            let here = BaseUrl::parse(text, "--es-url").expect("a URL");
            assert!(here.is_loopback(), "{text}");
        }
    }

    #[test]
    fn an_address_without_a_scheme_is_told_so() {
        for text in ["localhost:9200", "es.example.test", "10.0.0.1:9200/path"] {
            let error = BaseUrl::parse(text, "--es-url").expect_err(text);
            assert!(
                error.message().contains("does not begin with http://"),
                "{error}"
            );
        }
    }

    #[test]
    fn users_other_schemes_and_queries_are_refused() {
        for text in [
            "https://me:pw@host",
            "ftp://host",
            "host:9200",
            "",
            "https://",
            "http://h?x=1",
            "http://h/#x",
            "me:pw@host:9200",
            "https:/me:pw@host",
            "https://me:p/pw@host",
            "https://h/?key=pw",
            "https://h:65536",
            "https://h:0",
            "https://h:",
            "https://[::1]:99999",
            "'https://h'",
            "https//h:9200",
        ] {
            let error = BaseUrl::parse(text, "--es-url").expect_err(text);
            assert_eq!(error.kind(), Kind::Usage, "{text}");
            assert!(!error.message().contains("pw"), "{text}");
        }
    }
}
