//! What the profile `extended` adds to a document: `docs/ecs-mapping.md`, section 9, the rows of its table by subject.
//!
//! Runs behind the steps, whether one of them failed or not. Nothing here replaces or fails: a field is added where it is absent,
//! a list goes on behind its elements, and what is of another type than expected is passed over. Rows that few events have are kept out
//! of line, so that the way of every event stays short.

mod additions;
mod catalogue;
pub(super) mod completion;
mod errors;
mod hosts;
mod lists;
mod memo;
mod people;
mod places;
mod rules;
mod things;

use self::additions::Additions;
use self::catalogue::{Catalogue, Class};
use self::people::People;
use self::places::Places;
use self::things::Things;
use super::draft::Draft;
use super::event::Event;
use super::source::Source;
use super::target::Target;

/// The rows, made ready for a run.
#[derive(Clone, Debug)]
pub(super) struct Extension {
    catalogue: Catalogue,
    /// Whether a place on earth may be what the event says of itself; it is not where a database knows places.
    takes_places: bool,
    people: People,
    places: Places,
    things: Things,
}

impl Extension {
    /// Prepares the rows in a draft in which nothing but what every document has is set, and sets what every document has by them.
    pub(super) fn new(knows_places: bool, draft: &mut Draft) -> Self {
        draft.fix(Target::EventProvider, r#""jumpcloud""#);
        let observer = r#"{"product":"Directory Insights","vendor":"JumpCloud"}"#;
        draft.fix(Target::Observer, observer);
        Self {
            catalogue: Catalogue::new(draft),
            takes_places: !knows_places,
            people: People::new(draft),
            places: Places::new(),
            things: Things::new(draft),
        }
    }

    /// Adds everything to the document of an event, which has been completed if a step failed; says whether its place is the event's own.
    pub(super) fn extend(&mut self, event: Event<'_>, draft: &mut Draft, failed: bool) -> bool {
        if draft.is_full() {
            self.forget(draft);
        }
        self.classify(event, draft, failed);
        let mut additions = Additions::new(event, draft);
        additions.copy_strings();
        errors::tell(&mut additions);
        rules::name(&mut additions);
        people::name(&mut additions, &mut self.people);
        let placed = self.takes_places && places::place_client(&mut additions, &mut self.places);
        places::name_source(&mut additions);
        places::relate_addresses(&mut additions, failed);
        hosts::name(&mut additions);
        things::name(&mut additions, &mut self.things);
        placed
    }

    /// Makes room for what will be made of the events to come.
    #[cold]
    fn forget(&mut self, draft: &mut Draft) {
        self.people.forget();
        self.places.clear();
        self.things.forget();
        draft.forget();
    }

    /// Kind, category and type.
    fn classify(&self, event: Event<'_>, draft: &mut Draft, failed: bool) {
        let said = event.said(Source::EventType, char::REPLACEMENT_CHARACTER);
        let class = self.catalogue.class(said.as_deref());
        if failed || event.is_escaped(Source::EventType) {
            put_class(class, draft, failed);
        } else {
            draft.choose(class.all);
        }
    }
}

/// The same for a document that keeps its kind, or the spelling of its type.
#[cold]
#[inline(never)]
fn put_class(class: Class, draft: &mut Draft, failed: bool) {
    if !failed {
        draft.put(Target::EventKind, class.kind);
    }
    if let Some(category) = class.category {
        draft.put(Target::EventCategory, category);
    }
    if let Some(event_type) = class.event_type {
        draft.put(Target::EventType, event_type);
    }
}

#[cfg(test)]
mod tests {
    use crate::ecs::{Mapper, Options, Profile};

    #[test]
    fn documents_stay_what_they_are_when_all_that_was_kept_has_been_forgotten() {
        let mut mapper = Mapper::new(Options {
            profile: Profile::Extended,
            ..Options::default()
        });
        let filler = "x".repeat(500);
        let mut map = |number: usize| {
            let place = format!(r#"{{"region_name":"{number}{filler}"}}"#);
            let event = format!(
                r#"{{"service":"sso","application":{{"sso_url":"https://{number}.example/"}},"geoip":{place}}}"#
            );
            let mut out = Vec::new();
            mapper.map(event.as_bytes(), &mut out).expect("an event");
            let document: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
            let geo: serde_json::Value = serde_json::from_str(&place).expect("JSON");
            assert_eq!(document["client"]["geo"], geo, "{number}");
            assert_eq!(document["url"]["domain"], format!("{number}.example"));
            assert_eq!(document["observer"]["vendor"], "JumpCloud");
        };
        // Twice as much as is kept, with texts that come again at once and later.
        for number in 0..4500 {
            map(number);
            map(number);
            map(number / 2);
        }
    }
}
