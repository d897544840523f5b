//! Bulk bodies as input: which inputs are some, and which action belongs to a line.
//!
//! The first line of an input decides. An action at its end without a document means that it was cut off.

use std::collections::HashMap;
use std::sync::Arc;

use crate::elastic::{Action, Document, Flaw};
use crate::store::Line;

/// Follows one input after the other.
#[derive(Default)]
pub struct Pairs {
    source: Option<Arc<str>>,
    /// Whether this input is a bulk body, once its first line was seen.
    is_bulk: Option<bool>,
    /// The same of inputs whose first line is not read any more, by name.
    recalled: HashMap<Arc<str>, bool>,
    /// The action whose document is to follow: its line and the line's number.
    open: Option<(Action, Vec<u8>, u64)>,
}

/// What a line is.
pub enum Half {
    /// A document for itself.
    Alone,
    /// An action that a document follows.
    First,
    /// The document of this action, whose line this is.
    Second(Action, Vec<u8>),
    /// Nothing that can be sent.
    Flawed(Flaw),
}

impl Pairs {
    /// The next lines are of this input; in words, whether the one before was cut off.
    pub fn turn_to(&mut self, source: &Arc<str>) -> Option<String> {
        let is_same = |known: &Arc<str>| Arc::ptr_eq(known, source);
        if self.source.as_ref().is_some_and(is_same) {
            return None;
        }
        let cut = self.end();
        self.source = Some(Arc::clone(source));
        self.is_bulk = self.recalled.remove(source);
        cut
    }

    /// This is the first line of an input, which goes on behind it.
    pub fn recall(&mut self, source: &Arc<str>, first: &[u8]) {
        let is_bulk = || Action::parse(first).is_some() || Action::is_broken(first);
        self.recalled
            .entry(Arc::clone(source))
            .or_insert_with(is_bulk);
    }

    /// The input has ended; in words, whether it was cut off.
    pub fn end(&mut self) -> Option<String> {
        let (_, _, line) = self.open.take()?;
        let source = self.source.as_deref().unwrap_or_default();
        Some(format!(
            "{source} is cut off behind line {line}: the document of that action is missing"
        ))
    }

    /// The line that would have followed is of no use.
    pub fn forget(&mut self) {
        self.open = None;
    }

    /// Says what the next line is.
    pub fn take(&mut self, line: &Line<'_>) -> Half {
        if let Some((action, first, _)) = self.open.take() {
            return Half::Second(action, first);
        }
        if self.is_bulk == Some(false) {
            return Half::Alone;
        }
        let action = Action::parse(line.text);
        let begins = || action.is_some() || Action::is_broken(line.text);
        let is_bulk = *self.is_bulk.get_or_insert_with(begins);
        let Some(action) = action else {
            return if is_bulk {
                Half::Flawed(no_action(line.text))
            } else {
                Half::Alone
            };
        };
        if let Some(flaw) = action.refusal() {
            return Half::Flawed(flaw);
        }
        self.open = Some((action, line.text.to_vec(), line.number));
        Half::First
    }
}

/// The type of a line of a bulk body that should be an action.
pub const NO_ACTION: &str = "not_an_action";

fn no_action(text: &[u8]) -> Flaw {
    let no_document = Document::parse(text).err();
    no_document.unwrap_or_else(|| Flaw::new(NO_ACTION, "the line is no action of a bulk body"))
}
