//! How a command reaches JumpCloud: address, agent, and the key from the first place that has one.

use super::run::Run;
use crate::cli::JumpCloudArgs;
use crate::failure::{Failure, Kind, Result};
use crate::insights::{ClientSettings, Credentials, ServiceAccount, Tenancy};
use crate::net::{
    AgentSettings, BaseUrl, KeyPlaces, Pace, Patience, Secret, Trust, TrustSettings, build_agent,
};

/// Everything a client needs.
pub fn client_settings(args: &JumpCloudArgs, run: &Run) -> Result<ClientSettings> {
    let tenancy = tenancy(args, run)?;
    let url = BaseUrl::parse(
        args.api_url.as_deref().unwrap_or(args.region.api_url),
        "--api-url",
    )?;
    let agent = |url: &BaseUrl| {
        if !url.is_https() && !url.is_loopback() {
            let text = format!("{url} is not encrypted: the key can be read on its way");
            run.printer.warning(&text, Some("use https://"));
        }
        build_agent(&AgentSettings {
            url,
            trust: &trust(args, url, run)?,
            answer_within: args.timeout,
            environment: &run.environment,
        })
    };
    let now = run.ambient.now();
    Ok(ClientSettings {
        agent: agent(&url)?,
        url,
        credentials: credentials(args, run, &agent)?,
        tenancy,
        pace: Pace::new(Some(args.rate), now),
        patience: Patience::new(args.retry_for, now),
        ambient: run.ambient.clone(),
        printer: run.printer.clone(),
    })
}

/// Whom to trust there; without TLS nobody is asked who they are, but a file that is named has to be one.
fn trust(args: &JumpCloudArgs, url: &BaseUrl, run: &Run) -> Result<Trust> {
    if args.ca_file.is_none() && !url.is_https() {
        return Ok(Trust::default());
    }
    let settings = TrustSettings {
        ca_file: args.ca_file.as_deref(),
        ..TrustSettings::default()
    };
    Trust::load(&settings, &run.environment)
}

/// Whose events are read.
fn tenancy(args: &JumpCloudArgs, run: &Run) -> Result<Tenancy> {
    if args.organizations.len() > 1 {
        return Err(
            Failure::usage("--org: several organizations cannot be read in one run")
                .hint("run jcx once for each, with an output of its own"),
        );
    }
    let organization = args.organizations.first().map(String::as_str);
    let tenancy = Tenancy::of(organization, args.provider.as_deref()).map_err(Failure::usage)?;
    if tenancy.looks_odd() {
        let id = tenancy.organization().unwrap_or_default();
        let text =
            format!("--org {id} does not look like an organization's id; it is sent all the same");
        let hint = "it should have 24 hexadecimal digits";
        run.printer.warning(&text, Some(hint));
    }
    Ok(tenancy)
}

/// The key or service account, from the first place that has one.
fn credentials(
    args: &JumpCloudArgs,
    run: &Run,
    agent: &dyn Fn(&BaseUrl) -> Result<ureq::Agent>,
) -> Result<Credentials> {
    let places = KeyPlaces {
        file: args
            .api_key_file
            .as_deref()
            .map(|path| ("--api-key-file", path)),
        credential: Some("jcx-api-key"),
        variables: &["JCX_API_KEY", "JUMPCLOUD_API_KEY", "JC_API_KEY"],
    };
    if let Some(key) = Secret::find(&places, &run.environment)? {
        return Ok(Credentials::ApiKey(key));
    }
    let missing = || {
        Failure::new(Kind::Credentials, "no JumpCloud API key").hint(
            "put it into a file that others cannot read and name it with --api-key-file, or set JCX_API_KEY; \
             a service account is JCX_CLIENT_ID with JCX_CLIENT_SECRET_FILE",
        )
    };
    let id = run
        .environment
        .get("JCX_CLIENT_ID")
        .filter(|id| !id.is_empty())
        .ok_or_else(missing)?;
    let file = run
        .environment
        .get("JCX_CLIENT_SECRET_FILE")
        .filter(|path| !path.is_empty());
    let places = KeyPlaces {
        file: file.map(|path| ("JCX_CLIENT_SECRET_FILE", path.as_str())),
        credential: None,
        variables: &["JCX_CLIENT_SECRET"],
    };
    let secret = Secret::find(&places, &run.environment)?.ok_or_else(|| {
        Failure::new(Kind::Credentials, "JCX_CLIENT_ID is set, its secret is not")
            .hint("set JCX_CLIENT_SECRET_FILE or JCX_CLIENT_SECRET")
    })?;
    let token_url = BaseUrl::parse(
        args.token_url.as_deref().unwrap_or(args.region.token_url),
        "--token-url",
    )?;
    Ok(Credentials::ServiceAccount(ServiceAccount::new(
        id.clone(),
        secret,
        agent(&token_url)?,
        token_url,
    )))
}
