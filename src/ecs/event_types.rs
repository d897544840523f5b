//! The catalogue of event types with their ECS categories: `docs/ecs-mapping.md`, section 9.
//!
//! The data stands in `event_types.tsv` beside this file, the same as `docs/event-types.tsv`; here it gets a shape, and
//! an index, because every event asks for its type.

use std::sync::LazyLock;

/// The table as it stands in the file, one header line first.
const TABLE: &str = include_str!("event_types.tsv");

/// Documented, but in no table: what stands for it.
const DELETED_ASSET: &str = "asset_management_asset_delete\tevent\tconfiguration\tdeletion";

/// The name that events bear, and the row that means it.
const ALIAS: (&str, &str) = ("ldap_srch", "ldap_search");

/// Places of the index: enough that most types stand alone in theirs.
const PLACES: usize = 1024;

/// What an event of one type is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventType {
    /// The `event_type` of an event.
    pub name: &'static str,
    /// `event.kind`.
    pub kind: &'static str,
    /// `event.category`, in the table's order; may be empty.
    pub category: Vec<&'static str>,
    /// `event.type`, in the table's order; may be empty.
    pub event_type: Vec<&'static str>,
}

/// The types in the table's order, sorted by name, and where to find one.
struct Catalogue {
    types: Vec<EventType>,
    deleted_asset: EventType,
    /// By hash: the place in `types` and one more; 0 where nothing stands.
    index: Vec<usize>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::read);

/// All types that are known, sorted by name.
pub fn event_types() -> &'static [EventType] {
    &CATALOGUE.types
}

/// The type of this name, also of one that has another in the table.
pub fn find(name: &str) -> Option<&'static EventType> {
    let catalogue = &*CATALOGUE;
    if let Some(found) = catalogue.get(name) {
        return Some(found);
    }
    if name == ALIAS.0 {
        return catalogue.get(ALIAS.1);
    }
    (name == catalogue.deleted_asset.name).then_some(&catalogue.deleted_asset)
}

impl Catalogue {
    fn read() -> Self {
        let row = |line| row(line).expect("event_types.tsv is tested");
        let types: Vec<EventType> = TABLE.lines().skip(1).map(row).collect();
        let mut index = vec![0; PLACES];
        for (at, event_type) in types.iter().enumerate() {
            let mut place = place_of(event_type.name);
            while index[place] != 0 {
                place = (place + 1) % PLACES;
            }
            index[place] = at + 1;
        }
        Self {
            types,
            deleted_asset: row(DELETED_ASSET),
            index,
        }
    }

    fn get(&self, name: &str) -> Option<&EventType> {
        let mut place = place_of(name);
        while let Some(at) = self.index[place].checked_sub(1) {
            if self.types[at].name == name {
                return Some(&self.types[at]);
            }
            place = (place + 1) % PLACES;
        }
        None
    }
}

fn row(line: &'static str) -> Option<EventType> {
    let mut cells = line.split('\t');
    let event_type = EventType {
        name: cells.next()?,
        kind: cells.next()?,
        category: set(cells.next()?),
        event_type: set(cells.next()?),
    };
    cells.next().is_none().then_some(event_type)
}

/// The elements of a cell: `-` has none.
fn set(cell: &'static str) -> Vec<&'static str> {
    if cell == "-" {
        Vec::new()
    } else {
        cell.split(',').collect()
    }
}

/// Where to look for a name first: eight bytes at a time, each mixed into what came before.
fn place_of(name: &str) -> usize {
    let mix = |hash: u64, bytes: &[u8]| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        (hash.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    };
    let hash = name.as_bytes().chunks(8).fold(0, mix);
    usize::try_from(hash >> 54).expect("ten bits")
}

#[cfg(test)]
mod tests {
    use super::{PLACES, TABLE, event_types, find, row};

    #[test]
    fn every_line_of_the_table_is_a_type_and_they_are_sorted() {
        for line in TABLE.lines().skip(1) {
            assert!(row(line).is_some(), "{line:?}");
        }
        assert_eq!(event_types().len(), 282);
        assert!(event_types().is_sorted_by(|one, next| one.name < next.name));
    }

    #[test]
    fn the_reference_shows_the_same_table() {
        assert_eq!(TABLE, include_str!("../../docs/event-types.tsv"));
    }

    #[test]
    fn each_type_is_found_by_its_name_and_nothing_by_another() {
        for event_type in event_types() {
            assert_eq!(find(event_type.name), Some(event_type));
            assert_eq!(find(&event_type.name.to_uppercase()), None);
            assert_eq!(find(&event_type.name[1..]), None);
        }
        for name in ["", "x", "user", "ldap", "event_type"] {
            assert_eq!(find(name), None, "{name}");
        }
        assert!(event_types().len() * 2 < PLACES, "the index has room");
    }

    #[test]
    fn names_that_stand_in_no_row_are_known_too() {
        assert_eq!(find("ldap_srch"), find("ldap_search"));
        let deleted = find("asset_management_asset_delete").expect("known");
        assert_eq!(
            (&deleted.category[..], &deleted.event_type[..]),
            (&["configuration"][..], &["deletion"][..])
        );
    }

    #[test]
    fn cells_are_sets_in_their_order() {
        let request = find("access_management_access_request").expect("known");
        assert_eq!(request.kind, "event");
        assert_eq!(request.category, ["iam"]);
        assert_eq!(request.event_type, ["info", "user"]);
        let without = event_types().iter().find(|one| one.category.is_empty());
        assert!(without.is_some_and(|one| !one.event_type.is_empty()));
    }
}
