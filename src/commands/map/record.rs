//! Records of a table as RFC 4180 writes them, into a buffer that grows. The quotes are the library's.

use csv_core::{Terminator, WriteResult, Writer, WriterBuilder};

/// What a mark between fields takes at most: a closing quote, and the comma or the line end.
const MARK: usize = 4;

/// As much of a field is written at once, so that the room for its quotes stays small.
const PIECE: usize = 32 << 10;

/// A record while it is written.
#[derive(Clone)]
pub struct Record {
    writer: Writer,
    begun: bool,
}

impl Record {
    /// Before the first field of the first record.
    pub fn new() -> Self {
        Self {
            writer: WriterBuilder::new().terminator(Terminator::CRLF).build(),
            begun: false,
        }
    }

    /// Appends the next field. What closes its quotes comes with what follows.
    pub fn field(&mut self, mut text: &[u8], out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.begun, true) {
            append(MARK, out, |room| self.writer.delimiter(room).1);
        }
        loop {
            // Every byte may be a quote, which is doubled; and there is the opening one.
            let room = MARK + 2 * text.len().min(PIECE);
            let mut done = false;
            append(room, out, |room| {
                let (result, taken, written) = self.writer.field(text, room);
                done = result == WriteResult::InputEmpty;
                text = &text[taken..];
                written
            });
            if done {
                return;
            }
        }
    }

    /// Appends the end of the record.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        self.begun = false;
        append(MARK, out, |room| self.writer.terminator(room).1);
    }
}

/// Appends what is written into this much room.
fn append(room: usize, out: &mut Vec<u8>, write: impl FnOnce(&mut [u8]) -> usize) {
    let start = out.len();
    out.resize(start + room, 0);
    let written = write(&mut out[start..]);
    out.truncate(start + written);
}

#[cfg(test)]
mod tests {
    use super::{PIECE, Record};

    #[test]
    fn a_field_is_the_same_in_however_many_pieces() {
        let mut record = Record::new();
        for length in [PIECE - 1, PIECE, PIECE + 1, 5 * PIECE] {
            for (inner, written) in [("x", "x"), ("\"", "\"\""), ("\",", "\"\",")] {
                let mut out = Vec::new();
                record.field(inner.repeat(length).as_bytes(), &mut out);
                record.end(&mut out);
                let quote = if inner == "x" { "" } else { "\"" };
                let expected = format!("{quote}{}{quote}\r\n", written.repeat(length));
                assert!(out == expected.as_bytes(), "{length} {inner}");
            }
        }
    }

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let rows: [(&[&str], &str); 5] = [
            (&["a", "", "b c"], "a,,b c\r\n"),
            (
                &["a,b", "\"\"", "c\r\nd"],
                "\"a,b\",\"\"\"\"\"\",\"c\r\nd\"\r\n",
            ),
            (&[""], "\"\"\r\n"),
            (&["", ""], ",\r\n"),
            (&["é"], "é\r\n"),
        ];
        let mut record = Record::new();
        for (fields, expected) in rows {
            let mut out = Vec::new();
            for field in fields {
                record.field(field.as_bytes(), &mut out);
            }
            record.end(&mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }
}
