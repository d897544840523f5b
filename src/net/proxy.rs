//! The standard proxy variables, read as curl reads them: by the scheme of the address that is asked.

use std::collections::BTreeMap;

use ureq::{Proxy, ProxyProtocol};

use super::base_url::BaseUrl;
use crate::failure::{Failure, Result};

/// The proxy for `url`, if the environment names one and does not exempt the host.
pub fn proxy_for(url: &BaseUrl, environment: &BTreeMap<String, String>) -> Result<Option<Proxy>> {
    // Upper-case HTTP_PROXY is read too: jcx is no CGI program, where a request header could set it.
    let names: &[&str] = if url.is_https() {
        &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    } else {
        &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]
    };
    let found = names
        .iter()
        .find_map(|name| Some((name, environment.get(*name).filter(|v| !v.is_empty())?)));
    let Some((name, value)) = found else {
        return Ok(None);
    };
    if exempt(&url.host(), environment) {
        return Ok(None);
    }
    let proxy = Proxy::new(value).map_err(|_| {
        Failure::usage(format!("{name} is not a proxy URL")).hint("write it as http://HOST:PORT")
    })?;
    if !matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) {
        return Err(
            Failure::usage(format!("{name} names a SOCKS proxy, which jcx cannot use"))
                .hint("name an HTTP proxy (http://HOST:PORT), or exempt the host in NO_PROXY"),
        );
    }
    Ok(Some(proxy))
}

/// Whether `NO_PROXY` names the host: `*`, the host itself, or a domain it ends with.
fn exempt(host: &str, environment: &BTreeMap<String, String>) -> bool {
    let list = environment
        .get("no_proxy")
        .or_else(|| environment.get("NO_PROXY"));
    list.is_some_and(|list| {
        list.split(',')
            .any(|entry| entry_matches(entry.trim(), host))
    })
}

fn entry_matches(entry: &str, host: &str) -> bool {
    let entry = entry.to_ascii_lowercase();
    let name = entry
        .trim_start_matches("*.")
        .trim_start_matches('.')
        .trim_matches(['[', ']']);
    let name = if name.matches(':').count() == 1 {
        name.split(':').next().unwrap_or_default()
    } else {
        name
    };
    entry == "*" || (!name.is_empty() && (host == name || host.ends_with(&format!(".{name}"))))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::proxy_for;
    use crate::net::BaseUrl;

    fn uses_proxy(url: &str, variables: &[(&str, &str)]) -> Option<String> {
        let environment: BTreeMap<String, String> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let url = BaseUrl::parse(url, "--api-url").expect("a URL");
        proxy_for(&url, &environment)
            .expect("valid")
            .map(|proxy| proxy.host().to_owned())
    }

    #[test]
    fn the_scheme_of_the_address_picks_the_variable() {
        let both = [
            ("HTTPS_PROXY", "http://tls.test:1"),
            ("http_proxy", "http://plain.test:2"),
        ];
        assert_eq!(
            uses_proxy("https://api.example.test", &both).as_deref(),
            Some("tls.test")
        );
        assert_eq!(
            uses_proxy("http://api.example.test", &both).as_deref(),
            Some("plain.test")
        );
        assert_eq!(
            uses_proxy("http://a.test", &[("ALL_PROXY", "http://all.test:3")]).as_deref(),
            Some("all.test")
        );
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_refused_and_not_passed_by() {
        let url = BaseUrl::parse("https://api.example.test", "--api-url").expect("a URL");
        for proxy in ["socks5://p.test:1080", "socks4a://p.test", "ftp://p.test"] {
            let environment = [("ALL_PROXY".to_owned(), proxy.to_owned())].into();
            let why = proxy_for(&url, &environment).expect_err(proxy);
            assert!(why.message().contains("ALL_PROXY"), "{why}");
        }
    }

    #[test]
    fn exempt_hosts_go_direct() {
        let proxy = ("HTTP_PROXY", "http://p.test:1");
        for list in [
            "*",
            "api.example.test",
            ".example.test",
            "x.test, example.test",
            "api.example.test:80",
        ] {
            assert_eq!(
                uses_proxy("http://api.example.test", &[proxy, ("NO_PROXY", list)]),
                None,
                "{list}"
            );
        }
        assert!(
            uses_proxy(
                "http://notexample.test",
                &[proxy, ("NO_PROXY", "example.test")]
            )
            .is_some()
        );
        assert_eq!(
            uses_proxy("http://[::1]:9200", &[proxy, ("NO_PROXY", "::1")]),
            None
        );
    }
}
