//! One line through both mappers, and everything that must be equal about what comes out.

use super::cases::Case;
use super::errors::Errors;
use super::settings::Setting;
use crate::reference::framing::framed;
use crate::reference::{self, Document, NotAnEvent};
use jcx::ecs::{Id, Mapper, NoDocument, Outcome};
use std::collections::VecDeque;
use std::fmt;

/// What stands in the output already when a document is appended.
const BEFORE: &[u8] = b"{\"before\":\"_id\"}\n";
/// How many events are compared with each other.
const NEIGHBOURS: usize = 30;

/// How a line went, for both alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    Document,
    /// The step that failed.
    Failed(u8),
    NoJson,
    /// No JSON, and each names another of several errors.
    OtherOffset,
    NoEvent,
    /// A document of a text that a neighbour has too.
    Twin,
}

impl Seen {
    /// How often, of 10,000 cases, each must occur at least.
    pub const EXPECTED: [(Self, usize); 10] = [
        (Self::Document, 2000),
        (Self::Failed(7), 5),
        (Self::Failed(8), 300),
        (Self::Failed(9), 300),
        (Self::Failed(11), 20),
        (Self::Failed(14), 10),
        (Self::NoJson, 300),
        (Self::NoEvent, 5),
        (Self::Twin, 20),
        (Self::OtherOffset, 0),
    ];
}

/// What differs, with both outputs.
#[derive(Debug)]
pub struct Difference {
    what: &'static str,
    expected: String,
    got: String,
}

/// Both mappers under one set of options, over a run of lines.
pub struct Sides<'s> {
    setting: &'s Setting,
    mapper: Mapper,
    neighbours: VecDeque<(Vec<u8>, u64)>,
}

impl<'s> Sides<'s> {
    pub fn new(setting: &'s Setting) -> Self {
        Self {
            setting,
            mapper: Mapper::new(setting.of_program()),
            neighbours: VecDeque::new(),
        }
    }

    /// Maps the line on both sides and says how it went, or what differs.
    pub fn compare(&mut self, case: &Case) -> Result<Seen, Difference> {
        let mut out = BEFORE.to_vec();
        let got = self.mapper.map(&case.line, &mut out);
        let expected = reference::map(&case.line, &self.setting.options);
        let got = got.map_err(|why| match why {
            NoDocument::NotAnEvent(refused) => refused,
            NoDocument::Broken(failure) => panic!("an invented database is sound: {failure:?}"),
        });
        match (expected, got) {
            (Ok(document), Ok(outcome)) => self.compare_documents(&document, &outcome, &out),
            (Err(expected), Err(got)) => {
                equal(
                    "output of a line that is no event",
                    &BEFORE.escape_ascii(),
                    &out.escape_ascii(),
                )?;
                compare_refusals(case, &expected, &got)
            }
            (Ok(document), Err(got)) => Err(Difference::new(
                "event or not",
                &document.body.escape_ascii(),
                &format!("{got:?}"),
            )),
            (Err(expected), Ok(_)) => Err(Difference::new(
                "event or not",
                &format!("{expected:?}"),
                &out.escape_ascii(),
            )),
        }
    }

    fn compare_documents(
        &mut self,
        document: &Document,
        outcome: &Outcome,
        out: &[u8],
    ) -> Result<Seen, Difference> {
        let (expected, at) = framed(&self.setting.framing, document);
        let Some(got) = out.strip_prefix(BEFORE) else {
            return Err(Difference::new(
                "what stood there before",
                &BEFORE.escape_ascii(),
                &out.escape_ascii(),
            ));
        };
        if expected != got {
            let masked = |text: &[u8]| {
                mask_failure(text, document.pipeline_error)
                    .escape_ascii()
                    .to_string()
            };
            equal("output", &masked(&expected), &masked(got))?;
        }
        equal("_id", &document.id, &outcome.id)?;
        equal(
            "place of the _id",
            &debug(&at.map(|at| at + BEFORE.len())),
            &debug(&outcome.id_at),
        )?;
        if let Some(at) = outcome.id_at {
            equal(
                "_id at its place",
                &document.id,
                &out[at..at + Id::LENGTH].escape_ascii(),
            )?;
        }
        equal(
            "pipeline_error",
            &document.pipeline_error,
            &outcome.pipeline_error,
        )?;
        equal(
            "has_timestamp",
            &document.has_timestamp,
            &outcome.has_timestamp,
        )?;
        let has_twin = self.compare_texts(document, outcome.text)?;
        Ok(match failed_step(document) {
            Some(step) => Seen::Failed(step),
            None if has_twin => Seen::Twin,
            None => Seen::Document,
        })
    }

    /// Two texts are equal exactly when their hashes are; says whether one is equal.
    fn compare_texts(&mut self, document: &Document, hash: u64) -> Result<bool, Difference> {
        let mut has_twin = false;
        for (text, other) in &self.neighbours {
            let is_twin = *text == document.text;
            if is_twin != (*other == hash) {
                equal("equality of two texts", &is_twin, &!is_twin)?;
            }
            has_twin |= is_twin;
        }
        if self.neighbours.len() == NEIGHBOURS {
            self.neighbours.pop_front();
        }
        self.neighbours.push_back((document.text.clone(), hash));
        Ok(has_twin)
    }
}

/// Which place is blamed may differ only where there may be several errors.
fn compare_refusals(
    case: &Case,
    expected: &NotAnEvent,
    got: &jcx::ecs::NotAnEvent,
) -> Result<Seen, Difference> {
    // A text that breaks off does so before the white space at its end, or behind it.
    let text = case.line.trim_ascii_end();
    let place = |offset: usize| {
        if offset < text.len() {
            offset
        } else {
            text.len()
        }
    };
    match (expected.offset.map(place), got.offset.map(place)) {
        (None, _) => Ok(Seen::NoEvent),
        (expected, got) if expected == got => Ok(Seen::NoJson),
        (Some(_), Some(_)) if case.errors == Errors::Unknown => Ok(Seen::OtherOffset),
        _ => Err(Difference::new(
            "offset of the one error",
            &debug(expected),
            &debug(got),
        )),
    }
}

/// The output without the words of a failure, which each side may choose.
fn mask_failure(output: &[u8], has_failed: bool) -> Vec<u8> {
    let place = |from: usize, what: &[u8]| {
        let found = memchr::memmem::find(&output[from..], what)?;
        Some(from + found + what.len())
    };
    // What stands before it in a document is either checked or a string, in which a quote is escaped.
    let start = place(0, b"\"error\":{").and_then(|at| place(at, b"\"message\":[\""));
    let (true, Some(start)) = (has_failed, start) else {
        return output.to_vec();
    };
    let mut escaped = false;
    let is_end = |byte: &u8| {
        let is_end = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        is_end
    };
    let length = output[start..].iter().position(is_end).unwrap_or_default();
    [&output[..start], &output[start + length..]].concat()
}

/// The step that the reference says has failed, by its words.
fn failed_step(document: &Document) -> Option<u8> {
    const WORDS: [(&str, u8); 7] = [
        ("cannot be part of the _id", 7),
        ("\" is no date", 8),
        ("… is no date", 8),
        ("is no IP address", 9),
        ("cannot become version", 11),
        ("cannot be copied to", 11),
        ("jumpcloud_protect_device: not an object", 14),
    ];
    let body = String::from_utf8_lossy(&document.body);
    let (_, failure) = document
        .pipeline_error
        .then(|| body.split_once("\"error\":{"))??;
    let (_, message) = failure.split_once("\"message\":[\"")?;
    let found = WORDS
        .iter()
        .filter_map(|(words, step)| Some((message.find(words)?, step)));
    found.min().map(|(_, step)| *step)
}

fn debug(value: &impl fmt::Debug) -> String {
    format!("{value:?}")
}

fn equal(
    what: &'static str,
    expected: &impl ToString,
    got: &impl ToString,
) -> Result<(), Difference> {
    let (expected, got) = (expected.to_string(), got.to_string());
    if expected == got {
        return Ok(());
    }
    Err(Difference {
        what,
        expected,
        got,
    })
}

impl Difference {
    fn new(what: &'static str, expected: &impl ToString, got: &impl ToString) -> Self {
        Self {
            what,
            expected: expected.to_string(),
            got: got.to_string(),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\nreference: {}\nprogram:   {}",
            self.what, self.expected, self.got
        )
    }
}
