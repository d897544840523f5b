//! Numbers without events: how many, of which values, at which times (`docs/insights-api.md` section 6).
//!
//! The server counts under its own end rule, and may count what a walk does not return (U13): what follows from a
//! difference is decided by whoever asks.

use std::io::Read;
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ureq::http::header::HeaderMap;

use super::client::Client;
use super::fault::{Again, Fault, show};
use super::request::Question;
use super::services::Services;
use crate::failure::{Failure, Kind, Result};
use crate::time::Window;

/// Which events are counted.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The services.
    pub services: Services,
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

/// The width of a span of time, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// From one full hour to the next.
    Hour,
    /// From midnight to midnight.
    Day,
}

impl Interval {
    fn unit(self) -> &'static str {
        match self {
            Self::Hour => "h",
            Self::Day => "d",
        }
    }

    /// Its length in seconds.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }
}

/// A closed struct, because the API ignores unknown keys in silence.
#[derive(Serialize)]
struct Body<'a> {
    service: &'a [String],
    start_time: String,
    end_time: String,
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

/// No answer of these calls comes near it.
const LARGEST: usize = 1 << 24;
const PIECE: usize = 1 << 14;

impl Client {
    /// How many events there are.
    ///
    /// # Errors
    /// As of every call: a refusal, or what happened last when the budget was used up.
    pub fn count(&self, scope: &Scope) -> Result<u64> {
        self.ask_for(scope, "count", (None, None), |reply: CountReply| {
            Ok(reply.count)
        })
    }

    /// How many events each value of a field has; events without the field are in no bucket.
    ///
    /// # Errors
    /// As of every call.
    pub fn distinct(&self, scope: &Scope, field: &str) -> Result<Buckets> {
        let read = |reply| buckets(reply, field);
        self.ask_for(scope, "distinct", (Some(field), None), read)
    }

    /// How many events each span has, by its start, in the server's order; spans without events may be missing.
    ///
    /// # Errors
    /// As of every call; also where spans begin elsewhere than in UTC.
    pub fn interval(&self, scope: &Scope, interval: Interval) -> Result<Vec<(DateTime<Utc>, u64)>> {
        let read = |reply: IntervalReply| {
            let spans = reply.buckets.iter().map(|bucket| span(bucket, interval));
            spans.collect()
        };
        self.ask_for(scope, "interval", (None, Some(interval)), read)
    }

    /// Asks one of the three; `alerts` under its other name where the first one is refused (U4).
    fn ask_for<R: DeserializeOwned, T>(
        &self,
        scope: &Scope,
        call: &str,
        (field, interval): (Option<&str>, Option<Interval>),
        read: impl Fn(R) -> std::result::Result<T, String>,
    ) -> Result<T> {
        let url = format!("{}/{call}", self.url);
        let ask = |services: &Services| {
            let (start_time, end_time) = scope.window.in_whole_seconds();
            let body = Body {
                service: services.names(),
                start_time,
                end_time,
                field,
                interval_unit: interval.map(Interval::unit),
                interval_value: interval.map(|_| "1"),
            };
            let question = Question {
                url: &url,
                // Strings alone: nothing here can fail to be written.
                body: &serde_json::to_vec(&body).unwrap_or_default(),
                since: scope.window.start,
            };
            self.persist(&question, |headers, reader| {
                let answer = self.read_whole(headers, reader, &read)?;
                Ok((answer, "a count".to_owned()))
            })
        };
        let refused = match ask(&scope.services) {
            Err(failure) if self.was_refused() => failure,
            result => return result.map_err(|failure| self.name_the_lack(failure, call)),
        };
        let Some(other) = scope.services.with_other_alert_name() else {
            return Err(refused);
        };
        match ask(&other) {
            Err(_) if self.was_refused() => Err(refused),
            result => result,
        }
    }

    /// Reads an answer that is small, whole, and of the right shape.
    fn read_whole<R: DeserializeOwned, T>(
        &self,
        headers: &HeaderMap,
        reader: &mut dyn Read,
        read: impl Fn(R) -> std::result::Result<T, String>,
    ) -> std::result::Result<T, Fault> {
        let mut watch = self.watch();
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

    /// The API answers, this call is what it lacks.
    fn name_the_lack(&self, failure: Failure, call: &str) -> Failure {
        if self.has_begun() && matches!(self.status.load(Ordering::Relaxed), 404 | 405) {
            return failure.hint(format!(
                "other calls are answered at this address, /events/{call} is not: count without --by, or fetch the events"
            ));
        }
        failure
    }
}

const PAGE: &str = "check --api-url and proxies: a login or error page answers like this";
const SHAPE: &str = "jcx does not know this form of the answer; jcx fetch does without counts";

fn misshapen(why: &str, hint: &str, headers: &HeaderMap, body: &[u8]) -> Fault {
    let text = format!("a count was expected: {why} ({})", show(headers, body));
    Fault {
        failure: Failure::new(Kind::JumpCloud, text).hint(hint),
        again: Again::Misshapen,
    }
}

/// The list stands under `buckets`, or under the field's own name (U24).
fn buckets(mut reply: Map<String, Value>, field: &str) -> std::result::Result<Buckets, String> {
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

fn span(
    bucket: &TimeBucket,
    interval: Interval,
) -> std::result::Result<(DateTime<Utc>, u64), String> {
    let start = DateTime::from_timestamp_millis(bucket.key)
        .ok_or_else(|| format!("{} is no time in milliseconds", bucket.key))?;
    if bucket.key.rem_euclid(interval.seconds() * 1000) != 0 {
        return Err(format!(
            "a bucket begins at {start}, which is no full hour or midnight of UTC"
        ));
    }
    Ok((start, bucket.doc_count))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Buckets, Interval, TimeBucket, buckets, span};

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

    #[test]
    fn spans_begin_at_full_hours_and_midnights_of_utc() {
        let at = |key, interval| {
            let bucket = TimeBucket { key, doc_count: 1 };
            span(&bucket, interval).is_ok()
        };
        assert!(at(0, Interval::Day) && at(86_400_000, Interval::Day));
        assert!(at(3_600_000, Interval::Hour) && !at(3_600_000, Interval::Day));
        assert!(!at(1, Interval::Hour) && !at(i64::MAX, Interval::Hour));
    }
}
