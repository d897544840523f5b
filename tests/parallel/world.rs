//! Tenants made up at random, and what a fetch of them must give.

use crate::harness::day;
use crate::samples::instant::{self, HOUR, MILLISECOND, MINUTE, Nanos, SECOND};
use crate::samples::invent::random::Random;
use crate::samples::json::{self, Json};
use crate::samples::tenant::{
    Behaviour, Cap, Count, CursorSpelling, EmptyBuckets, EmptyPageCursor, Encoding, End, Event,
    Headers, Layout, Precision, Ties,
};
use std::collections::HashSet;

/// A tenant, a window of it, and how it is to be walked.
#[derive(Clone, Debug)]
pub struct World {
    pub events: Vec<Event>,
    pub behaviour: Behaviour,
    pub window: (Nanos, Nanos),
    pub page_size: i64,
}

/// What events are like.
struct Maker {
    random: Random,
    window: (Nanos, Nanos),
    number: usize,
    copies: bool,
    /// Whether odd events may stand exactly where slices like to end.
    odd_at_seams: bool,
    events: Vec<Event>,
}

impl World {
    /// The same world for the same seed.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let span = *random.pick(&[90 * SECOND, 20 * MINUTE, 7 * HOUR, 49 * HOUR]);
        let since = day() + bound(&mut random, 3 * HOUR);
        let until = since + span + bound(&mut random, SECOND);
        let page_size = *random.pick(&[1, 2, 3, 7, 16, 50]);
        let behaviour = behaviour(&mut random, page_size);
        let mut maker = Maker {
            random,
            window: (since, until),
            number: 0,
            // A page that equals the one before is no page: equal events must not fill two.
            copies: page_size > 2,
            // A walk that ends at a nanosecond returns a part of a millisecond. Of an event whose time says nothing nobody can tell
            // whether it is of that part, so its place among the others of its millisecond is left to chance.
            odd_at_seams: behaviour.end == End::Exclusive
                || behaviour.precision == Precision::Milliseconds
                || behaviour.ties == Ties::ByNanosecond,
            events: Vec::new(),
        };
        maker.fill();
        Self {
            events: maker.events,
            behaviour,
            window: (since, until),
            page_size,
        }
    }

    /// What a fetch gives: of `held`, the events in the tenant's order, those that the queries find and the window does not
    /// leave to its neighbours; equal texts with an id once.
    pub fn expected(&self, held: &[Event]) -> String {
        let mut text = String::new();
        let mut known = HashSet::new();
        for event in held.iter().filter(|event| self.is_found(event.place)) {
            let (id, instant) = facts(&event.text);
            if self.is_neighbours(instant) || (id && !known.insert(event.text.as_str())) {
                continue;
            }
            text.push_str(&event.text);
            text.push('\n');
        }
        text
    }

    /// Whether a query for the whole seconds around the window finds what stands here.
    fn is_found(&self, place: Nanos) -> bool {
        let start = self.window.0.div_euclid(SECOND) * SECOND;
        let end = -(-self.window.1).div_euclid(SECOND) * SECOND;
        let seen = |instant: Nanos| match self.behaviour.precision {
            Precision::Milliseconds => instant.div_euclid(MILLISECOND),
            Precision::Nanoseconds => instant,
        };
        let before_end = match self.behaviour.end {
            End::Inclusive => seen(place) <= seen(end),
            End::Exclusive => seen(place) < seen(end),
        };
        seen(place) >= seen(start) && before_end
    }

    fn is_neighbours(&self, instant: Option<Nanos>) -> bool {
        let (since, until) = self.window;
        instant.is_some_and(|at| {
            let inside = at >= since && at < until;
            !inside && at >= since - SECOND && at <= until + SECOND
        })
    }
}

/// Whether an event has an id, and when it says it was.
fn facts(text: &str) -> (bool, Option<Nanos>) {
    let event = json::read(text);
    let member = |name| event.as_ref()?.get(name).and_then(Json::as_text);
    (
        member("id").is_some(),
        member("timestamp").and_then(instant::parse),
    )
}

/// A whole number of minutes, or with everything down to nanoseconds.
fn bound(random: &mut Random, most: Nanos) -> Nanos {
    let unit = *random.pick(&[MINUTE, SECOND, MILLISECOND, 1]);
    random.below(most).div_euclid(unit) * unit
}

fn behaviour(random: &mut Random, page_size: i64) -> Behaviour {
    let caps = if page_size > 2 {
        vec![9, 3, 30, 4]
    } else {
        vec![9, 1, 2]
    };
    Behaviour {
        end: *random.pick(&[End::Inclusive, End::Exclusive]),
        precision: *random.pick(&[Precision::Milliseconds, Precision::Nanoseconds]),
        ties: *random.pick(&[Ties::ByNanosecond, Ties::Arbitrary]),
        cap: random
            .pick(&[
                Cap::AsAsked,
                Cap::AsAsked,
                Cap::Fixed(4),
                Cap::Changing(caps),
            ])
            .clone(),
        empty_page_cursor: *random.pick(&[EmptyPageCursor::Repeated, EmptyPageCursor::Absent]),
        headers: *random.pick(&[
            Headers::Complete,
            Headers::Dashed,
            Headers::NoCount,
            Headers::NoLimit,
            Headers::LowerCase,
        ]),
        encoding: *random.pick(&[Encoding::Identity, Encoding::Chunked, Encoding::Gzip]),
        layout: *random.pick(&[Layout::Compact, Layout::Indented]),
        cursor_spelling: *random.pick(&[CursorSpelling::Plain, CursorSpelling::Awkward]),
        empty_buckets: *random.pick(&[EmptyBuckets::Listed, EmptyBuckets::LeftOut]),
        count: *random.pick(&[Count::Exact, Count::Off(-3)]),
        ..Behaviour::default()
    }
}

impl Maker {
    /// Quiet spans, storms, crowds, seams, copies, and events that are odd.
    fn fill(&mut self) {
        for _ in 0..self.random.between(4, 12) {
            let at = self.place();
            match self.random.below(8) {
                0 => self.spread(at, MINUTE, 60),
                1 => self.spread(at, SECOND, 90),
                2 => self.spread(at, MILLISECOND, 60),
                3 => self.spread(at, HOUR, 40),
                4 => self.seams(at),
                5 => self.spread(at.div_euclid(SECOND) * SECOND, MILLISECOND, 12),
                6 => self.odd(at),
                _ if self.copies => self.copies(at),
                _ => self.seams(at),
            }
        }
        self.edges();
    }

    /// Anywhere in the window, often at a seam.
    fn place(&mut self) -> Nanos {
        let (since, until) = self.window;
        let at = since + self.random.below(until - since);
        let unit = *self.random.pick(&[1, 1, MILLISECOND, SECOND, MINUTE]);
        at.div_euclid(unit) * unit
    }

    fn spread(&mut self, from: Nanos, span: Nanos, most: i64) {
        for _ in 0..self.random.between(1, most) {
            let unit = *self.random.pick(&[1, 1000, MILLISECOND, SECOND]);
            let at = from + self.random.below(span).div_euclid(unit) * unit;
            let text = self.text(at);
            self.events.push(Event::read(text));
        }
    }

    /// Exactly at the beginnings of minutes, where slices like to end.
    fn seams(&mut self, at: Nanos) {
        let first = at.div_euclid(MINUTE) * MINUTE;
        for minute in 0..self.random.between(1, 30) {
            let at = first + minute * MINUTE;
            for offset in [0, 1, MILLISECOND - 1, MILLISECOND, -1, 0] {
                if self.random.chance(70) {
                    let text = self.text(at + offset);
                    self.events.push(Event::read(text));
                }
            }
        }
    }

    /// Around the window's bounds.
    fn edges(&mut self) {
        let (since, until) = self.window;
        for edge in [since, until] {
            for offset in [-SECOND, -1, 0, 1, MILLISECOND, SECOND, SECOND + 1] {
                let text = self.text(edge + offset);
                self.events.push(Event::read(text));
            }
        }
    }

    /// Events whose text says another time than their place, or none.
    fn odd(&mut self, at: Nanos) {
        for _ in 0..self.random.between(1, 6) {
            let off = if self.odd_at_seams { 0 } else { SECOND / 3 };
            let place = self.near(at) + off;
            let text = match self.random.below(5) {
                0 => format!("{{\"id\":\"{}\",\"timestamp\":null}}", self.next()),
                1 => format!("{{\"service\":\"ldap\",\"n\":{}}}", self.next()),
                2 => self.text(place + 400 * 24 * HOUR),
                3 => self.text(place - 400 * 24 * HOUR),
                _ => {
                    // Not where slices like to end: there it would be taken for one of the seam, and stand a little later.
                    let elsewhere = self.place().div_euclid(SECOND) * SECOND + SECOND / 3;
                    self.text(elsewhere)
                }
            };
            self.events.push(Event::placed(place, text));
        }
    }

    /// At a seam or anywhere.
    fn near(&mut self, at: Nanos) -> Nanos {
        if self.random.chance(50) {
            return self.place();
        }
        let minute = self.random.below(20) * MINUTE;
        let (since, until) = self.window;
        (at.div_euclid(MINUTE) * MINUTE + minute).clamp(since, until - 1)
    }

    /// The same event twice, with and without an id, and one id with two texts.
    fn copies(&mut self, at: Nanos) {
        for _ in 0..self.random.between(1, 6) {
            let at = self.near(at);
            let text = self.text(at);
            let without_id = format!(
                "{{\"service\":\"ldap\",\"timestamp\":\"{}\"}}",
                instant::text(at, 9)
            );
            let other = text.replace("\"n\":", "\"other\":true,\"n\":");
            for text in [text.clone(), without_id.clone(), other, without_id, text] {
                self.events.push(Event::read(text));
            }
        }
    }

    fn next(&mut self) -> usize {
        self.number += 1;
        self.number
    }

    /// An ordinary event, its timestamp with 0 to 9 digits.
    fn text(&mut self, at: Nanos) -> String {
        let needed = (0..=9)
            .find(|digits| at.rem_euclid(10_i64.pow(9 - digits)) == 0)
            .unwrap_or(9);
        let digits = self.random.between(needed.into(), 9);
        let stamp = instant::text(at, usize::try_from(digits).expect("0 to 9"));
        let number = self.next();
        format!(
            "{{\"id\":\"{number:024x}\",\"timestamp\":\"{stamp}\",\"service\":\"directory\",\"n\":{number}}}"
        )
    }
}
