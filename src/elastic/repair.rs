//! Reads answers that quote a document's broken text: the statuses in them must not be lost over a reason.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

/// The JSON in `body`, where bytes that are no UTF-8 and halves of surrogate pairs count as U+FFFD.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(body).or_else(|error| {
        let text = whole_surrogates(&String::from_utf8_lossy(body)).into_owned();
        if text.as_bytes() == body {
            Err(error)
        } else {
            serde_json::from_str(&text)
        }
    })
}

/// Bytes of `\\uXXXX`.
const ESCAPE: usize = 6;

fn whole_surrogates(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut from = 0;
    let mut at = 0;
    while let Some(step) = text[at..].find('\\') {
        at += step;
        match unit(text, at) {
            Some(0xD800..=0xDBFF) if matches!(unit(text, at + ESCAPE), Some(0xDC00..=0xDFFF)) => {
                at += 2 * ESCAPE;
            }
            Some(0xD800..=0xDFFF) => {
                out.push_str(&text[from..at]);
                out.push_str("\\uFFFD");
                at += ESCAPE;
                from = at;
            }
            Some(_) => at += ESCAPE,
            None => {
                let escaped = text[at + 1..].chars().next().map_or(0, char::len_utf8);
                at += 1 + escaped;
            }
        }
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[from..]);
    Cow::Owned(out)
}

/// The code unit of an escape that begins at `at`.
fn unit(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..at + ESCAPE)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn broken_texts_do_not_spoil_the_answer() {
        for (body, expected) in [
            (&br#"["a\ud800b"]"#[..], "a\u{FFFD}b"),
            (br#"["\ud83d\ude00"]"#, "\u{1F600}"),
            (br#"["\ude00\ud83d"]"#, "\u{FFFD}\u{FFFD}"),
            (br#"["\ud800\ud83d\ude00"]"#, "\u{FFFD}\u{1F600}"),
            (br#"["\\ud800\ud800"]"#, "\\ud800\u{FFFD}"),
            (b"[\"\xff\"]", "\u{FFFD}"),
            (br#"["\"\ud800\""]"#, "\"\u{FFFD}\""),
        ] {
            let text: Vec<String> = parse(body).expect("repaired");
            assert_eq!(text, [expected], "{}", String::from_utf8_lossy(body));
        }
        for body in [&b"<html>"[..], b"[\"\xff\"", b"", b"[\"\\", b"[\"\\\xff"] {
            assert!(parse::<Vec<String>>(body).is_err());
        }
    }
}
