//! The catalogue of event types with the categories that section 9 gives them, as `docs/event-types.tsv` has it.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The page's table, one header line first.
const TABLE: &str = include_str!("../../docs/event-types.tsv");

/// What an event type is in ECS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub kind: &'static str,
    pub category: Vec<&'static str>,
    pub event_type: Vec<&'static str>,
}

/// The row of an event type; one that nobody knows is an event without category and type.
pub fn row(event_type: Option<&str>) -> Row {
    static ROWS: LazyLock<HashMap<&str, Row>> =
        LazyLock::new(|| TABLE.lines().skip(1).map(read).collect());
    let unknown = Row {
        kind: "event",
        category: Vec::new(),
        event_type: Vec::new(),
    };
    match event_type {
        // Documented, but missing in the table.
        Some("asset_management_asset_delete") => Row {
            category: vec!["configuration"],
            event_type: vec!["deletion"],
            ..unknown
        },
        // The name under which the table's event is seen.
        Some("ldap_srch") => ROWS["ldap_search"].clone(),
        Some(name) => ROWS.get(name).cloned().unwrap_or(unknown),
        None => unknown,
    }
}

fn read(line: &'static str) -> (&'static str, Row) {
    let cells: Vec<_> = line.split('\t').collect();
    let [name, kind, category, event_type] = cells[..] else {
        panic!("four cells: {line:?}")
    };
    let list = |cell: &'static str| cell.split(',').filter(|word| *word != "-").collect();
    let row = Row {
        kind,
        category: list(category),
        event_type: list(event_type),
    };
    (name, row)
}

#[cfg(test)]
mod tests {
    use super::row;

    #[test]
    fn every_event_type_has_a_row() {
        let alert = row(Some("alert_created"));
        assert_eq!((alert.kind, alert.category.len()), ("alert", 0));
        let unlocked = row(Some("user_unlocked"));
        assert_eq!(unlocked.category, ["iam"]);
        assert_eq!(unlocked.event_type, ["change", "info", "user"]);
        assert_eq!(row(Some("ldap_srch")), row(Some("ldap_search")));
        let deleted = row(Some("asset_management_asset_delete"));
        assert_eq!(deleted.event_type, ["deletion"]);
        assert_eq!(row(Some("event_type")), row(None));
    }
}
