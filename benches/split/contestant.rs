//! What takes a body apart, and what only reads it.

use std::hint::black_box;

use jcx::json::split::{Broken, Splitter};
use serde::de::IgnoredAny;

/// Takes a body and counts its events.
pub struct Contestant {
    pub name: &'static str,
    pub take: fn(&[u8]) -> usize,
}

/// What is compared, each at its place.
pub const CONTESTANTS: [Contestant; 3] = [
    Contestant {
        name: "split",
        take: split,
    },
    Contestant {
        name: "split, copied into lines",
        take: lines,
    },
    Contestant {
        name: "yardstick ignored-any",
        take: ignored_any,
    },
];
pub const SPLIT: usize = 0;
pub const LINES: usize = 1;
pub const IGNORED_ANY: usize = 2;

/// What a connection or a file gives at once.
const PIECE: usize = 64 << 10;

/// Every event is handed over, and nothing done with it.
fn split(body: &[u8]) -> usize {
    each_event(body, |event| {
        black_box(event);
    })
}

/// Every event is copied behind the one before, as a page that is spooled.
fn lines(body: &[u8]) -> usize {
    let mut lines = Vec::new();
    let events = each_event(body, |event| {
        lines.extend_from_slice(event);
        lines.push(b'\n');
        if lines.len() > PIECE {
            black_box(&lines);
            lines.clear();
        }
    });
    black_box(&lines);
    events
}

fn each_event(body: &[u8], mut take: impl FnMut(&[u8])) -> usize {
    let mut splitter = Splitter::default();
    let mut events = 0;
    for piece in body.chunks(PIECE) {
        let fed = splitter.feed(piece, &mut |event: &[u8]| {
            events += 1;
            take(event);
            Ok::<(), Broken>(())
        });
        fed.expect("an array");
    }
    splitter.finish().expect("a whole array");
    events
}

/// The whole body, which need not even be in pieces, is parsed and nothing kept.
fn ignored_any(body: &[u8]) -> usize {
    let elements: Vec<IgnoredAny> = serde_json::from_slice(body).expect("JSON");
    elements.len()
}
