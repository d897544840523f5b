//! What some lines of a chunk came to: framed documents in one buffer, and a small note for each line.
//!
//! Made without knowing any other line of the run; what follows from the order is for the books.

use super::form::Form;
use crate::ecs::{Id, NoDocument, NotAnEvent, Outcome};
use crate::failure::Failure;
use crate::json::check::check;
use crate::store::{Chunk, Line, MAX_LINE, Overlong, cut_off};

/// A batch is closed when its documents take this many bytes, so that small events cannot make a huge one.
const BYTES: usize = 512 << 10;

/// It is closed too at this many lines that are no documents: what is said of them takes room as well.
pub const STRAYS: usize = 1000;

/// What the buffer may keep when it is used anew; one that grew further for a huge document shrinks.
const KEPT: usize = 1 << 20;

/// U+FEFF at the start of a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Some lines after mapping.
pub struct Batch {
    /// The documents, framed, each with its line end.
    pub out: Vec<u8>,
    /// One note for each of them.
    pub documents: Vec<Document>,
    /// The lines among them that are none.
    pub strays: Vec<Stray>,
    /// Bytes read for it.
    pub bytes: u64,
    /// Why nothing can be mapped any more, behind its last line.
    pub broken: Option<Failure>,
    /// How many strays close it.
    most_strays: usize,
}

/// A document in the buffer.
pub struct Document {
    /// What is known of it.
    pub outcome: Outcome,
    /// Where its event begins in the chunk.
    pub start: usize,
    /// The bytes of its event.
    pub length: usize,
}

/// A line that is no document.
pub struct Stray {
    /// How many documents stand before it.
    pub documents: usize,
    /// The bytes that they take in the buffer.
    pub written: usize,
    /// What it is.
    pub fate: Fate,
}

/// What a line is that is no document.
pub enum Fate {
    /// No event.
    Bad {
        /// Its number.
        line: u64,
        /// What is wrong with it.
        reason: String,
        /// Where it stands in the chunk; nowhere for one that is too long.
        start: usize,
        /// Its bytes there.
        length: usize,
    },
    /// The last line of an input, without its end; where it is.
    Cut(String),
}

impl Batch {
    /// An empty one, closed by this many strays at the latest.
    pub fn new(most_strays: usize) -> Self {
        Self {
            out: Vec::new(),
            documents: Vec::new(),
            strays: Vec::new(),
            bytes: 0,
            broken: None,
            most_strays,
        }
    }

    /// Takes in the next lines of the chunk; says whether there are more.
    pub fn fill<'a>(
        &mut self,
        form: &mut Form,
        chunk: &Chunk,
        lines: &mut impl Iterator<Item = Line<'a>>,
    ) -> bool {
        self.clear();
        while self.out.len() < BYTES && self.strays.len() < self.most_strays {
            if self.broken.is_some() {
                return false;
            }
            let Some(line) = lines.next() else {
                if let Some(place) = chunk.cut_off() {
                    self.stray(Fate::Cut(place.to_owned()));
                }
                return false;
            };
            self.take(form, chunk, &line);
        }
        true
    }

    fn take(&mut self, form: &mut Form, chunk: &Chunk, line: &Line) {
        if let Some(overlong) = line.overlong {
            return self.overlong(chunk, line, overlong);
        }
        match form.write(line.text, &mut self.out) {
            Ok(outcome) => self.documents.push(Document {
                outcome,
                start: line.start,
                length: line.text.len(),
            }),
            Err(NoDocument::NotAnEvent(_)) if !line.terminated && is_cut(line.text) => {
                self.stray(Fate::Cut(cut_off(chunk.source(), line.number, line.text)));
            }
            Err(NoDocument::NotAnEvent(bad)) => self.bad(line, &in_words(&bad, line.text)),
            Err(NoDocument::Broken(failure)) => self.broken = Some(failure),
        }
    }

    fn overlong(&mut self, chunk: &Chunk, line: &Line, Overlong { offset, length }: Overlong) {
        if line.terminated {
            let what = if line.element.is_some() {
                "element"
            } else {
                "line"
            };
            let reason =
                format!("the {what} at offset {offset} has {length} bytes, more than {MAX_LINE}");
            self.bad(line, &reason);
        } else {
            self.stray(Fate::Cut(cut_off(chunk.source(), line.number, b"")));
        }
    }

    fn bad(&mut self, line: &Line, reason: &str) {
        let element = line.element.map(|number| format!("element {number}: "));
        self.stray(Fate::Bad {
            line: line.number,
            reason: format!("{}{reason}", element.unwrap_or_default()),
            start: line.start,
            length: line.text.len(),
        });
    }

    /// Gives the document of this place another `_id`.
    pub fn replace_id(&mut self, form: &Form, place: usize, id: &Id) {
        let outcome = &self.documents[place].outcome;
        let Some(at) = outcome.id_at else { return };
        let (old, new) = (form.before_id(&outcome.id), form.before_id(id));
        let all = at - old.len()..at + Id::LENGTH;
        if old == new {
            self.out[at..at + Id::LENGTH].copy_from_slice(id.as_str().as_bytes());
            return;
        }
        // What follows moves, and with it what is noted of it.
        let text = new.iter().chain(id.as_str().as_bytes()).copied();
        self.out.splice(all, text);
        let moved = |at: usize| at + new.len() - old.len();
        for document in &mut self.documents[place..] {
            document.outcome.id_at = document.outcome.id_at.map(moved);
        }
        for stray in &mut self.strays {
            if stray.documents > place {
                stray.written = moved(stray.written);
            }
        }
    }

    fn stray(&mut self, fate: Fate) {
        self.strays.push(Stray {
            documents: self.documents.len(),
            written: self.out.len(),
            fate,
        });
    }

    /// Forgets what it holds, and gives back the memory that a huge document took.
    pub fn clear(&mut self) {
        self.out.clear();
        self.out.shrink_to(KEPT);
        self.documents.clear();
        self.strays.clear();
        self.bytes = 0;
    }
}

/// Whether a last line was cut off. One that is whole JSON only lacks its newline, also behind a byte order mark, and of
/// UTF-16 nobody can say.
fn is_cut(text: &[u8]) -> bool {
    let json = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    !is_utf16(text) && check(json).is_err()
}

fn is_utf16(text: &[u8]) -> bool {
    text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff")
}

/// What is wrong, and what helps where the text is not in the form that JSON has.
fn in_words(bad: &NotAnEvent, text: &[u8]) -> String {
    let reason = &bad.reason;
    if text.starts_with(BYTE_ORDER_MARK) {
        return format!("{reason}: a byte order mark stands before it; tail -c +4 takes it off");
    }
    if is_utf16(text) {
        return format!("{reason}: the input is UTF-16; iconv -f UTF-16 -t UTF-8 translates it");
    }
    match bad.offset {
        Some(offset) => format!("{reason} (column {})", offset + 1),
        None => reason.clone(),
    }
}
