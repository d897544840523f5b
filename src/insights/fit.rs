//! Whether an event's text has a value in a field, as a search engine would say (`docs/insights-api.md` section 3).
//!
//! A list has each of its values; dots lead into objects, those in lists too, and may stand in a key. Two answers: what
//! the text has for certain, and what it may have in the eyes of an engine that knows more of the field than its text
//! shows. Only the absence of the second accuses a server.

use std::net::IpAddr;

use super::value::{Value, folded};
use crate::json::check::check;
use crate::json::elements::elements;
use crate::json::members::{key_is, members, string_of};
use crate::json::number::is_decimal;
use crate::time::parse_timestamp;

/// What an event has in a field.
pub(super) struct Fit<'a> {
    event: &'a [u8],
    field: &'a str,
    /// The values.
    found: Vec<Found>,
    /// Something is there that cannot be compared: an object, a value where the name goes on, a damaged text.
    unclear: bool,
}

/// A value as text.
struct Found {
    text: String,
    is_number: bool,
}

/// Lists inside lists deeper than this are no values of a field.
const DEEPEST: usize = 16;

impl<'a> Fit<'a> {
    /// What `event` has in `field`.
    pub fn of(event: &'a [u8], field: &'a str) -> Self {
        let mut fit = Self {
            event,
            field,
            found: Vec::new(),
            unclear: false,
        };
        fit.enter(event, field, 0);
        fit
    }

    /// The first value.
    pub fn first(&self) -> Option<&str> {
        self.found.first().map(|found| found.text.as_str())
    }

    /// Whether the text has one of these values: to the letter where that is wished, else without case.
    pub fn has_one_of(&self, values: &[Value]) -> bool {
        self.found.iter().any(|found| {
            values
                .iter()
                .any(|value| found.text == value.text || (!value.exact && is_equal(found, value)))
        })
    }

    /// Whether a search engine may find one of these values here.
    pub fn may_have_one_of(&self, values: &[Value]) -> bool {
        let may_be = |found: &Found| values.iter().any(|value| may_be(found, value));
        self.unclear
            || is_of_the_engine(self.field)
            || values.iter().any(is_a_pattern)
            || self.found.iter().any(may_be)
            // What is damaged may hide the field.
            || (self.found.is_empty() && check(self.event).is_err())
    }

    /// Follows the rest of a name into a value.
    fn enter(&mut self, value: &[u8], name: &str, depth: usize) {
        match value.first() {
            Some(b'[') if depth < DEEPEST => {
                for element in elements(value) {
                    self.enter(element, name, depth + 1);
                }
            }
            Some(b'{') if !name.is_empty() => self.enter_object(value, name, depth),
            None | Some(b'n') => {}
            Some(b'[' | b'{') => self.unclear = true,
            _ if !name.is_empty() => self.unclear |= depth > 0 || name != self.field,
            Some(b'"') => match string_of(value) {
                Some(text) => self.push(text, false),
                None => self.unclear = true,
            },
            Some(first) => {
                let is_number = matches!(first, b'-' | b'0'..=b'9');
                self.push(String::from_utf8_lossy(value).into_owned(), is_number);
            }
        }
    }

    fn push(&mut self, text: String, is_number: bool) {
        self.found.push(Found { text, is_number });
    }

    fn enter_object(&mut self, object: &[u8], name: &str, depth: usize) {
        let ends = name.match_indices('.').map(|(at, _)| at);
        let ends: Vec<usize> = ends.chain([name.len()]).collect();
        for member in members(object) {
            for end in &ends {
                if key_is(member.key, &name[..*end]) {
                    let rest = name.get(end + 1..).unwrap_or_default();
                    self.enter(member.value, rest, depth);
                }
            }
        }
    }
}

/// Equal without case, or as numbers. Digits alone are compared as text: identifiers may have more of them than a double.
fn is_equal(found: &Found, value: &Value) -> bool {
    let Found { text, is_number } = found;
    let number = |text: &str| text.parse::<f64>().ok();
    let is_decimal = is_decimal(text) || is_decimal(&value.text);
    text.eq_ignore_ascii_case(&value.text)
        || (!text.is_ascii() && folded(text) == value.folded)
        || (*is_number
            && is_decimal
            && number(text).is_some_and(|n| number(&value.text) == Some(n)))
}

/// Whether an engine may take the value for a part of the text: an address in another form, a day for its times, a word
/// of running text.
fn may_be(found: &Found, value: &Value) -> bool {
    let address = |text: &str| text.parse::<IpAddr>().ok();
    let text = &found.text;
    is_equal(found, value)
        || address(text).is_some_and(|found| address(&value.text) == Some(found))
        || parse_timestamp(text).is_some()
        || (text.contains(char::is_whitespace) && have_common_word(text, value))
}

fn have_common_word(text: &str, value: &Value) -> bool {
    let text = folded(text);
    let words = |text| str::split(text, |c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words(&text).any(|word| words(&value.folded).any(|wanted| wanted == word))
}

/// A value with a meaning of its own for some engines: none, a wildcard, a network.
fn is_a_pattern(value: &Value) -> bool {
    let network = value.text.split_once('/').map(|(address, _)| address);
    value.text.is_empty()
        || value.text.contains(['*', '?'])
        || network.is_some_and(|address| address.parse::<IpAddr>().is_ok())
}

/// A name that the engine makes up: `_id`, `initiated_by.*`.
fn is_of_the_engine(field: &str) -> bool {
    field.contains('*') || field.split('.').any(|part| part.starts_with('_'))
}

#[cfg(test)]
mod tests {
    use super::Fit;
    use crate::insights::Filters;

    fn mismatch(filter: &str, event: &str) -> Option<String> {
        let filters = Filters::of(&[filter.to_owned()]).expect("valid");
        filters.mismatch(event.as_bytes())
    }

    fn texts(event: &str, field: &str) -> Vec<String> {
        let found = Fit::of(event.as_bytes(), field).found;
        found.into_iter().map(|found| found.text).collect()
    }

    #[test]
    fn values_are_found_in_lists_objects_and_dotted_keys() {
        for (field, event, expected) in [
            ("a", r#"{"a":"x","b":1}"#, &["x"][..]),
            (
                "a",
                r#"{"a":[1,[true,"x"],[]],"a":null}"#,
                &["1", "true", "x"],
            ),
            ("a.b", r#"{"a":{"b":"x","c":"y"}}"#, &["x"]),
            ("a.b", r#"{"a":[{"b":"x"},{"b":["y"]},{}]}"#, &["x", "y"]),
            ("a.b.c", r#"{"a.b":{"c":"x"},"a":{"b.c":"y"}}"#, &["x", "y"]),
            ("a.b.c", r#"{"a.b.c":"x"}"#, &["x"]),
            ("ab", r#"{"\u0061b":"\u00e9"}"#, &["é"]),
            ("a", r#"{"b":{"a":"no"}}"#, &[]),
            ("a", r#"{"a":null}"#, &[]),
            ("a", "42", &[]),
        ] {
            assert_eq!(texts(event, field), expected, "{field} {event}");
        }
    }

    #[test]
    fn an_event_that_a_search_engine_may_find_accuses_nobody() {
        for (filter, event) in [
            ("type=SSO_auth", r#"{"type":"Sso_Auth"}"#),
            ("type==PEAP", r#"{"type":"peap"}"#),
            ("name=ÉMILE", r#"{"name":"Émile"}"#),
            ("name=οδοσ", r#"{"name":"ΟΔΟΣ"}"#),
            ("success=false", r#"{"success":false}"#),
            ("n=5", r#"{"n":5.0}"#),
            ("user=ann", r#"{"user":["bob","Ann"]}"#),
            ("by.name=ann", r#"{"by":[{"name":"bob"},{"name":"ann"}]}"#),
            // Another form of the same, or a part of it.
            ("ip=2001:DB8::1", r#"{"ip":"2001:db8:0:0:0:0:0:1"}"#),
            ("ip=10.0.0.0/8", r#"{"ip":"10.1.2.3"}"#),
            ("at=2026-03-01", r#"{"at":"2026-03-01T10:00:00Z"}"#),
            ("message=failed", r#"{"message":"Login FAILED."}"#),
            ("name=an*", r#"{"name":"ann"}"#),
            ("name==", "{}"),
            // What only the engine knows.
            ("_id=7", r#"{"id":"8"}"#),
            ("name.keyword=ann", r#"{"name":"ann"}"#),
            ("resource=x", r#"{"resource":{"id":"x"}}"#),
            // What cannot be read.
            ("name=ann", "{\"nam"),
            ("name=ann", "{\"name\":\"\\ud800\"}"),
        ] {
            assert_eq!(mismatch(filter, event), None, "{filter} {event}");
        }
    }

    #[test]
    fn an_event_that_none_would_find_does() {
        for (filter, event) in [
            ("type=sso_auth", r#"{"type":"user_update"}"#),
            ("type=sso", r#"{"type":"sso_auth"}"#),
            ("success=false", r#"{"success":true}"#),
            ("user=ann", r#"{"user":["bob"]}"#),
            ("user=ann", r#"{"user":[]}"#),
            ("user=ann", r#"{"user":null}"#),
            ("user=ann", r#"{"resource":{"user":"ann"}}"#),
            ("user=ann", "{}"),
            ("by.name=ann", r#"{"by":{}}"#),
            ("message=failed", r#"{"message":"Login succeeded"}"#),
            ("ip=10.0.0.1", r#"{"ip":"10.0.0.2"}"#),
            ("n=5", r#"{"n":50}"#),
            (
                "id=650000000000000000000001",
                r#"{"id":"650000000000000000000002"}"#,
            ),
            ("id=5e1", r#"{"id":"50"}"#),
        ] {
            assert!(mismatch(filter, event).is_some(), "{filter} {event}");
        }
    }

    #[test]
    fn what_is_left_out_is_what_the_text_says() {
        let left_out = |filter: &str, event: &str| {
            let filters = Filters::of(&[filter.to_owned()]).expect("valid");
            filters.match_any(event.as_bytes())
        };
        assert!(left_out("type=SSO", r#"{"type":"sso"}"#));
        assert!(left_out("type==SSO", r#"{"type":"SSO"}"#));
        assert!(!left_out("type==SSO", r#"{"type":"sso"}"#));
        assert!(left_out("a.b=1", r#"{"a":[{"b":2},{"b":1.0}]}"#));
        assert!(left_out("a==", r#"{"a":""}"#));
        assert!(!left_out("message=failed", r#"{"message":"login failed"}"#));
        assert!(!left_out("a==", "{}"));
    }

    #[test]
    fn lists_without_end_cost_no_stack() {
        let event = format!("{{\"a\":{}", "[".repeat(100_000));
        assert!(texts(&event, "a").is_empty());
        let event = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Fit::of(event.as_bytes(), "a").unclear);
    }
}
