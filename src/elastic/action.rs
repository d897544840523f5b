//! The action lines of a bulk body that is read as input (`docs/elasticsearch-bulk.md` section 1).
//!
//! What is sent is always a `create`. An action that means something else is refused, never bent.

use super::document::{BYTE_ORDER_MARK, Document, usable_id};
use super::flaw::Flaw;
use crate::json::check::check;
use crate::json::members::{Member, key_is, members, string_of};

/// What a line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// To store the document of the next line, or to replace one by it: both are a `create` here.
    Store,
    /// To change a stored document by what the next line says.
    Update,
    /// To delete a document; no line follows.
    Delete,
}

/// An action line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What it asks for.
    pub operation: Operation,
    id: Option<String>,
    index: Option<String>,
    unusable_index: bool,
    flaw: Option<Flaw>,
}

/// What an action may say besides, and what follows for a `create` by itself: nothing.
const HARMLESS: [&str; 4] = ["_type", "require_alias", "require_data_stream", "op_type"];

/// What it may say that a `create` here cannot heed.
const UNHEEDED: [&str; 11] = [
    "routing",
    "pipeline",
    "version",
    "version_type",
    "if_seq_no",
    "if_primary_term",
    "dynamic_templates",
    "retry_on_conflict",
    "_source",
    "list_executed_pipelines",
    "parent",
];

impl Action {
    /// Reads a line; `None` where it is no action.
    pub fn parse(text: &[u8]) -> Option<Self> {
        check(text).ok()?;
        let mut all = members(text);
        let (only, None) = (all.next()?, all.next()) else {
            return None;
        };
        let operation = operation(&only)?;
        let mut action = Self {
            operation,
            id: None,
            index: None,
            unusable_index: false,
            flaw: None,
        };
        for member in members(only.value) {
            action.take(&member)?;
        }
        Some(action)
    }

    /// Whether a line that is no JSON was to be an action, as far as it can be read: what follows it are no documents then.
    pub fn is_broken(text: &[u8]) -> bool {
        let begun = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let names = [
            &b"\"create\""[..],
            b"\"index\"",
            b"\"update\"",
            b"\"delete\"",
        ];
        check(text).is_err()
            && names.iter().any(|name| {
                let object = [&b"{"[..], name, b":", b"{"];
                object.into_iter().try_fold(begun, behind).is_some()
            })
    }

    /// Takes in what it says; nothing where no action says that.
    fn take(&mut self, member: &Member<'_>) -> Option<()> {
        let is_null = member.value == b"null";
        let is_one_of = |names: &[&str]| names.iter().any(|name| key_is(member.key, name));
        if is_one_of(&["_id"]) {
            match id_text(member.value) {
                Some(id) => self.id = Some(id),
                None if is_null => {}
                None => self.flaw = Some(Flaw::new("bad_action", "its _id is no usable text")),
            }
        } else if is_one_of(&["_index"]) {
            self.index = string_of(member.value);
            self.unusable_index = self.index.is_none() && !is_null;
        } else if is_one_of(&UNHEEDED) {
            if !is_null {
                let name = String::from_utf8_lossy(member.key);
                let reason = format!("its action has {name}, which cannot be heeded");
                self.flaw = Some(Flaw::new("unsupported_action", reason));
            }
        } else if !is_one_of(&HARMLESS) {
            return None;
        }
        Some(())
    }

    /// The document of the next line, where `text` is both lines and the second one begins at `start`. Its `_id` is the
    /// action's, unless `id_field` finds one.
    ///
    /// # Errors
    /// [`Flaw`] where the action cannot be done, or the second line is no document.
    pub fn document(
        self,
        text: &[u8],
        start: usize,
        id_field: Option<&str>,
    ) -> Result<Document, Flaw> {
        let document = Document::read(&text[start..], id_field);
        let mut document = document
            .map_err(|flaw| self.name(flaw, id_field))?
            .behind(start);
        if self.operation == Operation::Update {
            return Err(unsupported("update"));
        }
        if let Some(flaw) = self.flaw {
            return Err(flaw);
        }
        if id_field.is_none() || document.id.is_none() {
            document.id = usable_id(self.id)?.or(document.id);
        }
        document.stream = self.index.or(document.stream);
        document.unusable_stream |= self.unusable_index;
        Ok(document)
    }

    /// A flaw of the document with the `_id` that it would have gone with.
    fn name(&self, flaw: Flaw, id_field: Option<&str>) -> Flaw {
        if id_field.is_some() && flaw.id.is_some() {
            return flaw;
        }
        let id = self.id.clone().or_else(|| flaw.id.clone());
        flaw.of_id(id)
    }

    /// Why nothing is sent for an action that has no document.
    pub fn refusal(&self) -> Option<Flaw> {
        (self.operation == Operation::Delete).then(|| unsupported("delete"))
    }
}

/// The rest of a text that begins with this token.
fn behind<'t>(text: &'t [u8], token: &[u8]) -> Option<&'t [u8]> {
    text.trim_ascii_start().strip_prefix(token)
}

fn operation(member: &Member<'_>) -> Option<Operation> {
    let is = |name| key_is(member.key, name);
    let operation = if is("create") || is("index") {
        Operation::Store
    } else if is("update") {
        Operation::Update
    } else if is("delete") {
        Operation::Delete
    } else {
        return None;
    };
    member.value.starts_with(b"{").then_some(operation)
}

/// The engines take a number for a text.
fn id_text(value: &[u8]) -> Option<String> {
    match value.first()? {
        b'-' | b'0'..=b'9' => String::from_utf8(value.to_vec()).ok(),
        _ => string_of(value),
    }
}

fn unsupported(name: &str) -> Flaw {
    let reason = format!("{name} is not done here: documents are created, nothing else");
    Flaw::new("unsupported_action", reason)
}

#[cfg(test)]
mod tests {
    use super::{Action, Operation};

    #[test]
    fn an_action_is_told_from_a_document() {
        for (line, operation) in [
            (r#"{"create":{}}"#, Some(Operation::Store)),
            (
                r#" { "index" : {"_id":"a","_type":"_doc"} }"#,
                Some(Operation::Store),
            ),
            (
                r#"{"update":{"_id":"a","retry_on_conflict":3}}"#,
                Some(Operation::Update),
            ),
            (r#"{"delete":{"_id":"a"}}"#, Some(Operation::Delete)),
            (r#"{"create":{"user":"a"}}"#, None),
            (r#"{"create":"a"}"#, None),
            (r#"{"create":{},"a":1}"#, None),
            (r#"{"a":{"create":{}}}"#, None),
            ("{}", None),
            ("{\"create\":{}", None),
            ("[]", None),
        ] {
            let action = Action::parse(line.as_bytes());
            assert_eq!(action.map(|action| action.operation), operation, "{line}");
        }
    }

    #[test]
    fn id_and_stream_of_the_action_come_first() {
        let read = |action: &str, source: &str, field| {
            let text = format!("{action}\n{source}");
            let parsed = Action::parse(action.as_bytes()).expect("an action");
            parsed.document(text.as_bytes(), action.len() + 1, field)
        };
        let action = r#"{"index":{"_id":"a","_index":"logs-a-b"}}"#;
        let source = r#" {"@metadata":{"_id":"m","raw_index":"logs-m-m"},"x":"f"}"#;
        let document = read(action, source, None).expect("a document");
        assert_eq!(document.id.as_deref(), Some("a"));
        assert_eq!(document.stream.as_deref(), Some("logs-a-b"));
        assert_eq!(document.len(), r#"{"x":"f"}"#.len());
        let document = read(action, source, Some("x")).expect("a document");
        assert_eq!(document.id.as_deref(), Some("f"));
        let document = read(r#"{"create":{"_id":7}}"#, "{}", None).expect("a document");
        assert_eq!(document.id.as_deref(), Some("7"));
        for (action, source, kind) in [
            (r#"{"update":{"_id":"a"}}"#, "{}", "unsupported_action"),
            (r#"{"index":{"pipeline":"p"}}"#, "{}", "unsupported_action"),
            (r#"{"index":{"_id":true}}"#, "{}", "bad_action"),
            (r#"{"index":{"_id":""}}"#, "{}", "empty_id"),
            (r#"{"index":{}}"#, "{", "not_json"),
            (r#"{"index":{}}"#, r#"{"_id":"a"}"#, "metadata_field"),
        ] {
            assert_eq!(
                read(action, source, None).expect_err(action).kind,
                kind,
                "{action}"
            );
        }
    }
}
