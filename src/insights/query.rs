//! The body of `POST /events`: a closed struct, because the API ignores unknown keys in silence
//! (`docs/insights-api.md` section 3).

use serde::Serialize;
use serde_json::value::RawValue;

use super::filter::Filters;
use super::selection::Selection;
use super::services::Services;
use crate::time::Window;

/// What is asked, the same on every page of a walk.
#[derive(Clone, Debug)]
pub struct Query {
    /// Which events of the window.
    pub selection: Selection,
    /// The window; whole seconds around it are asked for.
    pub window: Window,
    /// Events a page, 1 to 10000.
    pub page_size: u32,
}

#[derive(Serialize)]
struct Body<'a> {
    service: &'a [String],
    start_time: &'a str,
    end_time: &'a str,
    limit: u32,
    sort: &'static str,
    #[serde(skip_serializing_if = "Filters::is_empty")]
    search_term: &'a Filters,
    #[serde(skip_serializing_if = "Option::is_none")]
    q: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    search_after: Option<&'a RawValue>,
}

impl Query {
    /// The body that asks for the page behind `cursor`, which goes back as the text it came as; the services under the
    /// names that the server takes.
    pub fn body(&self, services: &Services, cursor: Option<&RawValue>) -> Vec<u8> {
        let (start_time, end_time) = self.window.in_whole_seconds();
        let body = Body {
            service: services.names(),
            start_time: &start_time,
            end_time: &end_time,
            limit: self.page_size,
            sort: "ASC",
            search_term: &self.selection.filters,
            q: self.selection.search.as_deref(),
            search_after: cursor,
        };
        // Strings, a number and text that is JSON already: nothing here can fail to be written.
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::Query;
    use crate::insights::{Filters, Selection, Services};
    use crate::time::{Window, parse_timestamp};

    fn query(selection: Selection) -> Query {
        Query {
            selection,
            window: Window {
                start: parse_timestamp("2026-03-01T00:00:00Z").expect("a time"),
                end: parse_timestamp("2026-03-02T00:00:00.1Z").expect("a time"),
            },
            page_size: 500,
        }
    }

    fn body(query: &Query, cursor: Option<&RawValue>) -> String {
        let body = query.body(&query.selection.services, cursor);
        String::from_utf8(body).expect("text")
    }

    #[test]
    fn the_cursor_goes_back_as_it_came() {
        let services = Services::of(&[]).expect("valid");
        let cursor =
            RawValue::from_string("[1576181718000.0, \"a/b\\u00e9\"]".to_owned()).expect("JSON");
        assert_eq!(
            body(&query(Selection::all_of(services)), Some(&cursor)),
            "{\"service\":[\"all\"],\"start_time\":\"2026-03-01T00:00:00Z\",\"end_time\":\"2026-03-02T00:00:01Z\",\
             \"limit\":500,\"sort\":\"ASC\",\"search_after\":[1576181718000.0, \"a/b\\u00e9\"]}"
        );
    }

    #[test]
    fn a_selection_is_sent_in_the_documented_form() {
        let given = ["success=False", "username=ann", "username==Paul"].map(str::to_owned);
        let services = Services::of(&[]).expect("valid");
        let query = query(Selection {
            filters: Filters::of(&given).expect("valid"),
            search: Some("Laptop 7".to_owned()),
            exclude: Filters::of(&given).expect("valid"),
            ..Selection::all_of(services)
        });
        let body = body(&query, None);
        let narrowed = "\"search_term\":{\"and\":[{\"success\":\"false\"},{\"username\":[\"ann\",\"Paul\"]}]},\"q\":\"Laptop 7\"}";
        assert!(body.ends_with(narrowed), "{body}");
    }
}
