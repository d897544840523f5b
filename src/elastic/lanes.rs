//! How many bulk requests may be under way at once: fewer when the server says it is busy, slowly more when it takes them again.
//!
//! Halved once for all requests that were under way together, and raised by one when as many as are allowed were taken
//! (`docs/elasticsearch-bulk.md` section 9).

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::net::Ambient;

/// How long the wish to stop may go unnoticed.
const GLANCE: Duration = Duration::from_millis(50);

/// The requests that may be under way.
pub(super) struct Lanes {
    most: usize,
    state: Mutex<State>,
    left: Condvar,
}

struct State {
    allowed: usize,
    under_way: usize,
    /// How many were taken since the last change.
    taken: usize,
    /// How often it was halved.
    halvings: u64,
}

/// The permission for one request; given back when it is dropped.
pub(super) struct Lane<'a> {
    lanes: &'a Lanes,
    halvings: u64,
}

impl Lanes {
    /// At most so many, and that many to begin with.
    pub fn new(most: u16) -> Self {
        let most = usize::from(most.max(1));
        Self {
            most,
            state: Mutex::new(State {
                allowed: most,
                under_way: 0,
                taken: 0,
                halvings: 0,
            }),
            left: Condvar::new(),
        }
    }

    /// Waits until one more request is allowed; returns at once when the run shall stop.
    pub fn enter(&self, ambient: &Ambient) -> Lane<'_> {
        let mut state = self.state();
        while state.under_way >= state.allowed && !ambient.stopping() {
            let waited = self.left.wait_timeout(state, GLANCE);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.under_way += 1;
        Lane {
            lanes: self,
            halvings: state.halvings,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lane<'_> {
    /// The server is busy: half as many from now on, unless that was said of another request that was under way with this
    /// one. How many are allowed, where that changed.
    pub fn busy(&self) -> Option<usize> {
        let mut state = self.lanes.state();
        if state.halvings != self.halvings {
            return None;
        }
        state.halvings += 1;
        state.taken = 0;
        let before = state.allowed;
        state.allowed = (before / 2).max(1);
        (state.allowed < before).then_some(state.allowed)
    }

    /// The server took the request.
    pub fn taken(&self) {
        let mut state = self.lanes.state();
        state.taken += 1;
        if state.taken >= state.allowed && state.allowed < self.lanes.most {
            state.allowed += 1;
            state.taken = 0;
        }
    }
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        self.lanes.state().under_way -= 1;
        self.lanes.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::Lanes;
    use crate::net::Ambient;

    fn allowed(lanes: &Lanes) -> usize {
        lanes.state().allowed
    }

    #[test]
    fn requests_that_are_refused_together_halve_once() {
        let (lanes, ambient) = (Lanes::new(16), Ambient::real());
        let together: Vec<_> = (0..16).map(|_| lanes.enter(&ambient)).collect();
        let changes = together.iter().filter_map(super::Lane::busy).count();
        assert_eq!((changes, allowed(&lanes)), (1, 8));
        drop(together);
        for expected in [4, 2, 1] {
            assert_eq!(lanes.enter(&ambient).busy(), Some(expected));
        }
        assert_eq!(lanes.enter(&ambient).busy(), None);
        assert_eq!(allowed(&lanes), 1);
    }

    #[test]
    fn it_recovers_by_one_for_as_many_as_are_allowed_and_not_further_than_it_began() {
        let (lanes, ambient) = (Lanes::new(4), Ambient::real());
        assert_eq!(lanes.enter(&ambient).busy(), Some(2));
        let mut requests = 0;
        while allowed(&lanes) < 4 {
            lanes.enter(&ambient).taken();
            requests += 1;
        }
        assert_eq!(requests, 2 + 3);
        (0..100).for_each(|_| lanes.enter(&ambient).taken());
        assert_eq!(allowed(&lanes), 4);
    }

    #[test]
    fn nobody_waits_once_the_run_shall_stop() {
        let (lanes, ambient) = (Lanes::new(1), Ambient::real());
        let first = lanes.enter(&ambient);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| drop(lanes.enter(&ambient)));
            ambient.stop.store(true, Ordering::SeqCst);
            second.join().expect("it returns");
        });
        drop(first);
        assert_eq!(lanes.state().under_way, 0);
    }

    #[test]
    fn a_lane_that_is_left_lets_the_next_one_in() {
        let (lanes, ambient) = (Lanes::new(1), Ambient::real());
        let first = lanes.enter(&ambient);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| drop(lanes.enter(&ambient)));
            drop(first);
            second.join().expect("it enters");
        });
    }
}
