//! Two different events with one `_id`: the second would be taken for a copy of the first and lost in silence.
//!
//! Remembers what was given out to the last events of a run and gives the second one an id of its own
//! (`docs/ecs-mapping.md`, section 5). Must see the documents in the order of the input, so that the outcome does not
//! depend on how many threads mapped them.

use super::id::Id;

/// How many events are remembered.
const REMEMBERED: usize = 1000;

/// Bits of an id that say where to look for it.
const BITS: u32 = 11;

/// The ids of the last 1,000 events, each with a hash of its event's text.
///
/// A ring of events in their order, threaded by lists of those whose ids share their first bits, the youngest first: a
/// list is at its end where it leads to an event that is forgotten, so nothing is ever taken out of it.
pub struct RecentIds {
    /// The number of the next event, from 1.
    next: u64,
    order: Vec<Event>,
    /// The youngest event of each list; 0 for none.
    youngest: Vec<u64>,
}

struct Event {
    id: Id,
    text: u64,
    /// The number of the one before it in its list.
    older: u64,
}

/// The `_id` that a document goes out with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenId {
    /// The document's own, or that of its whole text.
    pub id: Id,
    /// Whether a recent event with another text has the document's own id; to be counted as `id_conflicts`.
    pub conflict: bool,
}

impl Default for RecentIds {
    fn default() -> Self {
        Self {
            next: 1,
            order: Vec::with_capacity(REMEMBERED),
            youngest: vec![0; 1 << BITS],
        }
    }
}

impl RecentIds {
    /// A memory of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The id for the next document of the run, whose event's text has this hash; `of_text` is asked for the id of the
    /// whole text only where another event has the document's own.
    pub fn give_out(&mut self, own: Id, text: u64, of_text: impl FnOnce() -> Id) -> GivenId {
        // Events that have an id at the same time have equal texts, so any of them speaks for all.
        let conflict = self.find(&own).is_some_and(|event| event.text != text);
        let id = if conflict { of_text() } else { own };
        self.remember(id, text);
        GivenId { id, conflict }
    }

    fn find(&self, id: &Id) -> Option<&Event> {
        let mut number = self.youngest[list_of(id)];
        while number > 0 && number + REMEMBERED as u64 >= self.next {
            let event = &self.order[place(number)];
            if event.id == *id {
                return Some(event);
            }
            number = event.older;
        }
        None
    }

    fn remember(&mut self, id: Id, text: u64) {
        let older = std::mem::replace(&mut self.youngest[list_of(&id)], self.next);
        let event = Event { id, text, older };
        match self.order.get_mut(place(self.next)) {
            Some(oldest) => *oldest = event,
            None => self.order.push(event),
        }
        self.next += 1;
    }
}

/// Where an event stands in the ring.
fn place(number: u64) -> usize {
    let place = (number - 1) % REMEMBERED as u64;
    usize::try_from(place).expect("less than what is remembered")
}

/// An id is a digest in Base64, so any of its characters are as good as a hash; the first eight bytes hold 48 bits.
fn list_of(id: &Id) -> usize {
    let first = id.bytes().first_chunk().expect("24 bytes");
    let mixed = u64::from_le_bytes(*first).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> (64 - BITS)).expect("a few bits")
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
            assert!(recent.order.len() <= REMEMBERED);
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
