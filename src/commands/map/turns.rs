//! What several threads change in a fixed order: each draws a number beforehand and gets hold of it when that is due.
//!
//! Knows nothing of what is changed. A thread that waits costs nothing, and one thread alone never waits.

use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::failure::Result;

/// Something that is changed in the order of numbers from 0 on.
pub struct Turns<T> {
    state: Mutex<State<T>>,
    /// Of the numbers that are drawn and not passed on no two have the same bell.
    bells: Vec<Condvar>,
    over: Condvar,
}

struct State<T> {
    next: u64,
    end: Option<Result<()>>,
    is_over: bool,
    value: T,
}

/// The thing itself, while it is a number's turn.
pub struct Turn<'a, T> {
    turns: &'a Turns<T>,
    state: MutexGuard<'a, State<T>>,
}

impl<T> Turns<T> {
    /// For this many threads, each of which has one number at a time.
    pub fn new(value: T, threads: usize) -> Self {
        Self {
            state: Mutex::new(State {
                next: 0,
                end: None,
                is_over: false,
                value,
            }),
            bells: (0..threads).map(|_| Condvar::new()).collect(),
            over: Condvar::new(),
        }
    }

    /// Waits for the turn of `number`; `None` once it is over, for whatever reason.
    pub fn wait(&self, number: u64) -> Option<Turn<'_, T>> {
        let mut state = self.lock();
        while state.next != number && !state.is_over {
            state = self
                .bell(number)
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        (!state.is_over).then_some(Turn { turns: self, state })
    }

    /// Waits until somebody ends it, and asks `check` every `tick` whether to wait on.
    pub fn until_over(&self, tick: Duration, check: impl Fn() -> Result<()>) -> Result<()> {
        let mut state = self.lock();
        loop {
            if let Some(end) = state.end.take() {
                return end;
            }
            check()?;
            let woken = self.over.wait_timeout(state, tick);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends it out of turn.
    pub fn end(&self, how: Result<()>) {
        self.end_locked(&mut self.lock(), how);
    }

    /// Does something with the thing when nobody else does.
    pub fn with<R>(&self, action: impl FnOnce(&mut T) -> R) -> R {
        action(&mut self.lock().value)
    }

    fn end_locked(&self, state: &mut State<T>, how: Result<()>) {
        if !state.is_over {
            state.is_over = true;
            state.end = Some(how);
            self.over.notify_all();
            for bell in &self.bells {
                bell.notify_all();
            }
        }
    }

    fn bell(&self, number: u64) -> &Condvar {
        let bells = self.bells.len() as u64;
        let at = usize::try_from(number % bells).expect("less than the bells");
        &self.bells[at]
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Turn<'_, T> {
    /// It is the next number's turn.
    pub fn pass_on(mut self) {
        self.state.next += 1;
        self.turns.bell(self.state.next).notify_one();
    }

    /// Nobody gets a turn any more.
    pub fn end(mut self, how: Result<()>) {
        self.turns.end_locked(&mut self.state, how);
    }
}

impl<T> Deref for Turn<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.state.value
    }
}

impl<T> DerefMut for Turn<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.state.value
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::Turns;
    use crate::failure::{Failure, Kind};

    #[test]
    fn turns_come_in_the_order_of_the_numbers() {
        for threads in [1, 2, 5] {
            let turns = Turns::new(Vec::new(), threads);
            let drawn = Mutex::new(0..500_u64);
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        loop {
                            let number = drawn.lock().expect("unpoisoned").next();
                            let Some(number) = number else { return };
                            let mut turn = turns.wait(number).expect("a turn");
                            turn.push(number);
                            turn.pass_on();
                        }
                    });
                }
            });
            turns.with(|seen| assert_eq!(*seen, (0..500).collect::<Vec<_>>()));
        }
    }

    #[test]
    fn an_end_wakes_everybody_and_the_first_one_counts() {
        let turns = Turns::new((), 2);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| turns.wait(7).is_none());
            turns.wait(0).expect("a turn").end(Err(Failure::usage("x")));
            turns.end(Ok(()));
            assert!(waiting.join().expect("joined"));
        });
        let end = turns.until_over(Duration::from_secs(9), || Ok(()));
        assert_eq!(end.expect_err("failed").kind(), Kind::Usage);
    }

    #[test]
    fn who_waits_for_the_end_may_leave() {
        let turns = Turns::new((), 1);
        let left = turns.until_over(Duration::ZERO, || Err(Failure::interrupted()));
        assert_eq!(
            left.expect_err("left").kind(),
            Failure::interrupted().kind()
        );
    }
}
