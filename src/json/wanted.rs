//! Which members of a text somebody wants: dotted names, each with the number of the slot that its value goes to.
//!
//! Finding out whether a key is wanted costs one look into a table, however many names there are. Knows no name itself.

use super::key::Key;
use super::slots::LIMIT;

/// The slot of what nobody wants.
pub const NO_SLOT: u8 = u8::MAX;
/// The objects in which nothing is wanted.
pub const NOTHING: u16 = 0;
/// The text's outermost object.
pub const TOP: u16 = 1;

/// Ways to spread hashes that are tried before a table is made larger.
const SPREADS: u32 = 256;

/// Wanted members, arranged for looking them up.
#[derive(Clone, Debug)]
pub struct Wanted {
    places: Vec<Place>,
    rows: Vec<Row>,
}

/// What is wanted in an object: where its table begins, and how a hash becomes a place in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    first: usize,
    spread: u32,
    shift: u32,
}

impl Place {
    /// Where in the table a key of this hash stands.
    #[inline]
    fn of(self, hash: u32) -> usize {
        (hash.wrapping_mul(self.spread) >> self.shift) as usize
    }

    /// How many keys its table has room for.
    fn size(self) -> usize {
        1 << (u32::BITS - self.shift)
    }
}

/// A key of a place.
#[derive(Clone, Copy, Debug)]
struct Row {
    key: Key,
    text: &'static str,
    entry: Entry,
}

/// What is wanted of a key's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The slot of its value, or [`NO_SLOT`].
    pub slot: u8,
    /// What is wanted inside its value, or [`NOTHING`].
    pub inside: u16,
}

impl Entry {
    /// The entry of every key that is not wanted.
    pub const NONE: Self = Self {
        slot: NO_SLOT,
        inside: NOTHING,
    };
}

/// An object on the way to the tables.
#[derive(Default)]
struct Node {
    members: Vec<Row>,
}

impl Wanted {
    /// Wants these dotted names; the slot of each is its place in the list. A key with a dot in it cannot be wanted.
    ///
    /// # Panics
    /// With more names than slots, or when keys of one object cannot be told apart by their hash.
    pub fn new(names: &[&'static str]) -> Self {
        let mut nodes = vec![Node::default(), Node::default()];
        for (slot, name) in names.iter().enumerate() {
            let slot = u8::try_from(slot).expect("fewer names than slots");
            assert!(slot < LIMIT - 1, "the last slot is nobody's");
            enter(&mut nodes, name, slot);
        }
        let mut wanted = Self {
            places: Vec::new(),
            rows: Vec::new(),
        };
        for node in &nodes {
            wanted.arrange(&node.members);
        }
        wanted
    }

    /// What is wanted in an object, by the entry that leads to it.
    #[inline]
    pub fn place(&self, inside: u16) -> Place {
        self.places[usize::from(inside)]
    }

    /// The entry of a key that says `text`.
    #[inline]
    pub fn find(&self, place: Place, key: Key, text: &[u8]) -> Entry {
        let Some(row) = self.rows.get(place.first + place.of(key.hash())) else {
            return Entry::NONE;
        };
        if row.key == key && (key.is_whole() || row.text.as_bytes() == text) {
            row.entry
        } else {
            Entry::NONE
        }
    }

    /// Lays the members of one object out, each in a place of its own, in a table that is small: every key of every text is looked for
    /// in one, so that it should stay near the processor.
    fn arrange(&mut self, members: &[Row]) {
        let hashes: Vec<_> = members.iter().map(|member| member.key.hash()).collect();
        let fewest = members.len().max(2).next_power_of_two().ilog2();
        let mut taken = Vec::new();
        let place = (fewest..=16).find_map(|bits| {
            let mut places = (0..SPREADS).map(|number| Place {
                first: self.rows.len(),
                spread: number.wrapping_mul(0x9e37_79b9) | 1,
                shift: u32::BITS - bits,
            });
            places.find(|place| is_apart(*place, &hashes, &mut taken))
        });
        let place = place.expect("keys of one object have different hashes");
        let nobody = Row {
            key: Key::default(),
            text: "",
            entry: Entry::NONE,
        };
        let mut table = vec![nobody; place.size()];
        for member in members {
            table[place.of(member.key.hash())] = *member;
        }
        self.rows.extend(table);
        self.places.push(place);
    }
}

/// Whether each of these hashes has a place of its own; `taken` is memory for finding out.
fn is_apart(place: Place, hashes: &[u32], taken: &mut Vec<bool>) -> bool {
    taken.clear();
    taken.resize(place.size(), false);
    let mut places = hashes.iter().map(|hash| place.of(*hash));
    places.all(|at| !std::mem::replace(&mut taken[at], true))
}

/// Enters one name, key by key.
fn enter(nodes: &mut Vec<Node>, name: &'static str, slot: u8) {
    let mut at = usize::from(TOP);
    let mut keys = name.split('.').peekable();
    while let Some(text) = keys.next() {
        let found = nodes[at].members.iter().position(|m| m.text == text);
        let number = found.unwrap_or_else(|| {
            let entry = Entry::NONE;
            let key = Key::alone(text.as_bytes());
            nodes[at].members.push(Row { key, text, entry });
            nodes[at].members.len() - 1
        });
        if keys.peek().is_none() {
            nodes[at].members[number].entry.slot = slot;
        } else {
            if nodes[at].members[number].entry.inside == NOTHING {
                let inside = u16::try_from(nodes.len()).expect("few objects");
                nodes[at].members[number].entry.inside = inside;
                nodes.push(Node::default());
            }
            at = usize::from(nodes[at].members[number].entry.inside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NO_SLOT, NOTHING, TOP, Wanted};
    use crate::json::key::Key;

    #[test]
    fn names_are_found_key_by_key_and_nothing_else_is() {
        let wanted = Wanted::new(&["id", "system", "system.id", "a.b.c", ""]);
        let find = |place, key: &str| {
            wanted.find(
                wanted.place(place),
                Key::alone(key.as_bytes()),
                key.as_bytes(),
            )
        };
        assert_eq!((find(TOP, "id").slot, find(TOP, "id").inside), (0, NOTHING));
        let system = find(TOP, "system");
        assert_eq!((system.slot, find(system.inside, "id").slot), (1, 2));
        let a = find(TOP, "a");
        assert_eq!(a.slot, NO_SLOT);
        assert_eq!(find(find(a.inside, "b").inside, "c").slot, 3);
        assert_eq!(find(TOP, "").slot, 4);
        for (place, key) in [
            (TOP, "b"),
            (TOP, "system.id"),
            (NOTHING, "id"),
            (system.inside, "system"),
        ] {
            assert_eq!(find(place, key).slot, NO_SLOT, "{key}");
        }
    }
}
