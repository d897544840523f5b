//! The rows on rules: the one that raised an alert, or the policies that were applied.

use super::additions::Additions;
use super::lists::for_each_string;
use crate::ecs::listing::write_list_of_string;
use crate::ecs::source::Source;
use crate::ecs::target::Target;
use crate::json::members::key_is;
use crate::json::slots::Slots;
use crate::json::span::Span;

/// A severity's word and its number on the scale of Elastic's detection rules.
const SEVERITIES: [(&str, &str); 4] = [
    ("low", "21"),
    ("medium", "47"),
    ("high", "73"),
    ("critical", "99"),
];

/// What the rows on alerts start from.
const OF_ALERTS: Slots =
    Source::all_of(&[Source::Severity, Source::Category, Source::CorrelationId]);

/// Policies that are looked for only once; hardly an event has more.
const FEW: usize = 4;

/// Adds everything about rules.
pub(super) fn name(additions: &mut Additions<'_>) {
    if additions.event.has_any(OF_ALERTS)
        && additions.event.says(Source::Service, &["alerts", "alert"])
    {
        rate_alert(additions);
    }
    if let Some(policies) = additions.event.span(Source::PoliciesApplied)
        && !additions.draft.has(Target::RuleId)
    {
        list_policies(additions, policies);
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

/// Not where an alert has a rule: the list would be a mixture of two.
#[inline(never)]
fn list_policies(additions: &mut Additions<'_>, policies: Span) {
    let (event, draft) = (additions.event, &mut *additions.draft);
    let (mut ids, mut names) = (Few::default(), Few::default());
    for_each_string(event, policies, |key, value| {
        if key_is(key, "id") {
            ids.push(value);
        } else if key_is(key, "name") {
            names.push(value);
        }
    });
    for (field, key, few) in [
        (Target::RuleId, "id", ids),
        (Target::RuleName, "name", names),
    ] {
        match few.texts.get(..few.count) {
            Some([]) => {}
            Some([one]) => draft.make(field, |made| {
                write_list_of_string(event.text(), *one, made);
            }),
            Some(few) => draft.list(field, false, |list| {
                for one in few {
                    list.add_string(one.in_text(event.text()));
                }
            }),
            None => draft.list(field, false, |list| {
                for_each_string(event, policies, |other, value| {
                    if key_is(other, key) {
                        list.add_string(value.in_text(event.text()));
                    }
                });
            }),
        }
    }
}

/// The first texts of a list, and how many it has.
#[derive(Default)]
struct Few {
    texts: [Span; FEW],
    count: usize,
}

impl Few {
    fn push(&mut self, text: Span) {
        if let Some(place) = self.texts.get_mut(self.count) {
            *place = text;
        }
        self.count += 1;
    }
}
