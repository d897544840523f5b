//! `jcx fields`: what it prints is what the repository's tables say.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::Home;

fn table(name: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = fs::read_to_string(path).expect("a table");
    let cells = |line: &str| line.split('\t').map(str::to_owned).collect();
    text.lines().skip(1).map(cells).collect()
}

fn printed(arguments: &[&str]) -> Vec<String> {
    let run = Home::new().jcx(arguments).succeed();
    let text = String::from_utf8(run.stdout).expect("text");
    text.lines().map(str::to_owned).collect()
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn fields_come_with_type_and_origin() {
    let rows = table("src/ecs/fields.tsv");
    let (text, json) = (printed(&["fields"]), printed(&["fields", "--json"]));
    assert_eq!(words(&text[0]), ["FIELD", "TYPE", "ORIGIN"]);
    assert_eq!((text.len(), json.len()), (rows.len() + 1, rows.len()));
    let column = text[0].find("TYPE").expect("a column");
    for ((row, line), object) in rows.iter().zip(&text[1..]).zip(json) {
        assert_eq!(words(line), row[..3]);
        assert_eq!(line[column..].split(' ').next(), Some(&*row[1]), "aligned");
        let object: Value = serde_json::from_str(&object).expect("JSON");
        for (key, cell) in ["field", "type", "origin"].into_iter().zip(row) {
            assert_eq!(object[key], Value::from(cell.as_str()));
        }
    }
}

#[test]
fn event_types_come_with_their_categories() {
    let rows = table("docs/event-types.tsv");
    let text = printed(&["fields", "--event-types"]);
    let json = printed(&["fields", "--event-types", "--json"]);
    assert_eq!((text.len(), json.len()), (rows.len() + 1, rows.len()));
    for ((row, line), object) in rows.iter().zip(&text[1..]).zip(json) {
        assert_eq!(words(line), *row);
        let object: Value = serde_json::from_str(&object).expect("JSON");
        assert_eq!(object["event_type"], Value::from(row[0].as_str()));
        assert_eq!(object["event.kind"], Value::from(row[1].as_str()));
        for (key, cell) in ["event.category", "event.type"].into_iter().zip(&row[2..]) {
            let words: Vec<&str> = cell.split(',').filter(|word| *word != "-").collect();
            assert_eq!(object[key], Value::from(words));
        }
    }
}
