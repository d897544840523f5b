//! `search_term` and `q`: which events a query's filters leave (`docs/insights-api.md` section 3).

use super::behaviour::{Behaviour, Capitals, Doubt, Filtering};
use super::fault::bad;
use crate::samples::http::Reply;
use crate::samples::json::{self, Json, Kind};

/// What a query looks for beside window and services.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    term: Option<Term>,
    /// In lower case.
    text: Option<String>,
}

#[derive(Clone, Debug)]
enum Term {
    All(Vec<Term>),
    Any(Vec<Term>),
    None(Vec<Term>),
    /// A field at the end of a path has one of these values.
    Has(Vec<String>, Vec<String>),
}

const UNSEARCHABLE: [&str; 3] = ["changes", "useragent", "system_timestamp"];

impl Search {
    /// Reads both keys of a query.
    pub fn read(query: &Json<'_>, behaviour: &Behaviour) -> Result<Self, Reply> {
        if behaviour.filtering == Filtering::Ignored {
            return Ok(Self::default());
        }
        let text = query.get("q").and_then(Json::as_text);
        let term = query.get("search_term").map(|term| group(term, behaviour));
        let term = match term.transpose() {
            Err(_) if behaviour.invalid_filter == Doubt::Answered => None,
            term => term.map_err(|why| bad(&format!("Invalid search_term: {why}")))?,
        };
        Ok(Self {
            term,
            text: text.map(str::to_lowercase),
        })
    }

    /// Whether an event is found.
    pub fn finds(&self, text: &str) -> bool {
        let found = self
            .text
            .as_ref()
            .is_none_or(|wanted| text.to_lowercase().contains(wanted));
        let fits = self
            .term
            .as_ref()
            .is_none_or(|term| json::read(text).is_some_and(|event| term.fits(&event)));
        found && fits
    }
}

/// `{"and":[…]}`, `{"or":[…]}`, `{"not":[…]}`.
fn group(term: &Json<'_>, behaviour: &Behaviour) -> Result<Term, String> {
    let [(operator, list)] = term.members().unwrap_or_default() else {
        return Err("exactly one of and, or, not".to_owned());
    };
    let items = list.items().ok_or("an operator takes a list")?;
    let mut fields = Vec::new();
    let mut terms = Vec::new();
    for item in items {
        let [(name, value)] = item.members().unwrap_or_default() else {
            return Err("each object of a list has one key".to_owned());
        };
        if matches!(name.as_str(), "and" | "or" | "not") {
            terms.push(group(item, behaviour)?);
            continue;
        }
        if fields.contains(&name) {
            return Err(format!("{name} stands twice in a list"));
        }
        fields.push(name);
        terms.push(condition(name, value, behaviour)?);
    }
    match operator.as_str() {
        "and" => Ok(Term::All(terms)),
        "or" => Ok(Term::Any(terms)),
        "not" => Ok(Term::None(terms)),
        other => Err(format!("{other} is no operator")),
    }
}

fn condition(name: &str, value: &Json<'_>, behaviour: &Behaviour) -> Result<Term, String> {
    let path: Vec<String> = name.split('.').map(str::to_owned).collect();
    if path.iter().any(|key| UNSEARCHABLE.contains(&key.as_str())) {
        return Err(format!("{name} is not searchable"));
    }
    let values = match value.items() {
        Some(items) => items.iter().collect(),
        None => vec![value],
    };
    let texts: Option<Vec<String>> = values
        .iter()
        .map(|value| value.as_text().map(|text| behaviour.capitals.heeded(text)))
        .collect();
    let texts = texts.ok_or_else(|| format!("{name}: values must be strings"))?;
    Ok(Term::Has(path, texts))
}

impl Capitals {
    /// A search value as it is compared with what was stored in lower case.
    fn heeded(self, text: &str) -> String {
        match self {
            Self::MatchNothing => text.to_owned(),
            Self::Match => text.to_lowercase(),
        }
    }
}

impl Term {
    fn fits(&self, event: &Json<'_>) -> bool {
        match self {
            Self::All(terms) => terms.iter().all(|term| term.fits(event)),
            Self::Any(terms) => terms.iter().any(|term| term.fits(event)),
            Self::None(terms) => !terms.iter().any(|term| term.fits(event)),
            Self::Has(path, values) => has(event, path, values),
        }
    }
}

/// Whether a value at the end of the path, which leads through lists, is one of these.
fn has(value: &Json<'_>, path: &[String], values: &[String]) -> bool {
    match (&value.kind, path) {
        (Kind::List(items), _) => items.iter().any(|item| has(item, path, values)),
        (Kind::Object(_), [key, rest @ ..]) => {
            value.get(key).is_some_and(|inner| has(inner, rest, values))
        }
        (Kind::Text(text), []) => values.contains(&text.to_lowercase()),
        (Kind::Bool(_) | Kind::Number, []) => values.iter().any(|wanted| wanted == value.text),
        _ => false,
    }
}
