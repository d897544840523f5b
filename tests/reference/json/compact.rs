//! The white space between tokens, taken out: the form in which an event's text is kept, compared and hashed.
//!
//! Works on bytes and leaves every token as it came. Does not check its input.

/// `text` without the white space between its tokens; defined for valid JSON.
pub fn compact(text: &[u8]) -> Vec<u8> {
    let mut tokens = Vec::with_capacity(text.len());
    let mut in_string = false;
    let mut escaped = false;
    for &byte in text {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            continue;
        } else {
            in_string = byte == b'"';
        }
        tokens.push(byte);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn only_white_space_between_tokens_goes() {
        let cases: [(&[u8], &[u8]); 5] = [
            (b" { \"a b\" :\t[ 1 , 2 ]\r\n}", b"{\"a b\":[1,2]}"),
            (
                br#"{ "a\" b" : " \\" , "c" : 1 }"#,
                br#"{"a\" b":" \\","c":1}"#,
            ),
            (br#"{"a":1.50e+3}"#, br#"{"a":1.50e+3}"#),
            (br#"["\\\" ", "\u0020"]"#, br#"["\\\" ","\u0020"]"#),
            (b"", b""),
        ];
        for (text, expected) in cases {
            assert_eq!(compact(text), expected, "{}", String::from_utf8_lossy(text));
        }
    }
}
