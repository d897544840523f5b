//! The parts of a document in the order of its text, each byte looked at once however deep it lies.
//!
//! By structure alone, and for valid JSON. Who goes a level at a time passes over what lies deep once for each level above
//! it, and a list may hold a thousand of them.

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// The raw key of a member, without its quotes.
    Key(&'a [u8]),
    /// An object begins.
    Object,
    /// A list begins.
    List,
    /// The innermost object or list ends.
    End,
    /// A whole value that is neither.
    Scalar,
}

/// Goes through the parts of one value.
pub struct Parts<'a> {
    text: &'a [u8],
    at: usize,
}

/// The objects in one list, also in lists in it, but not those in other objects.
pub struct Objects<'a>(Parts<'a>);

impl<'a> Parts<'a> {
    /// The parts of the value that `text` holds.
    pub fn of(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// A string from behind its opening quote: a key, where a colon follows.
    fn string(&mut self) -> Option<Part<'a>> {
        let start = self.at;
        loop {
            self.at += memchr::memchr2(b'"', b'\\', self.text.get(self.at..)?)?;
            if self.text[self.at] == b'"' {
                break;
            }
            self.at += 2;
        }
        let string = &self.text[start..self.at];
        self.at += 1;
        let is_key = self.text[self.at..].trim_ascii_start().first() == Some(&b':');
        Some(if is_key {
            Part::Key(string)
        } else {
            Part::Scalar
        })
    }

    /// Passes over the rest of a number or a literal.
    fn word(&mut self) -> Part<'a> {
        let rest = &self.text[self.at..];
        let length = rest.iter().position(|byte| is_between(*byte));
        self.at += length.unwrap_or(rest.len());
        Part::Scalar
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        loop {
            let byte = *self.text.get(self.at)?;
            self.at += 1;
            return Some(match byte {
                b'{' => Part::Object,
                b'[' => Part::List,
                b'}' | b']' => Part::End,
                b'"' => return self.string(),
                _ if is_between(byte) => continue,
                _ => self.word(),
            });
        }
    }
}

impl<'a> Objects<'a> {
    /// Those in the list that `text` holds.
    pub fn of(text: &'a [u8]) -> Self {
        Self(Parts::of(text))
    }
}

impl<'a> Iterator for Objects<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.0.find(|part| *part == Part::Object)?;
        let start = self.0.at - 1;
        let mut open = 1_usize;
        while open > 0 {
            match self.0.next()? {
                Part::Object | Part::List => open += 1,
                Part::End => open -= 1,
                Part::Key(_) | Part::Scalar => {}
            }
        }
        Some(&self.0.text[start..self.0.at])
    }
}

/// What stands between parts, or ends a container: no byte of a number or a literal.
fn is_between(byte: u8) -> bool {
    matches!(
        byte,
        b',' | b':' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r'
    )
}

#[cfg(test)]
mod tests {
    use super::{Objects, Part, Parts};

    #[test]
    fn parts_come_in_the_order_of_the_text() {
        let text = br#" {"a" : [1,"x:\"",-2.5e3 , {"\"b":"c,"}, [] ],"":{"k":null}, "e\\":true} "#;
        let found: Vec<Part> = Parts::of(text).collect();
        let expected = [
            Part::Object,
            Part::Key(b"a"),
            Part::List,
            Part::Scalar,
            Part::Scalar,
            Part::Scalar,
            Part::Object,
            Part::Key(br#"\"b"#),
            Part::Scalar,
            Part::End,
            Part::List,
            Part::End,
            Part::End,
            Part::Key(b""),
            Part::Object,
            Part::Key(b"k"),
            Part::Scalar,
            Part::End,
            Part::Key(br"e\\"),
            Part::Scalar,
            Part::End,
        ];
        assert_eq!(found, expected);
        for scalar in [&b"42"[..], b"\"x\"", b"null"] {
            assert_eq!(Parts::of(scalar).collect::<Vec<_>>(), [Part::Scalar]);
        }
        // What is no value has an end, too.
        for broken in [&b"\"a"[..], b"\"a\\", b"", b"\""] {
            assert_eq!(Parts::of(broken).count(), 0);
        }
    }

    #[test]
    fn objects_of_a_list_lie_in_lists_of_it_but_not_in_each_other() {
        let text = br#"[1,{"a":[{"b":1}]},[[{ }],"{",[]],{"c":"}"}]"#;
        let found: Vec<&[u8]> = Objects::of(text).collect();
        let expected: [&[u8]; 3] = [br#"{"a":[{"b":1}]}"#, b"{ }", br#"{"c":"}"}"#];
        assert_eq!(found, expected);
        assert_eq!(Objects::of(b"[[1,\"x\"],[]]").count(), 0);
    }
}
