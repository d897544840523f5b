//! Two different events with one `_id`: the second would be taken for a copy of the first and lost in silence.
//!
//! Remembers what was given out to the last events of a run and gives the second one an id of its own
//! (`docs/ecs-mapping.md`, section 5). Must see the documents in the order of the input, so that the outcome does not
//! depend on how many threads mapped them.

use super::id::Id;
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
    text: u64,
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

    /// The id for the next document of the run, whose event's text has this hash; `of_text` is asked for the id of the
    /// whole text only where another event has the document's own.
    pub fn give_out(&mut self, own: Id, text: u64, of_text: impl FnOnce() -> Id) -> GivenId {
        let conflict = self.given.get(&own).is_some_and(|given| given.text != text);
        let id = if conflict { of_text() } else { own };
        self.remember(id, text);
        GivenId { id, conflict }
    }

    fn remember(&mut self, id: Id, text: u64) {
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
    use crate::ecs::Id;

    /// An event by the number that its id is made of, and by its text.
    #[derive(Clone, Copy)]
    struct Event(usize, u64);

    impl Event {
        fn own_id(self) -> Id {
            Id::of_text(&self.0.to_le_bytes())
        }

        fn text_id(self) -> Id {
            Id::of_text(format!("{} {}", self.0, self.1).as_bytes())
        }
    }

    fn give_out(recent: &mut RecentIds, event: Event) -> GivenId {
        recent.give_out(event.own_id(), event.1, || event.text_id())
    }

    fn own(event: Event) -> GivenId {
        GivenId {
            id: event.own_id(),
            conflict: false,
        }
    }

    fn of_text(event: Event) -> GivenId {
        GivenId {
            id: event.text_id(),
            conflict: true,
        }
    }

    #[test]
    fn another_text_under_the_same_id_gets_an_id_of_its_own() {
        let mut recent = RecentIds::new();
        let (first, second) = (Event(1, 1), Event(1, 2));
        assert_eq!(give_out(&mut recent, first), own(first));
        assert_eq!(give_out(&mut recent, second), of_text(second));
        // Copies stay copies.
        assert_eq!(give_out(&mut recent, first), own(first));
        assert_eq!(give_out(&mut recent, second), of_text(second));
    }

    #[test]
    fn a_thousand_events_are_remembered() {
        let (first, second) = (Event(0, 1), Event(0, 2));
        for (others, expected) in [(REMEMBERED - 1, of_text(second)), (REMEMBERED, own(second))] {
            let mut recent = RecentIds::new();
            give_out(&mut recent, first);
            for number in 1..=others {
                let other = Event(number, 0);
                assert_eq!(give_out(&mut recent, other), own(other));
            }
            assert_eq!(
                give_out(&mut recent, second),
                expected,
                "after {others} others"
            );
            assert!(recent.order.len() <= REMEMBERED && recent.given.len() <= REMEMBERED);
        }
    }

    #[test]
    fn an_id_is_remembered_as_long_as_its_last_event() {
        let mut recent = RecentIds::new();
        let (first, second) = (Event(0, 1), Event(0, 2));
        give_out(&mut recent, first);
        for number in 1..REMEMBERED {
            give_out(&mut recent, Event(number, 0));
        }
        give_out(&mut recent, first);
        give_out(&mut recent, Event(REMEMBERED, 0));
        assert_eq!(give_out(&mut recent, second), of_text(second));
    }
}
