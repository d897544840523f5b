//! The members of one object as spans of its text, by structure alone.
//!
//! Lenient on purpose: strings may hold any byte, scalars any character, because a page may hold an element that is no
//! valid JSON and must still be passed on. Who needs validity asks [`super::check`] first.

/// One member of an object: the raw key without its quotes, the raw value, and where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// The key between its quotes, escapes as received.
    pub key: &'a [u8],
    /// The value's text.
    pub value: &'a [u8],
    /// Offset of the key's opening quote.
    pub start: usize,
    /// Offset behind the value.
    pub end: usize,
}

/// Walks the members of the object that `text` holds; ends early where the structure does.
pub struct Members<'a> {
    text: &'a [u8],
    at: usize,
}

/// The members of the object in `text`; none where it holds no object.
pub fn members(text: &[u8]) -> Members<'_> {
    let start = skip_space(text, 0);
    let at = if text.get(start) == Some(&b'{') {
        start + 1
    } else {
        text.len()
    };
    Members { text, at }
}

/// The value of the first member with this key, compared as written and, where the key has escapes, decoded.
pub fn value_of<'a>(text: &'a [u8], key: &str) -> Option<&'a [u8]> {
    members(text)
        .find(|member| key_is(member.key, key))
        .map(|member| member.value)
}

/// The value at a dotted path, where a key may hold dots itself.
pub fn at_path<'a>(text: &'a [u8], path: &str) -> Option<&'a [u8]> {
    members(text).find_map(|member| {
        if key_is(member.key, path) {
            return Some(member.value);
        }
        let mut dots = path.match_indices('.');
        dots.find_map(|(dot, _)| {
            let is_way = key_is(member.key, &path[..dot]);
            is_way.then(|| at_path(member.value, &path[dot + 1..]))?
        })
    })
}

/// Whether a raw key means this name.
#[inline]
pub fn key_is(raw: &[u8], name: &str) -> bool {
    raw == name.as_bytes()
        || (raw.contains(&b'\\') && text_of(raw).is_some_and(|text| text == name))
}

/// The text of a raw string value with its quotes; `None` for other values and for texts that cannot be decoded.
pub fn string_of(value: &[u8]) -> Option<String> {
    text_of(value.strip_prefix(b"\"")?.strip_suffix(b"\"")?)
}

fn text_of(raw: &[u8]) -> Option<String> {
    if !raw.contains(&b'\\') {
        return std::str::from_utf8(raw).ok().map(str::to_owned);
    }
    let quoted = [b"\"", raw, b"\""].concat();
    serde_json::from_slice(&quoted).ok()
}

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        let text = self.text;
        let mut start = skip_space(text, self.at);
        if text.get(start) == Some(&b',') {
            start = skip_space(text, start + 1);
        }
        if text.get(start) != Some(&b'"') {
            return None;
        }
        let key_end = skip_string(text, start)?;
        let colon = skip_space(text, key_end);
        if text.get(colon) != Some(&b':') {
            return None;
        }
        let value_start = skip_space(text, colon + 1);
        let end = skip_value(text, value_start)?;
        self.at = end;
        Some(Member {
            key: &text[start + 1..key_end - 1],
            value: &text[value_start..end],
            start,
            end,
        })
    }
}

pub(super) fn skip_space(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// The offset behind the string that opens at `at`.
pub fn skip_string(text: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += plain(text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Words of a text that are looked at one by one, enough for a UUID; a search in larger steps takes as long to begin.
const WORDS: usize = 5;

/// How many bytes stand before the first quote or backslash.
fn plain(text: &[u8]) -> Option<usize> {
    const LOW: u64 = u64::MAX / 255;
    // The lowest bit that this leaves is the first byte's that was zero.
    let zeros = |word: u64| word.wrapping_sub(LOW) & !word & (LOW << 7);
    for (at, word) in text.as_chunks().0.iter().take(WORDS).enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ (LOW * u64::from(b'"'))) | zeros(word ^ (LOW * u64::from(b'\\')));
        if found != 0 {
            return Some(8 * at + found.trailing_zeros() as usize / 8);
        }
    }
    let done = text.len().min(8 * WORDS) / 8 * 8;
    Some(done + memchr::memchr2(b'"', b'\\', &text[done..])?)
}

/// The offset behind the value that begins at `at`.
pub(super) fn skip_value(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at)? {
        b'"' => skip_string(text, at),
        b'{' | b'[' => skip_nested(text, at),
        _ => {
            let rest = &text[at..];
            let end = rest
                .iter()
                .position(|b| matches!(b, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r'));
            end.filter(|length| *length > 0).map(|length| at + length)
        }
    }
}

fn skip_nested(text: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match text.get(at)? {
            b'"' => {
                at = skip_string(text, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{members, skip_string, string_of, value_of};

    #[test]
    fn spans_of_every_kind_of_value() {
        let text = br#" {"a":1, "b" : "x\"}" ,"c":{"d":[{}, "]"]},"e":true}"#;
        let found: Vec<_> = members(text).map(|m| (m.key, m.value)).collect();
        let expected: Vec<(&[u8], &[u8])> = vec![
            (b"a", b"1"),
            (b"b", br#""x\"}""#),
            (b"c", br#"{"d":[{}, "]"]}"#),
            (b"e", b"true"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_string_ends_at_its_quote_wherever_that_stands() {
        for length in 0..100 {
            let plain = "é".repeat(length / 2) + &"x".repeat(length % 2);
            for rest in ["", ",", ",\"another string\""] {
                let text = format!("\"{plain}\"{rest}");
                assert_eq!(skip_string(text.as_bytes(), 0), Some(length + 2), "{text}");
                let text = format!("\"{plain}\\\"{plain}\"{rest}");
                assert_eq!(skip_string(text.as_bytes(), 0), Some(2 * length + 4));
            }
            assert_eq!(skip_string(format!("\"{plain}").as_bytes(), 0), None);
        }
    }

    #[test]
    fn keys_with_escapes_are_found_and_nested_ones_are_not() {
        let text = br#"{"x":{"id":"no"},"\u0069d":"yes"}"#;
        assert_eq!(
            value_of(text, "id").and_then(string_of).as_deref(),
            Some("yes")
        );
    }

    #[test]
    fn no_object_has_no_members() {
        for text in [
            &b"42"[..],
            b"[1]",
            b"\"{\"",
            b"",
            b"{",
            b"{\"a\"",
            b"{\"a\":",
            b"{\"a\":\"",
            b"{}",
        ] {
            assert_eq!(
                members(text).count(),
                0,
                "{}",
                String::from_utf8_lossy(text)
            );
        }
    }
}
