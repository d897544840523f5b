//! Index templates: which names get which.

use crate::samples::json::{self, Json};

/// An index template.
#[derive(Clone, Debug)]
pub(super) struct Template {
    patterns: Vec<String>,
    pub priority: i64,
    pub stream: bool,
    pub body: String,
}

impl Template {
    /// Reads a template's body.
    pub fn read(body: &str) -> Option<Self> {
        let read = json::read(body)?;
        let patterns = read.get("index_patterns")?.items()?;
        Some(Self {
            patterns: patterns
                .iter()
                .map(|pattern| pattern.as_text().map(str::to_owned))
                .collect::<Option<_>>()?,
            priority: read
                .get("priority")
                .and_then(|value| value.text.parse().ok())
                .unwrap_or(0),
            stream: read.get("data_stream").is_some(),
            body: body.to_owned(),
        })
    }

    /// Whether a name gets this template.
    pub fn fits(&self, name: &str) -> bool {
        self.patterns.iter().any(|pattern| glob(pattern, name))
    }

    /// Whether the server could not choose between the two.
    pub fn rivals(&self, other: &Self) -> bool {
        let overlap = |left: &String, right: &String| glob(left, right) || glob(right, left);
        self.priority == other.priority
            && self
                .patterns
                .iter()
                .any(|left| other.patterns.iter().any(|right| overlap(left, right)))
    }

    /// The first of these field types that a mapping of the template declares.
    pub fn unknown_type<'a>(&self, missing: &[&'a str]) -> Option<&'a str> {
        let read = json::read(&self.body)?;
        missing.iter().find(|name| declares(&read, name)).copied()
    }

    /// One of the objects under `template`.
    pub fn part(&self, key: &str) -> String {
        let read = json::read(&self.body);
        let part = read
            .as_ref()
            .and_then(|body| body.at(&["template", key]))
            .map(|part| part.text.to_owned());
        part.unwrap_or_else(|| "{}".to_owned())
    }
}

/// Whether a name fits a pattern in which `*` stands for anything.
pub(super) fn glob(pattern: &str, name: &str) -> bool {
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
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn declares(value: &Json<'_>, field_type: &str) -> bool {
    let members = value.members().unwrap_or_default();
    value.get("type").and_then(Json::as_text) == Some(field_type)
        || members.iter().any(|member| declares(&member.1, field_type))
}
