//! How fast a remote may be asked: one bucket of requests and one pause, shared by all workers of a run.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::ambient::Ambient;

/// A bucket that holds `rate` requests and fills at `rate` a second, and the pause the remote has asked for.
pub struct Pace {
    rate: Option<f64>,
    inner: Mutex<Inner>,
}

struct Inner {
    tokens: f64,
    filled: Instant,
    paused_until: Option<Instant>,
}

impl Pace {
    /// A full bucket; `None` limits nothing and only knows pauses.
    pub fn new(rate: Option<f64>, now: Instant) -> Self {
        let tokens = rate.unwrap_or(0.0).max(1.0);
        Self {
            rate,
            inner: Mutex::new(Inner {
                tokens,
                filled: now,
                paused_until: None,
            }),
        }
    }

    /// Waits for a turn; returns at once when the run shall stop.
    pub fn wait_turn(&self, ambient: &Ambient) {
        while let Some(wait) = self.delay(ambient.now()) {
            if ambient.stopping() {
                return;
            }
            ambient.rest(wait);
        }
    }

    /// Takes a request out of the bucket, or says how long to wait before asking again.
    pub fn delay(&self, now: Instant) -> Option<Duration> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = inner.paused_until.filter(|until| *until > now) {
            return Some(until - now);
        }
        let rate = self.rate?;
        let since = now.saturating_duration_since(inner.filled).as_secs_f64();
        inner.tokens = (inner.tokens + since * rate).min(rate.max(1.0));
        inner.filled = now;
        if inner.tokens >= 1.0 {
            inner.tokens -= 1.0;
            return None;
        }
        Some(Duration::from_secs_f64((1.0 - inner.tokens) / rate))
    }

    /// Nobody asks before `until`; a longer pause already there stays.
    pub fn pause_until(&self, until: Instant) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.paused_until = inner.paused_until.max(Some(until));
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Pace;

    #[test]
    fn a_bucket_of_ten_lets_ten_through_and_then_one_each_tenth() {
        let start = Instant::now();
        let pace = Pace::new(Some(10.0), start);
        for _ in 0..10 {
            assert_eq!(pace.delay(start), None);
        }
        let wait = pace.delay(start).expect("empty").as_secs_f64();
        assert!((wait - 0.1).abs() < 1e-9, "{wait}");
        assert_eq!(pace.delay(start + Duration::from_millis(101)), None);
        assert!(pace.delay(start + Duration::from_millis(102)).is_some());
    }

    #[test]
    fn a_pause_holds_everybody_and_the_longer_one_wins() {
        let start = Instant::now();
        let pace = Pace::new(None, start);
        pace.pause_until(start + Duration::from_secs(5));
        pace.pause_until(start + Duration::from_secs(2));
        assert_eq!(pace.delay(start), Some(Duration::from_secs(5)));
        assert_eq!(pace.delay(start + Duration::from_secs(5)), None);
    }

    #[test]
    fn less_than_one_a_second_still_begins_at_once() {
        let start = Instant::now();
        let pace = Pace::new(Some(0.5), start);
        assert_eq!(pace.delay(start), None);
        assert_eq!(pace.delay(start), Some(Duration::from_secs(2)));
    }
}
