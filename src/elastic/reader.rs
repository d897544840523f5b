//! Reads lines as documents, fast where they have the form in which `jcx map` writes them.
//!
//! Everything else, and everything that is wrong with a line, is left to [`Document::parse`], which says what it is.

use super::document::Document;
use super::flaw::{Flaw, LONGEST_ID};
use crate::json::scan::Scanner;
use crate::json::slots::Slots;
use crate::json::wanted::Wanted;

/// How such a line begins.
const START: &[u8] = b"{\"@metadata\":{";

/// The wanted members, each at the place that its slot says.
const NAMES: [&str; 4] = ["@metadata", "@metadata._id", "@metadata.raw_index", "_id"];
const METADATA: u8 = 0;
const ID: u8 = 1;
const RAW_INDEX: u8 = 2;
const TOP_ID: u8 = 3;

/// A line of more bytes is of no ordinary size: the memory that reading it took is given back.
const LARGE: usize = 128 << 10;

/// Reads lines, one after the other.
pub struct Reader {
    scanner: Scanner,
    wanted: Wanted,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            scanner: Scanner::default(),
            wanted: Wanted::new(&NAMES),
        }
    }
}

impl Reader {
    /// Reads a line.
    ///
    /// # Errors
    /// What [`Document::read`] says of it.
    pub fn read(&mut self, text: &[u8], id_field: Option<&str>) -> Result<Document, Flaw> {
        if id_field.is_some() {
            return Document::read(text, id_field);
        }
        let read = self.read_mapped(text);
        if text.len() > LARGE {
            self.scanner.shrink();
        }
        read.map_or_else(|| Document::parse(text), Ok)
    }

    /// A line as `jcx map` writes it; `None` where it is another one. Strictly valid JSON without a key twice.
    fn read_mapped(&mut self, text: &[u8]) -> Option<Document> {
        if !text.starts_with(START) || text.last() != Some(&b'}') {
            return None;
        }
        let found = self.scanner.scan(text, &self.wanted, Slots::NONE).ok()?;
        if found.spaced {
            return None;
        }
        let metadata = self.scanner.span(METADATA)?;
        // Of an empty member it would not be told that it is there; what is mapped has none.
        let tells_all = self.scanner.edits().is_plain(text, metadata);
        if !tells_all || self.scanner.span(TOP_ID).is_some() {
            return None;
        }
        let metadata = metadata.end();
        let id = self.plain_text(text, ID)?;
        let stream = self.plain_text(text, RAW_INDEX)?;
        let comma = usize::from(text[metadata] == b',');
        let taken = 1..metadata + comma;
        let fits = (1..=LONGEST_ID).contains(&id.len());
        fits.then(|| Document::mapped(text, id, stream, taken))
    }

    /// The string of a slot, where it has no escapes.
    fn plain_text<'t>(&self, text: &'t [u8], slot: u8) -> Option<&'t str> {
        let quoted = self.scanner.span(slot)?.in_text(text);
        let inside = quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        if self.scanner.is_escaped(slot) {
            return None;
        }
        std::str::from_utf8(inside).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Reader;
    use crate::elastic::Document;

    #[test]
    fn the_fast_way_says_what_the_slow_one_says() {
        let mut reader = Reader::default();
        let whole = r#"{"@metadata":{"_id":"a","raw_index":"logs-x-y"},"x":1,"y":{"z":[1]}}"#;
        let mut fast = 0;
        let mut lines: Vec<String> = (0..=whole.len())
            .map(|end| whole[..end].to_owned())
            .collect();
        for (old, new) in [
            ("\"a\"", "\"\""),
            ("\"a\"", "null"),
            ("\"a\"", "7"),
            ("\"a\"", "\"\\u0061\""),
            ("\"a\"", "\"é\""),
            ("\"logs-x-y\"", "[]"),
            ("\"logs-x-y\"", "\"\""),
            ("\"x\":1", "\"@metadata\":{}"),
            ("\"x\":1", "\"\\u0040metadata\":{}"),
            ("\"x\":1", "\"x\":1,\"x\":2"),
            ("\"x\":1", "\"x\":01"),
            ("\"x\":1", "\"x\": 1"),
            (",\"x\":1,\"y\":{\"z\":[1]}", ""),
            ("\"x\":1", "\"_id\":1"),
            ("\"x\":1", "\"_id\":\"\""),
            ("\"x\":1", "\"\\u005fid\":{}"),
            ("[1]", "[]"),
            ("[1]", "[{\"_id\":1}]"),
            ("\"_id\":\"a\",", ""),
            (",\"raw_index\":\"logs-x-y\"", ",\"more\":[{}]"),
        ] {
            lines.push(whole.replace(old, new));
        }
        for length in [512, 513] {
            lines.push(whole.replace("\"a\"", &format!("\"{}\"", "x".repeat(length))));
        }
        lines.push(format!("{whole}\r"));
        lines.push(format!(" {whole}"));
        for line in &lines {
            let slow = Document::parse(line.as_bytes());
            if let Some(document) = reader.read_mapped(line.as_bytes()) {
                fast += 1;
                assert_eq!(Ok(document), slow, "{line}");
            }
            assert_eq!(reader.read(line.as_bytes(), None), slow, "{line}");
        }
        assert!(fast >= 4, "the fast way is taken: {fast}");
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_refused() {
        let line = b"{\"@metadata\":{\"_id\":\"a\",\"raw_index\":\"b\"},\"x\":\"\xff\"}";
        assert!(Reader::default().read(line, None).is_err());
    }
}
