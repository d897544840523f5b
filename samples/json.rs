//! A small JSON reader that keeps every value's own text, and an object writer.
//!
//! The tenant must see a cursor exactly as it was sent, so values carry their raw text. Not a validator of numbers.

use std::fmt::Write as _;

/// A value with the text it was read from.
#[derive(Clone, Debug)]
pub struct Json<'a> {
    /// The value as it stands in the input.
    pub text: &'a str,
    /// What it is.
    pub kind: Kind<'a>,
}

/// The kinds of JSON values; numbers are left as text.
#[derive(Clone, Debug)]
pub enum Kind<'a> {
    Null,
    Bool(bool),
    Number,
    Text(String),
    List(Vec<Json<'a>>),
    Object(Vec<(String, Json<'a>)>),
}

/// Reads one JSON text; `None` when it is none, or when something follows it.
pub fn read(text: &str) -> Option<Json<'_>> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.space();
    (reader.at == text.len()).then_some(value)
}

impl<'a> Json<'a> {
    /// The member of an object.
    pub fn get(&self, key: &str) -> Option<&Json<'a>> {
        match &self.kind {
            Kind::Object(members) => members
                .iter()
                .find(|member| member.0 == key)
                .map(|member| &member.1),
            _ => None,
        }
    }

    /// The member at the end of a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Json<'a>> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// A string's decoded text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A list's elements.
    pub fn items(&self) -> Option<&[Json<'a>]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// An object's members.
    pub fn members(&self) -> Option<&[(String, Json<'a>)]> {
        match &self.kind {
            Kind::Object(members) => Some(members),
            _ => None,
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn space(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        self.at += rest.iter().take_while(blank).count();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, word: &str) -> Option<()> {
        self.text[self.at..]
            .starts_with(word)
            .then(|| self.at += word.len())
    }

    fn value(&mut self, depth: usize) -> Option<Json<'a>> {
        self.space();
        let start = self.at;
        let kind = match self.peek()? {
            _ if depth > 500 => return None,
            b'{' => self.object(depth)?,
            b'[' => self.list(depth)?,
            b'"' => Kind::Text(self.string()?),
            b't' => self.take("true").map(|()| Kind::Bool(true))?,
            b'f' => self.take("false").map(|()| Kind::Bool(false))?,
            b'n' => self.take("null").map(|()| Kind::Null)?,
            _ => self.number()?,
        };
        let text = &self.text[start..self.at];
        Some(Json { text, kind })
    }

    fn number(&mut self) -> Option<Kind<'a>> {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest
            .iter()
            .take_while(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
            .count();
        self.at += length;
        (length > 0).then_some(Kind::Number)
    }

    fn list(&mut self, depth: usize) -> Option<Kind<'a>> {
        let mut items = Vec::new();
        self.take("[")?;
        self.space();
        if self.take("]").is_some() {
            return Some(Kind::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.take(",").is_none() {
                return self.take("]").map(|()| Kind::List(items));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<Kind<'a>> {
        let mut members = Vec::new();
        self.take("{")?;
        self.space();
        if self.take("}").is_some() {
            return Some(Kind::Object(members));
        }
        loop {
            self.space();
            let key = self.string()?;
            self.space();
            self.take(":")?;
            members.push((key, self.value(depth + 1)?));
            self.space();
            if self.take(",").is_none() {
                return self.take("}").map(|()| Kind::Object(members));
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        self.take("\"")?;
        let mut decoded = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(['"', '\\'])?;
            decoded.push_str(&rest[..plain]);
            self.at += plain + 1;
            if rest.as_bytes()[plain] == b'"' {
                return Some(decoded);
            }
            decoded.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        Some(match letter {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'"' | b'\\' | b'/' => char::from(letter),
            b'u' => self.code_point()?,
            _ => return None,
        })
    }

    fn code_unit(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    /// One `\u` escape or a pair; an unpaired surrogate reads as U+FFFD.
    fn code_point(&mut self) -> Option<char> {
        let high = self.code_unit()?;
        if (0xd800..0xdc00).contains(&high) && self.take("\\u").is_some() {
            let low = self.code_unit()?;
            let joined = 0x1_0000 + ((high - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff);
            return Some(char::from_u32(joined).unwrap_or('\u{fffd}'));
        }
        Some(char::from_u32(high).unwrap_or('\u{fffd}'))
    }
}

/// A text as a JSON string.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            control if control < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Writes an object member by member, in the order given.
#[derive(Clone, Debug, Default)]
pub struct Object(String);

impl Object {
    /// An object without members.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a member whose value is JSON already.
    #[must_use]
    pub fn raw(mut self, key: &str, json: impl AsRef<str>) -> Self {
        let comma = if self.0.is_empty() { "" } else { "," };
        let _ = write!(self.0, "{comma}{}:{}", quote(key), json.as_ref());
        self
    }

    /// Adds a string.
    #[must_use]
    pub fn text(self, key: &str, value: impl AsRef<str>) -> Self {
        let quoted = quote(value.as_ref());
        self.raw(key, quoted)
    }

    /// Adds a number.
    #[must_use]
    pub fn number(self, key: &str, value: impl Into<i64>) -> Self {
        let digits = value.into().to_string();
        self.raw(key, digits)
    }

    /// Adds a boolean.
    #[must_use]
    pub fn flag(self, key: &str, value: bool) -> Self {
        self.raw(key, if value { "true" } else { "false" })
    }

    /// Adds an object.
    #[must_use]
    pub fn object(self, key: &str, value: &Object) -> Self {
        let json = value.json();
        self.raw(key, json)
    }

    /// The object as JSON text without white space.
    pub fn json(&self) -> String {
        format!("{{{}}}", self.0)
    }
}

/// A list of JSON texts as one JSON text.
pub fn list(items: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let texts: Vec<String> = items
        .into_iter()
        .map(|item| item.as_ref().to_owned())
        .collect();
    format!("[{}]", texts.join(","))
}
