//! The elements of one list as spans of its text, by structure alone; the counterpart of [`super::members`].

use super::members::{skip_space, skip_value};

/// Walks the elements of the list that `text` holds; ends early where the structure does.
pub struct Elements<'a> {
    text: &'a [u8],
    at: usize,
}

/// The elements of the list in `text`; none where it holds no list.
pub fn elements(text: &[u8]) -> Elements<'_> {
    let start = skip_space(text, 0);
    let at = if text.get(start) == Some(&b'[') {
        start + 1
    } else {
        text.len()
    };
    Elements { text, at }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let mut start = skip_space(self.text, self.at);
        if self.text.get(start) == Some(&b',') {
            start = skip_space(self.text, start + 1);
        }
        if self.text.get(start) == Some(&b']') {
            return None;
        }
        self.at = skip_value(self.text, start)?;
        Some(&self.text[start..self.at])
    }
}

#[cfg(test)]
mod tests {
    use super::elements;

    #[test]
    fn spans_of_every_kind_of_value() {
        let text = br#" [1 , "a,]" ,{"b":[2,3]},[ ] , null]"#;
        let found: Vec<&[u8]> = elements(text).collect();
        let expected: [&[u8]; 5] = [b"1", br#""a,]""#, br#"{"b":[2,3]}"#, b"[ ]", b"null"];
        assert_eq!(found, expected);
    }

    #[test]
    fn no_list_has_no_elements() {
        for text in [
            &b"42"[..],
            b"{}",
            b"\"[\"",
            b"",
            b"[",
            b"[]",
            b" [ ] ",
            b"[\"",
            b"[{",
        ] {
            assert_eq!(elements(text).count(), 0);
        }
    }
}
