//! What was promised and can never be had any more: told once with exit 9, and listed until somebody acknowledges it.

use std::path::Path;

use crate::commands::run::Run;
use crate::failure::{Failure, Kind};
use crate::store::OpenGap;
use crate::term::Gap;
use crate::time::rfc3339;

/// What is said of gaps that this run found.
pub fn lost(gaps: &[OpenGap], place: &Path) -> Option<Failure> {
    let first = gaps.first()?;
    let more = match gaps.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let text = format!(
        "{} to {}{more} was promised and has passed retention: it cannot be fetched any more",
        rfc3339(first.start),
        rfc3339(first.end)
    );
    let hint = format!("jcx state ack {} takes note of it", place.display());
    Some(Failure::new(Kind::Gap, text).hint(hint))
}

/// A day is written of which less came than JumpCloud counts, or is whole again.
pub fn tell_short(run: &Run, day: &OpenGap, short: bool) {
    let told = told(day);
    let date = told.start.split('T').next().unwrap_or_default().to_owned();
    run.tally.update(|summary| {
        let listed = summary.gaps.get_or_insert_default();
        listed.retain(|gap| gap.reason != day.reason || !gap.start.starts_with(&date));
        if short {
            listed.push(told);
        }
    });
}

fn told(gap: &OpenGap) -> Gap {
    Gap {
        start: rfc3339(gap.start),
        end: rfc3339(gap.end),
        reason: gap.reason.clone(),
    }
}

/// Lists the open gaps in the summary.
pub fn tell_open(run: &Run, gaps: &[OpenGap]) {
    run.tally.update(|summary| {
        let listed = summary.gaps.get_or_insert_default();
        for gap in gaps.iter().map(told) {
            if !listed.contains(&gap) {
                listed.push(gap);
            }
        }
    });
}
