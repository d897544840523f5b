//! A JSON text as a tree that may also be written wrong: keys twice, tokens that no reader takes, any white space.

use crate::reference::json::tree::Value;
use fastrand::Rng;

/// A value, its scalars and keys as raw bytes.
#[derive(Clone, Debug)]
pub enum Node {
    /// The token as it will stand in the text; strings with their quotes.
    Scalar(Vec<u8>),
    List(Vec<Node>),
    /// Keys without their quotes.
    Object(Vec<(Vec<u8>, Node)>),
}

impl Node {
    /// A string of this raw text.
    pub fn string(raw: &str) -> Self {
        Self::Scalar(format!("\"{raw}\"").into_bytes())
    }

    /// A token.
    pub fn token(token: impl Into<Vec<u8>>) -> Self {
        Self::Scalar(token.into())
    }

    /// Sets the value at the end of a path of keys, making the objects on the way.
    pub fn set(&mut self, path: &str, value: Node) {
        let Self::Object(members) = self else { return };
        let (first, rest) = match path.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (path, None),
        };
        let at = members.iter().position(|(key, _)| key == first.as_bytes());
        let at = at.unwrap_or_else(|| {
            members.push((first.into(), Self::Object(Vec::new())));
            members.len() - 1
        });
        match rest {
            None => members[at].1 = value,
            Some(rest) => members[at].1.set(rest, value),
        }
    }

    /// Every value inside this one, itself included, the outer before the inner.
    pub fn count(&self) -> usize {
        1 + match self {
            Self::Scalar(_) => 0,
            Self::List(elements) => elements.iter().map(Self::count).sum(),
            Self::Object(members) => members.iter().map(|(_, member)| member.count()).sum(),
        }
    }

    /// The value of this number in that order.
    pub fn at(&mut self, number: usize) -> Option<&mut Node> {
        let mut left = number;
        self.descend(&mut left)
    }

    fn descend(&mut self, left: &mut usize) -> Option<&mut Node> {
        if *left == 0 {
            return Some(self);
        }
        *left -= 1;
        match self {
            Self::Scalar(_) => None,
            Self::List(elements) => elements.iter_mut().find_map(|inner| inner.descend(left)),
            Self::Object(members) => members
                .iter_mut()
                .find_map(|(_, inner)| inner.descend(left)),
        }
    }

    /// Drops the value of this number from what holds it.
    pub fn drop_value(&mut self, number: usize) {
        let mut left = number;
        self.drop_inner(&mut left);
    }

    fn drop_inner(&mut self, left: &mut usize) -> bool {
        let is_wanted = |left: &mut usize| {
            *left -= 1;
            *left == 0
        };
        match self {
            Self::Scalar(_) => false,
            Self::List(elements) => (0..elements.len()).any(|at| {
                let is_here = is_wanted(left);
                if is_here {
                    elements.remove(at);
                }
                is_here || elements[at].drop_inner(left)
            }),
            Self::Object(members) => (0..members.len()).any(|at| {
                let is_here = is_wanted(left);
                if is_here {
                    members.remove(at);
                }
                is_here || members[at].1.drop_inner(left)
            }),
        }
    }

    /// The text, with white space between tokens where there is a source for it.
    pub fn write(&self, space: &mut Option<&mut Rng>, out: &mut Vec<u8>) {
        blank(space, out);
        match self {
            Self::Scalar(token) => out.extend_from_slice(token),
            Self::List(elements) => {
                out.push(b'[');
                for (at, element) in elements.iter().enumerate() {
                    comma(at, space, out);
                    element.write(space, out);
                }
                blank(space, out);
                out.push(b']');
            }
            Self::Object(members) => {
                out.push(b'{');
                for (at, (key, member)) in members.iter().enumerate() {
                    comma(at, space, out);
                    blank(space, out);
                    out.push(b'"');
                    out.extend_from_slice(key);
                    out.push(b'"');
                    blank(space, out);
                    out.push(b':');
                    member.write(space, out);
                }
                blank(space, out);
                out.push(b'}');
            }
        }
        blank(space, out);
    }
}

fn comma(at: usize, space: &mut Option<&mut Rng>, out: &mut Vec<u8>) {
    if at > 0 {
        blank(space, out);
        out.push(b',');
    }
}

fn blank(space: &mut Option<&mut Rng>, out: &mut Vec<u8>) {
    if let Some(rng) = space
        && rng.u8(..4) == 0
    {
        let longest = if rng.u8(..20) == 0 { 70 } else { 2 };
        let run = rng.usize(1..=longest);
        out.extend((0..run).map(|_| *rng.choice(b" \t\r\n").expect("four kinds")));
    }
}

impl From<&Value<'_>> for Node {
    fn from(value: &Value<'_>) -> Self {
        match value {
            Value::Null => Self::token("null"),
            Value::Bool(value) => Self::token(value.to_string()),
            Value::Number(raw) => Self::token(raw.as_bytes()),
            Value::String(raw) => Self::string(raw),
            Value::Array(elements) => Self::List(elements.iter().map(Self::from).collect()),
            Value::Object(object) => {
                let members = object.0.iter();
                let member =
                    |(key, value): &(&str, Value<'_>)| (key.as_bytes().to_vec(), value.into());
                Self::Object(members.map(member).collect())
            }
        }
    }
}
