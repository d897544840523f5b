//! A list of texts while it is being written: what stands in it already, and each further text once.
//!
//! Two texts are the same when they say the same, however they are escaped. Knows no field.

use std::collections::BTreeSet;

use super::event::{inside_quotes, write_as_text};
use crate::json::edits::Span;
use crate::json::elements::elements;
use crate::json::text;

/// Elements that are simply compared with each other.
const FEW: usize = 16;

/// A list at the end of a buffer.
pub(super) struct Listing<'m> {
    out: &'m mut Vec<u8>,
    known: Known,
}

/// The elements so far.
#[derive(Default)]
struct Known {
    length: usize,
    few: [Element; FEW],
    /// What all of them say, once they are more than a few.
    many: BTreeSet<Vec<u16>>,
}

/// Where a text stands in the buffer, with its quotes.
#[derive(Clone, Copy, Default)]
struct Element {
    span: Span,
    escaped: bool,
}

impl<'m> Listing<'m> {
    /// A list that begins with the elements of the one that stands there in the buffer.
    #[inline]
    pub(super) fn behind(list: Option<Span>, out: &'m mut Vec<u8>) -> Self {
        let mut known = Known::default();
        match list {
            None => out.push(b'['),
            Some(list) => {
                let start = out.len();
                out.extend_from_within(list.start()..list.end() - 1);
                known.note_all(start, list.in_text(out), out);
            }
        }
        Self { out, known }
    }

    /// Adds a string, given with its quotes, unless the list has one that says the same; `escaped` where it has escapes.
    #[inline]
    pub(super) fn add(&mut self, string: &[u8], escaped: bool) {
        if self.known.has(string, escaped, self.out) {
            return;
        }
        if self.known.length > 0 {
            self.out.push(b',');
        }
        let start = self.out.len();
        self.out.extend_from_slice(string);
        let span = Span::of(start, self.out.len());
        self.known.note(Element { span, escaped }, self.out);
    }

    /// Adds any value as a text.
    pub(super) fn add_value(&mut self, value: &[u8]) {
        if value.starts_with(b"\"") {
            self.add(value, memchr::memchr(b'\\', value).is_some());
        } else {
            let mut text = Vec::new();
            write_as_text(value, &mut text);
            self.add(&text, true);
        }
    }

    /// Ends the list; says whether anything is in it.
    #[inline]
    pub(super) fn end(self) -> bool {
        self.out.push(b']');
        self.known.length > 0
    }
}

impl Known {
    #[inline]
    fn has(&self, string: &[u8], escaped: bool, out: &[u8]) -> bool {
        if self.length > FEW {
            return self.many.contains(&units(string));
        }
        self.few[..self.length].iter().any(|other| {
            let raw = other.span.in_text(out);
            raw == string || (escaped || other.escaped) && units(raw) == units(string)
        })
    }

    #[inline]
    fn note(&mut self, element: Element, out: &[u8]) {
        if let Some(free) = self.few.get_mut(self.length) {
            *free = element;
        } else {
            self.note_one_of_many(element, out);
        }
        self.length += 1;
    }

    #[cold]
    fn note_one_of_many(&mut self, element: Element, out: &[u8]) {
        let units = |one: &Element| units(one.span.in_text(out));
        if self.length == FEW {
            self.many = self.few.iter().map(units).collect();
        }
        self.many.insert(units(&element));
    }

    /// Takes note of all elements of `list`, which stands at `start` in the buffer.
    fn note_all(&mut self, start: usize, list: &[u8], out: &[u8]) {
        let mut end = start;
        for element in elements(list) {
            let start = end + 1;
            end = start + element.len();
            let span = Span::of(start, end);
            let escaped = memchr::memchr(b'\\', element).is_some();
            self.note(Element { span, escaped }, out);
        }
    }
}

/// What a string says, in UTF-16: there half a surrogate pair has a form of its own.
fn units(string: &[u8]) -> Vec<u16> {
    let raw = inside_quotes(string).unwrap_or(string);
    text::utf16(&String::from_utf8_lossy(raw))
}

#[cfg(test)]
mod tests {
    use super::Listing;
    use crate::json::edits::Span;

    fn list(before: &str, added: &[&str]) -> Option<String> {
        let mut out = before.as_bytes().to_vec();
        let before = (!before.is_empty()).then(|| Span::of(0, before.len()));
        let start = out.len();
        let mut list = Listing::behind(before, &mut out);
        for string in added {
            list.add(string.as_bytes(), string.contains('\\'));
        }
        let something = list.end();
        let text = String::from_utf8(out[start..].to_vec()).expect("UTF-8");
        something.then_some(text)
    }

    #[test]
    fn each_text_is_added_once_by_what_it_says() {
        let rows: [(&str, &[&str], Option<&str>); 6] = [
            ("", &[], None),
            ("", &[r#""a""#, r#""b""#, r#""a""#], Some(r#"["a","b"]"#)),
            (r#"["a"]"#, &[r#""a""#], Some(r#"["a"]"#)),
            (
                r#"["a,]","a,]","c"]"#,
                &[r#""c""#, r#""d""#],
                Some(r#"["a,]","a,]","c","d"]"#),
            ),
            (
                "",
                &[r#""\u0061""#, r#""a""#, r#""\/""#, r#""/""#],
                Some(r#"["\u0061","\/"]"#),
            ),
            (
                "",
                &[r#""\ud800""#, r#""\uD800""#, r#""\ud801""#, r#""?""#],
                Some(r#"["\ud800","\ud801","?"]"#),
            ),
        ];
        for (before, added, expected) in rows {
            assert_eq!(list(before, added).as_deref(), expected, "{added:?}");
        }
    }

    #[test]
    fn many_texts_are_each_there_once_too() {
        let texts: Vec<String> = (0..100).map(|number| format!("\"{number}\"")).collect();
        let all: Vec<&str> = texts.iter().map(String::as_str).collect();
        for known in [0, 1, 15, 16, 17, 50, 100] {
            let before = match &all[..known] {
                [] => String::new(),
                some => format!("[{}]", some.join(",")),
            };
            let twice: Vec<&str> = all.iter().chain(&all).copied().collect();
            let expected = format!("[{}]", all.join(","));
            assert_eq!(list(&before, &twice), Some(expected), "{known}");
        }
        let escaped = r#""\u0039\u0039""#;
        let twice: Vec<&str> = all.iter().copied().chain([escaped]).collect();
        assert_eq!(list("", &twice), Some(format!("[{}]", all.join(","))));
    }
}
