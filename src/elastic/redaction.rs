//! Takes the text of documents out of what a server says about them, before a person or a log sees it.
//!
//! Both engines quote values in their reasons (`docs/elasticsearch-bulk.md` section 1, `include_source_on_error`). The
//! dead-letter file keeps the whole reason: it holds the document anyway.

/// Longest reason that is printed, in characters: a full queue's is a page of Java objects.
const LONGEST: usize = 400;

/// Everything behind one of these is document text.
const TAILS: [&str; 3] = ["Preview of field's value", "at [Source:", "[Source:"];

/// A value in brackets follows these.
const BEFORE_VALUE: [&str; 2] = ["but got [", "failed to parse date field ["];

/// `reason` without quoted texts and previews, cut to a length that fits a line.
pub fn redacted(reason: &str) -> String {
    let end = TAILS.iter().filter_map(|tail| reason.find(tail)).min();
    let kept = &reason[..end.unwrap_or(reason.len())];
    let text = without_values(&without_quotes(kept));
    let mut short: String = text.trim_end_matches([' ', ',', '.', ';']).to_owned();
    if short.chars().count() > LONGEST {
        short = short.chars().take(LONGEST).collect();
        short.push('…');
    }
    short
}

/// Replaces what stands between quotes; the apostrophe of a word opens none.
fn without_quotes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<char> = None;
    let mut before = ' ';
    for c in text.chars() {
        match open {
            Some(quote) if c == quote => {
                open = None;
                out.push('…');
                out.push(c);
            }
            Some(_) => {}
            None => {
                out.push(c);
                if c == '"' || (c == '\'' && !before.is_alphanumeric()) {
                    open = Some(c);
                }
            }
        }
        before = c;
    }
    if open.is_some() {
        out.push('…');
    }
    out
}

fn without_values(text: &str) -> String {
    let mut text = text.to_owned();
    for before in BEFORE_VALUE {
        if let Some(at) = text.find(before) {
            let start = at + before.len();
            let end = text[start..]
                .find(']')
                .map_or(text.len(), |length| start + length);
            text.replace_range(start..end, "…");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn values_of_documents_are_not_shown() {
        let cases = [
            (
                "[1:30] failed to parse field [client.ip] of type [ip] in document with id 'a1'. Preview of field's value: 'S3CRET'",
                "[1:30] failed to parse field [client.ip] of type [ip] in document with id '…'",
            ),
            (
                "'S3CRET' is not an IP string literal.",
                "'…' is not an IP string literal",
            ),
            ("For input string: \"S3CRET\"", "For input string: \"…\""),
            (
                "Unexpected character ('x' (code 120)) at [Source: (byte[])\"{\"a\":\"S3CRET\"}\"; line: 1]",
                "Unexpected character ('…' (code 120))",
            ),
            (
                "field [data_stream.type] only accepts the value [logs], but got [S3CRET]",
                "field [data_stream.type] only accepts the value [logs], but got […]",
            ),
            ("cut 'S3CRET", "cut '…"),
        ];
        for (reason, expected) in cases {
            assert_eq!(redacted(reason), expected);
        }
    }

    #[test]
    fn what_names_privileges_and_limits_stays_and_pages_are_cut() {
        let reason = "action [indices:admin/auto_create] is unauthorized for user [u], this action is granted by the index privileges [auto_configure,create_index,manage,all]";
        assert_eq!(redacted(reason), reason);
        let page = "x".repeat(5000);
        assert_eq!(redacted(&page).chars().count(), 401);
    }
}
