//! `jcx fields`: the tables that the program runs on, for people and for programs.

use serde::Serialize;

use super::completions::print;
use crate::cli::FieldsArgs;
use crate::ecs::event_types;
use crate::ecs::fields::{Field, Origin, fields};
use crate::failure::Result;

/// A field as one line of JSON.
#[derive(Serialize)]
struct FieldLine {
    field: &'static str,
    r#type: &'static str,
    origin: &'static str,
}

/// An event type as one line of JSON, under the names of the fields that come from it.
#[derive(Serialize)]
struct TypeLine {
    event_type: &'static str,
    #[serde(rename = "event.kind")]
    kind: &'static str,
    #[serde(rename = "event.category")]
    category: &'static [&'static str],
    #[serde(rename = "event.type")]
    types: &'static [&'static str],
}

/// Prints the table that is asked for.
pub fn print_table(args: &FieldsArgs) -> Result<()> {
    let text = match (args.event_types, args.json) {
        (false, false) => aligned(&field_rows()),
        (true, false) => aligned(&type_rows()),
        (false, true) => lines(fields().iter().map(field_line)),
        (true, true) => lines(event_types().iter().map(|row| TypeLine {
            event_type: row.name,
            kind: row.kind,
            category: &row.category,
            types: &row.event_type,
        })),
    };
    print(text.as_bytes())
}

fn field_line(field: &Field) -> FieldLine {
    FieldLine {
        field: field.name,
        r#type: field.kind,
        origin: match field.origin {
            Origin::Exported => "exported",
            Origin::Later => "later",
            Origin::Emitted => "emitted",
        },
    }
}

fn field_rows() -> Vec<Vec<String>> {
    let row = |line: FieldLine| [line.field, line.r#type, line.origin].map(str::to_owned);
    let header = ["FIELD", "TYPE", "ORIGIN"].map(str::to_owned);
    let rows = fields().iter().map(|field| row(field_line(field)));
    std::iter::once(header).chain(rows).map(Vec::from).collect()
}

fn type_rows() -> Vec<Vec<String>> {
    let set = |words: &[&str]| {
        if words.is_empty() {
            "-".to_owned()
        } else {
            words.join(",")
        }
    };
    let header = ["EVENT_TYPE", "EVENT.KIND", "EVENT.CATEGORY", "EVENT.TYPE"].map(str::to_owned);
    let rows = event_types().iter().map(|row| {
        [
            row.name.to_owned(),
            row.kind.to_owned(),
            set(&row.category),
            set(&row.event_type),
        ]
    });
    std::iter::once(header).chain(rows).map(Vec::from).collect()
}

/// Rows under each other, each column as wide as its longest cell.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let line: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        line.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn lines(rows: impl Iterator<Item = impl Serialize>) -> String {
    let line = |row| serde_json::to_string(&row).expect("names and lists of names") + "\n";
    rows.map(line).collect()
}
