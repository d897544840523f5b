//! A Cloud ID as Elastic Cloud shows it, and the address it stands for (`docs/elasticsearch-bulk.md` section 7).

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// People lose the `=` at the end when they copy.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The port of a part that names none.
const PORT: &str = "443";

/// The address of `NAME:BASE64`, where the Base64 is of `HOST[:PORT]$ELASTICSEARCH[$KIBANA]`.
///
/// # Errors
/// What is wrong with it, in words.
pub fn cloud_url(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    // A name may hold a colon, Base64 cannot.
    let encoded = text.rsplit_once(':').map_or(text, |(_, encoded)| encoded);
    let decoded = LENIENT
        .decode(encoded)
        .map_err(|_| "what follows its last `:` is not Base64")?;
    let decoded = String::from_utf8(decoded).map_err(|_| "its Base64 is not of a text")?;
    let mut parts = decoded.split('$');
    let (host, port) = with_port(parts.next().unwrap_or_default(), PORT);
    let (cluster, port) = with_port(parts.next().unwrap_or_default(), port);
    if host.is_empty() {
        return Err("it names no host");
    }
    if cluster.is_empty() {
        return Err("it names no Elasticsearch");
    }
    let is_name = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    if !is_name(host) || !is_name(cluster) || port.parse::<u16>().is_err() {
        return Err("it names something that is no host and port");
    }
    Ok(format!("https://{cluster}.{host}:{port}"))
}

fn with_port<'a>(part: &'a str, default: &'a str) -> (&'a str, &'a str) {
    part.split_once(':').unwrap_or((part, default))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::cloud_url;

    fn of(name: &str, decoded: &str) -> Result<String, &'static str> {
        cloud_url(&format!("{name}{}", STANDARD.encode(decoded)))
    }

    #[test]
    fn every_form_that_is_in_use_names_its_host() {
        for (name, decoded, expected) in [
            (
                "mine:",
                "eu.example.test$abc$def",
                "https://abc.eu.example.test:443",
            ),
            (
                "mine:",
                "eu.example.test$abc",
                "https://abc.eu.example.test:443",
            ),
            (
                "mine:",
                "eu.example.test$abc$",
                "https://abc.eu.example.test:443",
            ),
            (
                "mine:",
                "eu.example.test:9243$abc$def",
                "https://abc.eu.example.test:9243",
            ),
            (
                "mine:",
                "eu.example.test:9243$abc:9244$def",
                "https://abc.eu.example.test:9244",
            ),
            ("a:b:c:", "example.test$abc", "https://abc.example.test:443"),
            ("", "example.test$abc", "https://abc.example.test:443"),
        ] {
            assert_eq!(of(name, decoded).as_deref(), Ok(expected), "{decoded}");
        }
        let unpadded = STANDARD.encode("eu.example.test$a");
        assert!(unpadded.ends_with('='));
        let url = cloud_url(&format!("mine:{}\n", unpadded.trim_end_matches('=')));
        assert_eq!(url.as_deref(), Ok("https://a.eu.example.test:443"));
    }

    #[test]
    fn what_names_no_server_is_refused() {
        for (decoded, said) in [
            ("example.test", "no Elasticsearch"),
            ("example.test$", "no Elasticsearch"),
            ("example.test$$kibana", "no Elasticsearch"),
            ("$abc", "no host"),
            ("", "no host"),
            ("example.test:https$abc", "no host and port"),
            ("example.test$abc@evil.test/", "no host and port"),
        ] {
            let why = of("mine:", decoded).expect_err(decoded);
            assert!(why.contains(said), "{decoded}: {why}");
        }
        assert!(cloud_url("mine:!!").is_err());
        assert!(cloud_url("mine:/w==").is_err(), "not UTF-8");
    }
}
