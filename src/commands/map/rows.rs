//! A document as a row of a table: `--format csv`, after RFC 4180.
//!
//! Cells are taken from the document's text by their dotted names. Knows no column by name but `_id`.

use super::cell::Cell;
use super::columns::ID;
use super::parts::Objects;
use super::record::Record;
use crate::ecs::{Id, Mapper, NoDocument, Outcome};
use crate::json::members::members;
use crate::json::text::decode;

/// What a buffer may keep after a huge document.
const KEPT: usize = 128 << 10;

/// Makes rows of events.
#[derive(Clone)]
pub struct Rows {
    tree: Node,
    columns: usize,
    id: Option<usize>,
    safe: bool,
    record: Record,
    document: Vec<u8>,
}

/// The names of columns, part by part.
#[derive(Clone, Default)]
struct Node {
    column: Option<usize>,
    below: Vec<(String, Node)>,
}

impl Rows {
    /// Rows of these columns; `safe` ones have no cell that a spreadsheet would run as a formula.
    pub fn new(columns: &[String], safe: bool) -> Self {
        let mut tree = Node::default();
        for (column, name) in columns.iter().enumerate() {
            tree.add(name, column);
        }
        Self {
            tree,
            columns: columns.len(),
            id: columns.iter().position(|name| name == ID),
            safe,
            record: Record::new(),
            document: Vec::new(),
        }
    }

    /// The first row, which names the columns as they were asked for.
    pub fn header(columns: &[String]) -> Vec<u8> {
        let (mut out, mut record) = (Vec::new(), Record::new());
        for name in columns {
            record.field(name.as_bytes(), &mut out);
        }
        record.end(&mut out);
        out
    }

    /// Appends the row for one line with its end; the mapper frames nothing.
    pub fn map(
        &mut self,
        mapper: &mut Mapper,
        line: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Outcome, NoDocument> {
        self.document.clear();
        let outcome = mapper.map(line, &mut self.document)?;
        let id_at = self.write(&outcome.id, out);
        Ok(Outcome { id_at, ..outcome })
    }

    /// The document that the last row was made of.
    pub fn document(&self) -> &[u8] {
        &self.document
    }

    /// Forgets it, and gives back the memory that one of no ordinary size took.
    pub fn shrink(&mut self) {
        self.document.clear();
        self.document.shrink_to(KEPT);
    }

    /// Whether an `_id` is written with something before it.
    pub fn defuses(&self, id: &Id) -> bool {
        self.safe && id.as_str().starts_with('+')
    }

    fn write(&mut self, id: &Id, out: &mut Vec<u8>) -> Option<usize> {
        let mut cells = vec![Cell::default(); self.columns];
        walk(&self.tree, &self.document, &mut cells);
        if let Some(column) = self.id {
            cells[column].set(id.as_str().as_bytes());
        }
        let mut id_at = None;
        for (at, cell) in cells.into_iter().enumerate() {
            cell.write(self.safe, &mut self.record, out);
            if self.id == Some(at) {
                // It needs no quotes.
                id_at = Some(out.len() - Id::LENGTH);
            }
        }
        self.record.end(out);
        id_at
    }
}

impl Node {
    fn add(&mut self, name: &str, column: usize) {
        let mut node = self;
        for part in name.split('.') {
            let at = node.below.iter().position(|(other, _)| other == part);
            let at = at.unwrap_or_else(|| {
                node.below.push((part.to_owned(), Self::default()));
                node.below.len() - 1
            });
            node = &mut node.below[at].1;
        }
        node.column = Some(column);
    }

    /// What a key leads to, which may itself be dotted.
    fn find(&self, key: &[u8]) -> Option<&Self> {
        let at_once = |part: &[u8]| self.below.iter().find(|(name, _)| name.as_bytes() == part);
        if let Some((_, node)) = at_once(key) {
            return Some(node);
        }
        let dot = memchr::memchr(b'.', key)?;
        at_once(&key[..dot])?.1.find(&key[dot + 1..])
    }
}

/// Fills the cells whose names lead into this object.
fn walk<'d>(node: &Node, object: &'d [u8], cells: &mut [Cell<'d>]) {
    for member in members(object) {
        let found = if member.key.contains(&b'\\') {
            let key = std::str::from_utf8(member.key).ok();
            key.and_then(|key| node.find(decode(key, '\u{fffd}').as_bytes()))
        } else {
            node.find(member.key)
        };
        if let Some(found) = found {
            if let Some(column) = found.column {
                cells[column].add(member.value);
            }
            descend(found, member.value, cells);
        }
    }
}

/// What lies below a name, also in each object of a list or of lists in it.
fn descend<'d>(node: &Node, value: &'d [u8], cells: &mut [Cell<'d>]) {
    if node.below.is_empty() {
        return;
    }
    match value.first() {
        Some(b'{') => walk(node, value, cells),
        Some(b'[') => Objects::of(value).for_each(|object| walk(node, object, cells)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Rows, walk};

    /// The cells of a document, as they are without quotes.
    fn cells(columns: &[&str], document: &str) -> Vec<String> {
        let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        let rows = Rows::new(&columns, false);
        let mut cells = vec![Cell::default(); columns.len()];
        walk(&rows.tree, document.as_bytes(), &mut cells);
        let text = |cell: &Cell| String::from_utf8(cell.text().to_vec()).expect("UTF-8");
        cells.iter().map(text).collect()
    }

    #[test]
    fn names_lead_through_objects_lists_and_dotted_keys() {
        let document = r#"{"a":{"b":1,"c.d":{"e":"x"},"\u0066":true},"l":[{"n":1},[{"n":"2"},[[]]],3,{"n":[4,5]},{"m":[{"n":6}]}],"a.b":9}"#;
        let columns = ["a.b", "a.c.d.e", "a.f", "l.n", "a.z", "b", "a"];
        let whole = r#"{"b":1,"c.d":{"e":"x"},"\u0066":true}"#;
        assert_eq!(
            cells(&columns, document),
            ["1; 9", "x", "true", "1; 2; 4; 5", "", "", whole]
        );
    }
}
