//! A month of events, made for size: texts of `samples/invent/` again and again, each time with another id and timestamp.
//!
//! Nights and weekends are quiet, and in one storm a tenth of all events has ten minutes. The same on every machine. An event
//! is written when it is asked for, so a million of them need little memory.

use std::ops::Range;

use crate::samples::instant::{self, DAY, HOUR, MILLISECOND, MINUTE, Nanos};
use crate::samples::invent::{self, Plan};

/// Where the month begins, as `--since` takes it.
pub const SINCE: &str = "2026-01-01";
/// Where it ends.
pub const UNTIL: &str = "2026-02-01";

/// Characters of an id, and those of a timestamp with milliseconds.
const SLOT: usize = 24;
/// What all texts that are used again have together, about.
const TEXTS: usize = 10_000_000;
/// An invented event is about so long.
const ORDINARY: usize = 1_000;

/// The events, in order of time.
pub struct Month {
    events: Vec<Event>,
    texts: Vec<Text>,
    /// The bytes of all events before each, and at the end those of all.
    offsets: Vec<u64>,
}

struct Event {
    /// Milliseconds since 1970.
    at: i64,
    stamp: [u8; SLOT],
    text: usize,
}

/// An event's text with room for an id and a timestamp.
struct Text {
    bytes: Vec<u8>,
    id: usize,
    stamp: usize,
}

impl Month {
    /// So many events of at least so many bytes.
    pub fn new(count: usize, size: usize) -> Self {
        let texts = texts(size);
        let events: Vec<Event> = instants(count)
            .into_iter()
            .enumerate()
            .map(|(number, at)| Event {
                at,
                stamp: stamp(at),
                text: number % texts.len(),
            })
            .collect();
        let mut offsets = vec![0];
        let mut sum = 0;
        for event in &events {
            sum += texts[event.text].bytes.len() as u64;
            offsets.push(sum);
        }
        Self {
            events,
            texts,
            offsets,
        }
    }

    /// The events from one millisecond to before another.
    pub fn between(&self, start: i64, end: i64) -> Range<usize> {
        let before = |instant| self.events.partition_point(|event| event.at < instant);
        before(start)..before(end)
    }

    /// When an event was, in milliseconds since 1970.
    pub fn at(&self, number: usize) -> i64 {
        self.events[number].at
    }

    /// What these events have together, without anything between them.
    pub fn bytes(&self, events: &Range<usize>) -> u64 {
        self.offsets[events.end] - self.offsets[events.start]
    }

    /// All of them.
    pub fn all(&self) -> Range<usize> {
        0..self.events.len()
    }

    /// Appends an event as JSON.
    pub fn write(&self, number: usize, out: &mut Vec<u8>) {
        let event = &self.events[number];
        let text = &self.texts[event.text];
        let start = out.len();
        out.extend_from_slice(&text.bytes);
        let written = &mut out[start..];
        written[text.id..][..SLOT].copy_from_slice(&id(number));
        written[text.stamp..][..SLOT].copy_from_slice(&event.stamp);
    }
}

/// 24 digits that no other event has, and that do not look like a series.
fn id(number: usize) -> [u8; SLOT] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let number = number as u64;
    let mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut id = [0; SLOT];
    for (place, digit) in id.iter_mut().enumerate() {
        let nibble = match place {
            0..8 => number >> (28 - 4 * place),
            _ => mixed >> (92 - 4 * place),
        };
        *digit = DIGITS[(nibble & 15) as usize];
    }
    id
}

fn stamp(at: i64) -> [u8; SLOT] {
    let text = instant::text(at * MILLISECOND, 3).into_bytes();
    text.try_into().expect("a year of four digits")
}

/// Milliseconds since 1970, sorted.
fn instants(count: usize) -> Vec<i64> {
    let (hours, total) = hours();
    let storm = midnight(SINCE) + 13 * DAY + 9 * HOUR;
    let mut random = fastrand::Rng::with_seed(1);
    let mut instant = |number: usize| {
        if number.is_multiple_of(10) {
            return storm + random.i64(0..10 * MINUTE);
        }
        let pick = random.i64(0..total);
        let hour = hours.partition_point(|(_, weight)| *weight <= pick);
        hours[hour].0 + random.i64(0..HOUR)
    };
    let mut instants: Vec<i64> = (0..count)
        .map(|number| instant(number) / MILLISECOND)
        .collect();
    instants.sort_unstable();
    instants
}

/// The hours of the month, each with the weights of all up to its end, and the weight of all.
fn hours() -> (Vec<(Nanos, i64)>, i64) {
    let (since, until) = (midnight(SINCE), midnight(UNTIL));
    let mut total = 0;
    let mut hours = Vec::new();
    for hour in 0..(until - since) / HOUR {
        let start = since + hour * HOUR;
        let busy = match hour % 24 {
            7..=16 => 48,
            5 | 6 | 17..=20 => 20,
            _ => 4,
        };
        let weekend = instant::weekday(start) >= 5;
        total += if weekend { busy / 4 } else { busy };
        hours.push((start, total));
    }
    (hours, total)
}

fn midnight(date: &str) -> Nanos {
    instant::parse(&format!("{date}T00:00:00Z")).expect("a date")
}

/// Invented texts, filled up to a size.
fn texts(size: usize) -> Vec<Text> {
    let plan = Plan {
        seed: 1,
        now: midnight(UNTIL),
        days: 31,
        count: TEXTS / size.max(ORDINARY),
    };
    let invented = invent::events(&plan);
    let texts = invented.into_iter().filter_map(|event| {
        let mut text = event.text;
        // The event's own members are the last of these names; an id comes before the timestamp.
        let stamp = make_room(&mut text, "\"timestamp\":\"")?;
        let before = text.len();
        let id = make_room(&mut text, "\"id\":\"")?;
        let stamp = stamp + text.len() - before;
        fill_up(&mut text, size);
        let bytes = text.into_bytes();
        Some(Text { bytes, id, stamp })
    });
    texts.collect()
}

/// Replaces the last string behind a key, and gives its place; `None` without the key.
fn make_room(text: &mut String, key: &str) -> Option<usize> {
    let start = text.rfind(key)? + key.len();
    let end = start + text[start..].find('"')?;
    text.replace_range(start..end, &"0".repeat(SLOT));
    Some(start)
}

/// Adds a list of profiles, as large events of devices have it, until an event is long enough.
fn fill_up(text: &mut String, size: usize) {
    if text.len() >= size {
        return;
    }
    text.truncate(text.len() - 1);
    text.push_str(",\"profile_list\":[");
    while text.len() < size {
        text.push_str(
            "{\"identifier\":\"test.example.profile.wifi\",\"is_managed\":true,\"version\":1,\
             \"display_name\":\"B\\u00fcro \\\"WLAN\\\"\",\"payloads\":[\"com.apple.wifi.managed\"]},",
        );
    }
    text.truncate(text.len() - 1);
    text.push_str("]}");
}
