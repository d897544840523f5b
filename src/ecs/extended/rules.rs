//! The rows on rules: the one that raised an alert, or the policies that were applied.

use super::additions::Additions;
use super::lists::{objects, string};
use crate::ecs::source::Source;
use crate::ecs::target::Target;

/// A severity's word and its number on the scale of Elastic's detection rules.
const SEVERITIES: [(&str, &str); 4] = [
    ("low", "21"),
    ("medium", "47"),
    ("high", "73"),
    ("critical", "99"),
];

/// Policies that are looked at only once; hardly an event has more.
const FEW: usize = 4;

/// Adds everything about rules.
pub(super) fn name(additions: &mut Additions<'_>) {
    if additions.event.says(Source::Service, &["alerts", "alert"]) {
        rate_alert(additions);
    }
    if !additions.draft.has(Target::RuleId) {
        list_policies(additions);
    }
}

#[inline(never)]
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

/// A policy's id and name, each where it is a string.
type Policy<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// Not where an alert has a rule: the list would be a mixture of two.
#[inline(never)]
fn list_policies(additions: &mut Additions<'_>) {
    let Some(list) = additions.event.raw(Source::PoliciesApplied) else {
        return;
    };
    let mut few: [Policy<'_>; FEW] = Default::default();
    let mut count = 0;
    for one in objects(list).map(policy) {
        if let Some(place) = few.get_mut(count) {
            *place = one;
        }
        count += 1;
    }
    if let Some(few) = few.get(..count) {
        name_rules(additions, || few.iter().copied());
    } else {
        name_rules(additions, || objects(list).map(policy));
    }
}

fn policy(object: &[u8]) -> Policy<'_> {
    (string(object, "id"), string(object, "name"))
}

fn name_rules<'p, P>(additions: &mut Additions<'_>, policies: impl Fn() -> P)
where
    P: Iterator<Item = Policy<'p>>,
{
    additions.draft.list(Target::RuleId, |list| {
        let ids = policies().filter_map(|(id, _)| id);
        ids.for_each(|id| list.add_string(id));
    });
    additions.draft.list(Target::RuleName, |list| {
        let names = policies().filter_map(|(_, name)| name);
        names.for_each(|name| list.add_string(name));
    });
}
