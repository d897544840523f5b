//! A list of texts while it is being written: what stands in it already, and each further text once.
//!
//! Two texts are the same when they say the same, however they are escaped. Knows no field.

use std::collections::BTreeSet;

use super::event::{inside_quotes, write_as_text};
use crate::json::assembly::add_part_and;
use crate::json::elements::elements;
use crate::json::key::Key;
use crate::json::span::Span;
use crate::json::text;

/// Elements that are simply compared with each other.
const FEW: usize = 16;

/// Memory for the elements of a list, used again from one to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    elements: Vec<Element>,
    /// Whether any of them, or the one to come, has escapes.
    escaped: bool,
    /// What all of them say, once they are more than a few.
    many: BTreeSet<Vec<u16>>,
}

/// Where a text stands in the buffer, with its quotes.
#[derive(Clone, Copy, Debug)]
struct Element {
    start: usize,
    end: usize,
    /// Its ends, by which most texts are told apart.
    ends: Key,
}

/// A list at the end of a buffer.
pub(super) struct Listing<'m> {
    out: &'m mut Vec<u8>,
    known: &'m mut Known,
}

impl<'m> Listing<'m> {
    /// An empty list.
    #[inline]
    pub(super) fn new(out: &'m mut Vec<u8>, known: &'m mut Known) -> Self {
        known.elements.clear();
        known.escaped = false;
        out.push(b'[');
        Self { out, known }
    }

    /// Adds the elements of the list that stands there in the buffer, as they are; only to an empty list.
    pub(super) fn keep(&mut self, list: Span) {
        let mut end = self.out.len() - 1;
        self.out
            .extend_from_within(list.start() + 1..list.end() - 1);
        self.out.push(b',');
        for element in elements(list.in_text(self.out)) {
            let start = end + 1;
            end = start + element.len();
            self.known.escaped |= memchr::memchr(b'\\', element).is_some();
            let ends = Key::alone(element);
            self.known.note(Element { start, end, ends }, self.out);
        }
    }

    /// Adds the string that stands there in `text`, with its quotes, unless the list has one that says the same; `escaped` where it has
    /// escapes.
    #[inline]
    pub(super) fn add(&mut self, text: &[u8], string: Span, escaped: bool) {
        self.known.escaped |= escaped;
        let ends = Key::of(text, string.start(), string.end());
        if self.known.has(string.in_text(text), ends, self.out) {
            return;
        }
        let start = self.out.len();
        let end = start + (string.end() - string.start());
        add_part_and(text, string, b',', self.out);
        self.known.note(Element { start, end, ends }, self.out);
    }

    /// The same for a string that is all of a text.
    pub(super) fn add_string(&mut self, string: &[u8]) {
        let escaped = memchr::memchr(b'\\', string).is_some();
        self.add(string, Span::of(0, string.len()), escaped);
    }

    /// Ends the list; says whether anything is in it.
    #[inline]
    pub(super) fn end(self) -> bool {
        // The last comma, or the bracket of an empty list.
        if let Some(last) = self.out.last_mut() {
            *last = b']';
        }
        !self.known.elements.is_empty()
    }
}

impl Known {
    #[inline]
    fn has(&self, string: &[u8], ends: Key, out: &[u8]) -> bool {
        if self.escaped || self.elements.len() > FEW {
            return self.has_spelled(string, out);
        }
        let is_it = |other: &Element| {
            other.ends == ends && (ends.is_whole() || &out[other.start..other.end] == string)
        };
        self.elements.iter().any(is_it)
    }

    /// The same for a text that may be spelled in more than one way, or for one of many.
    #[cold]
    #[inline(never)]
    fn has_spelled(&self, string: &[u8], out: &[u8]) -> bool {
        let string = units(string);
        if self.elements.len() > FEW {
            return self.many.contains(&string);
        }
        let mut others = self.elements.iter();
        others.any(|other| units(&out[other.start..other.end]) == string)
    }

    #[inline]
    fn note(&mut self, element: Element, out: &[u8]) {
        self.elements.push(element);
        if self.elements.len() > FEW {
            self.note_one_of_many(out);
        }
    }

    #[cold]
    fn note_one_of_many(&mut self, out: &[u8]) {
        let units = |one: &Element| units(&out[one.start..one.end]);
        if self.elements.len() == FEW + 1 {
            self.many = self.elements.iter().map(units).collect();
        } else {
            self.many.extend(self.elements.last().map(units));
        }
    }
}

/// What a string says, in UTF-16: there half a surrogate pair has a form of its own.
fn units(string: &[u8]) -> Vec<u16> {
    let raw = inside_quotes(string).unwrap_or(string);
    text::utf16(&String::from_utf8_lossy(raw))
}

/// Appends a list that has only the string that stands there in `text`, with its quotes.
#[inline]
pub(super) fn write_list_of_string(text: &[u8], string: Span, out: &mut Vec<u8>) {
    out.push(b'[');
    add_part_and(text, string, b']', out);
}

/// Appends a list that has only this value, as a text.
pub(super) fn write_list_of_one(value: &[u8], out: &mut Vec<u8>) {
    out.push(b'[');
    write_as_text(value, out);
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::{Known, Listing};
    use crate::json::span::Span;

    fn list(before: &str, added: &[&str]) -> Option<String> {
        let mut out = before.as_bytes().to_vec();
        let before = (!before.is_empty()).then(|| Span::of(0, before.len()));
        let start = out.len();
        let mut known = Known::default();
        let mut list = Listing::new(&mut out, &mut known);
        if let Some(before) = before {
            list.keep(before);
        }
        for string in added {
            list.add_string(string.as_bytes());
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
