//! Whose turn it is among the nodes of a cluster: one after the other, and those that failed rest, longer each time.
//!
//! Knows numbers of nodes and times, no address and no request. A cluster of one node is always asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(30);

/// The turns of a number of nodes, shared by all who ask.
pub(super) struct Rota {
    /// Whose turn it is with documents, and with anything else: a question before each load must not send all loads to one node.
    next: [AtomicUsize; 2],
    nodes: Mutex<Vec<Health>>,
}

#[derive(Clone, Default)]
struct Health {
    /// Failures in a row.
    failures: u32,
    /// Until when it rests.
    until: Option<Instant>,
    /// Whether somebody is finding out if it is well again; one is enough.
    tried: bool,
    /// Whether it failed in a way that does not pass by itself.
    hopeless: bool,
    /// Whether that was said.
    told: bool,
}

impl Health {
    fn is_awake(&self, now: Instant) -> bool {
        !self.hopeless && !self.tried && self.until.is_none_or(|until| until <= now)
    }
}

impl Rota {
    /// Nobody has failed yet.
    pub fn new(count: usize) -> Self {
        Self {
            next: [AtomicUsize::new(0), AtomicUsize::new(0)],
            nodes: Mutex::new(vec![Health::default(); count]),
        }
    }

    /// Every node once, in the order to try them in: those awake by turns, then those at rest, whose rest ends first
    /// first, then the hopeless. Whoever asks must begin with the first one, and say how it went.
    pub fn order(&self, now: Instant, documents: bool) -> Vec<usize> {
        let mut nodes = self.lock();
        let count = nodes.len();
        let next = &self.next[usize::from(documents)];
        let first = next.fetch_add(1, Ordering::Relaxed) % count;
        let mut order: Vec<usize> = (first..first + count).map(|turn| turn % count).collect();
        order.sort_by_key(|node| {
            let health = &nodes[*node];
            let until = health.until.filter(|until| *until > now);
            (health.hopeless, health.tried, until)
        });
        let chosen = &mut nodes[order[0]];
        chosen.tried |= chosen.failures > 0 && chosen.is_awake(now);
        order
    }

    /// Whether another try may go to somebody who has not just failed.
    pub fn has_awake(&self, now: Instant) -> bool {
        self.lock().iter().any(|health| health.is_awake(now))
    }

    /// Whether every node failed in a way that does not pass by itself.
    pub fn is_hopeless(&self) -> bool {
        self.lock().iter().all(|health| health.hopeless)
    }

    /// A node answered for itself.
    pub fn answered(&self, node: usize) {
        let health = &mut self.lock()[node];
        *health = Health {
            told: health.told,
            ..Health::default()
        };
    }

    /// A node failed; it rests at least as long as it asked for. Failures of requests that were under way at once count
    /// once. Says how long it rests, where that is news.
    pub fn failed(&self, node: usize, now: Instant, asked: Option<Duration>) -> Option<Duration> {
        let health = &mut self.lock()[node];
        let asked = asked.unwrap_or_default();
        if !health.is_awake(now) && !health.tried {
            health.until = health.until.max(Some(now + asked));
            return None;
        }
        health.tried = false;
        let doubled =
            FIRST_REST.saturating_mul(1_u32.checked_shl(health.failures).unwrap_or(u32::MAX));
        health.failures += 1;
        let rest = doubled.min(LONGEST_REST).max(asked);
        health.until = Some(now + rest);
        Some(rest)
    }

    /// A node failed in a way that does not pass by itself; `true` where that is news in this run.
    pub fn despair(&self, node: usize) -> bool {
        let health = &mut self.lock()[node];
        health.tried = false;
        health.hopeless = true;
        !std::mem::replace(&mut health.told, true)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Health>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Rota;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn nodes_are_asked_by_turns() {
        let (rota, now) = (Rota::new(3), Instant::now());
        let orders: Vec<_> = (0..4).map(|_| rota.order(now, false)).collect();
        assert_eq!(orders, [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]]);
    }

    #[test]
    fn one_that_failed_is_asked_last_until_its_rest_is_over() {
        let (rota, now) = (Rota::new(2), Instant::now());
        assert_eq!(rota.failed(0, now, None), Some(SECOND));
        assert_eq!(
            [rota.order(now, false), rota.order(now, false)],
            [[1, 0], [1, 0]]
        );
        assert!(rota.has_awake(now));
        let later = now + SECOND;
        let orders = [
            rota.order(later, false),
            rota.order(later, false),
            rota.order(later, false),
        ];
        assert_eq!(orders, [[0, 1], [1, 0], [1, 0]], "one finds out for all");
        rota.answered(0);
        assert_eq!(
            [rota.order(later, false), rota.order(later, false)],
            [[1, 0], [0, 1]]
        );
    }

    #[test]
    fn rests_grow_up_to_half_a_minute_and_end_with_an_answer() {
        let rota = Rota::new(1);
        let mut now = Instant::now();
        let mut rests = Vec::new();
        for _ in 0..7 {
            let rest = rota.failed(0, now, None).expect("it was awake");
            assert_eq!(rota.failed(0, now, None), None, "counted once");
            rests.push(rest.as_secs());
            now += rest;
        }
        assert_eq!(rests, [1, 2, 4, 8, 16, 30, 30]);
        rota.answered(0);
        assert_eq!(rota.failed(0, now, None), Some(SECOND));
    }

    #[test]
    fn it_rests_as_long_as_it_asked_for() {
        let (rota, now) = (Rota::new(2), Instant::now());
        assert_eq!(rota.failed(0, now, Some(9 * SECOND)), Some(9 * SECOND));
        assert_eq!(rota.failed(0, now, Some(SECOND)), None);
        rota.failed(1, now, Some(5 * SECOND));
        assert_eq!(rota.failed(1, now, Some(8 * SECOND)), None, "longer now");
        assert_eq!(rota.order(now + 7 * SECOND, false), [1, 0]);
        assert!(!rota.has_awake(now + 7 * SECOND));
    }

    #[test]
    fn where_all_rest_the_one_that_wakes_first_is_asked_and_the_hopeless_last() {
        let (rota, now) = (Rota::new(3), Instant::now());
        rota.failed(0, now, Some(9 * SECOND));
        rota.failed(1, now, Some(3 * SECOND));
        assert!(rota.despair(2));
        assert!(!rota.despair(2), "no news");
        assert!(!rota.has_awake(now));
        assert!(!rota.is_hopeless());
        assert_eq!(rota.order(now, false), [1, 0, 2]);
        rota.despair(0);
        rota.despair(1);
        assert!(rota.is_hopeless());
        rota.answered(1);
        assert!(!rota.is_hopeless());
        assert!(!rota.despair(1), "no news in this run");
    }
}
