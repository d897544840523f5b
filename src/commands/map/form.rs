//! The form in which documents leave a worker: lines as the mapper frames them, or rows of a table.

use super::rows::Rows;
use super::unmapped::Unmapped;
use crate::ecs::{Id, Mapper, NoDocument, Outcome};

/// What makes documents of events, and what looks at them; each worker has its own.
#[derive(Clone)]
pub struct Form {
    mapper: Mapper,
    rows: Option<Rows>,
    unmapped: Option<Unmapped>,
}

impl Form {
    /// As the mapper frames them, or as rows.
    pub fn new(mapper: Mapper, rows: Option<Rows>, unmapped: Option<Unmapped>) -> Self {
        Self {
            mapper,
            rows,
            unmapped,
        }
    }

    /// Appends what goes out for one line, with its line end; nothing where it is no event.
    pub fn write(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<Outcome, NoDocument> {
        let start = out.len();
        let outcome = match &mut self.rows {
            Some(rows) => rows.map(&mut self.mapper, line, out)?,
            None => self.mapper.map(line, out)?,
        };
        if let Some(unmapped) = &mut self.unmapped {
            unmapped.look(match &self.rows {
                Some(rows) => rows.document(),
                None => last_line(&out[start..]),
            });
        }
        match &mut self.rows {
            Some(rows) => rows.shrink(),
            None => out.push(b'\n'),
        }
        Ok(outcome)
    }

    /// How many texts of the size of an event's document it holds at once.
    pub fn texts(&self) -> usize {
        // A row is made of the document, and both are there.
        1 + usize::from(self.rows.is_some())
    }

    /// What is written before an `_id`, in the place of which another is to stand.
    pub fn before_id(&self, id: &Id) -> &'static [u8] {
        let defused = self.rows.as_ref().is_some_and(|rows| rows.defuses(id));
        if defused { b"'" } else { b"" }
    }

    /// The names that no field covers, if they are asked for.
    pub fn unmapped(&mut self) -> Option<&mut Unmapped> {
        self.unmapped.as_mut()
    }
}

/// A bulk body has a line before the document.
fn last_line(framed: &[u8]) -> &[u8] {
    memchr::memrchr(b'\n', framed).map_or(framed, |at| &framed[at + 1..])
}
