//! A JSON value as a small tree whose scalars stay raw.
//!
//! Made because a common value type merges equal keys, rounds numbers, refuses half surrogate pairs and stops at 128
//! levels; the mapping must see what was sent. Knows no event, and not how a text is read (`read`).

use super::text;
use std::borrow::Cow;

/// A JSON value; numbers and strings as they stand in the text.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// The digits as received.
    Number(Cow<'a, str>),
    /// What stands between the quotes, escapes as received.
    String(Cow<'a, str>),
    /// A list.
    Array(Vec<Value<'a>>),
    /// An object.
    Object(Object<'a>),
}

/// The members of an object in their order; no two keys say the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object<'a>(pub Vec<(&'a str, Value<'a>)>);

impl<'a> Value<'a> {
    /// A number that is written like this.
    pub fn number(raw: &'a str) -> Self {
        Self::Number(Cow::Borrowed(raw))
    }

    /// A string that says `plain`.
    pub fn text(plain: &'a str) -> Self {
        Self::String(text::escape(plain))
    }

    /// A string that says `plain`, which it keeps.
    pub fn owned_text(plain: &str) -> Self {
        Self::String(Cow::Owned(text::escape(plain).into_owned()))
    }

    /// Whether this is a string that says `plain`.
    pub fn says(&self, plain: &str) -> bool {
        matches!(self, Self::String(raw) if text::says(raw, plain))
    }

    /// What kind of value this is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl<'a> Object<'a> {
    /// The value whose key says `name`.
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.0
            .iter()
            .find(|(key, _)| text::says(key, name))
            .map(|(_, value)| value)
    }

    /// The value whose key says `name`, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value<'a>> {
        self.0
            .iter_mut()
            .find(|(key, _)| text::says(key, name))
            .map(|(_, value)| value)
    }

    /// Takes the member whose key says `name` out; the others keep their order.
    pub fn remove(&mut self, name: &str) -> Option<Value<'a>> {
        let at = self.0.iter().position(|(key, _)| text::says(key, name))?;
        Some(self.0.remove(at).1)
    }
}

#[cfg(test)]
mod tests {
    use super::{Object, Value};

    #[test]
    fn members_are_found_and_taken_out_by_what_their_keys_say() {
        let mut object = Object(vec![
            (r"\u0069d", Value::number("1")),
            ("a.b", Value::number("2")),
            ("", Value::Null),
        ]);
        assert_eq!(object.get("id"), Some(&Value::number("1")));
        assert_eq!(object.get("a"), None);
        assert_eq!(object.remove("id"), Some(Value::number("1")));
        assert_eq!(object.remove("id"), None);
        assert_eq!(
            object,
            Object(vec![("a.b", Value::number("2")), ("", Value::Null)])
        );
    }

    #[test]
    fn a_text_is_escaped_into_its_value() {
        assert_eq!(Value::text("a\"b"), Value::String(r#"a\"b"#.into()));
        assert!(Value::text("a\"b").says("a\"b"));
        assert!(!Value::Null.says("null"));
    }
}
