//! Bodies of whole pages: invented events, the same on every machine.

use serde_json::Value;

use crate::samples::instant;
use crate::samples::invent::{self, Plan};

/// Events of a page.
const PAGE: usize = 10_000;
/// Pages.
const PAGES: u64 = 4;

/// A body and how many events it holds.
pub struct Body {
    pub text: Vec<u8>,
    pub events: usize,
}

/// Pages as they come: tokens only.
pub fn compact() -> Vec<Body> {
    (1..=PAGES).map(page).collect()
}

/// The same events with their tokens on lines of their own.
pub fn indented(bodies: &[Body]) -> Vec<Body> {
    let spread = |body: &Body| {
        let value: Value = serde_json::from_slice(&body.text).expect("JSON");
        Body {
            text: serde_json::to_vec_pretty(&value).expect("written to memory"),
            events: body.events,
        }
    };
    bodies.iter().map(spread).collect()
}

fn page(seed: u64) -> Body {
    let events = invent::events(&Plan {
        seed,
        now: instant::parse("2026-03-01T00:00:00Z").expect("an instant"),
        days: 15,
        count: PAGE,
    });
    let texts: Vec<String> = events.into_iter().map(|event| event.text).collect();
    Body {
        text: format!("[{}]", texts.join(",")).into_bytes(),
        events: texts.len(),
    }
}
