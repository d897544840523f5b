//! What a line that is read is: a document, half of a pair of a bulk body, a raw event, a dead letter.
//!
//! Makes of it what is sent, or says why it cannot be. Of other lines it knows only the action before a document.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};

use super::load::LineKind;
use super::memory::empty;
use super::mistaken::dead_letters;
use super::pairs::{Half, Pairs};
use super::raw::RawEvents;
use super::resend::{Content, read_letter};
use crate::elastic::{Document, Flaw, NOT_JSON, Reader, usable_id};
use crate::failure::Failure;
use crate::store::{Line, MAX_LINE, Overlong, cut_off};

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// What the inputs hold, and what is done to it; by default documents, as they are.
#[derive(Default)]
pub struct Contents {
    /// Whether they hold dead letters, whose records are sent.
    pub letters: bool,
    /// The data stream whose letters are meant; any where none is named.
    pub stream: Option<String>,
    /// Whether they hold raw events, each to be wrapped in a document.
    pub raw: Option<RawEvents>,
    /// The member of a document that holds its `_id`.
    pub id_field: Option<String>,
    /// The clock for `event.ingested`, where that is put in.
    pub ingested: Option<Clock>,
}

/// Takes in line after line.
#[derive(Default)]
pub struct Intake {
    contents: Contents,
    /// What the clock says for these lines, as JSON.
    now: String,
    reader: Reader,
    pairs: Pairs,
    /// The record of a dead letter.
    record: Vec<u8>,
    /// What a document is made of that is not one line alone.
    made: Vec<u8>,
    begun: bool,
}

/// What a line came to.
pub enum Taken<'a> {
    /// A document, and the text it is made of.
    Document(&'a [u8], Document),
    /// Something that cannot be sent: the text to be kept, and why.
    Flawed(Option<Vec<u8>>, Flaw, LineKind),
    /// The end of an input that was cut off, in words.
    Cut(String),
    /// The input does not hold what the arguments say.
    Foreign(Failure),
    /// An action; its document is to follow.
    Waiting,
}

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    Line,
    Record,
    Made,
}

/// Why a line is no document.
enum Unsent {
    Flawed(Text, Flaw, LineKind),
    Foreign(Failure),
    Waiting,
}

type Judged = Result<(Text, Document), Unsent>;

impl Intake {
    /// Nothing was read yet.
    pub fn new(contents: Contents) -> Self {
        Self {
            contents,
            ..Self::default()
        }
    }

    /// The next lines are of this input; says whether the one before was cut off.
    pub fn turn_to(&mut self, source: &Arc<str>) -> Option<String> {
        if let Some(clock) = &self.contents.ingested {
            let now = clock().to_rfc3339_opts(SecondsFormat::Millis, true);
            self.now = format!("\"{now}\"");
        }
        self.pairs.turn_to(source)
    }

    /// Whether ids are given here, which depend on the events before.
    pub fn gives_ids(&self) -> bool {
        self.contents.raw.is_some()
    }

    /// Takes note of a line of an input that goes on behind it, in the order of the input; whether that is enough to know.
    pub fn recall(&mut self, source: &Arc<str>, line: &Line<'_>, is_near: bool) -> bool {
        if line.overlong.is_some() {
            return false;
        }
        let Some(raw) = &mut self.contents.raw else {
            self.pairs.recall(source, line.text);
            return true;
        };
        if is_near {
            // What was no event was given no id.
            let _document = raw.wrap(line.text, &mut self.made);
        }
        false
    }

    /// Nothing follows; says whether the last input was cut off.
    pub fn end(&mut self) -> Option<String> {
        self.pairs.end()
    }

    /// Nothing is put into documents any more.
    pub fn leave_as_they_are(&mut self) {
        self.contents.ingested = None;
    }

    /// Takes a line.
    pub fn take<'a>(&'a mut self, source: &Arc<str>, line: &Line<'a>) -> Taken<'a> {
        let cut = |text| Taken::Cut(cut_off(source, line.number, text));
        if let Some(overlong) = line.overlong {
            self.pairs.forget();
            return if line.terminated {
                self.of_overlong(overlong)
            } else {
                cut(b"")
            };
        }
        match self.judge(source, line) {
            Ok((text, mut document)) => {
                let text = self.text(text, line);
                if self.contents.ingested.is_some() {
                    document.ingest(text, &self.now);
                }
                Taken::Document(text, document)
            }
            Err(Unsent::Flawed(Text::Line | Text::Made, flaw, _))
                if flaw.kind == NOT_JSON && !line.terminated =>
            {
                cut(line.text)
            }
            Err(Unsent::Flawed(text, flaw, kind)) => {
                Taken::Flawed(Some(self.text(text, line).to_vec()), flaw, kind)
            }
            Err(Unsent::Foreign(failure)) => Taken::Foreign(failure),
            Err(Unsent::Waiting) => Taken::Waiting,
        }
    }

    fn text<'a>(&'a self, text: Text, line: &Line<'a>) -> &'a [u8] {
        match text {
            Text::Line => line.text,
            Text::Record => &self.record,
            Text::Made => &self.made,
        }
    }

    fn of_overlong<'a>(&self, Overlong { offset, length }: Overlong) -> Taken<'a> {
        let reason =
            format!("the line at offset {offset} has {length} bytes, more than {MAX_LINE}");
        let kind = match self.contents.raw {
            Some(_) => LineKind::Raw,
            None => LineKind::Document,
        };
        Taken::Flawed(None, Flaw::new("line_too_long", reason), kind)
    }

    fn judge(&mut self, source: &str, line: &Line<'_>) -> Judged {
        if self.contents.letters {
            return self.of_letter(source, line.text);
        }
        if self.contents.raw.is_some() {
            return self.wrap(Text::Line, line.text);
        }
        let is_first = !std::mem::replace(&mut self.begun, true);
        let id_field = self.contents.id_field.as_deref();
        let (text, result) = match self.pairs.take(line) {
            Half::Alone => {
                let result = self.reader.read(line.text, id_field);
                // Its own `_id` keeps it from being sent, and would make a letter of every letter.
                if is_first
                    && result.is_err()
                    && let Some(failure) = dead_letters(source, line.number, line.text)
                {
                    return Err(Unsent::Foreign(failure));
                }
                (Text::Line, result)
            }
            Half::First => return Err(Unsent::Waiting),
            Half::Flawed(flaw) => (Text::Line, Err(flaw)),
            Half::Second(action, first) => {
                empty(&mut self.made);
                for part in [&first, &b"\n"[..], line.text] {
                    self.made.extend_from_slice(part);
                }
                let document = action.document(&self.made, first.len() + 1, id_field);
                (Text::Made, document)
            }
        };
        judged(text, result, LineKind::Document)
    }

    fn of_letter(&mut self, source: &str, line: &[u8]) -> Judged {
        let is_first = !std::mem::replace(&mut self.begun, true);
        empty(&mut self.record);
        let letter = match read_letter(line, &mut self.record) {
            Ok(letter) => letter,
            Err(flaw) if flaw.kind == NOT_JSON => {
                return Err(Unsent::Flawed(Text::Line, flaw, LineKind::Document));
            }
            Err(flaw) if is_first && flaw.kind == super::resend::NO_LETTER => {
                let text = format!("{source} is no file of dead letters: {}", flaw.reason);
                let hint = "name the file that --dead-letter wrote, or give the documents as FILE";
                return Err(Unsent::Foreign(Failure::usage(text).hint(hint)));
            }
            Err(flaw) => return Err(Unsent::Flawed(Text::Line, flaw, LineKind::Letter)),
        };
        // What is wrong with the letter itself is kept with it.
        let whole = |flaw| Unsent::Flawed(Text::Line, flaw, LineKind::Letter);
        if let Some(flaw) = letter.mismatch(self.contents.raw.is_some()) {
            return Err(whole(flaw));
        }
        let own = usable_id(letter.id);
        if letter.raw {
            let record = std::mem::take(&mut self.record);
            let judged = self.wrap(Text::Record, &record);
            self.record = record;
            // Another event may have its own, and be stored: the letter's tells the two apart.
            return judged.and_then(|(text, mut document)| {
                document.id = own.map_err(whole)?.or(document.id);
                Ok((text, document))
            });
        }
        let id_field = self.contents.id_field.as_deref();
        let result = match letter.content {
            Content::Line => Document::read(&self.record, id_field),
            Content::Pair(action, start) => action.document(&self.record, start, id_field),
            Content::Lines => Err(Flaw::new(
                "several_lines",
                "its record has several lines and is no action with a document",
            )),
        };
        match result {
            Ok(document) if self.is_elsewhere(&document) => {
                let flaw = Flaw::new("other_stream", "a dead letter for another data stream");
                Err(Unsent::Flawed(Text::Line, flaw, LineKind::Letter))
            }
            Ok(mut document) => {
                if document.id.is_none() {
                    document.id = own.map_err(whole)?;
                }
                Ok((Text::Record, document))
            }
            Err(flaw) => {
                let id = flaw.id.clone().or(own.ok().flatten());
                let flaw = flaw.of_id(id);
                Err(Unsent::Flawed(Text::Record, flaw, LineKind::Document))
            }
        }
    }

    fn is_elsewhere(&self, document: &Document) -> bool {
        let (meant, named) = (self.contents.stream.as_ref(), document.stream.as_ref());
        meant.is_some() && named.is_some() && meant != named
    }

    fn wrap(&mut self, place: Text, event: &[u8]) -> Judged {
        let Some(raw) = &mut self.contents.raw else {
            let flaw = Flaw::new("raw_event", "a raw event, which --raw wraps");
            return Err(Unsent::Flawed(place, flaw, LineKind::Raw));
        };
        match raw.wrap(event, &mut self.made) {
            Ok(document) => Ok((Text::Made, document)),
            Err(flaw) => Err(Unsent::Flawed(place, flaw, LineKind::Raw)),
        }
    }
}

fn judged(text: Text, result: Result<Document, Flaw>, kind: LineKind) -> Judged {
    result
        .map(|document| (text, document))
        .map_err(|flaw| Unsent::Flawed(text, flaw, kind))
}
