//! The tenant's events: in the engine's order, found by window and cursor.

use super::access::Owner;
use super::behaviour::{Behaviour, CursorSpelling, End, Precision, Retention, Ties};
use super::search::Search;
use crate::samples::instant::{self, MILLISECOND, Nanos};
use crate::samples::json;

/// An event as the tenant holds it.
#[derive(Clone, Debug)]
pub struct Event {
    /// Where the engine has it in time; usually what its text says.
    pub place: Nanos,
    /// The name a query finds it under; usually what its text says.
    pub service: String,
    /// The JSON text that goes out as it is.
    pub text: String,
    /// U20: the number of the page request from which on it is there.
    pub visible_from: usize,
}

impl Event {
    /// An event that stands where its own `timestamp` says.
    pub fn read(text: impl Into<String>) -> Self {
        let text = text.into();
        let event = json::read(&text).expect("an event that is JSON");
        let stamp = event
            .get("timestamp")
            .and_then(json::Json::as_text)
            .and_then(instant::parse);
        let place = stamp.expect("an event with a timestamp; others are placed");
        Self::placed(place, text)
    }

    /// An event that stands elsewhere than its text says, or whose text says nothing (U17, U21).
    pub fn placed(place: Nanos, text: impl Into<String>) -> Self {
        let text = text.into();
        let service = json::read(&text).and_then(|event| {
            event
                .get("service")
                .and_then(json::Json::as_text)
                .map(str::to_owned)
        });
        Self {
            place,
            service: service.unwrap_or_default(),
            text,
            visible_from: 0,
        }
    }

    /// The same, found by queries for another service.
    #[must_use]
    pub fn served_as(mut self, service: &str) -> Self {
        service.clone_into(&mut self.service);
        self
    }

    /// The same, there only from this page request on.
    #[must_use]
    pub fn late(mut self, visible_from: usize) -> Self {
        self.visible_from = visible_from;
        self
    }
}

/// Where an event stands in the engine's order: its millisecond, then what breaks ties.
type Key = (i64, u64);

/// What a query selects.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    pub start: Nanos,
    pub end: Option<Nanos>,
    pub services: Vec<String>,
    pub search: Search,
    pub owner: Owner,
}

impl Selection {
    /// Whether an instant lies in the window that is asked for.
    pub fn holds(&self, instant: Option<Nanos>) -> bool {
        instant.is_some_and(|at| at >= self.start && self.end.is_none_or(|end| at < end))
    }
}

/// All events, sorted.
#[derive(Debug)]
pub(super) struct Store {
    events: Vec<(Key, Event)>,
    spelling: CursorSpelling,
}

impl Store {
    pub fn new(mut events: Vec<Event>, behaviour: &Behaviour) -> Self {
        if behaviour.ties == Ties::ByNanosecond {
            events.sort_by_key(|event| event.place);
        }
        let numbered = (0_u64..).zip(events);
        let mut keyed: Vec<(Key, Event)> = numbered
            .map(|(number, event)| {
                let tie = match behaviour.ties {
                    Ties::ByNanosecond => number,
                    // An odd factor permutes all 64-bit numbers: no two events share a key.
                    Ties::Arbitrary => (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15),
                };
                ((event.place.div_euclid(MILLISECOND), tie), event)
            })
            .collect();
        keyed.sort_by_key(|entry| entry.0);
        Self {
            events: keyed,
            spelling: behaviour.cursor_spelling,
        }
    }

    /// All events, in order.
    pub fn held(&self) -> Vec<Event> {
        self.events.iter().map(|entry| entry.1.clone()).collect()
    }

    /// The selected events from `after` on, in order.
    pub fn select<'a>(
        &'a self,
        selection: &'a Selection,
        behaviour: &'a Behaviour,
        request: usize,
    ) -> impl DoubleEndedIterator<Item = (Key, &'a Event)> {
        self.events.iter().filter_map(move |(key, event)| {
            let wanted = event.visible_from <= request
                && inside(selection, behaviour, event.place)
                && serves(&selection.services, &event.service, behaviour)
                && selection.search.finds(&event.text)
                && selection.owner.owns(&event.text);
            wanted.then_some((*key, event))
        })
    }

    /// The cursor that stands behind an event.
    pub fn cursor(&self, key: Key) -> String {
        let (millisecond, tie) = key;
        match self.spelling {
            CursorSpelling::Plain => format!("[{millisecond},\"DZr{tie:017x}\"]"),
            CursorSpelling::Awkward => {
                format!("[{millisecond}.00000000000000000001e0, \"D\\u005ar{tie:017x}\"]")
            }
        }
    }

    /// The place a cursor stands for; `None` for a text this store never made.
    pub fn place(&self, cursor: &str) -> Option<Key> {
        let tie = cursor
            .rsplit('"')
            .nth(1)?
            .get(if cursor.contains('\\') { 8.. } else { 3.. })?;
        let digits: String = cursor[1..]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        let key = (digits.parse().ok()?, u64::from_str_radix(tie, 16).ok()?);
        (self.cursor(key) == cursor).then_some(key)
    }
}

fn serves(services: &[String], service: &str, behaviour: &Behaviour) -> bool {
    let same = |name: &str| name == service || (alert(name) && alert(service));
    let is_in_all = behaviour.missing_in_all != Some(service);
    services
        .iter()
        .any(|name| (name == "all" && is_in_all) || same(name))
}

/// Whether a name is one of the two spellings of the alerts service.
pub(super) fn alert(name: &str) -> bool {
    matches!(name, "alert" | "alerts")
}

fn inside(selection: &Selection, behaviour: &Behaviour, place: Nanos) -> bool {
    let seen = |instant: Nanos| match behaviour.precision {
        Precision::Milliseconds => instant.div_euclid(MILLISECOND) * MILLISECOND,
        Precision::Nanoseconds => instant,
    };
    let kept = match behaviour.retention {
        Retention::Hidden(since) | Retention::Refused(since) => place >= since,
        Retention::Unlimited => true,
    };
    let before_end = selection.end.is_none_or(|end| match behaviour.end {
        End::Inclusive => seen(place) <= seen(end),
        End::Exclusive => seen(place) < seen(end),
    });
    kept && before_end && seen(place) >= seen(selection.start)
}
