//! Fields and the values that are wanted of them: what a user writes, what the server is sent, what an event is held
//! against (`docs/insights-api.md` section 3). How a value is found in an event's text is `fit`'s.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::fault::Fault;
use super::fit::Fit;
use super::value::Value;
use crate::failure::{Failure, Kind};
use crate::store::Spool;

/// Filters by field, each field once; an event fits when every field has one of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters(Vec<Filter>);

/// A field and its values, any of which will do.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Filter {
    field: String,
    values: Vec<Value>,
}

/// What the API cannot search by, also as a part of a longer name.
const UNSEARCHABLE: [&str; 3] = ["changes", "useragent", "system_timestamp"];
/// How much of an event's value is told.
const SHOWN: usize = 80;

impl Filters {
    /// From texts `FIELD=VALUE`, or `FIELD==VALUE` for a value as it is written; others lose their case, as the server's
    /// stored values have. The same field again means one more value.
    ///
    /// # Errors
    /// What is wrong with a text, in words.
    pub fn of(given: &[String]) -> Result<Self, String> {
        let mut filters: Vec<Filter> = Vec::new();
        for text in given {
            let (field, value) = read(text)?;
            let place = filters.iter().position(|filter| filter.field == field);
            let place = place.unwrap_or_else(|| {
                filters.push(Filter {
                    field: field.to_owned(),
                    values: Vec::new(),
                });
                filters.len() - 1
            });
            let values = &mut filters[place].values;
            if !values.contains(&value) {
                values.push(value);
            }
        }
        Ok(Self(filters))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first field that the API cannot search by.
    pub fn unsearchable(&self) -> Option<&str> {
        let mut fields = self.0.iter().map(|filter| filter.field.as_str());
        fields.find(|field| field.split('.').any(|part| UNSEARCHABLE.contains(&part)))
    }

    /// Whether an event has one of the values in one of the fields.
    pub fn match_any(&self, event: &[u8]) -> bool {
        self.0
            .iter()
            .any(|filter| Fit::of(event, &filter.field).has_one_of(&filter.values))
    }

    /// Why a server that heeds these filters cannot have returned this event; `None` where it can.
    pub fn mismatch(&self, event: &[u8]) -> Option<String> {
        self.0.iter().find_map(|filter| filter.mismatch(event))
    }

    /// Holds a whole page against the filters, as a server may ignore what it does not understand.
    pub(super) fn check(&self, page: &mut Spool) -> Result<(), Fault> {
        if self.is_empty() {
            return Ok(());
        }
        let mut mismatch = None;
        let read = page.read_page(|event| {
            mismatch = mismatch.take().or_else(|| self.mismatch(event));
            Ok(())
        });
        read.map_err(Fault::local)?;
        mismatch.map_or(Ok(()), |why| {
            let text = format!("an event came that the filters exclude: {why}");
            let failure = Failure::new(Kind::JumpCloud, text).hint(
                "JumpCloud ignored the filter; check the field's name, or fetch without --filter and select afterwards",
            );
            Err(Fault::never(failure))
        })
    }
}

impl Filter {
    fn mismatch(&self, event: &[u8]) -> Option<String> {
        let fit = Fit::of(event, &self.field);
        if fit.may_have_one_of(&self.values) {
            return None;
        }
        let Self { field, values } = self;
        let wanted: Vec<String> = values
            .iter()
            .map(|value| format!("`{}`", value.text))
            .collect();
        let wanted = wanted.join(" or ");
        Some(match fit.first() {
            Some(found) => {
                let shown: String = found.chars().take(SHOWN).collect();
                format!("its {field} is `{shown}`, not {wanted}")
            }
            None => format!("it has no {field}, which was to be {wanted}"),
        })
    }
}

/// A field's name and its value, as somebody wrote them.
fn read(text: &str) -> Result<(&str, Value), String> {
    let example = "write FIELD=VALUE, such as event_type=sso_auth";
    let Some((field, value)) = text.split_once('=') else {
        return Err(format!("`{text}` names no value; {example}"));
    };
    let is_bad = |c: char| c.is_control() || c.is_whitespace();
    if field.contains(is_bad) || field.split('.').any(str::is_empty) {
        return Err(format!("`{field}` is no field's name; {example}"));
    }
    let (value, exact) = match value.strip_prefix('=') {
        Some(value) => (value, true),
        None => (value, false),
    };
    if value.is_empty() && !exact {
        return Err(format!(
            "`{text}` has no value; {field}== asks for the empty one"
        ));
    }
    let value = Value::of(value, exact);
    Ok((field, value))
}

/// `search_term`: a list of objects with one key each, the documented form; values are strings whatever they say.
impl Serialize for Filters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut term = serializer.serialize_map(Some(1))?;
        term.serialize_entry("and", &self.0)?;
        term.end()
    }
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(1))?;
        let texts: Vec<&str> = self
            .values
            .iter()
            .map(|value| value.text.as_str())
            .collect();
        match texts.as_slice() {
            [one] => object.serialize_entry(&self.field, one)?,
            several => object.serialize_entry(&self.field, several)?,
        }
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::Filters;

    fn filters(given: &[&str]) -> Result<Filters, String> {
        let given: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
        Filters::of(&given)
    }

    fn sent(given: &[&str]) -> String {
        serde_json::to_string(&filters(given).expect("valid")).expect("text")
    }

    #[test]
    fn values_are_strings_in_lower_case_unless_they_are_to_stay() {
        assert_eq!(sent(&["success=TRUE"]), r#"{"and":[{"success":"true"}]}"#);
        assert_eq!(
            sent(&[
                "a.b=X", "c==PEAP", "a.b=Y", "a.b=x", "c=a=B", "d==", "e=== "
            ]),
            r#"{"and":[{"a.b":["x","y"]},{"c":["PEAP","a=b"]},{"d":""},{"e":"= "}]}"#
        );
    }

    #[test]
    fn what_is_no_filter_says_what_to_write() {
        for (text, said) in [
            ("sso_auth", "write FIELD=VALUE"),
            ("=x", "no field's name"),
            ("a..b=x", "no field's name"),
            ("a b=x", "no field's name"),
            ("a=", "a== asks for the empty one"),
        ] {
            let why = filters(&[text]).expect_err(text);
            assert!(why.contains(said), "{text}: {why}");
        }
    }

    #[test]
    fn fields_that_cannot_be_searched_are_known_in_longer_names_too() {
        for field in [
            "changes",
            "a.useragent",
            "changes.field",
            "system_timestamp",
        ] {
            let given = format!("{field}=x");
            let filters = filters(&["username=ann", &given]).expect("valid");
            assert_eq!(filters.unsearchable(), Some(field));
        }
        for field in ["user_agent", "changes_of", "timestamp"] {
            let given = format!("{field}=x");
            assert_eq!(filters(&[&given]).expect("valid").unsearchable(), None);
        }
    }

    #[test]
    fn every_field_must_fit_and_one_is_enough_to_leave_an_event_out() {
        let filters = filters(&["a=1", "a=2", "b=x"]).expect("valid");
        let (both, one, none) = (br#"{"a":2,"b":"X"}"#, br#"{"a":2,"b":"y"}"#, br#"{"c":2}"#);
        assert_eq!(filters.mismatch(both), None);
        assert_eq!(
            filters.mismatch(one).as_deref(),
            Some("its b is `y`, not `x`")
        );
        assert_eq!(
            filters.mismatch(none).as_deref(),
            Some("it has no a, which was to be `1` or `2`")
        );
        assert!(filters.match_any(both) && filters.match_any(one) && !filters.match_any(none));
        assert!(!Filters::default().match_any(both));
    }
}
