//! Records of a table as RFC 4180 writes them, into a buffer that grows. The quotes are the library's.

use csv_core::{Terminator, Writer, WriterBuilder};

/// What a mark between fields takes at most: a closing quote, and the comma or the line end.
const MARK: usize = 4;

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
    pub fn field(&mut self, text: &[u8], out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.begun, true) {
            self.append(MARK, out, |writer, room| writer.delimiter(room).1);
        }
        // Every byte may be a quote, which is doubled; and there is the opening one.
        self.append(2 * text.len() + MARK, out, |writer, room| {
            writer.field(text, room).2
        });
    }

    /// Appends the end of the record.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        self.begun = false;
        self.append(MARK, out, |writer, room| writer.terminator(room).1);
    }

    /// Appends what is written into this much room.
    fn append(
        &mut self,
        room: usize,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Writer, &mut [u8]) -> usize,
    ) {
        let start = out.len();
        out.resize(start + room, 0);
        let written = write(&mut self.writer, &mut out[start..]);
        out.truncate(start + written);
    }
}

#[cfg(test)]
mod tests {
    use super::Record;

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
