//! The name of a data stream, `<type>-<dataset>-<namespace>`, and what may stand in it.
//!
//! Follows the naming scheme of Elastic's data streams and the rules of Elasticsearch for index names, so that a bad name
//! is refused here, in words, and not by a server in the middle of a run.

use std::fmt;
use std::str::FromStr;

/// Bytes that each part may have: the documented limit of the three `data_stream` fields.
const MAX_PART: usize = 100;

/// A data stream's name in its three parts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DataStream {
    kind: String,
    dataset: String,
    namespace: String,
}

impl DataStream {
    /// The type, `logs` for events.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The dataset, `jumpcloud.events` where nobody says otherwise.
    pub fn dataset(&self) -> &str {
        &self.dataset
    }

    /// The namespace; the only part that may hold a `-`.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }
}

impl Default for DataStream {
    /// The stream that Elastic's integration writes to: `logs-jumpcloud.events-default`.
    fn default() -> Self {
        Self {
            kind: "logs".to_owned(),
            dataset: "jumpcloud.events".to_owned(),
            namespace: "default".to_owned(),
        }
    }
}

impl fmt::Display for DataStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.kind, self.dataset, self.namespace)
    }
}

impl FromStr for DataStream {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let mut parts = name.splitn(3, '-');
        let (Some(kind), Some(dataset), Some(namespace)) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err(format!(
                "{name:?} is no data stream: write <type>-<dataset>-<namespace>, as in logs-jumpcloud.events-default"
            ));
        };
        for (part, what) in [
            (kind, "type"),
            (dataset, "dataset"),
            (namespace, "namespace"),
        ] {
            check(part).map_err(|why| format!("data stream {name:?}: the {what} {why}"))?;
        }
        if kind.starts_with(['_', '+', '.']) {
            return Err(format!(
                "data stream {name:?}: a name must not begin with '_', '+' or '.'"
            ));
        }
        Ok(Self {
            kind: kind.to_owned(),
            dataset: dataset.to_owned(),
            namespace: namespace.to_owned(),
        })
    }
}

/// What Elasticsearch asks of every part of an index name.
fn check(part: &str) -> Result<(), String> {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "\\/*?\"<>|,#:".contains(c);
    if part.is_empty() {
        Err("is empty".to_owned())
    } else if part.len() > MAX_PART {
        Err(format!("has {} bytes, more than {MAX_PART}", part.len()))
    } else if part.to_lowercase() != part {
        Err("must be in lower case".to_owned())
    } else if let Some(character) = part.chars().find(|c| forbidden(*c)) {
        Err(format!("must not hold {character:?}"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::DataStream;

    #[test]
    fn a_name_has_three_parts_and_comes_back() {
        let stream: DataStream = "logs-jumpcloud.events-default".parse().expect("a name");
        assert_eq!(stream, DataStream::default());
        assert_eq!(
            (stream.kind(), stream.dataset(), stream.namespace()),
            ("logs", "jumpcloud.events", "default")
        );
        let stream: DataStream = "logs-jumpcloud.events-eu-1".parse().expect("a name");
        assert_eq!(stream.namespace(), "eu-1");
        assert_eq!(stream.to_string(), "logs-jumpcloud.events-eu-1");
    }

    #[test]
    fn a_name_that_a_server_would_refuse_is_refused_in_words() {
        let long = format!("logs-{}-default", "x".repeat(101));
        let cases = [
            ("logs", "write <type>-<dataset>-<namespace>"),
            (
                "logs-jumpcloud.events",
                "write <type>-<dataset>-<namespace>",
            ),
            ("", "write <type>-<dataset>-<namespace>"),
            ("-a-b", "the type is empty"),
            ("logs--b", "the dataset is empty"),
            ("logs-a-", "the namespace is empty"),
            ("Logs-a-b", "the type must be in lower case"),
            ("logs-A-b", "the dataset must be in lower case"),
            ("logs-a-É", "the namespace must be in lower case"),
            ("logs-a b-c", "must not hold ' '"),
            ("logs-a-b*", "must not hold '*'"),
            ("logs-a:b-c", "must not hold ':'"),
            ("logs-a-b,c", "must not hold ','"),
            ("logs-a-\"", "must not hold '\"'"),
            ("logs-a-b\n", "must not hold"),
            ("_logs-a-b", "must not begin"),
            ("+logs-a-b", "must not begin"),
            (".ds-a-b", "must not begin"),
            (&long, "101 bytes"),
        ];
        for (name, why) in cases {
            let error = name.parse::<DataStream>().expect_err(name);
            assert!(error.contains(why), "{name}: {error}");
        }
        let fits = format!("logs-{}-{}", "x".repeat(100), "y".repeat(100));
        assert!(fits.parse::<DataStream>().is_ok());
    }
}
