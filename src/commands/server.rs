//! From the server's flags and variables to a connection: address, certificates, credentials (`docs/command-line.md`,
//! "Secrets").

use std::collections::BTreeMap;
use std::sync::Arc;

use ureq::http::header::HeaderValue;

use super::run::Run;
use crate::cli::ServerArgs;
use crate::elastic::{Connection, Patient};
use crate::failure::{Failure, Result};
use crate::net::{AgentSettings, BaseUrl, KeyPlaces, Pace, Patience, Secret, build_agent};

/// The server that the arguments name.
pub fn connect(args: &ServerArgs, run: &Run) -> Result<Connection> {
    let Some(url) = &args.es_url else {
        return Err(Failure::usage("no server is given")
            .hint("--es-url https://HOST:9200, or the variable JCX_ES_URL"));
    };
    let url = BaseUrl::parse(url, "--es-url")?;
    let authorization = authorization(args, &run.environment)?;
    let agent = build_agent(&AgentSettings {
        url: &url,
        ca_file: args.es_ca_file.as_deref(),
        answer_within: args.es_timeout,
        environment: &run.environment,
    })?;
    let now = run.ambient.now();
    let patient = Patient {
        ambient: run.ambient.clone(),
        patience: Arc::new(Patience::new(args.retry_for, now)),
        pace: Arc::new(Pace::new(None, now)),
        answer_within: args.es_timeout,
        printer: run.printer.clone(),
    };
    Ok(Connection::new(agent, url, authorization, patient))
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
