//! The rows on the event itself: what kind it is, what went wrong, which rule it belongs to.

use super::{add, append, source};
use crate::reference::catalogue;
use crate::reference::json::text::decode;
use crate::reference::json::tree::{Object, Value};
use crate::reference::number;
use crate::reference::steps::Draft;

/// A severity's word and its number on the scale of Elastic's detection rules.
const SEVERITIES: [(&str, &str); 4] = [
    ("low", "21"),
    ("medium", "47"),
    ("high", "73"),
    ("critical", "99"),
];

/// Adds everything about the event itself.
pub fn describe(draft: &mut Draft<'_>, has_failed: bool) {
    classify(draft, has_failed);
    name_origin(draft);
    say_why(draft);
    collect_messages(draft);
    find_error_code(draft);
    rate_alert(draft);
    list_policies(draft);
}

/// Kind, category and type, from the catalogue.
fn classify(draft: &mut Draft<'_>, has_failed: bool) {
    let row = match draft.event().get("event_type") {
        Some(Value::String(raw)) => catalogue::row(Some(&decode(raw, char::REPLACEMENT_CHARACTER))),
        _ => catalogue::row(None),
    };
    if !has_failed {
        add(draft, "event.kind", Some(Value::text(row.kind)));
    }
    append(
        draft,
        "event.category",
        row.category.into_iter().map(Value::text),
    );
    append(
        draft,
        "event.type",
        row.event_type.into_iter().map(Value::text),
    );
}

fn name_origin(draft: &mut Draft<'_>) {
    add(draft, "event.provider", Some(Value::text("jumpcloud")));
    add(draft, "observer.vendor", Some(Value::text("JumpCloud")));
    let product = Value::text("Directory Insights");
    add(draft, "observer.product", Some(product));
}

fn say_why(draft: &mut Draft<'_>) {
    let reason = source::text(draft.event(), "error_message");
    add(draft, "event.reason", reason);
}

fn collect_messages(draft: &mut Draft<'_>) {
    let event = draft.event();
    let mut messages = source::texts(event, &["error_message", "outer.error_message"]);
    let code = source::value(event, "message_chain.response_code");
    if !code.is_some_and(is_2xx) {
        messages.extend(source::text(event, "message_chain.response_message"));
    }
    append(draft, "error.message", messages);
}

/// Whether a response code, a number or a text of three digits, stands for success.
fn is_2xx(code: &Value<'_>) -> bool {
    match code {
        Value::Number(raw) => (200.0..300.0).contains(&number::double(raw)),
        Value::String(raw) => {
            let text = decode(raw, char::REPLACEMENT_CHARACTER);
            text.len() == 3 && text.starts_with('2') && text.bytes().all(|c| c.is_ascii_digit())
        }
        _ => false,
    }
}

fn find_error_code(draft: &mut Draft<'_>) {
    let event = draft.event();
    let code = error_code(event).or_else(|| {
        let chain = source::objects(event, "error_chain");
        chain.into_iter().find_map(error_code)
    });
    add(draft, "error.code", code);
}

/// An error code as a text, unless it is zero.
fn error_code<'a>(object: &Object<'a>) -> Option<Value<'a>> {
    let code = object.get("error_code")?;
    match code {
        Value::Number(_) if is_short_integer(code) => {
            let Value::Number(raw) = code else {
                return None;
            };
            let digits = number::canonical(raw);
            (digits != "0").then(|| Value::owned_text(&digits))
        }
        Value::String(_) if !code.says("0") => Some(code.clone()),
        _ => None,
    }
}

/// Whether this is an integer that 64 bits hold.
pub fn is_short_integer(value: &Value<'_>) -> bool {
    let is_integer = matches!(value, Value::Number(raw) if !number::is_decimal(raw));
    is_integer && !number::is_beyond_64_bits_anywhere(value)
}

/// Severity, category and rule of an alert.
fn rate_alert(draft: &mut Draft<'_>) {
    if !source::says_one_of(draft.event(), "service", &["alerts", "alert"]) {
        return;
    }
    let event = draft.event();
    let severity = severity(event);
    let category = source::text(event, "category");
    let rule = source::text(event, "correlation.id");
    add(draft, "event.severity", severity);
    add(draft, "rule.category", category);
    add(draft, "rule.id", rule);
}

fn severity<'a>(event: &Object<'_>) -> Option<Value<'a>> {
    let Some(Value::String(raw)) = event.get("severity") else {
        return None;
    };
    let word = decode(raw, char::REPLACEMENT_CHARACTER);
    let found = SEVERITIES
        .iter()
        .find(|(name, _)| word.eq_ignore_ascii_case(name));
    found.map(|(_, number)| Value::number(number))
}

/// The policies that were applied, unless the event belongs to an alert's rule.
fn list_policies(draft: &mut Draft<'_>) {
    if draft.has("rule.id") {
        return;
    }
    let policies = source::objects(draft.event(), "auth_context.policies_applied");
    let of_all = |part: &str| -> Vec<_> {
        let texts = policies
            .iter()
            .filter_map(|policy| source::text(policy, part));
        texts.collect()
    };
    let (ids, names) = (of_all("id"), of_all("name"));
    append(draft, "rule.id", ids);
    append(draft, "rule.name", names);
}
