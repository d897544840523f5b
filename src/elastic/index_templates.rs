//! The index templates of a server, and which of them a new name gets: the matching one of the highest priority.

use serde_json::Value;
use ureq::http::Method;

use super::connection::Connection;
use crate::failure::Result;

/// What matters of an index template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexTemplate {
    /// Its name.
    pub name: String,
    patterns: Vec<String>,
    /// 0 where it has none.
    pub priority: i64,
    /// Whether names that get it become data streams.
    pub makes_stream: bool,
}

const QUESTION: &str = "/_index_template?filter_path=index_templates.name,index_templates.index_template.index_patterns,\
index_templates.index_template.priority,index_templates.index_template.data_stream";

/// Every index template; `None` where the server does not tell.
pub(super) fn index_templates(connection: &Connection) -> Result<Option<Vec<IndexTemplate>>> {
    let reply = connection.ask(&Method::GET, QUESTION, None)?;
    if reply.status != 200 {
        return Ok(None);
    }
    let Some(Value::Object(answer)) = reply.json() else {
        return Err(connection.not_elasticsearch(&reply));
    };
    // With `filter_path` an empty list is left out.
    let all = answer.get("index_templates").and_then(Value::as_array);
    Ok(Some(all.into_iter().flatten().map(read).collect()))
}

fn read(entry: &Value) -> IndexTemplate {
    let body = &entry["index_template"];
    let patterns = match &body["index_patterns"] {
        Value::String(one) => vec![one.clone()],
        many => many
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|pattern| pattern.as_str().map(str::to_owned))
            .collect(),
    };
    IndexTemplate {
        name: entry["name"].as_str().unwrap_or_default().to_owned(),
        patterns,
        priority: body["priority"].as_i64().unwrap_or(0),
        makes_stream: body["data_stream"].is_object(),
    }
}

/// The template that `name` would get.
pub(super) fn winner<'a>(templates: &'a [IndexTemplate], name: &str) -> Option<&'a IndexTemplate> {
    templates
        .iter()
        .filter(|template| template.fits(name))
        .max_by_key(|template| template.priority)
}

impl IndexTemplate {
    fn fits(&self, name: &str) -> bool {
        self.patterns.iter().any(|pattern| matches(pattern, name))
    }
}

/// Whether a name fits a pattern in which `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{matches, read, winner};

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name, expected) in [
            ("logs-*-*", "logs-a-b", true),
            ("logs-*-*", "logs-a", false),
            (
                "logs-jumpcloud.events-*",
                "logs-jumpcloud.events-default",
                true,
            ),
            ("*", "x", true),
            ("a*b", "ab", true),
            ("a*bb", "ab", false),
            ("a", "a", true),
            ("a", "ab", false),
            ("*a*", "bab", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn the_highest_priority_wins_and_says_whether_it_makes_a_stream() {
        let template = |name: &str, priority: i64, rest: &str| {
            let mut body = json!({"index_patterns": ["logs-*"], "priority": priority});
            if !rest.is_empty() {
                body["data_stream"] = json!({"hidden": false});
            }
            read(&json!({"name": name, "index_template": body}))
        };
        let all = [
            template("low", 100, "stream"),
            template("high", 200, ""),
            read(
                &json!({"name": "other", "index_template": {"index_patterns": "x-*", "priority": 900}}),
            ),
        ];
        let best = winner(&all, "logs-a-b").expect("a match");
        assert_eq!((best.name.as_str(), best.makes_stream), ("high", false));
        assert!(winner(&all[..1], "logs-a-b").expect("a match").makes_stream);
        assert_eq!(winner(&all, "y"), None);
    }
}
