//! Keeps the text of documents, and our own credentials, out of what is shown of a server's answers.
//!
//! Both engines quote values in their reasons (`docs/elasticsearch-bulk.md` section 1, `include_source_on_error`), in ever
//! new forms. So of a refused document only what is known to be harmless is shown; of other errors everything but what
//! stands in quotes. The dead-letter file keeps the whole reason: it holds the document anyway.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use ureq::http::header::HeaderValue;

/// Longest reason that is printed, in characters: a full queue's is a page of Java objects.
const LONGEST: usize = 400;

/// Longest name of a field, type or error that is shown, in characters.
const LONGEST_NAME: usize = 200;

/// Longest name out of a document or an argument that is shown, in characters.
const LONGEST_ECHO: usize = 60;

/// Everything behind one of these is document text.
const TAILS: [&str; 3] = ["Preview of field's value", "at [Source:", "[Source:"];

/// Behind these a value begins, which may hold any bracket itself.
const BEFORE_VALUE: [&str; 6] = [
    "but got [",
    "failed to parse date field [",
    "alue [",
    "alue (",
    "input [",
    "geohash [",
];

/// A shorter credential protects nothing, and would be found in innocent words.
const SHORTEST: usize = 6;

const QUOTES: [char; 3] = ['"', '\'', '`'];

/// `reason` without quoted texts, values and previews, cut to a length that fits a line. For errors that are about the
/// server or a request, not about one document.
pub fn redacted(reason: &str) -> String {
    let end = TAILS.iter().filter_map(|tail| reason.find(tail)).min();
    let kept = &reason[..end.unwrap_or(reason.len())];
    let text = without_quotes(&without_values(kept));
    let mut short: String = text.trim_end_matches([' ', ',', '.', ';']).to_owned();
    if short.chars().count() > LONGEST {
        short = short.chars().take(LONGEST).collect();
        short.push('…');
    }
    short
}

/// The parts of a refused document's reason that no document writes: the field and its type, the limit of fields.
pub fn harmless(reason: &str) -> Option<String> {
    field_and_type(reason).or_else(|| reason.split("; caused by: ").find_map(field_limit))
}

/// An error's type, where it looks like one.
pub fn error_type(kind: &str) -> &str {
    if is_name(kind) { kind } else { "refused" }
}

/// A name that is shown in a message, cut: it may have come out of a document.
pub fn echoed(name: &str) -> String {
    match name.char_indices().nth(LONGEST_ECHO) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// `[1:30] failed to parse field [NAME] of type [TYPE] …`, from the reason's first letter on: further behind it could be
/// a document's own words.
fn field_and_type(reason: &str) -> Option<String> {
    let rest = match reason.strip_prefix('[') {
        Some(place) => {
            let (place, rest) = place.split_once("] ")?;
            let digits = |c: char| c.is_ascii_digit() || c == ':';
            place.chars().all(digits).then_some(rest)?
        }
        None => reason,
    };
    let (name, rest) = rest
        .strip_prefix("failed to parse field [")?
        .split_once("] of type [")?;
    let (field_type, _) = rest.split_once(']')?;
    (is_name(name) && is_name(field_type))
        .then(|| format!("failed to parse field [{name}] of type [{field_type}]"))
}

fn field_limit(reason: &str) -> Option<String> {
    let (limit, _) = reason
        .strip_prefix("Limit of total fields [")?
        .split_once(']')?;
    let is_number = !limit.is_empty() && limit.chars().all(|c| c.is_ascii_digit());
    is_number.then(|| format!("Limit of total fields [{limit}] has been exceeded"))
}

fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_.-@".contains(c);
    !text.is_empty() && text.len() <= LONGEST_NAME && text.chars().all(fits)
}

/// Replaces what stands between the first quote and the last one: values hold quotes themselves. The apostrophe of a
/// word opens none.
fn without_quotes(text: &str) -> String {
    let mut before = ' ';
    let opening = text.char_indices().find(|(_, c)| {
        let opens = QUOTES.contains(c) && !(*c == '\'' && before.is_alphanumeric());
        before = *c;
        opens
    });
    let Some((start, _)) = opening else {
        return text.to_owned();
    };
    let inner = start + 1;
    let end = text.rfind(QUOTES).filter(|end| *end >= inner);
    let end = end.unwrap_or(text.len());
    format!("{}…{}", &text[..inner], &text[end..])
}

fn without_values(text: &str) -> String {
    let starts = BEFORE_VALUE
        .iter()
        .filter_map(|before| text.find(before).map(|at| at + before.len()));
    match starts.min() {
        Some(start) => format!("{}…", &text[..start]),
        None => text.to_owned(),
    }
}

/// The forms in which a server could echo our credentials.
#[derive(Default)]
pub struct Credentials(Vec<Vec<u8>>);

impl Credentials {
    /// Of the header that is sent along.
    pub fn of(authorization: Option<&HeaderValue>) -> Self {
        let Some(header) = authorization.and_then(|value| value.to_str().ok()) else {
            return Self::default();
        };
        let credential = header.split_once(' ').map_or(header, |(_, rest)| rest);
        let plain = STANDARD
            .decode(credential)
            .ok()
            .filter(|plain| plain.contains(&b':'));
        // The header as a whole falls with its second part.
        let mut forms = vec![credential.as_bytes().to_vec()];
        forms.extend(plain);
        forms.retain(|form| form.len() >= SHORTEST);
        Self(forms)
    }

    /// An answer without them.
    pub fn conceal(&self, answer: Vec<u8>) -> Vec<u8> {
        self.0.iter().fold(answer, |text, form| {
            if memmem::find(&text, form).is_none() {
                return text;
            }
            let mut clean = Vec::with_capacity(text.len());
            let mut from = 0;
            for at in memmem::find_iter(&text, form) {
                clean.extend_from_slice(&text[from..at]);
                clean.extend_from_slice(b"***");
                from = at + form.len();
            }
            clean.extend_from_slice(&text[from..]);
            clean
        })
    }

    /// The same of a text.
    pub fn conceal_text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.conceal(text.as_bytes().to_vec())).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use ureq::http::header::HeaderValue;

    use super::{Credentials, echoed, error_type, harmless, redacted};

    const LEAKS: [&str; 13] = [
        "[1:30] failed to parse field [client.ip] of type [ip] in document with id 'a1'. Preview of field's value: 'S3CRET'",
        "'S3CRET' is not an IP string literal.",
        "'it's S3CRET' is not an IP string literal.",
        "For input string: \"S3CRET\"",
        "For input string: \"a\"S3CRET\"",
        "Unexpected character ('x' (code 120)) at [Source: (byte[])\"{\"a\":\"S3CRET\"}\"; line: 1]",
        "field [data_stream.type] only accepts the value [logs], but got [a] S3CRET]",
        "Failed to parse value [S3CRET] as only [true] or [false] are allowed.",
        "Value [x] S3CRET] is out of range for a long",
        "Numeric value (S3CRET) out of range of int",
        "unable to parse geohash [S3CRET]",
        "unknown token `S3CRET`",
        "cut 'S3CRET",
    ];

    #[test]
    fn values_of_documents_are_not_shown() {
        for reason in LEAKS {
            let shown = redacted(reason);
            assert!(!shown.contains("S3CRET"), "{reason}: {shown}");
            let shown = harmless(reason).unwrap_or_default();
            assert!(!shown.contains("S3CRET"), "{reason}: {shown}");
        }
        assert_eq!(
            redacted(LEAKS[1]),
            "'…' is not an IP string literal",
            "what is no value stays"
        );
    }

    #[test]
    fn of_a_refused_document_only_fields_types_and_limits_are_shown() {
        let field = "failed to parse field [client.ip] of type [ip]";
        let limit = "Limit of total fields [1000] has been exceeded";
        for (reason, expected) in [
            (LEAKS[0], Some(field)),
            (&format!("{field} in S3CRET"), Some(field)),
            (&format!("{limit} while adding [3]"), Some(limit)),
            (&format!("failed to parse; caused by: {limit}"), Some(limit)),
            ("unforeseen S3CRET", None),
            (&format!("S3CRET {field}"), None),
            ("[S3CRET] failed to parse field [a] of type [b]", None),
            ("failed to parse field [S3 CRET] of type [ip]", None),
            ("Limit of total fields [S3CRET]", None),
            ("", None),
        ] {
            assert_eq!(harmless(reason).as_deref(), expected, "{reason}");
        }
        assert_eq!(error_type("a_b_exception"), "a_b_exception");
        assert_eq!(error_type("a 'S3CRET'"), "refused");
    }

    #[test]
    fn what_names_privileges_and_limits_stays_and_pages_are_cut() {
        let reason = "action [indices:admin/auto_create] is unauthorized for user [u], this action is granted by the index privileges [auto_configure,create_index,manage,all]";
        assert_eq!(redacted(reason), reason);
        let page = "x".repeat(5000);
        assert_eq!(redacted(&page).chars().count(), 401);
        assert_eq!(echoed(&"é".repeat(61)), "é".repeat(60) + "…");
    }

    #[test]
    fn our_own_credentials_are_concealed_in_every_form() {
        let header = HeaderValue::from_static("ApiKey aWQ6azN5c2VjcmV0");
        let credentials = Credentials::of(Some(&header));
        let echo = b"bad header ApiKey aWQ6azN5c2VjcmV0, that is id:k3ysecret; aWQ6azN5c2VjcmV0";
        assert_eq!(
            credentials.conceal(echo.to_vec()),
            b"bad header ApiKey ***, that is ***; ***"
        );
        assert_eq!(Credentials::of(None).conceal_text("x"), "x");
    }
}
