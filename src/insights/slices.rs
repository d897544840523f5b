//! How the rest of a window is cut into slices that are walked at once: by what the API says of its events' times, else by time.
//!
//! Counts may be missing or wrong (U13): a bad cut costs time, never an event, because each slice is walked to its own proven end.

use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use super::client::Client;
use super::counting::Scope;
use super::interval::Interval;
use super::query::Query;
use super::question::Tries;
use crate::time::Window;

/// A part of the run's window that one walk goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Its bounds; between slices they are whole seconds.
    pub window: Window,
    /// How many events are expected in it, where that is known.
    pub expected: Option<u64>,
}

/// How much is wanted of a plan.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// Walks at once.
    pub jobs: usize,
    /// Events a page.
    pub page_size: u64,
}

/// The events of a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bucket {
    start: i64,
    end: i64,
    events: u64,
}

/// Slices for each job, so that an uneven one does not keep the others waiting.
const SLICES_A_JOB: u64 = 6;
/// Pages of a slice: more would have to be kept by those who are early.
const MOST_PAGES: u64 = 8;
/// Spans that one answer should list at most.
const MOST_BUCKETS: i64 = 3_000;
/// A span of more events than as many slices have is looked at more closely; less is cut evenly.
const CROWDED: u64 = 3;
/// Slices of a plan.
const MOST_SLICES: u64 = 1_000;
/// Events that a span is believed to hold.
const MOST_EVENTS: u64 = 1 << 32;
/// Questions that a plan is worth: one for all, the others for crowded spans.
const MOST_QUESTIONS: usize = 13;
/// How long all of them may take: a window can be cut by time, too.
const PLANNING: Duration = Duration::from_secs(5);

impl Slice {
    /// A slice of which nothing is known but its bounds.
    pub fn unknown(window: Window) -> Self {
        Self {
            window,
            expected: None,
        }
    }
}

/// Cuts what is left of a walk into slices, in order, without a hole; none where the API does not say when its events were.
pub fn plan(client: &Client, query: &Query, rest: Window, wish: Wish) -> Option<Vec<Slice>> {
    let ambient = &client.settings.ambient;
    let deadline = ambient.now() + PLANNING;
    let mut questions = 0;
    let mut ask = |window: Window, interval: Interval| {
        questions += 1;
        let left = deadline.saturating_duration_since(ambient.now());
        if questions > MOST_QUESTIONS || left.is_zero() {
            return None;
        }
        let selection = query.selection.clone();
        let scope = Scope { selection, window };
        let found = client
            .interval(&scope, interval, Tries::Within(left))
            .ok()?;
        Some(buckets(&found, interval.seconds(), window))
    };
    let buckets = ask(rest, interval_of(rest))?;
    let total: u64 = buckets.iter().map(|bucket| bucket.events).sum();
    let target = target(total, wish);
    let mut fine = Vec::new();
    for bucket in buckets {
        let crowded = bucket.events > CROWDED * target && bucket.end - bucket.start > 60;
        let closer = crowded.then(|| ask(bucket.window(), interval_of(bucket.window())));
        match closer.flatten() {
            Some(closer) => fine.extend(closer),
            None => fine.push(bucket),
        }
    }
    // Numbers that cannot be true must not become requests without end.
    let most = fine.iter().map(|bucket| bucket.events).sum::<u64>() / MOST_SLICES;
    Some(cut(rest, &fine, target.max(most)))
}

/// Cuts a span into equal parts of whole seconds, as far as it has enough of them.
pub fn by_time(rest: Window, parts: usize) -> Vec<Slice> {
    let (start, end) = (rest.start.timestamp(), rest.end.timestamp());
    let parts = i64::try_from(parts)
        .unwrap_or(1)
        .clamp(1, (end - start).max(1));
    let bounds = (1..parts).map(|part| start + (end - start) * part / parts);
    slices(rest, bounds.map(|bound| (bound, None)), None)
}

/// As many whole pages a slice as make the jobs end together.
fn target(total: u64, wish: Wish) -> u64 {
    let jobs = wish.jobs.max(1) as u64;
    let pages = total.div_ceil(jobs * SLICES_A_JOB).div_ceil(wish.page_size);
    // A little less than full pages, so that the last one is seen to be the last.
    let events = pages.clamp(1, MOST_PAGES) * wish.page_size;
    (events - events / 50).max(1)
}

/// The finest interval that does not list too many spans.
fn interval_of(window: Window) -> Interval {
    let seconds = (window.end - window.start).num_seconds();
    let all = [Interval::Second, Interval::Minute, Interval::Hour];
    let fits = |interval: &Interval| seconds / interval.seconds() <= MOST_BUCKETS;
    all.into_iter().find(fits).unwrap_or(Interval::Day)
}

/// What the API listed, in order, inside the window and with nothing twice.
fn buckets(found: &[(DateTime<Utc>, u64)], width: i64, window: Window) -> Vec<Bucket> {
    let (first, last) = (window.start.timestamp(), window.end.timestamp());
    let mut buckets: Vec<_> = found
        .iter()
        .map(|(start, events)| Bucket {
            start: start.timestamp().max(first),
            end: (start.timestamp() + width).min(last),
            events: (*events).min(MOST_EVENTS),
        })
        .filter(|bucket| bucket.start < bucket.end)
        .collect();
    buckets.sort_by_key(|bucket| bucket.start);
    buckets.dedup_by_key(|bucket| bucket.start);
    buckets
}

/// Gathers spans until the next one would be too much; a span that is too much alone is cut evenly.
fn cut(rest: Window, buckets: &[Bucket], target: u64) -> Vec<Slice> {
    let mut bounds = Vec::new();
    let mut gathered = 0;
    for bucket in buckets {
        if gathered > 0 && gathered + bucket.events > target {
            bounds.push((bucket.start, Some(gathered)));
            gathered = 0;
        }
        let seconds = u64::try_from(bucket.end - bucket.start).unwrap_or(1);
        let parts = bucket.events.div_ceil(target).clamp(1, seconds);
        for part in 1..parts {
            let bound = bucket.start + i64::try_from(seconds * part / parts).unwrap_or(0);
            bounds.push((bound, Some(bucket.events / parts)));
        }
        gathered += bucket.events / parts;
    }
    slices(rest, bounds.into_iter(), Some(gathered))
}

/// The slices between bounds, each with what is expected before it.
fn slices(
    rest: Window,
    bounds: impl Iterator<Item = (i64, Option<u64>)>,
    behind: Option<u64>,
) -> Vec<Slice> {
    let mut slices = Vec::new();
    let mut start = rest.start;
    for (bound, expected) in bounds {
        let Some(end) = DateTime::from_timestamp(bound, 0) else {
            continue;
        };
        if end > start && end < rest.end {
            slices.push(Slice {
                window: Window { start, end },
                expected,
            });
            start = end;
        }
    }
    slices.push(Slice {
        window: Window {
            start,
            end: rest.end,
        },
        expected: behind,
    });
    slices
}

/// What is left of a plan behind an instant.
pub fn behind(plan: &[Slice], start: DateTime<Utc>) -> Vec<Slice> {
    let left = plan.iter().filter(|slice| slice.window.end > start);
    let trimmed = left.map(|slice| Slice {
        window: Window {
            start: slice.window.start.max(start),
            ..slice.window
        },
        ..*slice
    });
    trimmed.collect()
}

/// The two halves of a span of at least two seconds, at a whole second.
pub fn halves(window: Window) -> Option<[Window; 2]> {
    let middle = window.start + (window.end - window.start) / 2;
    let middle = middle.duration_trunc(TimeDelta::seconds(1)).ok()?;
    let (start, end) = (window.start, window.end);
    (start < middle && middle < end)
        .then_some([Window { start, end: middle }, Window { start: middle, end }])
}

impl Bucket {
    fn window(&self) -> Window {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap_or_default();
        Window {
            start: at(self.start),
            end: at(self.end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Bucket, Slice, Wish, by_time, cut, halves, target};
    use crate::time::Window;
    use chrono::DateTime;

    fn window(start: i64, end: i64) -> Window {
        let at = |second| DateTime::from_timestamp(second, 0).expect("a time");
        Window {
            start: at(start),
            end: at(end),
        }
    }

    fn bounds(slices: &[Slice]) -> Vec<(i64, i64, Option<u64>)> {
        let bound = |slice: &Slice| {
            let Window { start, end } = slice.window;
            (start.timestamp(), end.timestamp(), slice.expected)
        };
        slices.iter().map(bound).collect()
    }

    #[test]
    fn slices_follow_the_events_and_leave_no_hole() {
        let bucket = |start, end, events| Bucket { start, end, events };
        let buckets = [
            bucket(0, 100, 10),
            bucket(100, 200, 60),
            bucket(300, 400, 50),
            bucket(400, 500, 250),
            bucket(900, 1000, 5),
        ];
        let expected = [
            (0, 300, Some(70)),
            (300, 400, Some(50)),
            (400, 433, Some(83)),
            (433, 466, Some(83)),
            (466, 1000, Some(88)),
        ];
        assert_eq!(bounds(&cut(window(0, 1000), &buckets, 100)), expected);
        assert_eq!(bounds(&cut(window(0, 9), &[], 100)), [(0, 9, Some(0))]);
    }

    #[test]
    fn time_is_cut_evenly_and_not_below_a_second() {
        let blind = |start, end, parts| bounds(&by_time(window(start, end), parts));
        assert_eq!(blind(0, 3, 2), [(0, 1, None), (1, 3, None)]);
        assert_eq!(blind(0, 2, 9), [(0, 1, None), (1, 2, None)]);
        assert_eq!(blind(5, 6, 9), [(5, 6, None)]);
        assert_eq!(halves(window(5, 6)), None);
        assert_eq!(halves(window(5, 7)), Some([window(5, 6), window(6, 7)]));
    }

    #[test]
    fn slices_are_whole_pages_for_several_rounds() {
        let target = |total, jobs, page_size| target(total, Wish { jobs, page_size });
        assert_eq!(target(200_000, 4, 5_000), 9_800);
        assert_eq!(target(5_000_000, 4, 10_000), 78_400);
        assert_eq!(target(10, 8, 10), 10);
    }
}
