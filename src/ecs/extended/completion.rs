//! On a failed document, what steps 8 to 13 would have set behind the failing place, each part for itself.
//!
//! Steps 14 and 15 are not among them: the rows for `related.*` name the same members.

use super::additions::Additions;
use crate::ecs::address;
use crate::ecs::copies::COPIES;
use crate::ecs::draft::Draft;
use crate::ecs::event::{Event, plain};
use crate::ecs::geoip::GeoIp;
use crate::ecs::location;
use crate::ecs::source::Source;
use crate::ecs::steps::Steps;
use crate::ecs::target::Target;
use crate::ecs::timestamp;
use crate::failure::Result;

/// Adds what can still be mapped. Only strings are copied, where step 11 would copy anything. Fails only on a damaged database.
#[cold]
#[inline(never)]
pub(in crate::ecs) fn complete(
    event: Event<'_>,
    draft: &mut Draft,
    geoip: Option<&GeoIp>,
) -> Result<()> {
    complete_timestamp(event, draft);
    complete_addresses(event, draft);
    let mut steps = Steps::new(event, draft, geoip);
    steps.step_10_category();
    steps.step_12_outcome();
    let mut additions = Additions::new(event, draft);
    for (source, target) in COPIES {
        additions.add(target, source);
    }
    location::locate(event, draft, geoip)
}

fn complete_timestamp(event: Event<'_>, draft: &mut Draft) {
    if draft.has(Target::Timestamp) {
        return;
    }
    if let Some(span) = event.span(Source::Timestamp) {
        let value = event.value(span);
        draft.make_some(Target::Timestamp, |made| {
            timestamp::write_utc(&plain(&value), made)
        });
    }
}

fn complete_addresses(event: Event<'_>, draft: &mut Draft) {
    for (source, target) in [
        (Source::ClientIp, Target::ClientIp),
        (Source::SrcIp, Target::SourceIp),
    ] {
        if let Some(span) = event.span(source)
            && !draft.has(target)
            && address::check(&event.value(span)).is_ok()
        {
            draft.copy(target, event, span);
        }
    }
}
