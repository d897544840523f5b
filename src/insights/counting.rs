//! Numbers without events: how many, of which values, at which times (`docs/insights-api.md` section 6).
//!
//! The server counts under its own end rule, and may count what a walk does not return (U13): what follows from a
//! difference is decided by whoever asks.

use std::io::Read;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ureq::http::header::HeaderMap;

use super::client::Client;
use super::fault::{Again, Fault, show};
use super::filter::Filters;
use super::interval::Interval;
use super::question::{Question, Tries};
use super::selection::Selection;
use super::services::Services;
use super::trouble::Trouble;
use crate::failure::{Failure, Kind};
use crate::time::Window;

/// Which events are counted.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Which events of the window.
    pub selection: Selection,
    /// The window; whole seconds around it are asked for.
    pub window: Window,
}

/// The events by the values of a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets {
    /// Each value with its number of events, in the server's order.
    pub values: Vec<(String, u64)>,
    /// Events whose values were left out: the list is not whole.
    pub left_out: u64,
    /// By how much a number may be too small.
    pub too_small_by: u64,
}

/// A closed struct, because the API ignores unknown keys in silence.
#[derive(Serialize)]
struct Body<'a> {
    service: &'a [String],
    start_time: String,
    end_time: String,
    #[serde(skip_serializing_if = "Filters::is_empty")]
    search_term: &'a Filters,
    #[serde(skip_serializing_if = "Option::is_none")]
    q: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval_unit: Option<&'a str>,
    /// A string, says the documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval_value: Option<&'a str>,
}

#[derive(Deserialize)]
struct CountReply {
    count: u64,
}

#[derive(Deserialize)]
struct ValueBucket {
    key: Value,
    doc_count: u64,
}

#[derive(Deserialize)]
struct TimeBucket {
    /// Milliseconds since 1970.
    key: i64,
    doc_count: u64,
}

#[derive(Deserialize)]
struct IntervalReply {
    buckets: Vec<TimeBucket>,
}

/// One of the three calls, with what it asks beside the scope.
#[derive(Clone, Copy)]
struct Call<'a> {
    name: &'static str,
    field: Option<&'a str>,
    interval: Option<Interval>,
    tries: Tries,
}

/// No answer of these calls comes near it.
const LARGEST: usize = 1 << 24;
const PIECE: usize = 1 << 14;

impl Client {
    /// How many events there are.
    ///
    /// # Errors
    /// As of every call: a refusal, or what happened last when the tries were used up.
    pub fn count(&self, scope: &Scope, tries: Tries) -> Result<u64, Trouble> {
        let call = Call {
            name: "count",
            field: None,
            interval: None,
            tries,
        };
        self.ask_for(scope, call, |reply: CountReply| Ok(reply.count))
    }

    /// How many events each value of a field has; events without the field are in no bucket. The call knows no full
    /// text: a scope that has one gives the values without it.
    ///
    /// # Errors
    /// As of every call.
    pub fn distinct(&self, scope: &Scope, field: &str) -> Result<Buckets, Trouble> {
        let call = Call {
            name: "distinct",
            field: Some(field),
            interval: None,
            tries: Tries::WithinBudget,
        };
        self.ask_for(scope, call, |reply| buckets(reply, field))
    }

    /// How many events each span has, by its start, in the server's order; spans without events may be missing.
    ///
    /// # Errors
    /// As of every call; also where spans begin elsewhere than in UTC.
    pub fn interval(
        &self,
        scope: &Scope,
        interval: Interval,
        tries: Tries,
    ) -> Result<Vec<(DateTime<Utc>, u64)>, Trouble> {
        let call = Call {
            name: "interval",
            field: None,
            interval: Some(interval),
            tries,
        };
        let span = |bucket: &TimeBucket| Ok((interval.start(bucket.key)?, bucket.doc_count));
        self.ask_for(scope, call, |reply: IntervalReply| {
            reply.buckets.iter().map(span).collect()
        })
    }

    /// Asks one of the three.
    fn ask_for<R: DeserializeOwned, T>(
        &self,
        scope: &Scope,
        call: Call<'_>,
        read: impl Fn(R) -> Result<T, String>,
    ) -> Result<T, Trouble> {
        let url = format!("{}/{}", self.url, call.name);
        self.alert_name
            .by_name(&scope.selection.services, |services| {
                let question = Question {
                    url: &url,
                    body: &body(scope, services, call),
                    since: scope.window.start,
                    call: Some(call.name),
                    tries: call.tries,
                };
                self.persist(&question, |headers, reader| {
                    let answer = read_whole(headers, reader, &read, &mut self.watch(&question))?;
                    Ok((answer, "a count".to_owned()))
                })
            })
    }
}

fn body(scope: &Scope, services: &Services, call: Call<'_>) -> Vec<u8> {
    let (start_time, end_time) = scope.window.in_whole_seconds();
    let Selection {
        filters, search, ..
    } = &scope.selection;
    let body = Body {
        service: services.names(),
        start_time,
        end_time,
        search_term: filters,
        q: search.as_deref().filter(|_| call.field.is_none()),
        field: call.field,
        interval_unit: call.interval.map(Interval::unit),
        interval_value: call.interval.map(|_| "1"),
    };
    // Strings alone: nothing here can fail to be written.
    serde_json::to_vec(&body).unwrap_or_default()
}

/// Reads an answer that is small, whole, and of the right shape.
fn read_whole<R: DeserializeOwned, T>(
    headers: &HeaderMap,
    reader: &mut dyn Read,
    read: impl Fn(R) -> Result<T, String>,
    watch: &mut dyn FnMut(usize) -> Result<(), Fault>,
) -> Result<T, Fault> {
    let (mut body, mut piece) = (Vec::new(), [0; PIECE]);
    loop {
        let got = reader
            .read(&mut piece)
            .map_err(|error| Fault::damaged(format!("the answer was cut short: {error}")))?;
        body.extend_from_slice(&piece[..got]);
        if got == 0 || body.len() > LARGEST {
            break;
        }
        watch(0)?;
    }
    let reply = serde_json::from_slice(&body).map_err(|error| {
        if error.is_eof() && !body.is_empty() {
            return Fault::damaged("the answer was cut short: its JSON does not end");
        }
        let hint = if error.is_data() { SHAPE } else { PAGE };
        misshapen(&error.to_string(), hint, headers, &body)
    })?;
    read(reply).map_err(|why| misshapen(&why, SHAPE, headers, &body))
}

const PAGE: &str = "check --api-url and proxies: a login or error page answers like this";
const SHAPE: &str = "jcx does not know this form of the answer; jcx fetch does without counts";

fn misshapen(why: &str, hint: &str, headers: &HeaderMap, body: &[u8]) -> Fault {
    let text = format!("a count was expected: {why} ({})", show(headers, body));
    Fault::new(
        Failure::new(Kind::JumpCloud, text).hint(hint),
        Again::Misshapen,
    )
}

/// The list stands under `buckets`, or under the field's own name (U24).
fn buckets(mut reply: Map<String, Value>, field: &str) -> Result<Buckets, String> {
    let mut number = |name: &str| reply.remove(name).and_then(|value| value.as_u64());
    let left_out = number("sum_other_doc_count").unwrap_or(0);
    let too_small_by = number("doc_count_error_upper_bound").unwrap_or(0);
    let list = reply
        .remove("buckets")
        .or_else(|| reply.remove(field))
        .ok_or_else(|| format!("there is neither a list `buckets` nor `{field}`"))?;
    let list: Vec<ValueBucket> = serde_json::from_value(list).map_err(|error| error.to_string())?;
    let value = |bucket: ValueBucket| match bucket.key {
        Value::String(key) => (key, bucket.doc_count),
        key => (key.to_string(), bucket.doc_count),
    };
    Ok(Buckets {
        values: list.into_iter().map(value).collect(),
        left_out,
        too_small_by,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Buckets, buckets};

    fn read(reply: serde_json::Value) -> Result<Buckets, String> {
        let serde_json::Value::Object(reply) = reply else {
            unreachable!("the tests give objects")
        };
        buckets(reply, "event_type")
    }

    #[test]
    fn buckets_are_found_under_either_name() {
        let list = json!([{"key": "sso_auth", "doc_count": 7}, {"key": true, "doc_count": 1}]);
        let expected = Buckets {
            values: vec![("sso_auth".to_owned(), 7), ("true".to_owned(), 1)],
            left_out: 2,
            too_small_by: 0,
        };
        for name in ["buckets", "event_type"] {
            let reply = json!({name: list, "sum_other_doc_count": 2});
            assert_eq!(read(reply).as_ref(), Ok(&expected), "{name}");
        }
        assert!(read(json!({"service": list})).is_err());
        assert!(read(json!({"buckets": {}})).is_err());
        assert!(read(json!({"buckets": [{"key": "x", "doc_count": -1}]})).is_err());
    }
}
