//! What the target holds: streams, indices, their documents, and index templates.

use super::errors::error;
use super::holder::Holder;
use super::setup::{Item, Setup};
use super::template::{Template, glob};
use crate::samples::http::Reply;
use crate::samples::instant;
use crate::samples::json::{self, Json, Object, list};
use std::collections::BTreeMap;

/// Everything.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub holders: BTreeMap<String, Holder>,
    pub templates: BTreeMap<String, Template>,
    /// How often a document was refused on purpose.
    refused: BTreeMap<String, usize>,
    /// Ids are given to documents without one.
    given: usize,
}

impl Store {
    /// The template that a name gets.
    pub fn template_of(&self, name: &str) -> Option<&Template> {
        let fitting = self
            .templates
            .values()
            .filter(|template| template.fits(name));
        fitting.max_by_key(|template| template.priority)
    }

    /// The name of the index that a stream writes to, or the index itself.
    pub fn backing(&self, name: &str) -> String {
        match self.holders.get(name) {
            Some(holder) => holder.newest().name.clone(),
            None => name.to_owned(),
        }
    }

    /// Adds a template, or says why not.
    pub fn put_template(&mut self, name: &str, body: &str, create: bool, setup: &Setup) -> Reply {
        if create && self.templates.contains_key(name) {
            return illegal(&format!("index template [{name}] already exists"));
        }
        let Some(template) = Template::read(body) else {
            return error(
                400,
                "parse_exception",
                "unknown setting or malformed template",
            );
        };
        if let Some(field_type) = template.unknown_type(&setup.missing_types()) {
            return no_such_type(name, field_type);
        }
        let rival = self
            .templates
            .iter()
            .find(|(other, theirs)| other.as_str() != name && theirs.rivals(&template));
        if let Some((other, _)) = rival {
            return illegal(&format!(
                "index template [{name}] has index patterns matching patterns from existing templates [{other}] with the same priority"
            ));
        }
        self.templates.insert(name.to_owned(), template);
        Reply::json(200, "{\"acknowledged\":true}")
    }

    /// Templates as `GET /_index_template` shows them.
    pub fn list_templates(&self, pattern: &str) -> Reply {
        let shown: Vec<String> = self
            .templates
            .iter()
            .filter(|(name, _)| glob(pattern, name))
            .map(|(name, template)| {
                Object::new()
                    .text("name", name)
                    .raw("index_template", &template.body)
                    .json()
            })
            .collect();
        if shown.is_empty() && !pattern.contains('*') {
            return error(
                404,
                "resource_not_found_exception",
                &format!("index template matching [{pattern}] not found"),
            );
        }
        Reply::json(
            200,
            Object::new().raw("index_templates", list(shown)).json(),
        )
    }

    /// Stores one document, or says why not; `id` is the action's.
    pub fn create(
        &mut self,
        name: &str,
        id: Option<&str>,
        document: &str,
        setup: &Setup,
    ) -> (String, Item) {
        // A document without an id is a new one each time, but has the same text.
        let known_as = id.unwrap_or(document).to_owned();
        let id = id.map_or_else(|| self.next_id(), str::to_owned);
        let before = self.refused.get(&known_as).copied().unwrap_or(0);
        let other = setup
            .refusals
            .iter()
            .find_map(|refusal| refusal.answer(document, before));
        if let Some(item) = other {
            *self.refused.entry(known_as).or_insert(0) += 1;
            if item.stored {
                self.holder(name).newest_mut().store(&id, document);
            }
            return (id, item);
        }
        let holder = self.holder(name);
        if let Some(item) = unfit(document, &id, holder.stream, setup) {
            return (id, item);
        }
        if holder.newest().documents.contains_key(&id) {
            let reason =
                format!("[{id}]: version conflict, document already exists (current version [1])");
            return (
                id,
                Item::refused(409, "version_conflict_engine_exception", &reason),
            );
        }
        holder.newest_mut().store(&id, document);
        (id, Item::created())
    }

    /// What has this name, made where there is nothing yet.
    fn holder(&mut self, name: &str) -> &mut Holder {
        let stream = self
            .template_of(name)
            .is_some_and(|template| template.stream);
        let made = || Holder::new(name, stream);
        self.holders.entry(name.to_owned()).or_insert_with(made)
    }

    fn next_id(&mut self) -> String {
        self.given += 1;
        format!("given-{:014}", self.given)
    }
}

fn illegal(reason: &str) -> Reply {
    error(400, "illegal_argument_exception", reason)
}

fn no_such_type(template: &str, field_type: &str) -> Reply {
    let cause = Object::new().text("type", "mapper_parsing_exception").text(
        "reason",
        format!("No handler for type [{field_type}] declared on field [simulated]"),
    );
    let whole = Object::new()
        .raw("root_cause", list([cause.json()]))
        .text("type", "illegal_argument_exception")
        .text(
            "reason",
            format!("composable template [{template}] template after composition is invalid"),
        )
        .object("caused_by", &cause);
    Reply::json(
        400,
        Object::new()
            .object("error", &whole)
            .number("status", 400_i64)
            .json(),
    )
}

/// The item for a document that no engine would take.
fn unfit(document: &str, id: &str, stream: bool, setup: &Setup) -> Option<Item> {
    let malformed = if setup.elastic() {
        "document_parsing_exception"
    } else {
        "mapper_parsing_exception"
    };
    let refuse = |kind: &str, reason: &str| Some(Item::refused(400, kind, reason));
    if id.is_empty() {
        return refuse(
            "illegal_argument_exception",
            "if _id is specified it must not be empty",
        );
    }
    let read = json::read(document).filter(|value| value.members().is_some());
    let Some(read) = read else {
        return refuse(malformed, "failed to parse");
    };
    if read.get("_id").is_some() {
        return refuse(
            malformed,
            "Field [_id] is a metadata field and cannot be added inside a document.",
        );
    }
    if !stream {
        return None;
    }
    match read.get("@timestamp").map(Json::as_text) {
        None => refuse(
            malformed,
            "data stream timestamp field [@timestamp] is missing",
        ),
        Some(text) if text.and_then(instant::parse).is_none() => refuse(
            malformed,
            "failed to parse field [@timestamp] of type [date]",
        ),
        Some(_) => None,
    }
}
