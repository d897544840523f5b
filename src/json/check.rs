//! Strict validity of one JSON text (RFC 8259, UTF-8), without building anything.
//!
//! Says where a text goes wrong and whether it merely ends too early, which is how a cut-off line is told from a bad one.

/// Why a text is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Byte offset of the first byte that does not fit.
    pub offset: usize,
    /// What was expected there.
    pub reason: &'static str,
    /// Whether every byte fits and only the end came too early.
    pub cut: bool,
}

/// Checks that `text` holds one JSON value and nothing else.
///
/// # Errors
/// [`Invalid`] with the offset of the first byte that does not fit.
pub fn check(text: &[u8]) -> Result<(), Invalid> {
    if let Err(error) = std::str::from_utf8(text) {
        let cut = error.error_len().is_none();
        return Err(Invalid {
            offset: error.valid_up_to(),
            reason: "not UTF-8",
            cut,
        });
    }
    let mut reader = Reader {
        text,
        at: 0,
        open: Vec::new(),
    };
    reader.space();
    reader.value()?;
    while let Some(&opener) = reader.open.last() {
        reader.go_on(opener)?;
    }
    reader.space();
    if reader.at < text.len() {
        Err(reader.wrong("text after the value"))
    } else {
        Ok(())
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    open: Vec<u8>,
}

impl Reader<'_> {
    fn wrong(&self, reason: &'static str) -> Invalid {
        Invalid {
            offset: self.at,
            reason,
            cut: self.at >= self.text.len(),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8, reason: &'static str) -> Result<(), Invalid> {
        if self.peek() != Some(byte) {
            return Err(self.wrong(reason));
        }
        self.at += 1;
        Ok(())
    }

    /// A scalar, or the openings that stand before the first one; depth costs no stack.
    fn value(&mut self) -> Result<(), Invalid> {
        loop {
            match self.peek() {
                Some(b'{') => {
                    if self.opens_empty(b'}') {
                        return Ok(());
                    }
                    self.open.push(b'{');
                    self.key()?;
                }
                Some(b'[') => {
                    if self.opens_empty(b']') {
                        return Ok(());
                    }
                    self.open.push(b'[');
                }
                Some(b'"') => return self.string(),
                Some(b'-' | b'0'..=b'9') => return self.number(),
                Some(b't') => return self.word(b"true"),
                Some(b'f') => return self.word(b"false"),
                Some(b'n') => return self.word(b"null"),
                _ => return Err(self.wrong("expected a value")),
            }
        }
    }

    /// Takes the opener and, where nothing stands inside, the closer too.
    fn opens_empty(&mut self, closer: u8) -> bool {
        self.at += 1;
        self.space();
        let empty = self.peek() == Some(closer);
        self.at += usize::from(empty);
        empty
    }

    /// A key and its colon.
    fn key(&mut self) -> Result<(), Invalid> {
        if self.peek() != Some(b'"') {
            return Err(self.wrong("expected a key"));
        }
        self.string()?;
        self.space();
        self.expect(b':', "expected a colon")?;
        self.space();
        Ok(())
    }

    /// What follows a value inside `opener`: another one, or the end.
    fn go_on(&mut self, opener: u8) -> Result<(), Invalid> {
        self.space();
        let closer = opener + 2;
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.space();
                if opener == b'{' {
                    self.key()?;
                }
                self.value()
            }
            Some(byte) if byte == closer => {
                self.at += 1;
                self.open.pop();
                Ok(())
            }
            _ => Err(self.wrong("expected a comma or the end of the object or list")),
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Invalid> {
        for &byte in word {
            self.expect(byte, "expected true, false or null")?;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), Invalid> {
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(0..=0x1f) => return Err(self.wrong("control character in a string")),
                Some(_) => self.at += 1,
                None => return Err(self.wrong("a string without its end")),
            }
        }
        self.at += 1;
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Invalid> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek().is_some_and(|b| b.is_ascii_hexdigit()) {
                        return Err(self.wrong("expected four hexadecimal digits"));
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.wrong("unknown escape")),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Invalid> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Invalid> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            Err(self.wrong("expected a digit"))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_is_json() {
        for text in [
            "{}",
            "[]",
            " 0 ",
            "-0.5e+3",
            "\"\\ud800\\n\"",
            "[1,[2,{\"a\":[]}],true,false,null]",
            "{\"a\":1,\"a\":2}",
        ] {
            assert_eq!(check(text.as_bytes()), Ok(()), "{text}");
        }
        let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
        assert_eq!(check(&deep), Ok(()), "depth costs no stack");
    }

    #[test]
    fn what_is_not_json_and_where() {
        for (text, offset) in [
            (&b"01"[..], 1),
            (b".5", 0),
            (b"+1", 0),
            (b"NaN", 0),
            (b"{'a':1}", 1),
            (b"{\"a\":1,}", 7),
            (b"[1,]", 3),
            (b"{} x", 3),
            (b"\"\x01\"", 1),
            (b"\"\xff\"", 1),
            (b"\xef\xbb\xbf{}", 0),
            (b"[1}", 2),
            (b"\"\\x\"", 2),
            (b"not", 1),
            (b"{\"a\" 1}", 5),
        ] {
            let error = check(text).expect_err("invalid");
            assert_eq!(
                (error.offset, error.cut),
                (offset, false),
                "{}",
                String::from_utf8_lossy(text)
            );
        }
    }

    #[test]
    fn a_text_that_ends_too_early_is_cut() {
        let whole = "{\"a\":[1.5e3,\"\\u00e9é\",{\"b\":null}]}".as_bytes();
        for end in 0..whole.len() {
            assert!(check(&whole[..end]).expect_err("cut").cut, "{end}");
        }
    }
}
