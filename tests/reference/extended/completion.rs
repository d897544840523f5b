//! Rule 3: on a failed document, what steps 8 to 13 would have set behind the failing place, each part for itself.
//!
//! Steps 14 and 15 are not among them: the rows for `related.*` name the same sources. An addition takes strings only,
//! where step 11 would copy anything.

use super::{add, source};
use crate::reference::geoip::{self, Databases};
use crate::reference::json::tree::Value;
use crate::reference::rendering::plain;
use crate::reference::steps::{COPIES, COPIES_BEFORE_VERSION, Draft};
use crate::reference::{address, timestamp};

/// Adds what can still be mapped.
pub fn complete(draft: &mut Draft<'_>, databases: &Databases) {
    complete_timestamp(draft);
    complete_addresses(draft);
    draft.step_10_category();
    for (from, to) in COPIES_BEFORE_VERSION.into_iter().chain(COPIES) {
        let text = source::text(draft.event(), from);
        add(draft, to, text);
    }
    draft.step_12_outcome();
    geoip::locate(draft, databases);
}

fn complete_timestamp(draft: &mut Draft<'_>) {
    let text = draft.event().get("timestamp").map(plain);
    let utc = text.and_then(|text| timestamp::to_utc(&text));
    add(draft, "@timestamp", utc.map(|utc| Value::owned_text(&utc)));
}

fn complete_addresses(draft: &mut Draft<'_>) {
    for (from, to) in [("client_ip", "client.ip"), ("src_ip", "source.ip")] {
        let value = draft.event().get(from);
        let address = value.filter(|value| address::check(value).is_ok()).cloned();
        add(draft, to, address);
    }
}
