//! The one place that decides whether and how long to try again.
//!
//! The budget is time without progress: every success starts it anew, and all workers of a run share it. The wait is
//! exponential with full jitter, or what `Retry-After` asks for. The loops around requests stay with their owners.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::ambient::Ambient;

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long a run tries without progress, shared by its workers.
pub struct Patience {
    budget: Duration,
    progress: Mutex<Instant>,
}

/// One piece of work that is being tried again.
#[derive(Clone, Default)]
pub struct Retry {
    failures: u32,
    /// When this work failed first: what came before was not spent on trying.
    since: Option<Instant>,
}

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try again after this time.
    Wait(Duration),
    /// The budget is used up, or would be before the remote wants to be asked again.
    GiveUp,
}

impl Patience {
    /// A budget that begins now.
    pub fn new(budget: Duration, now: Instant) -> Self {
        Self {
            budget,
            progress: Mutex::new(now),
        }
    }

    /// Something succeeded.
    pub fn progress(&self, now: Instant) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// The whole budget.
    pub fn budget(&self) -> Duration {
        self.budget
    }

    /// What is left of the budget for work that failed first at `since`.
    fn left(&self, since: Instant, now: Instant) -> Duration {
        let progress = *self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = progress.max(since);
        self.budget
            .saturating_sub(now.saturating_duration_since(begun))
    }
}

impl Retry {
    /// How often this work has failed so far.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Counts a failure and decides. `asked` is what the remote wants (`Retry-After`).
    pub fn failed(
        &mut self,
        patience: &Patience,
        ambient: &Ambient,
        asked: Option<Duration>,
    ) -> Verdict {
        let now = ambient.now();
        let left = patience.left(*self.since.get_or_insert(now), now);
        let doubled =
            FIRST_WAIT.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        self.failures += 1;
        if left.is_zero() || asked.is_some_and(|asked| asked > left) {
            return Verdict::GiveUp;
        }
        let jittered = doubled.min(LONGEST_WAIT).mul_f64((ambient.random)());
        // A `Retry-After` of nothing, or of a date that a clock running ahead has passed, must not become a hot loop.
        Verdict::Wait(jittered.min(left).max(asked.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration, Instant};

    use super::{Patience, Retry, Verdict};
    use crate::net::Ambient;

    /// Surroundings whose clock is a counter of milliseconds and whose chance is always `random`.
    fn clockwork(random: f64) -> (Ambient, Arc<AtomicU64>) {
        let start = Instant::now();
        let millis = Arc::new(AtomicU64::new(0));
        let read = Arc::clone(&millis);
        let mut ambient = Ambient::real();
        ambient.clock =
            Arc::new(move || start + Duration::from_millis(read.load(Ordering::SeqCst)));
        ambient.random = Arc::new(move || random);
        (ambient, millis)
    }

    #[test]
    fn waits_double_up_to_thirty_seconds() {
        let (ambient, _) = clockwork(1.0);
        let patience = Patience::new(Duration::from_mins(10), ambient.now());
        let mut retry = Retry::default();
        let waits: Vec<u64> = (0..9)
            .map(|_| match retry.failed(&patience, &ambient, None) {
                Verdict::Wait(wait) => wait.as_millis().try_into().expect("small"),
                Verdict::GiveUp => 0,
            })
            .collect();
        assert_eq!(
            waits,
            [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]
        );
    }

    #[test]
    fn the_budget_is_time_without_progress() {
        let (ambient, millis) = clockwork(0.5);
        let patience = Patience::new(Duration::from_secs(10), ambient.now());
        let mut retry = Retry::default();
        // A reader that kept us waiting has not used up the budget.
        millis.store(60_000, Ordering::SeqCst);
        assert!(matches!(
            retry.failed(&patience, &ambient, None),
            Verdict::Wait(_)
        ));
        millis.store(69_900, Ordering::SeqCst);
        assert_eq!(
            retry.failed(&patience, &ambient, None),
            Verdict::Wait(Duration::from_millis(100)),
            "the last try"
        );
        millis.store(70_000, Ordering::SeqCst);
        assert_eq!(retry.failed(&patience, &ambient, None), Verdict::GiveUp);
        patience.progress(ambient.now());
        assert!(matches!(
            Retry::default().failed(&patience, &ambient, None),
            Verdict::Wait(_)
        ));
    }

    #[test]
    fn what_the_remote_asks_for_is_obeyed_or_ends_it() {
        let (ambient, _) = clockwork(0.5);
        let patience = Patience::new(Duration::from_secs(10), ambient.now());
        let seven = Duration::from_secs(7);
        assert_eq!(
            Retry::default().failed(&patience, &ambient, Some(seven)),
            Verdict::Wait(seven)
        );
        assert_eq!(
            Retry::default().failed(&patience, &ambient, Some(seven * 2)),
            Verdict::GiveUp
        );
        let half = Verdict::Wait(Duration::from_millis(250));
        let none = Some(Duration::ZERO);
        assert_eq!(Retry::default().failed(&patience, &ambient, none), half);
    }
}
