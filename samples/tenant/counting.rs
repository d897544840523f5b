//! The calls that count: `/events/count`, `/events/distinct`, `/events/interval`.

use super::behaviour::{Count, DistinctList, EmptyBuckets};
use super::fault::bad;
use super::query::read;
use super::{Changing, State};
use crate::samples::http::{Reply, Request};
use crate::samples::instant::{self, DAY, HOUR, MILLISECOND, MINUTE, Nanos, SECOND};
use crate::samples::json::{self, Json};
use std::collections::BTreeMap;

impl State {
    pub(super) fn count(&self, changing: &mut Changing, request: &Request) -> Reply {
        changing.counts += 1;
        let right = self.found(changing, request, &[], |events, _| {
            let off = match self.behaviour.count {
                Count::Exact => 0,
                Count::Off(off) => off,
            };
            let found = i64::try_from(events.len()).unwrap_or(i64::MAX);
            Ok(format!("{{\"count\":{}}}", found.saturating_add(off)))
        });
        match self.behaviour.counts.at(changing.counts) {
            Some(fault) => fault.apply(right),
            None => right,
        }
    }

    pub(super) fn distinct(&self, changing: &mut Changing, request: &Request) -> Reply {
        changing.distincts += 1;
        let right = self.found(changing, request, &["field"], |events, query| {
            let field = query.get("field").and_then(Json::as_text);
            let field = field.ok_or_else(|| bad("field is required"))?;
            Ok(self.values(events, field))
        });
        match self.behaviour.distincts.at(changing.distincts) {
            Some(fault) => fault.apply(right),
            None => right,
        }
    }

    pub(super) fn interval(&self, changing: &mut Changing, request: &Request) -> Reply {
        changing.intervals += 1;
        let own = ["interval_unit", "interval_value", "timezone"];
        let right = self.found(changing, request, &own, |events, query| {
            Ok(self.times(events, width(query)?))
        });
        match self.behaviour.intervals.at(changing.intervals) {
            Some(fault) => fault.apply(right),
            None => right,
        }
    }

    /// Selects events as a query for pages would, as place and text, and answers with what `make` makes of them.
    fn found(
        &self,
        changing: &mut Changing,
        request: &Request,
        own: &[&str],
        make: impl FnOnce(&[(Nanos, &str)], &Json<'_>) -> Result<String, Reply>,
    ) -> Reply {
        if let Err(refused) = changing.tokens.check(request, &self.behaviour) {
            return refused;
        }
        let body = request.text();
        let query = match read(request, &self.behaviour, own) {
            Ok(query) => query,
            Err(refused) => return refused,
        };
        let selected = self
            .store
            .select(&query.selection, &self.behaviour, changing.pages);
        let events: Vec<_> = selected
            .map(|(_, event)| (event.place, event.text.as_str()))
            .collect();
        let parsed = json::read(&body).expect("read a moment ago");
        match make(&events, &parsed) {
            Ok(answer) => Reply::json(200, answer),
            Err(refused) => refused,
        }
    }

    fn values(&self, events: &[(Nanos, &str)], field: &str) -> String {
        let path: Vec<&str> = field.split('.').collect();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (_, text) in events {
            let event = json::read(text);
            let value = event.as_ref().and_then(|event| event.at(&path)?.as_text());
            if let Some(value) = value {
                *counts.entry(value.to_owned()).or_default() += 1;
            }
        }
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let listed = counts.len().min(self.behaviour.distinct_most);
        let left_out: usize = counts[listed..].iter().map(|(_, count)| count).sum();
        let buckets = counts[..listed].iter().map(|(value, count)| {
            format!("{{\"key\":{},\"doc_count\":{count}}}", json::quote(value))
        });
        let name = match self.behaviour.distinct_list {
            DistinctList::Buckets => "buckets",
            DistinctList::FieldName => field,
        };
        let list = json::list(buckets);
        format!(
            "{{\"doc_count_error_upper_bound\":0,\"sum_other_doc_count\":{left_out},{}:{list}}}",
            json::quote(name)
        )
    }

    fn times(&self, events: &[(Nanos, &str)], width: Nanos) -> String {
        let mut counts: BTreeMap<Nanos, usize> = BTreeMap::new();
        for (place, _) in events {
            *counts.entry(place.div_euclid(width)).or_default() += 1;
        }
        if let (EmptyBuckets::Listed, Some((&first, _)), Some((&last, _))) = (
            self.behaviour.empty_buckets,
            counts.first_key_value(),
            counts.last_key_value(),
        ) {
            for number in first..=last {
                counts.entry(number).or_default();
            }
        }
        let bucket = |(number, count): (&Nanos, &usize)| {
            let start = number * width;
            let (key, text) = (start / MILLISECOND, instant::text(start, 3));
            format!("{{\"key\":{key},\"key_as_string\":\"{text}\",\"doc_count\":{count}}}")
        };
        let list = json::list(counts.iter().map(bucket));
        format!("{{\"buckets\":{list}}}")
    }
}

/// The width of a bucket; weeks begin where the clock of 1970 says, which nobody here asks for.
fn width(query: &Json<'_>) -> Result<Nanos, Reply> {
    let unit = query.get("interval_unit").and_then(Json::as_text);
    let unit = match unit {
        Some("s") => SECOND,
        Some("m") => MINUTE,
        Some("h") => HOUR,
        Some("d") => DAY,
        Some("w") => 7 * DAY,
        _ => return Err(bad("interval_unit must be one of s, m, h, d, w")),
    };
    let Some(value) = query.get("interval_value") else {
        return Ok(unit);
    };
    let number = value.as_text().and_then(|text| text.parse::<Nanos>().ok());
    let number = number.filter(|number| (1..=1000).contains(number));
    number
        .map(|number| number * unit)
        .ok_or_else(|| bad("interval_value must be a string that holds a number"))
}
