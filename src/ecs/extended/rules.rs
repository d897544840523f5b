//! The rows on rules: the one that raised an alert, or the policies that were applied.

use super::additions::Additions;
use super::lists::{is_escaped, objects, string};
use crate::ecs::source::Source;
use crate::ecs::target::Target;

/// A severity's word and its number on the scale of Elastic's detection rules.
const SEVERITIES: [(&str, &str); 4] = [
    ("low", "21"),
    ("medium", "47"),
    ("high", "73"),
    ("critical", "99"),
];

/// Adds everything about rules.
pub(super) fn name(additions: &mut Additions<'_>) {
    if additions.event.says(Source::Service, &["alerts", "alert"]) {
        rate_alert(additions);
    }
    if !additions.draft.has(Target::RuleId) {
        list_policies(additions);
    }
}

fn rate_alert(additions: &mut Additions<'_>) {
    let word = additions
        .event
        .said(Source::Severity, char::REPLACEMENT_CHARACTER);
    let word = word.unwrap_or_default();
    let mut severities = SEVERITIES.iter();
    if let Some((_, number)) =
        severities.find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes()))
    {
        additions.draft.fix(Target::EventSeverity, number);
    }
    additions.add(Target::RuleCategory, Source::Category);
    additions.add(Target::RuleId, Source::CorrelationId);
}

/// Not where an alert has a rule: the list would be a mixture of two.
fn list_policies(additions: &mut Additions<'_>) {
    let Some(policies) = additions.event.raw(Source::PoliciesApplied) else {
        return;
    };
    for (target, key) in [(Target::RuleId, "id"), (Target::RuleName, "name")] {
        additions.draft.append(target, |list| {
            for text in objects(policies).filter_map(|policy| string(policy, key)) {
                list.add(text, is_escaped(text));
            }
        });
    }
}
