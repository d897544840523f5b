//! What the simulated API answers: pages, counts and counts by time, as `docs/insights-api.md` sections 3, 4 and 6 say.
//!
//! Only what a walk in ascending order needs: neither services nor searches are looked at, and the key may be any.

use std::fmt::Write as _;
use std::ops::Range;

use crate::call::{Call, Kind};
use crate::month::Month;
use crate::samples::instant::{self, DAY, HOUR, MILLISECOND, MINUTE, SECOND};
use crate::samples::json::{self, Json};

/// An answer of status 200.
pub struct Answer {
    /// Whole lines of headers.
    pub headers: String,
    pub body: Body,
    pub call: Call,
}

/// What follows the headers.
pub enum Body {
    Text(String),
    /// A list of these events.
    Events(Range<usize>),
}

impl Body {
    /// Its bytes.
    pub fn length(&self, month: &Month) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            // The brackets, and the commas between.
            Self::Events(events) => {
                2 + month.bytes(events) + (events.len() as u64).saturating_sub(1)
            }
        }
    }
}

/// A window in milliseconds since 1970.
struct Window {
    start: i64,
    end: i64,
}

/// Answers a query, or says what is wrong with it.
pub fn answer(month: &Month, path: &str, body: &str) -> Result<Answer, &'static str> {
    let query = json::read(body).ok_or("no JSON")?;
    let window = Window {
        start: time(&query, "start_time")?.ok_or("no start_time")?,
        end: time(&query, "end_time")?.unwrap_or(i64::MAX),
    };
    let found = month.between(window.start, window.end);
    match path.strip_prefix("/insights/directory/v1/events") {
        Some("") => page(month, &query, &window, found),
        Some("/count") => Ok(told(Kind::Count, &window, count(&found))),
        Some("/interval") => {
            let width = width(&query)?;
            Ok(told(Kind::Interval, &window, spans(month, found, width)))
        }
        _ => Err("no such call"),
    }
}

fn page(
    month: &Month,
    query: &Json<'_>,
    window: &Window,
    found: Range<usize>,
) -> Result<Answer, &'static str> {
    let start = match query.get("search_after") {
        Some(cursor) => behind(cursor).ok_or("Invalid search_after")?,
        None => found.start,
    };
    let limit = limit(query);
    let end = found.end.min(start + limit);
    let events = start.min(end)..end;
    let mut headers = format!(
        "X-Result-Count: {}\r\nX-Limit: {limit}\r\nX-Sort: ASC\r\n",
        events.len()
    );
    if let Some(last) = events.clone().next_back() {
        let at = month.at(last);
        let _ = write!(headers, "X-Search_after: [{at},\"{last:020}\"]\r\n");
    }
    let call = call(Kind::Page, window, events.len());
    Ok(Answer {
        headers,
        body: Body::Events(events),
        call,
    })
}

/// The first event behind a cursor: its second item is the number of the last event that was given out.
fn behind(cursor: &Json<'_>) -> Option<usize> {
    let number = cursor.items()?.get(1)?.as_text()?;
    number.parse::<usize>().ok().map(|number| number + 1)
}

fn limit(query: &Json<'_>) -> usize {
    let asked = query.get("limit").and_then(|limit| limit.text.parse().ok());
    asked
        .filter(|limit| (1..=10_000).contains(limit))
        .unwrap_or(1_000)
}

fn told(kind: Kind, window: &Window, text: String) -> Answer {
    Answer {
        headers: String::new(),
        body: Body::Text(text),
        call: call(kind, window, 0),
    }
}

fn call(kind: Kind, window: &Window, events: usize) -> Call {
    Call {
        kind,
        start: window.start,
        events,
    }
}

fn count(found: &Range<usize>) -> String {
    format!("{{\"count\":{}}}", found.len())
}

/// Every span from that of the first event to that of the last; width in milliseconds.
fn spans(month: &Month, found: Range<usize>, width: i64) -> String {
    let mut buckets = Vec::new();
    let (mut at, end) = (found.start, found.end);
    let first = found.clone().next().map_or(0, |first| month.at(first));
    let mut start = first.div_euclid(width) * width;
    while at < end {
        let next = month.between(start, start + width).end.min(end);
        let text = instant::text(start * MILLISECOND, 3);
        let events = next - at;
        buckets.push(format!(
            "{{\"key\":{start},\"key_as_string\":\"{text}\",\"doc_count\":{events}}}"
        ));
        (at, start) = (next, start + width);
    }
    format!("{{\"buckets\":{}}}", json::list(buckets))
}

/// The width of a span in milliseconds.
fn width(query: &Json<'_>) -> Result<i64, &'static str> {
    let unit = match query.get("interval_unit").and_then(Json::as_text) {
        Some("s") => SECOND,
        Some("m") => MINUTE,
        Some("h") => HOUR,
        Some("d") => DAY,
        _ => return Err("interval_unit must be one of s, m, h, d"),
    };
    let value = match query.get("interval_value").map(Json::as_text) {
        None => Some(1),
        Some(text) => text.and_then(|text| text.parse().ok()),
    };
    let value: i64 = value.filter(|value| *value > 0).ok_or("interval_value")?;
    Ok(unit / MILLISECOND * value)
}

fn time(query: &Json<'_>, key: &str) -> Result<Option<i64>, &'static str> {
    let Some(value) = query.get(key) else {
        return Ok(None);
    };
    let instant = value.as_text().and_then(instant::parse);
    let instant = instant.ok_or("Invalid date")?;
    Ok(Some(instant.div_euclid(MILLISECOND)))
}
