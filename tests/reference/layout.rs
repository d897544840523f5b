//! The document while it is being put together: fields set by their dotted names, written in one fixed order.
//!
//! Key order carries no meaning, but equal input must give equal bytes: the mapped fields are sorted by name, a copied
//! value keeps the order it came in. Knows no field by name.

use super::rendering::{write_key, write_value};
use crate::reference::json::tree::Value;
use std::collections::BTreeMap;

/// Fields by name; no name may be the beginning of another.
#[derive(Default)]
pub struct Layout<'a>(BTreeMap<&'static str, Node<'a>>);

enum Node<'a> {
    Inner(Layout<'a>),
    Leaf(Value<'a>),
}

impl<'a> Layout<'a> {
    /// Sets the field of this dotted name, or replaces it.
    pub fn set(&mut self, name: &'static str, value: Value<'a>) {
        let Some((first, rest)) = name.split_once('.') else {
            self.0.insert(name, Node::Leaf(value));
            return;
        };
        let node = self
            .0
            .entry(first)
            .or_insert_with(|| Node::Inner(Layout::default()));
        match node {
            Node::Inner(inner) => inner.set(rest, value),
            Node::Leaf(_) => unreachable!("a field inside the value of {first}"),
        }
    }

    /// The value of the field of this dotted name.
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        match name.split_once('.') {
            None => match self.0.get(name)? {
                Node::Leaf(value) => Some(value),
                Node::Inner(_) => None,
            },
            Some((first, rest)) => match self.0.get(first)? {
                Node::Inner(inner) => inner.get(rest),
                Node::Leaf(_) => None,
            },
        }
    }

    /// Writes the fields as one JSON object without white space.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (at, (key, node)) in self.0.iter().enumerate() {
            write_key(at, key, out);
            match node {
                Node::Inner(inner) => inner.write(out),
                Node::Leaf(value) => write_value(value, out),
            }
        }
        out.push(b'}');
    }
}

#[cfg(test)]
mod tests {
    use super::Layout;
    use crate::reference::json::tree::{Object, Value};

    fn written(layout: &Layout) -> String {
        let mut out = Vec::new();
        layout.write(&mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn fields_are_sorted_and_copied_values_keep_their_order() {
        let mut layout = Layout::default();
        layout.set("b.z", Value::Bool(true));
        layout.set("b.a.y", Value::number("1e3"));
        let members = vec![
            ("y", Value::Array(vec![Value::Null, Value::Bool(false)])),
            ("x", Value::String(r"\ud800".into())),
        ];
        layout.set("c", Value::Object(Object(members)));
        layout.set("@a", Value::text("q\"q"));
        let expected =
            r#"{"@a":"q\"q","b":{"a":{"y":1000.0},"z":true},"c":{"y":[null,false],"x":"\ud800"}}"#;
        assert_eq!(written(&layout), expected);
    }

    #[test]
    fn a_field_is_found_by_its_whole_name_only() {
        let mut layout = Layout::default();
        layout.set("a.b", Value::number("1"));
        layout.set("a.b", Value::number("2"));
        assert_eq!(layout.get("a.b"), Some(&Value::number("2")));
        assert_eq!(
            (layout.get("a"), layout.get("a.b.c"), layout.get("b")),
            (None, None, None)
        );
    }
}
