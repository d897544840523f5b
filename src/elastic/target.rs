//! Where documents go: a data stream or a plain index, and which one the documents name.

use super::batch::Named;
use super::redaction::echoed;
use crate::failure::{Failure, Result};

/// Longest name that the engines take, in bytes.
const LONGEST: usize = 255;

/// What bulk requests are sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    name: String,
    stream: bool,
}

impl Target {
    /// A data stream; `origin` says who named it, for messages.
    pub fn stream(name: &str, origin: &str) -> Result<Self> {
        Self::checked(name, origin, true)
    }

    /// An index of this name, or whatever the server has under it.
    pub fn index(name: &str, origin: &str) -> Result<Self> {
        Self::checked(name, origin, false)
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it must be a data stream.
    pub fn is_stream(&self) -> bool {
        self.stream
    }

    fn checked(name: &str, origin: &str, stream: bool) -> Result<Self> {
        check(name).map_err(|why| {
            Failure::usage(format!("{origin}: `{}` {why}", echoed(name)))
                .hint("write a name such as logs-jumpcloud.events-default")
        })?;
        Ok(Self {
            name: name.to_owned(),
            stream,
        })
    }
}

/// The engines' rules for names; without them a name could be a pattern, a list or a path.
fn check(name: &str) -> std::result::Result<(), String> {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "\\/*?\"<>|,#:".contains(c);
    if name.is_empty() {
        Err("is no name".to_owned())
    } else if name.len() > LONGEST {
        Err(format!("has {} bytes, more than {LONGEST}", name.len()))
    } else if name.to_lowercase() != name {
        Err("must be in lower case".to_owned())
    } else if name.starts_with(['_', '-', '+']) || name == "." || name == ".." {
        Err("begins as no name may".to_owned())
    } else if let Some(c) = name.chars().find(|c| forbidden(*c)) {
        Err(format!("must not hold {c:?}"))
    } else {
        Ok(())
    }
}

/// The stream that the documents of the first batch name: they must agree with each other, and with `wanted`.
///
/// # Errors
/// A usage failure that names two that contradict each other.
pub fn named_target(wanted: Option<&Target>, streams: &[Named]) -> Result<Option<Target>> {
    if let Some(wanted) = wanted
        && let Some(other) = streams.iter().find(|named| named.stream != wanted.name)
    {
        return Err(Failure::usage(format!(
            "--data-stream {} contradicts the documents: {} is for {}",
            wanted.name,
            line(other),
            echoed(&other.stream)
        ))
        .hint(format!(
            "leave --data-stream out, map with --data-stream {}, or write a plain index with --index NAME",
            wanted.name
        )));
    }
    match streams {
        [] => Ok(None),
        [named] => Target::stream(&named.stream, &line(named)).map(Some),
        [first, second, ..] => Err(Failure::usage(format!(
            "the documents contradict each other: {} is for {}, {} for {}",
            line(first),
            echoed(&first.stream),
            line(second),
            echoed(&second.stream),
        ))
        .hint("push them one stream at a time: grep -F '\"raw_index\":\"NAME\"' FILE | jcx push finds those that jcx map has made for it")),
    }
}

fn line(named: &Named) -> String {
    format!("line {} of {}", named.place.line, named.place.source)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Target, named_target};
    use crate::elastic::{Named, Place};
    use crate::failure::Kind;

    fn named(streams: &[(u64, &str)]) -> Vec<Named> {
        let named = |(line, stream): &(u64, &str)| Named {
            stream: (*stream).to_owned(),
            place: Place {
                source: Arc::from("x"),
                line: *line,
            },
        };
        streams.iter().map(named).collect()
    }

    #[test]
    fn names_that_are_patterns_lists_or_paths_are_refused() {
        for name in [
            "", "a*", "a,b", "a/b", "A", "_a", "-a", "..", "<a>", "a b", "x:y",
        ] {
            let error = Target::stream(name, "--data-stream").expect_err(name);
            assert_eq!(error.kind(), Kind::Usage, "{name}");
        }
        for name in ["logs-jumpcloud.events-default", "a", ".hidden"] {
            assert!(Target::index(name, "--index").is_ok());
        }
        let error = Target::index(&"x".repeat(9999), "--index").expect_err("too long");
        assert!(error.message().len() < 200, "{error}");
    }

    #[test]
    fn the_documents_name_the_target() {
        let target = named_target(None, &named(&[(2, "logs-a-b")]))
            .expect("agreed")
            .expect("named");
        assert_eq!(target.name(), "logs-a-b");
        assert_eq!(named_target(None, &[]).expect("agreed"), None);
        assert!(named_target(None, &named(&[(1, "A*")])).is_err());
    }

    #[test]
    fn contradictions_name_both_sides() {
        let all = named(&[(1, "logs-a-b"), (3, "logs-a-c")]);
        let error = named_target(None, &all).expect_err("contradiction");
        assert!(
            error
                .message()
                .contains("line 1 of x is for logs-a-b, line 3 of x for logs-a-c")
        );
        let wanted = Target::stream("logs-a-d", "--data-stream").expect("a name");
        let error = named_target(Some(&wanted), &all).expect_err("contradiction");
        assert!(error.message().contains("logs-a-d") && error.message().contains("line 1 of x"));
        assert_eq!(error.kind(), Kind::Usage);
    }
}
