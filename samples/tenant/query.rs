//! Reads the body of a query and refuses what the API refuses.

use super::access;
use super::behaviour::{AlertNames, Behaviour, Doubt, Retention};
use super::events::{Selection, alert};
use super::fault::{bad, refusal};
use super::search::Search;
use crate::samples::http::{Reply, Request};
use crate::samples::instant;
use crate::samples::json::{self, Json, Kind};

/// The services the tenant knows, as its refusal lists them.
pub const SERVICES: [&str; 17] = [
    "access_management",
    "alerts",
    "all",
    "asset_management",
    "directory",
    "ldap",
    "mdm",
    "notifications",
    "object_storage",
    "password_manager",
    "radius",
    "reports",
    "saas_app_management",
    "software",
    "sso",
    "systems",
    "workflows",
];

const KEYS: [&str; 11] = [
    "service",
    "start_time",
    "end_time",
    "limit",
    "sort",
    "fields",
    "search_term",
    "q",
    "exact_match",
    "skip",
    "search_after",
];

/// A query as understood.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub selection: Selection,
    pub limit: usize,
    pub descending: bool,
    /// The cursor's own text.
    pub cursor: Option<String>,
}

/// Reads a query, whose call may have keys of its own, or says how the API refuses it.
pub(super) fn read(request: &Request, behaviour: &Behaviour, own: &[&str]) -> Result<Query, Reply> {
    let body = request.text();
    let parsed = json::read(&body).filter(|value| value.members().is_some());
    let query = parsed.ok_or_else(|| bad("Invalid JSON in request body"))?;
    if behaviour.unknown_key == Doubt::Refused {
        known_keys(&query, own)?;
    }
    let selection = Selection {
        start: time(&query, "start_time")?.ok_or_else(|| bad("start_time is required"))?,
        end: time(&query, "end_time")?,
        services: services(&query, behaviour)?,
        search: Search::read(&query, behaviour)?,
        owner: access::owner(request, behaviour)?,
    };
    check_window(&selection, behaviour)?;
    Ok(Query {
        limit: limit(&query, behaviour)?,
        descending: query
            .get("sort")
            .and_then(Json::as_text)
            .is_some_and(|sort| sort.eq_ignore_ascii_case("DESC")),
        cursor: query
            .get("search_after")
            .map(|cursor| cursor.text.to_owned()),
        selection,
    })
}

fn known_keys(query: &Json<'_>, own: &[&str]) -> Result<(), Reply> {
    let strange = query
        .members()
        .unwrap_or_default()
        .iter()
        .find(|member| !KEYS.contains(&member.0.as_str()) && !own.contains(&member.0.as_str()));
    match strange {
        Some(member) => Err(bad(&format!("unknown key {}", member.0))),
        None => Ok(()),
    }
}

fn time(query: &Json<'_>, key: &str) -> Result<Option<instant::Nanos>, Reply> {
    let Some(value) = query.get(key) else {
        return Ok(None);
    };
    let read = value.as_text().and_then(instant::parse);
    read.map(Some)
        .ok_or_else(|| bad(&format!("Invalid date: {key} {}", value.text)))
}

fn services(query: &Json<'_>, behaviour: &Behaviour) -> Result<Vec<String>, Reply> {
    let listed = query
        .get("service")
        .and_then(Json::items)
        .filter(|items| !items.is_empty());
    let items = listed.ok_or_else(|| bad("service is required and must be an array"))?;
    let names: Option<Vec<String>> = items
        .iter()
        .map(|item| item.as_text().map(str::to_owned))
        .collect();
    let names = names.ok_or_else(|| bad("service must be an array of strings"))?;
    let refused = names.iter().find(|name| !accepted(name, behaviour));
    match refused {
        Some(name) => Err(bad(&format!(
            "unsupported service {name}; supported: {}",
            SERVICES.join(", ")
        ))),
        None => Ok(names),
    }
}

fn accepted(name: &str, behaviour: &Behaviour) -> bool {
    if alert(name) {
        return match behaviour.alert_names {
            AlertNames::Both => true,
            AlertNames::OnlyAlerts => name == "alerts",
            AlertNames::OnlyAlert => name == "alert",
        };
    }
    SERVICES.contains(&name) || behaviour.unknown_service == Doubt::Answered
}

fn check_window(selection: &Selection, behaviour: &Behaviour) -> Result<(), Reply> {
    if selection.start > behaviour.now && behaviour.future_start == Doubt::Refused {
        return Err(bad("start_time is in the future"));
    }
    if let Retention::Refused(since) = behaviour.retention
        && selection.start < since
    {
        return Err(refusal(
            402,
            "Directory Insights Premium is required for this time range",
        ));
    }
    let Some(end) = selection.end else {
        return Ok(());
    };
    let equal_refused = end == selection.start && behaviour.empty_window == Doubt::Refused;
    if end < selection.start || equal_refused {
        return Err(bad(
            "Start Time not after End Time: start_time -> end_time must be a window",
        ));
    }
    Ok(())
}

fn limit(query: &Json<'_>, behaviour: &Behaviour) -> Result<usize, Reply> {
    let asked = query
        .get("limit")
        .filter(|limit| matches!(limit.kind, Kind::Number));
    let number = asked.and_then(|limit| limit.text.parse::<usize>().ok());
    match number {
        Some(limit @ 1..=10_000) => Ok(limit),
        Some(10_001..) if behaviour.large_limit == Doubt::Refused => {
            Err(bad("limit must be at most 10000"))
        }
        _ => Ok(1000),
    }
}
