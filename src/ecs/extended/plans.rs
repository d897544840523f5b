//! What step 11 and the plain rows give to events of the kinds that came last, so that they need not be asked again.
//!
//! Plain rows look at nothing but which members an event has, whether they are strings, and what a few of them say. They are the ones
//! that know; here is only remembered what they did.
#![expect(
    clippy::inline_always,
    reason = "measured: a call costs as much as what is compared"
)]

use super::people::initiators_and_others;
use crate::ecs::copies::COPIES;
use crate::ecs::draft::Draft;
use crate::ecs::draft::plan::Plan;
use crate::ecs::event::Event;
use crate::ecs::source::Source;
use crate::json::slots::Slots;
use crate::json::span::Span;

/// Members whose text decides what the plain rows do.
const WORDS: [Source; 3] = [Source::EventType, Source::Service, Source::InitiatedByType];

/// Spreads words over a table; any odd number with mixed bits does.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

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

/// Bytes of a word that are compared together, however many it has: nearly all of them have no more.
const BEGIN: usize = 32;
/// Those bytes.
type Begin = [u64; BEGIN / 8];

/// The bytes that belong to a word, by its length.
const MASKS: [Begin; BEGIN + 1] = {
    let mut masks = [[0; BEGIN / 8]; BEGIN + 1];
    let mut length = 1;
    while length <= BEGIN {
        masks[length] = masks[length - 1];
        masks[length][(length - 1) / 8] |= 0xff << ((length - 1) % 8 * 8);
        length += 1;
    }
    masks
};

/// The plans of kinds of events.
#[derive(Clone, Debug)]
pub(super) struct Plans {
    rows: Vec<Option<Box<Row>>>,
}

/// A kind of events.
#[derive(Clone, Debug)]
struct Row {
    filled: Slots,
    words: [Begin; WORDS.len()],
    lengths: [usize; WORDS.len()],
    /// What stands behind the beginnings, of all words.
    behind: Vec<u8>,
    /// Nothing where the plain rows do more than can be planned.
    plan: Option<Plan>,
    /// Everybody whom the event names, but for a target.
    users: Vec<Source>,
}

/// What the kind of an event is known by.
struct Kind<'a> {
    event: Event<'a>,
    words: [Begin; WORDS.len()],
    lengths: [usize; WORDS.len()],
}

impl<'a> Kind<'a> {
    /// Of this event.
    #[inline(always)]
    fn of(event: Event<'a>) -> Self {
        let [kind, service, role] = WORDS.map(|source| event.span(source).unwrap_or_default());
        let begin = |word| begin(event.text(), word);
        let length = |word: Span| word.end() - word.start();
        Self {
            event,
            words: [begin(kind), begin(service), begin(role)],
            lengths: [length(kind), length(service), length(role)],
        }
    }

    /// The first place where it may stand.
    #[inline]
    fn place(&self) -> usize {
        let mix =
            |[a, b, c, d]: Begin| a ^ b.rotate_left(17) ^ c.rotate_left(34) ^ d.rotate_left(51);
        let [kind, service, role] = self.words.map(mix);
        let mixed = (kind ^ service.rotate_left(9) ^ role.rotate_left(23)).wrapping_mul(SPREAD);
        (self.event.filled().hash() ^ (mixed >> 40) as usize) % ROWS
    }

    /// All places where it may stand.
    fn places(&self) -> impl Iterator<Item = usize> + use<> {
        let first = self.place();
        (0..TRIES).map(move |next| (first + next) % ROWS)
    }

    /// What stands behind the beginnings of its words.
    fn behind(&self) -> Vec<u8> {
        let words = WORDS.iter().filter_map(|source| self.event.raw(*source));
        words
            .flat_map(|word| word.iter().skip(BEGIN))
            .copied()
            .collect()
    }
}

/// The beginning of a word, and nothing of what stands behind the word.
#[inline(always)]
fn begin(text: &[u8], word: Span) -> Begin {
    let Some(bytes) = text.get(word.start()..word.start() + BEGIN) else {
        return begin_of_last(word.in_text(text));
    };
    let mut begin = MASKS[(word.end() - word.start()).min(BEGIN)];
    let (parts, _) = bytes.as_chunks();
    for (begin, part) in begin.iter_mut().zip(parts) {
        *begin &= u64::from_le_bytes(*part);
    }
    begin
}

/// The same for a word at the end of the text.
#[cold]
#[inline(never)]
fn begin_of_last(word: &[u8]) -> Begin {
    let mut text = [0; BEGIN];
    let length = word.len().min(BEGIN);
    text[..length].copy_from_slice(&word[..length]);
    begin(&text, Span::of(0, length))
}

impl Row {
    /// One comparison of nearly all that there is, because which part differs is a surprise.
    #[inline(always)]
    fn is(&self, kind: &Kind<'_>) -> bool {
        let mut is_it = self.filled == kind.event.filled();
        for (one, other) in self.words.iter().zip(&kind.words) {
            is_it &= one == other;
        }
        is_it &= self.lengths == kind.lengths;
        is_it && (self.behind.is_empty() || self.behind == kind.behind())
    }
}

impl Plans {
    /// Knows no kind yet.
    pub(super) fn new() -> Self {
        Self {
            rows: vec![None; ROWS],
        }
    }

    /// Where the plan of an event of a known kind stands, if there can be one.
    #[inline]
    pub(super) fn find(&self, event: Event<'_>) -> Option<(usize, &Plan)> {
        let (place, row) = self.row(&Kind::of(event))?;
        Some((place, row.plan.as_ref()?))
    }

    /// Everybody whom events of the kind name for which a plan was found there, but for a target.
    #[inline]
    pub(super) fn users(&self, place: usize) -> Option<&[Source]> {
        self.rows[place].as_deref().map(|row| &row.users[..])
    }

    #[inline(always)]
    fn row(&self, kind: &Kind<'_>) -> Option<(usize, &Row)> {
        let place = kind.place();
        let first = self.rows[place].as_deref()?;
        if first.is(kind) {
            Some((place, first))
        } else {
            self.row_behind(kind)
        }
    }

    #[inline(never)]
    fn row_behind(&self, kind: &Kind<'_>) -> Option<(usize, &Row)> {
        let row = |place: usize| Some((place, self.rows[place].as_deref()?));
        let mut rows = kind.places().map_while(row);
        rows.find(|(_, row)| row.is(kind))
    }

    /// Remembers what the document of an event of a kind that is not known has been given by step 11, and since it had these fields.
    #[cold]
    #[inline(never)]
    pub(super) fn learn(&mut self, event: Event<'_>, draft: &Draft, before: Slots) {
        let before = before.without(COPIED);
        let kind = Kind::of(event);
        if kind.lengths.iter().any(|length| *length > LONGEST) || self.row(&kind).is_some() {
            return;
        }
        let mut places = kind.places();
        let place = places.find(|place| self.rows[*place].is_none());
        let place = place.or_else(|| kind.places().next()).unwrap_or_default();
        self.rows[place] = Some(Box::new(Row {
            filled: event.filled(),
            words: kind.words,
            lengths: kind.lengths,
            behind: kind.behind(),
            plan: are_strings(event)
                .then(|| draft.plan(before, event))
                .flatten(),
            users: initiators_and_others(event).collect(),
        }));
    }
}

/// Whether all members are strings that plain rows may look at.
fn are_strings(event: Event<'_>) -> bool {
    let mut all = event.among(event.filled());
    all.all(|source| OF_OTHER_ROWS.contains(source.number()) || event.string_span(source).is_some())
}
