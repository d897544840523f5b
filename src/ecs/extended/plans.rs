//! What step 11 and the plain rows give to events of the kinds that came last, so that they need not be asked again.
//!
//! Plain rows look at nothing but which members an event has, whether they are strings, and what a few of them say. They are the ones
//! that know; here is only remembered what they did.

use crate::ecs::copies::COPIES;
use crate::ecs::draft::Draft;
use crate::ecs::draft::plan::Plan;
use crate::ecs::event::Event;
use crate::ecs::source::Source;
use crate::json::key::Key;
use crate::json::slots::Slots;

/// Members whose text decides what the plain rows do.
const WORDS: [Source; 3] = [Source::EventType, Source::Service, Source::InitiatedByType];

/// Where step 11 copies to.
const COPIED: Slots = {
    let (mut all, mut at) = (Slots::NONE, 0);
    while at < COPIES.len() {
        all = all.with(COPIES[at].1.number());
        at += 1;
    }
    all
};

/// Members that neither step 11 nor plain rows look at; they may be anything. Where another is no string, nothing is planned: so neither
/// step 11 can fail in an event with a plan, nor a later step.
const OF_OTHER_ROWS: Slots = Source::all_of(&[
    Source::Useragent,
    Source::Success,
    Source::SsoTokenSuccess,
    Source::ErrorCode,
    Source::ErrorChain,
    Source::PoliciesApplied,
    Source::Changes,
    Source::StoredSize,
    Source::Geoip,
    Source::TlsEstablished,
]);

/// Kinds that are remembered; a run has a few hundred.
const ROWS: usize = 1024;
/// Places where a kind may stand.
const TRIES: usize = 4;
/// Bytes of a word that is remembered.
const LONGEST: usize = 64;

/// Bytes that are compared at once.
const HALF: usize = 16;

/// The plans of kinds of events.
#[derive(Clone, Debug)]
pub(super) struct Plans {
    rows: Vec<Option<Box<Row>>>,
}

/// A kind of events.
#[derive(Clone, Debug)]
struct Row {
    filled: Slots,
    words: [Word; WORDS.len()],
    /// Nothing where the plain rows do more than can be planned.
    plan: Option<Plan>,
}

/// A word that is remembered; not longer than [`LONGEST`].
#[derive(Clone, Debug)]
struct Word {
    ends: Key,
    text: [u8; LONGEST],
}

/// What the kind of an event is known by.
#[derive(Clone, Copy)]
struct Kind<'a> {
    filled: Slots,
    words: [(Key, &'a [u8]); WORDS.len()],
}

impl<'a> Kind<'a> {
    /// Of this event.
    #[inline]
    fn of(event: Event<'a>) -> Self {
        Self {
            filled: event.filled(),
            words: WORDS.map(|source| {
                let (text, span) = (event.text(), event.span(source).unwrap_or_default());
                (Key::of(text, span.start(), span.end()), span.in_text(text))
            }),
        }
    }

    /// The first place where it may stand.
    #[inline]
    fn place(&self) -> usize {
        let [kind, service, role] = self.words.map(|(ends, _)| ends.hash() as usize);
        (self.filled.hash() ^ (kind >> 8) ^ (service >> 12) ^ (role >> 16)) % ROWS
    }

    /// All places where it may stand.
    fn places(&self) -> impl Iterator<Item = usize> + use<> {
        let first = self.place();
        (0..TRIES).map(move |next| (first + next) % ROWS)
    }
}

impl Word {
    fn new(ends: Key, text: &[u8]) -> Self {
        let mut kept = [0; LONGEST];
        kept[..text.len()].copy_from_slice(text);
        Self { ends, text: kept }
    }

    /// Whether it says the same as a text with these ends; nearly all are compared without a call.
    #[inline]
    fn is(&self, ends: Key, text: &[u8]) -> bool {
        if self.ends != ends {
            return false;
        }
        if ends.is_whole() {
            return true;
        }
        let kept = &self.text[..text.len()];
        match (text.first_chunk::<HALF>(), text.last_chunk::<HALF>()) {
            (Some(first), Some(last)) if text.len() <= 2 * HALF => {
                kept.first_chunk() == Some(first) && kept.last_chunk() == Some(last)
            }
            _ => kept == text,
        }
    }
}

impl Row {
    #[inline]
    fn is(&self, kind: &Kind<'_>) -> bool {
        let mut words = self.words.iter().zip(&kind.words);
        self.filled == kind.filled && words.all(|(word, (ends, text))| word.is(*ends, text))
    }
}

impl Plans {
    /// Knows no kind yet.
    pub(super) fn new() -> Self {
        Self {
            rows: vec![None; ROWS],
        }
    }

    /// The plan of an event of a known kind, if there can be one.
    #[inline]
    pub(super) fn of(&self, event: Event<'_>) -> Option<&Plan> {
        self.row(&Kind::of(event))?.plan.as_ref()
    }

    #[inline]
    fn row(&self, kind: &Kind<'_>) -> Option<&Row> {
        let first = self.rows[kind.place()].as_deref()?;
        if first.is(kind) {
            Some(first)
        } else {
            self.row_behind(kind)
        }
    }

    #[inline(never)]
    fn row_behind(&self, kind: &Kind<'_>) -> Option<&Row> {
        let mut rows = kind.places().map_while(|place| self.rows[place].as_deref());
        rows.find(|row| row.is(kind))
    }

    /// Remembers what the document of an event of a kind that is not known has been given by step 11, and since it had these fields.
    #[cold]
    #[inline(never)]
    pub(super) fn learn(&mut self, event: Event<'_>, draft: &Draft, before: Slots) {
        let before = before.without(COPIED);
        let kind = Kind::of(event);
        let is_long = |(_, word): &(Key, &[u8])| word.len() > LONGEST;
        if kind.words.iter().any(is_long) || self.row(&kind).is_some() {
            return;
        }
        let mut places = kind.places();
        let place = places.find(|place| self.rows[*place].is_none());
        let place = place.or_else(|| kind.places().next()).unwrap_or_default();
        self.rows[place] = Some(Box::new(Row {
            filled: kind.filled,
            words: kind.words.map(|(ends, text)| Word::new(ends, text)),
            plan: are_strings(event)
                .then(|| draft.plan(before, event))
                .flatten(),
        }));
    }
}

/// Whether all members are strings that plain rows may look at.
fn are_strings(event: Event<'_>) -> bool {
    let mut all = event.among(event.filled());
    all.all(|source| OF_OTHER_ROWS.contains(source.number()) || event.string_span(source).is_some())
}
