//! What to say, and which kind of failure it is, when a server or target takes no documents at all and none of them is
//! to blame.

use std::time::Duration;

use super::exchange::{Asked, Setback};
use super::reply::{Refusal, Stop};
use super::server_error::ServerError;
use super::target::Target;
use crate::failure::{Failure, Kind};
use crate::net::BaseUrl;

/// Of a refusal that holds for every document that would follow.
pub(super) fn failure(stop: &Stop, name: &str) -> Failure {
    match stop {
        Stop::Privilege(error) => Failure::new(
            Kind::Credentials,
            format!("a privilege on {name} is missing: {}", error.shown()),
        )
        .hint(privilege_hint(&error.reason, name)),
        Stop::Blocked(error) => Failure::new(
            Kind::Elasticsearch,
            format!("{name} takes no writes: {}", error.shown()),
        )
        .hint("no privilege is missing: open the index or remove its block (GET _cluster/settings and GET INDEX/_settings show blocks), then run the same command again"),
        Stop::NoTarget(error) => Failure::new(
            Kind::Elasticsearch,
            format!("{name} does not exist and the server does not create it: {}", error.shown()),
        )
        .hint("create it, or allow it in the server's action.auto_create_index"),
        Stop::NoPipeline(error) => {
            Failure::usage(format!("--pipeline or a pipeline of {name}: {}", error.shown()))
                .hint("create the pipeline, or leave --pipeline out: mapped documents need none")
        }
    }
}

/// Every document alone is refused alike.
pub(super) fn refuses_everything(refusal: &Refusal) -> Failure {
    let error = ServerError {
        kind: refusal.kind.clone(),
        reason: refusal.reason.clone(),
    };
    if refusal.is_for_size() {
        return Failure::new(
            Kind::Elasticsearch,
            format!(
                "every request is refused as too large, however small, so no document is to blame: {}",
                error.shown()
            ),
        )
        .hint("raise the limit of the proxy before the server (nginx: client_max_body_size) or the server's http.max_content_length, or give --es-url the server's own address");
    }
    Failure::new(
        Kind::Elasticsearch,
        format!(
            "the server refuses every document alike, so none of them is to blame: {}",
            error.shown()
        ),
    )
    .hint("look at the target, its pipelines and --pipeline")
}

/// The budget is used up, or the server wants more time than it holds. `silent` is the address that has never answered
/// anything.
pub(super) fn gave_up(budget: Duration, last: &Setback, silent: Option<&BaseUrl>) -> Failure {
    let text = match last.asked {
        Some(Asked::After(asked)) if asked > budget => {
            format!(
                "the server wants to be asked again only in {} s: {}",
                asked.as_secs(),
                last.text
            )
        }
        _ => format!(
            "gave up after {} s without progress: {}",
            budget.as_secs(),
            last.text
        ),
    };
    let again = "run the same command again, or raise --retry-for";
    Failure::new(Kind::Elasticsearch, text).hint(match silent {
        Some(url) if url.is_https() => {
            format!("no whole answer ever came: see whether host and port of --es-url are right and the server is well, then {again}")
        }
        Some(_) => format!(
            "no whole answer ever came: see whether host and port of --es-url are right, whether the server wants https:// there, and whether it is well, then {again}"
        ),
        None => format!("see whether the server is well and {again}"),
    })
}

/// No answer, and none later either.
pub(super) fn unreachable(trouble: &str, url: &BaseUrl) -> Failure {
    let failure = Failure::new(Kind::Elasticsearch, trouble);
    if !url.is_https() {
        return failure;
    }
    failure.hint("a server of your own authority: --es-ca-file or --es-ca-fingerprint; one that wants a certificate: --es-client-cert with --es-client-key; one that does not speak TLS: http:// in --es-url")
}

/// 401.
pub(super) fn refused_credentials(url: &BaseUrl, had_any: bool, answer: &str) -> Failure {
    let (what, hint) = if had_any {
        (
            "refuses the credentials",
            "check the API key, token, or user and password (JCX_ES_API_KEY, --es-api-key-file, JCX_ES_BEARER_TOKEN, JCX_ES_USERNAME with JCX_ES_PASSWORD)",
        )
    } else {
        (
            "wants credentials and got none",
            "set JCX_ES_API_KEY, --es-api-key-file, JCX_ES_BEARER_TOKEN, or JCX_ES_USERNAME with JCX_ES_PASSWORD",
        )
    };
    Failure::new(Kind::Credentials, format!("{url} {what}: {answer}")).hint(hint)
}

/// 3xx.
pub(super) fn redirected(url: &BaseUrl, status: u16, to: &str) -> Failure {
    Failure::new(
        Kind::Elasticsearch,
        format!("{url} redirects ({status}) to {to}; redirects are not followed, the credentials would go along"),
    )
    .hint("give --es-url the address of the server itself")
}

/// The web page of a cluster answers in its place.
pub(super) fn dashboards(url: &BaseUrl, name: &str, answer: &str) -> Failure {
    Failure::new(
        Kind::Elasticsearch,
        format!("{url} is {name}, not the server behind it: it answered {answer}"),
    )
    .hint("give --es-url the server's own address: another port (9200 by default), or the endpoint that the deployment's page shows for it")
}

/// Something else answers.
pub(super) fn not_elasticsearch(url: &BaseUrl, answer: &str) -> Failure {
    Failure::new(
        Kind::Elasticsearch,
        format!("{url} is not Elasticsearch or OpenSearch: it answered {answer}"),
    )
    .hint("check --es-url: scheme, host, port and path")
}

/// A name that nobody prepared.
pub(super) fn plain_index(target: &Target, url: &BaseUrl, why: &str) -> Failure {
    let name = target.name();
    Failure::usage(format!(
        "{name} is no data stream and would become a plain index: {why}"
    ))
    .hint(format!(
        "jcx template --install --es-url {url} --data-stream {name}   (or, for a plain index on purpose, push --index {name})"
    ))
}

/// We may not look, and the server does not know the parameter that would look for us.
pub(super) fn cannot_look(name: &str) -> Failure {
    Failure::new(
        Kind::Credentials,
        format!(
            "whether {name} is a data stream cannot be seen with these credentials, and this server cannot be told to make sure"
        ),
    )
    .hint(format!(
        "grant view_index_metadata on {name} and the cluster privilege monitor (OpenSearch: indices:admin/resolve/index and indices:admin/index_template/get)"
    ))
}

/// Ids cannot be looked up.
pub(super) fn may_not_look_up(name: &str, answer: &str) -> Failure {
    Failure::new(
        Kind::Credentials,
        format!(
            "{name} has more than one backing index, or nobody may see how many, so ids have to be looked up before documents are sent, and the privilege read is missing: {answer}"
        ),
    )
    .hint(format!(
        "grant read on {name}; or rely on the refusal of ids in its newest index alone with --dedupe conflict"
    ))
}

/// The server does not answer the question which ids are there.
pub(super) fn cannot_look_up(name: &str, url: &BaseUrl, answer: &str) -> Failure {
    Failure::new(
        Kind::Elasticsearch,
        format!("{url} does not say which documents {name} holds already: {answer}"),
    )
    .hint(format!(
        "see whether {name} can be searched; or rely on the refusal of ids in its newest index alone with --dedupe conflict"
    ))
}

/// One of a target's indices is closed, so nobody knows what is in it.
pub(super) fn closed(name: &str, answer: &str) -> Failure {
    Failure::new(
        Kind::Elasticsearch,
        format!("one of the backing indices of {name} is closed, so it cannot be known which documents are there: {answer}"),
    )
    .hint(format!(
        "open it (GET _cat/indices/.ds-{name}-*?expand_wildcards=all shows which one, POST INDEX/_open opens it); or rely on the refusal of ids in the newest index alone with --dedupe conflict"
    ))
}

/// What is stored never becomes findable by itself, and we may not make it so.
pub(super) fn never_refreshed(name: &str, answer: &str) -> Failure {
    Failure::new(
        Kind::Credentials,
        format!("{name} is not refreshed by itself (index.refresh_interval), and the privilege maintenance is missing: {answer}"),
    )
    .hint(format!(
        "grant maintenance on {name}; or rely on the refusal of ids in its newest index alone with --dedupe conflict"
    ))
}

fn privilege_hint(reason: &str, name: &str) -> String {
    if reason.contains("mapping/auto_put") || reason.contains("mapping/put") {
        format!(
            "these documents have a field that is new to the mapping: grant auto_configure on {name}"
        )
    } else if reason.contains("auto_create") || reason.contains("admin/create") {
        format!("{name} does not exist yet: grant auto_configure on it, or create it beforehand")
    } else {
        format!("grant create_doc and auto_configure on {name}")
    }
}

#[cfg(test)]
mod tests {
    use super::privilege_hint;

    #[test]
    fn the_privilege_is_named() {
        let create = "action [indices:admin/auto_create] is unauthorized";
        assert!(privilege_hint(create, "x").contains("does not exist yet: grant auto_configure"));
        let put = "action [indices:admin/mapping/auto_put] is unauthorized";
        assert!(privilege_hint(put, "x").contains("new to the mapping"));
        let write = "action [indices:data/write/bulk[s]] is unauthorized";
        assert!(privilege_hint(write, "x").contains("create_doc"));
    }
}
