//! One event as the mapping sees it: its text, and where in it the members stand that the mapping reads.
//!
//! Values are read from the text when they are needed. Knows no field of a document.

use std::borrow::Cow;

use super::source::Source;
use crate::json::edits::Edits;
use crate::json::members::skip_string;
use crate::json::scan::Scanner;
use crate::json::slots::Slots;
use crate::json::span::Span;
use crate::json::{number, text};

/// An event after the scan.
#[derive(Clone, Copy)]
pub(super) struct Event<'a> {
    text: &'a [u8],
    scanner: &'a Scanner,
}

impl<'a> Event<'a> {
    /// The event of this text, which the scanner has just scanned.
    pub(super) fn new(text: &'a [u8], scanner: &'a Scanner) -> Self {
        Self { text, scanner }
    }

    /// Its text, without white space between tokens.
    pub(super) fn text(&self) -> &'a [u8] {
        self.text
    }

    /// What copies of the text leave out.
    pub(super) fn edits(&self) -> &'a Edits {
        self.scanner.edits()
    }

    /// Where a member's value stands; nothing where it is missing or empty.
    #[inline]
    pub(super) fn span(&self, source: Source) -> Option<Span> {
        self.scanner.span(source.number())
    }

    /// A member's value as it stands in the text, empty parts included.
    #[inline]
    pub(super) fn raw(&self, source: Source) -> Option<&'a [u8]> {
        self.span(source).map(|span| span.in_text(self.text))
    }

    /// The bytes of what a member says, with `unpaired` for half a surrogate pair; nothing where it is no string.
    #[inline]
    pub(super) fn said(&self, source: Source, unpaired: char) -> Option<Cow<'a, [u8]>> {
        let raw = inside_quotes(self.raw(source)?)?;
        if self.scanner.is_escaped(source.number()) {
            return Some(said(raw, unpaired));
        }
        Some(Cow::Borrowed(raw))
    }

    /// Where a member's value stands, with its quotes, where it is a string.
    #[inline]
    pub(super) fn string_span(&self, source: Source) -> Option<Span> {
        let span = self.span(source)?;
        (self.text.get(span.start()) == Some(&b'"')).then_some(span)
    }

    /// A member's value where it is a string, with its quotes.
    #[inline]
    pub(super) fn string(&self, source: Source) -> Option<&'a [u8]> {
        self.string_span(source).map(|span| span.in_text(self.text))
    }

    /// The first of these members that is a string.
    #[inline]
    pub(super) fn first_string(&self, sources: &[Source]) -> Option<Source> {
        let mut sources = sources.iter().copied();
        sources.find(|source| self.string_span(*source).is_some())
    }

    /// Whether a member is a string that says one of these words.
    #[inline]
    pub(super) fn says(&self, source: Source, words: &[&str]) -> bool {
        let said = self.said(source, char::REPLACEMENT_CHARACTER);
        said.is_some_and(|said| words.iter().any(|word| word.as_bytes() == &*said))
    }

    /// Whether a member is a string with escapes.
    #[inline]
    pub(super) fn is_escaped(&self, source: Source) -> bool {
        self.scanner.is_escaped(source.number())
    }

    /// The offset behind the string that opens at `at`.
    #[inline]
    pub(super) fn behind_string(&self, at: usize) -> usize {
        let end = self.scanner.behind_plain_string(self.text, at);
        end.or_else(|| skip_string(self.text, at))
            .unwrap_or(self.text.len())
    }

    /// Which members there are.
    #[inline]
    pub(super) fn filled(&self) -> Slots {
        self.scanner.filled()
    }

    /// The member whose value stands there.
    pub(super) fn source_at(&self, span: Span) -> Option<Source> {
        let mut sources = self.among(self.filled());
        sources.find(|source| self.span(*source) == Some(span))
    }

    /// Whether there is any of these members.
    #[inline]
    pub(super) fn has_any(&self, sources: Slots) -> bool {
        self.scanner.filled().and(sources) != Slots::NONE
    }

    /// Which of these members there are, in the order of their numbers.
    #[inline]
    pub(super) fn among(&self, sources: Slots) -> impl Iterator<Item = Source> + use<> {
        let numbers = self.scanner.filled().and(sources).numbers();
        numbers.filter_map(|number| Source::ALL.get(usize::from(number)).copied())
    }

    /// A value without its empty parts, as JSON.
    #[inline]
    pub(super) fn value(&self, span: Span) -> Cow<'a, [u8]> {
        if self.edits().is_plain(self.text, span) {
            return Cow::Borrowed(span.in_text(self.text));
        }
        Cow::Owned(self.copied(span))
    }

    #[cold]
    #[inline(never)]
    fn copied(&self, span: Span) -> Vec<u8> {
        let mut copy = Vec::new();
        self.edits().copy(self.text, span, &mut copy);
        copy
    }

    /// Whether the value is or contains an integer that 64 bits cannot hold.
    #[inline]
    pub(super) fn is_beyond_64_bits(&self, span: Span) -> bool {
        let raw = span.in_text(self.text);
        !matches!(raw.first(), Some(b'"' | b't' | b'f')) && number::any_beyond_64_bits(raw)
    }
}

/// The raw text of a JSON string between its quotes; nothing for other values.
#[inline]
pub(super) fn inside_quotes(value: &[u8]) -> Option<&[u8]> {
    value.strip_prefix(b"\"")?.strip_suffix(b"\"")
}

/// The bytes of what a string says, given what stands between its quotes, with `unpaired` for half a surrogate pair.
#[inline]
pub(super) fn said(raw: &[u8], unpaired: char) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', raw).is_none() {
        return Cow::Borrowed(raw);
    }
    let raw = String::from_utf8_lossy(raw);
    Cow::Owned(text::decode(&raw, unpaired).into_owned().into_bytes())
}

/// The bytes of a value's text: what a string says, anything else as it is written; half a surrogate pair becomes U+FFFD.
#[inline]
pub(super) fn plain(value: &[u8]) -> Cow<'_, [u8]> {
    match inside_quotes(value) {
        Some(raw) => said(raw, char::REPLACEMENT_CHARACTER),
        None => Cow::Borrowed(value),
    }
}

/// Appends a value as a JSON string: a string as it stands, the text of anything else.
pub(super) fn write_as_text(value: &[u8], out: &mut Vec<u8>) {
    if value.starts_with(b"\"") {
        out.extend_from_slice(value);
    } else {
        write_text(value, out);
    }
}

/// Appends a text as a JSON string.
pub(super) fn write_text(plain: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    text::write_escaped(plain, out);
    out.push(b'"');
}

/// What kind of value this is, for messages.
pub(super) fn kind(value: &[u8]) -> &'static str {
    match value.first() {
        Some(b'n') => "null",
        Some(b't' | b'f') => "a boolean",
        Some(b'"') => "a string",
        Some(b'[') => "a list",
        Some(b'{') => "an object",
        _ => "a number",
    }
}

/// Characters of a value that a message repeats.
const EXCERPT: usize = 100;

/// The beginning of a text, in quotes.
pub(super) fn excerpt(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{excerpt, plain, write_as_text};

    #[test]
    fn a_value_becomes_the_text_that_is_written() {
        let cases = [
            (r#""a\ud800""#, r#""a\ud800""#, "a\u{fffd}"),
            ("true", r#""true""#, "true"),
            ("1000.0", r#""1000.0""#, "1000.0"),
            (
                r#"["a",{"b":1}]"#,
                r#""[\"a\",{\"b\":1}]""#,
                r#"["a",{"b":1}]"#,
            ),
        ];
        for (json, text, characters) in cases {
            let mut out = Vec::new();
            write_as_text(json.as_bytes(), &mut out);
            assert_eq!(String::from_utf8_lossy(&out), text);
            assert_eq!(plain(json.as_bytes()), characters.as_bytes());
        }
    }

    #[test]
    fn a_message_repeats_the_beginning_of_a_long_text() {
        assert_eq!(excerpt(b"a\nb"), r#""a\nb""#);
        assert_eq!(
            excerpt("é".repeat(200).as_bytes()),
            format!("\"{}\"…", "é".repeat(100))
        );
    }
}
