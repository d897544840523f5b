//! Two different events with one `_id`: the second would be taken for a copy of the first and lost in silence.
//!
//! Remembers what was given out to the last events of a run and gives the second one an id of its own
//! (`docs/ecs-mapping.md`, section 5). Must see the documents in the order of the input, so that the outcome does not
//! depend on how many threads mapped them.

use super::id::Id;
use super::mapper::Document;
use crate::hash::murmur3_x64_128;
use std::collections::{HashMap, VecDeque};

/// How many events are remembered.
const REMEMBERED: usize = 1000;

/// The ids of the last 1,000 events, each with a hash of its event's text.
#[derive(Default)]
pub struct RecentIds {
    order: VecDeque<Id>,
    /// Events that have an id at the same time have equal texts, so one hash and their number say all.
    given: HashMap<Id, Given>,
}

struct Given {
    text: (u64, u64),
    events: usize,
}

/// The `_id` that a document goes out with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenId {
    /// The document's own, or that of its whole text.
    pub id: Id,
    /// Whether a recent event with another text has the document's own id; to be counted as `id_conflicts`.
    pub conflict: bool,
}

impl RecentIds {
    /// A memory of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The id for the next document of the run.
    pub fn give_out(&mut self, document: &Document) -> GivenId {
        let text = murmur3_x64_128(&document.text);
        let conflict = self
            .given
            .get(&document.id)
            .is_some_and(|given| given.text != text);
        let id = if conflict {
            Id::of_text(&document.text)
        } else {
            document.id
        };
        self.remember(id, text);
        GivenId { id, conflict }
    }

    fn remember(&mut self, id: Id, text: (u64, u64)) {
        if self.order.len() == REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.forget(&oldest);
        }
        self.order.push_back(id);
        self.given
            .entry(id)
            .or_insert(Given { text, events: 0 })
            .events += 1;
    }

    fn forget(&mut self, id: &Id) {
        let Some(given) = self.given.get_mut(id) else {
            return;
        };
        given.events -= 1;
        if given.events == 0 {
            self.given.remove(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{GivenId, REMEMBERED, RecentIds};
    use crate::ecs::{Document, Id, Mapper, Options};

    fn document(number: usize, body: usize) -> Document {
        let line = format!(r#"{{"id":{number},"timestamp":"2024-01-01","n":{body}}}"#);
        Mapper::new(Options::default())
            .map(line.as_bytes())
            .expect("an event")
    }

    fn own(document: &Document) -> GivenId {
        GivenId {
            id: document.id,
            conflict: false,
        }
    }

    fn of_text(document: &Document) -> GivenId {
        GivenId {
            id: Id::of_text(&document.text),
            conflict: true,
        }
    }

    #[test]
    fn another_text_under_the_same_id_gets_an_id_of_its_own() {
        let mut recent = RecentIds::new();
        let (first, second) = (document(1, 1), document(1, 2));
        assert_eq!(first.id, second.id);
        assert_eq!(recent.give_out(&first), own(&first));
        assert_eq!(recent.give_out(&second), of_text(&second));
        // Copies stay copies.
        assert_eq!(recent.give_out(&first), own(&first));
        assert_eq!(recent.give_out(&second), of_text(&second));
    }

    #[test]
    fn a_thousand_events_are_remembered() {
        let (first, second) = (document(0, 1), document(0, 2));
        for (others, expected) in [
            (REMEMBERED - 1, of_text(&second)),
            (REMEMBERED, own(&second)),
        ] {
            let mut recent = RecentIds::new();
            recent.give_out(&first);
            for number in 1..=others {
                let other = document(number, 0);
                assert_eq!(recent.give_out(&other), own(&other));
            }
            assert_eq!(recent.give_out(&second), expected, "after {others} others");
            assert!(recent.order.len() <= REMEMBERED && recent.given.len() <= REMEMBERED);
        }
    }

    #[test]
    fn an_id_is_remembered_as_long_as_its_last_event() {
        let mut recent = RecentIds::new();
        let (first, second) = (document(0, 1), document(0, 2));
        recent.give_out(&first);
        for number in 1..REMEMBERED {
            recent.give_out(&document(number, 0));
        }
        recent.give_out(&first);
        recent.give_out(&document(REMEMBERED, 0));
        assert_eq!(recent.give_out(&second), of_text(&second));
    }
}
