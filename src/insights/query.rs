//! The body of `POST /events`: a closed struct, because the API ignores unknown keys in silence
//! (`docs/insights-api.md` section 3).

use serde::Serialize;
use serde_json::value::RawValue;

use super::services::Services;
use crate::time::Window;

/// What is asked, the same on every page of a walk.
#[derive(Clone, Debug)]
pub struct Query {
    /// The services.
    pub services: Services,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    search_after: Option<&'a RawValue>,
}

impl Query {
    /// The body that asks for the page behind `cursor`, which goes back as the text it came as.
    pub fn body(&self, cursor: Option<&RawValue>) -> Vec<u8> {
        let (start_time, end_time) = self.window.in_whole_seconds();
        let body = Body {
            service: self.services.names(),
            start_time: &start_time,
            end_time: &end_time,
            limit: self.page_size,
            sort: "ASC",
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
    use crate::insights::Services;
    use crate::time::{Window, parse_timestamp};

    #[test]
    fn the_cursor_goes_back_as_it_came() {
        let query = Query {
            services: Services::of(&[]).expect("valid"),
            window: Window {
                start: parse_timestamp("2026-03-01T00:00:00Z").expect("a time"),
                end: parse_timestamp("2026-03-02T00:00:00.1Z").expect("a time"),
            },
            page_size: 500,
        };
        let cursor =
            RawValue::from_string("[1576181718000.0, \"a/b\\u00e9\"]".to_owned()).expect("JSON");
        assert_eq!(
            String::from_utf8(query.body(Some(&cursor))).expect("text"),
            "{\"service\":[\"all\"],\"start_time\":\"2026-03-01T00:00:00Z\",\"end_time\":\"2026-03-02T00:00:01Z\",\
             \"limit\":500,\"sort\":\"ASC\",\"search_after\":[1576181718000.0, \"a/b\\u00e9\"]}"
        );
    }
}
