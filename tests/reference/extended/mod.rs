//! Section 9: what the profile `extended` adds to Elastic's document, the rows of its table in their order.
//!
//! Nothing here replaces or fails: a row adds a scalar where the field is absent, or elements to the end of a list, and
//! skips a source that is not of the expected type. Reads the event as it was before the clean-up of step 16.

mod completion;
mod event;
mod people;
mod places;
mod rows;
mod source;
mod things;

use super::geoip::Databases;
use super::json::tree::{Object, Value};
use super::steps::{Draft, what_it_says};

/// Adds to a document, failed or not, everything that section 9 names. `tags` are those of the document.
pub fn extend<'a>(
    draft: &mut Draft<'a>,
    event: Object<'a>,
    databases: &Databases,
    tags: &mut Vec<String>,
) {
    let has_failed = draft.get("event.kind").is_some();
    let stored = std::mem::replace(draft.event_mut(), event);
    if has_failed {
        completion::complete(draft, databases);
    }
    event::describe(draft, has_failed);
    people::name(draft);
    places::locate(draft, databases, tags);
    things::name(draft);
    *draft.event_mut() = stored;
}

/// A scalar, where the field is absent.
fn add<'a>(draft: &mut Draft<'a>, field: &'static str, value: Option<Value<'a>>) {
    if let Some(value) = value
        && !draft.has(field)
    {
        draft.set(field, value);
    }
}

/// Elements behind those that are there already, without what says the same as another.
fn append<'a>(
    draft: &mut Draft<'a>,
    field: &'static str,
    additions: impl IntoIterator<Item = Value<'a>>,
) {
    let mut elements = match draft.get(field) {
        None => Vec::new(),
        Some(Value::Array(elements)) => elements.clone(),
        Some(_) => return,
    };
    let mut said: Vec<_> = elements.iter().filter_map(what_it_says).collect();
    for addition in additions {
        let says = what_it_says(&addition);
        if let Some(says) = says
            && !said.contains(&says)
        {
            said.push(says);
            elements.push(addition);
        }
    }
    if !elements.is_empty() {
        draft.set(field, Value::Array(elements));
    }
}
