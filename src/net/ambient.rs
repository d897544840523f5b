//! The clock, sleeping, chance and the wish to stop, handed in from the top so that everything below is a plain test.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use crate::failure::{Failure, Result};

/// What a run takes from its surroundings instead of asking the system itself.
#[derive(Clone)]
pub struct Ambient {
    /// Monotonic time, for budgets and rates.
    pub clock: Arc<dyn Fn() -> Instant + Send + Sync>,
    /// Time of day, for windows and HTTP dates.
    pub wall: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// Sleeping; tests only note the wish.
    pub sleep: Arc<dyn Fn(Duration) + Send + Sync>,
    /// A number in `[0, 1)`, for jitter.
    pub random: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// Set once when the run shall end early.
    pub stop: Arc<AtomicBool>,
}

/// The longest sleep that does not look at the wish to stop.
const SLICE: Duration = Duration::from_millis(50);

impl Ambient {
    /// The real surroundings.
    pub fn real() -> Self {
        Self {
            clock: Arc::new(Instant::now),
            wall: Arc::new(Utc::now),
            sleep: Arc::new(std::thread::sleep),
            random: Arc::new(fastrand::f64),
            stop: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Monotonic now.
    pub fn now(&self) -> Instant {
        (self.clock)()
    }

    /// Whether the run shall end early.
    pub fn stopping(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Fails when the run shall end early; to be asked in every loop.
    pub fn check_stop(&self) -> Result<()> {
        if self.stopping() {
            Err(Failure::interrupted())
        } else {
            Ok(())
        }
    }

    /// Sleeps, but not past the wish to stop.
    pub fn rest(&self, time: Duration) {
        let mut left = time;
        while !left.is_zero() && !self.stopping() {
            let slice = left.min(SLICE);
            (self.sleep)(slice);
            left -= slice;
        }
    }
}
