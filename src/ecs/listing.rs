//! A list of texts while it is being written: what stands in it already, and each further text once.
//!
//! Two texts are the same when they say the same, however they are escaped. Knows no field.

use std::collections::BTreeSet;

use super::event::inside_quotes;
use crate::json::assembly::add_part;
use crate::json::edits::Span;
use crate::json::elements::elements;
use crate::json::text;

/// Elements that are simply compared with each other.
const FEW: usize = 16;

/// Memory for the elements of a list, used again from one to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    elements: Vec<Element>,
    /// What all of them say, once they are more than a few.
    many: BTreeSet<Vec<u16>>,
}

/// Where a text stands in the buffer, with its quotes.
#[derive(Clone, Copy, Debug)]
struct Element {
    start: usize,
    end: usize,
    escaped: bool,
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
        out.push(b'[');
        Self { out, known }
    }

    /// Adds the elements of the list that stands there in the buffer, as they are; only to an empty list.
    pub(super) fn keep(&mut self, list: Span) {
        let mut end = self.out.len() - 1;
        self.out
            .extend_from_within(list.start() + 1..list.end() - 1);
        for element in elements(list.in_text(self.out)) {
            let start = end + 1;
            end = start + element.len();
            let escaped = memchr::memchr(b'\\', element).is_some();
            let element = Element {
                start,
                end,
                escaped,
            };
            self.known.note(element, self.out);
        }
    }

    /// Adds the string that stands there in `text`, with its quotes, unless the list has one that says the same; `escaped` where it has
    /// escapes.
    #[inline]
    pub(super) fn add(&mut self, text: &[u8], string: Span, escaped: bool) {
        if self.known.has(string.in_text(text), escaped, self.out) {
            return;
        }
        if !self.known.elements.is_empty() {
            self.out.push(b',');
        }
        let start = self.out.len();
        add_part(text, string, self.out);
        let end = self.out.len();
        let element = Element {
            start,
            end,
            escaped,
        };
        self.known.note(element, self.out);
    }

    /// The same for a string that is all of a text.
    pub(super) fn add_string(&mut self, string: &[u8]) {
        let escaped = memchr::memchr(b'\\', string).is_some();
        self.add(string, Span::of(0, string.len()), escaped);
    }

    /// Ends the list; says whether anything is in it.
    #[inline]
    pub(super) fn end(self) -> bool {
        self.out.push(b']');
        !self.known.elements.is_empty()
    }
}

impl Known {
    #[inline]
    fn has(&self, string: &[u8], escaped: bool, out: &[u8]) -> bool {
        if self.elements.len() > FEW {
            return self.many.contains(&units(string));
        }
        self.elements.iter().any(|other| {
            let raw = &out[other.start..other.end];
            raw == string || (escaped || other.escaped) && units(raw) == units(string)
        })
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

#[cfg(test)]
mod tests {
    use super::{Known, Listing};
    use crate::json::edits::Span;

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
