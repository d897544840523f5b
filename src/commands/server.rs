//! From the server's flags and variables to a connection: address, certificates, credentials (`docs/command-line.md`,
//! "Secrets").

use std::collections::BTreeMap;
use std::sync::Arc;

use ureq::http::header::HeaderValue;

use super::run::Run;
use crate::cli::ServerArgs;
use crate::elastic::{Connection, Node, Patient, cloud_url};
use crate::failure::{Failure, Result};
use crate::net::{
    AgentSettings, BaseUrl, KeyPlaces, Pace, Patience, Secret, Trust, TrustSettings, build_agent,
};

/// The server that the arguments name.
pub fn connect(args: &ServerArgs, run: &Run) -> Result<Connection> {
    let urls = addresses(args)?;
    let authorization = authorization(args, &run.environment)?;
    let trust = trust(args, &urls, &run.environment)?;
    let nodes = urls.into_iter().map(|url| {
        let agent = build_agent(&AgentSettings {
            url: &url,
            trust: &trust,
            answer_within: args.es_timeout,
            environment: &run.environment,
        })?;
        Ok(Node { url, agent })
    });
    let now = run.ambient.now();
    let patient = Patient {
        ambient: run.ambient.clone(),
        patience: Arc::new(Patience::new(args.retry_for, now)),
        pace: Arc::new(Pace::new(None, now)),
        answer_within: args.es_timeout,
        printer: run.printer.clone(),
    };
    Ok(Connection::new(
        nodes.collect::<Result<_>>()?,
        authorization,
        patient,
    ))
}

/// The cluster's nodes, each once.
fn addresses(args: &ServerArgs) -> Result<Vec<BaseUrl>> {
    let given: Vec<&String> = args
        .es_url
        .iter()
        .filter(|url| !url.trim().is_empty())
        .collect();
    match (&args.cloud_id, given.is_empty()) {
        (Some(_), false) => Err(contradict("es-url", "cloud-id")),
        (None, true) => Err(Failure::usage("no server is given")
            .hint("--es-url https://HOST:9200, or the variable JCX_ES_URL; or --cloud-id")),
        (Some(id), true) => {
            let url = cloud_url(id).map_err(|why| {
                Failure::usage(format!("--cloud-id: {why}"))
                    .hint("copy it as the deployment's page shows it: NAME:BASE64")
            })?;
            Ok(vec![BaseUrl::parse(&url, "--cloud-id")?])
        }
        (None, false) => {
            let mut urls = Vec::new();
            for text in given {
                let url = BaseUrl::parse(text, "--es-url")?;
                if !urls.contains(&url) {
                    urls.push(url);
                }
            }
            Ok(urls)
        }
    }
}

/// Of two variables none is stronger than the other.
fn contradict(one: &str, other: &str) -> Failure {
    Failure::usage(format!("--{one} and --{other} contradict each other"))
        .hint("give one of them; here both come from variables")
}

/// Whom to trust, and as whom to come. What is said about certificates must not go unheeded on a way without any; a file of
/// authorities may be there for other addresses, but it has to be one.
fn trust(
    args: &ServerArgs,
    urls: &[BaseUrl],
    environment: &BTreeMap<String, String>,
) -> Result<Trust> {
    let client = match (&args.es_client_cert, &args.es_client_key) {
        (Some(certificate), Some(key)) => Some((certificate.as_path(), key.as_path())),
        (None, None) => None,
        (Some(_), None) => return Err(lone("es-client-cert", "es-client-key")),
        (None, Some(_)) => return Err(lone("es-client-key", "es-client-cert")),
    };
    if args.es_ca_file.is_some() && args.es_ca_fingerprint.is_some() {
        return Err(contradict("es-ca-file", "es-ca-fingerprint"));
    }
    let plain = urls.iter().find(|url| !url.is_https());
    if let Some(url) = plain.filter(|_| client.is_some() || args.es_ca_fingerprint.is_some()) {
        return Err(Failure::usage(format!(
            "{url} is not encrypted: --es-ca-fingerprint and --es-client-cert mean nothing there"
        ))
        .hint("write it as https://HOST[:PORT][/PATH]"));
    }
    if args.es_ca_file.is_none() && !urls.iter().any(BaseUrl::is_https) {
        return Ok(Trust::default());
    }
    let settings = TrustSettings {
        ca_file: args.es_ca_file.as_deref(),
        fingerprint: args.es_ca_fingerprint,
        client,
    };
    Trust::load(&settings, environment)
}

fn lone(given: &str, missing: &str) -> Failure {
    Failure::usage(format!("--{given} is given without --{missing}"))
        .hint("give both: the certificate, and its key")
}

/// API key, else bearer token, else user and password; none at all is fine for a server without security.
fn authorization(
    args: &ServerArgs,
    environment: &BTreeMap<String, String>,
) -> Result<Option<HeaderValue>> {
    let file = args.es_api_key_file.as_deref();
    let api_key = Secret::find(
        &KeyPlaces {
            file: file.map(|path| ("--es-api-key-file", path)),
            credential: Some("jcx-es-api-key"),
            variables: &["JCX_ES_API_KEY"],
        },
        environment,
    )?;
    if let Some(key) = api_key {
        return key.api_key().map(Some);
    }
    if let Some(token) = of_variables("JCX_ES_BEARER_TOKEN", environment)? {
        return token.header("Bearer ").map(Some);
    }
    let user = environment
        .get("JCX_ES_USERNAME")
        .map(|user| user.trim())
        .filter(|user| !user.is_empty());
    let password = of_variables("JCX_ES_PASSWORD", environment)?;
    match (user, password) {
        (Some(user), Some(password)) => password.basic(user).map(Some),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Failure::usage("JCX_ES_USERNAME is set without a password")
            .hint("set JCX_ES_PASSWORD_FILE or JCX_ES_PASSWORD")),
        (None, Some(_)) => {
            Err(Failure::usage("a password is set without a user").hint("set JCX_ES_USERNAME"))
        }
    }
}

/// A secret from the file that `NAME_FILE` names, else from `NAME` itself.
fn of_variables(name: &str, environment: &BTreeMap<String, String>) -> Result<Option<Secret>> {
    let file_variable = format!("{name}_FILE");
    let file = environment
        .get(&file_variable)
        .filter(|path| !path.trim().is_empty());
    let places = KeyPlaces {
        file: file.map(|path| (file_variable.as_str(), path.as_str())),
        credential: None,
        variables: &[name],
    };
    Secret::find(&places, environment)
}
