//! What the catalogue of event types says of an event, as JSON that is made once for each type.

use crate::ecs::category::category;
use crate::ecs::draft::Draft;
use crate::ecs::event::write_text;
use crate::ecs::event_types::{event_types, find};
use crate::ecs::tags::write_texts;
use crate::ecs::target::Target;
use crate::ecs::value::{Preset, Ready};
use crate::json::key::Key;

/// Names of types that stand in no row of the table, and are known nevertheless.
const OTHER_NAMES: [&str; 2] = ["ldap_srch", "asset_management_asset_delete"];
/// Bits of a name's hash that say where it stands in the index.
const BITS: u32 = 10;

/// What an event of one type is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Class {
    /// `event.kind`.
    pub(super) kind: Ready,
    /// `event.category`, Elastic's element first.
    pub(super) category: Option<Ready>,
    /// `event.type`, Elastic's element first.
    pub(super) event_type: Option<Ready>,
    /// All these, and `event.action` where the type is known.
    pub(super) all: Preset,
}

/// All types.
#[derive(Clone, Debug)]
pub(super) struct Catalogue {
    rows: Vec<Row>,
    /// By hash: the place in `rows`, or behind its end.
    index: Vec<u16>,
    unknown: Class,
}

/// A type.
#[derive(Clone, Debug)]
struct Row {
    /// The ends of its name, by which nearly all types are told apart.
    ends: Key,
    name: &'static str,
    class: Class,
}

impl Catalogue {
    /// Makes the JSON of every type.
    pub(super) fn new(draft: &mut Draft) -> Self {
        let names = event_types().iter().map(|row| row.name);
        let rows: Vec<_> = names
            .chain(OTHER_NAMES)
            .map(|name| Row {
                ends: Key::alone(name.as_bytes()),
                name,
                class: class(name, draft),
            })
            .collect();
        let mut index = vec![u16::MAX; 1 << BITS];
        for (at, row) in rows.iter().enumerate() {
            let mut place = place_of(row.ends);
            while index[place] != u16::MAX {
                place = next(place);
            }
            index[place] = u16::try_from(at).expect("few event types");
        }
        Self {
            rows,
            index,
            unknown: class("", draft),
        }
    }

    /// What an event is whose type is this text, or no text.
    #[inline]
    pub(super) fn class(&self, name: Option<&[u8]>) -> &Class {
        let name = name.unwrap_or_default();
        let ends = Key::alone(name);
        let mut place = place_of(ends);
        while let Some(row) = self.rows.get(usize::from(self.index[place])) {
            if row.ends == ends && (ends.is_whole() || row.name.as_bytes() == name) {
                return &row.class;
            }
            place = next(place);
        }
        &self.unknown
    }
}

fn class(name: &str, draft: &mut Draft) -> Class {
    let row = find(name);
    // Nothing but this is left of step 10 in this profile.
    let step_10 = category(name.as_bytes());
    let category = row.map_or(&[][..], |row| &row.category);
    let event_type = row.map_or(&[][..], |row| &row.event_type);
    let kind = draft.keep(|made| write_text(row.map_or(b"event", |row| row.kind.as_bytes()), made));
    let category = list(step_10, category, draft);
    let event_type = list(step_10.map(|_| "info"), event_type, draft);
    let action = row.map(|_| draft.keep(|made| write_text(name.as_bytes(), made)));
    let all = [
        (Target::EventAction, action),
        (Target::EventCategory, category),
        (Target::EventKind, Some(kind)),
        (Target::EventType, event_type),
    ];
    let all = all.into_iter();
    let all: Vec<_> = all
        .filter_map(|(field, value)| Some((field, value?)))
        .collect();
    Class {
        kind,
        category,
        event_type,
        all: draft.preset(&all),
    }
}

/// The list of Elastic's element, if there is one, and the others.
fn list(elastics: Option<&str>, others: &[&str], draft: &mut Draft) -> Option<Ready> {
    let others = others.iter().copied();
    let others = others.filter(|other| Some(*other) != elastics);
    let all: Vec<_> = elastics.into_iter().chain(others).collect();
    (!all.is_empty()).then(|| draft.keep(|made| write_texts(&all, made)))
}

fn place_of(ends: Key) -> usize {
    (ends.hash() >> (u32::BITS - BITS)) as usize
}

fn next(place: usize) -> usize {
    (place + 1) % (1 << BITS)
}

#[cfg(test)]
mod tests {
    use crate::ecs::category::{AUTHENTICATION, IAM};
    use crate::ecs::event_types::find;

    #[test]
    fn every_type_that_step_10_knows_is_in_the_table() {
        for name in AUTHENTICATION.iter().chain(&IAM) {
            assert!(find(name).is_some(), "{name}");
        }
    }
}
