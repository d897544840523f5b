//! The table of fields that a document may have, with their types: `docs/ecs-mapping.md`, section 10.
//!
//! The data stands in `fields.tsv` beside this file, one field a line; here it only gets a shape.

use std::sync::LazyLock;

/// The table as it stands in the file, one header line first.
const TABLE: &str = include_str!("fields.tsv");

/// Where a field's type comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// In the table of exported fields that Elastic's integration began with.
    Exported,
    /// Declared by the integration since.
    Later,
    /// In no table of the integration, but a document may have it; the type is that of ECS.
    Emitted,
}

/// One field of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The dotted name; a name below another field's is a multi-field of it.
    pub name: &'static str,
    /// The type as Elasticsearch calls it.
    pub kind: &'static str,
    /// Where the type comes from.
    pub origin: Origin,
    /// Mapping parameters beside the type, `name=value` with commas between, or nothing.
    pub parameters: &'static str,
}

/// All fields, those of one origin sorted by name.
pub fn fields() -> &'static [Field] {
    static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
        TABLE
            .lines()
            .skip(1)
            .map(|line| field(line).expect("fields.tsv is tested"))
            .collect()
    });
    &FIELDS
}

fn field(line: &'static str) -> Option<Field> {
    let mut cells = line.split('\t');
    let field = Field {
        name: cells.next()?,
        kind: cells.next()?,
        origin: match cells.next()? {
            "exported" => Origin::Exported,
            "later" => Origin::Later,
            "emitted" => Origin::Emitted,
            _ => return None,
        },
        parameters: cells
            .next()
            .map(|cell| if cell == "-" { "" } else { cell })?,
    };
    cells.next().is_none().then_some(field)
}

#[cfg(test)]
mod tests {
    use super::{Origin, TABLE, field, fields};
    use std::collections::HashSet;

    #[test]
    fn every_line_of_the_table_is_a_field_and_none_stands_twice() {
        for line in TABLE.lines().skip(1) {
            assert!(field(line).is_some(), "{line:?}");
        }
        let names: HashSet<_> = fields().iter().map(|field| field.name).collect();
        assert_eq!(names.len(), fields().len());
        let count = |origin| {
            fields()
                .iter()
                .filter(|field| field.origin == origin)
                .count()
        };
        assert_eq!(count(Origin::Exported), 176);
        assert_eq!(count(Origin::Later), 92);
        assert_eq!(count(Origin::Emitted), 50);
    }

    #[test]
    fn a_field_below_another_is_its_text() {
        let names: HashSet<_> = fields().iter().map(|field| field.name).collect();
        for field in fields() {
            let mut parent = field.name;
            while let Some((above, _)) = parent.rsplit_once('.') {
                parent = above;
                if names.contains(parent) {
                    assert_eq!(field.name, format!("{parent}.text"));
                    assert_eq!(field.kind, "match_only_text");
                }
            }
        }
    }
}
