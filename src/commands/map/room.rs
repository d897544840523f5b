//! How much of what is no ordinary size may be in work at once, so that memory does not grow with the number of workers.
//!
//! A document can take several times the memory of its event. Ordinary chunks do not ask. Whoever asks does so in the order of
//! the input, so those who have room come before those who wait for it, and need nothing from them.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A chunk of more bytes holds a huge event; others are no longer than what is read at once, and what was left of the read before.
const ORDINARY: usize = 640 << 10;

/// Bytes of events that may be in work at once besides ordinary ones; more only where one of them alone is longer.
const LIMIT: usize = 5 << 19;

/// Room for chunks with huge events.
#[derive(Default)]
pub struct Room {
    taken: Mutex<usize>,
    freed: Condvar,
}

/// Some of it, until this is dropped.
pub struct Taken<'r> {
    room: &'r Room,
    bytes: usize,
}

impl Room {
    /// Waits until there is room for this many `texts` of the size of a chunk of this many bytes.
    pub fn take(&self, chunk: usize, texts: usize) -> Taken<'_> {
        let bytes = if chunk > ORDINARY { texts * chunk } else { 0 };
        if bytes > 0 {
            let is_full = |taken: &mut usize| *taken > 0 && *taken + bytes > LIMIT;
            let waited = self.freed.wait_while(self.lock(), is_full);
            *waited.unwrap_or_else(PoisonError::into_inner) += bytes;
        }
        Taken { room: self, bytes }
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if self.bytes > 0 {
            *self.room.lock() -= self.bytes;
            self.room.freed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::{LIMIT, ORDINARY, Room};

    #[test]
    fn what_is_huge_waits_for_what_is_huge_and_nothing_else_does() {
        let room = Room::default();
        let (tell, told) = channel();
        std::thread::scope(|scope| {
            let first = room.take(LIMIT, 2);
            scope.spawn(|| {
                let _second = room.take(ORDINARY + 1, 1);
                tell.send(()).expect("somebody listens");
            });
            let _ordinary = room.take(ORDINARY, 9);
            let waits = told.recv_timeout(Duration::from_millis(50)).is_err();
            assert!(
                waits,
                "there is no room beside what is larger than all of it"
            );
            drop(first);
            told.recv().expect("there is room now");
        });
        let together = LIMIT / (ORDINARY + 1);
        let all: Vec<_> = (0..together).map(|_| room.take(ORDINARY + 1, 1)).collect();
        assert!(all.len() > 1);
        drop(all);
        assert_eq!(*room.lock(), 0);
    }
}
