//! The workers of `jcx map`, who take turns: one reads, all map, one writes, each in the order of the input.
//!
//! A worker carries its chunk from the input to the output by itself, in buffers of its own, so that nothing is handed
//! over and nothing allocated on the way, and one worker is simply a loop. What depends on the order is the books'.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;
use std::time::Duration;

use super::batch::Batch;
use super::books::Books;
use super::form::Form;
use super::room::{Room, Taken};
use super::turns::Turns;
use crate::commands::Run;
use crate::failure::{Failure, Kind, OrFail, Result};
use crate::store::{Chunk, Inputs};

/// How often the wish to stop is looked at while nothing happens.
const TICK: Duration = Duration::from_millis(100);

/// What the workers share.
pub struct Crew {
    run: Run,
    input: Mutex<Source>,
    turns: Turns<Books>,
    room: Room,
    most_strays: usize,
}

/// The inputs, and the number of the next chunk.
struct Source {
    inputs: Inputs,
    number: u64,
    ended: bool,
}

impl Crew {
    /// Maps all inputs with this many workers and gives the books to `finish`; what they hold when that fails is broken off.
    pub fn work<T>(
        run: &Run,
        inputs: Inputs,
        form: &Form,
        (jobs, books): (usize, Books),
        finish: impl FnOnce(&mut Books) -> Result<T>,
    ) -> Result<T> {
        let source = Source {
            inputs,
            number: 0,
            ended: false,
        };
        let crew = Arc::new(Self {
            run: run.clone(),
            input: Mutex::new(source),
            most_strays: books.most_strays(),
            turns: Turns::new(books, jobs),
            room: Room::default(),
        });
        let started = (0..jobs).try_for_each(|_| {
            let (crew, form) = (Arc::clone(&crew), form.clone());
            let worker = Builder::new().name("mapper".to_owned());
            let spawned = worker.spawn(move || crew.work_or_tell(form));
            spawned
                .map(drop)
                .or_fail(Kind::Unexpected, || "starting a thread")
        });
        let check = || run.ambient.check_stop();
        let ended = started.and_then(|()| crew.turns.until_over(TICK, check));
        // Behind what is broken off nobody writes any more.
        crew.turns.end(Ok(()));
        crew.turns.with(|books| {
            let finished = ended.and_then(|()| finish(books));
            finished.map_err(|failure| books.break_off(failure))
        })
    }

    /// A worker that dies must not leave the others waiting for its turn.
    fn work_or_tell(&self, form: Form) {
        if catch_unwind(AssertUnwindSafe(|| self.carry(form))).is_err() {
            let text = "a thread ended before its work was done; this is a defect of jcx";
            self.turns.end(Err(Failure::new(Kind::Unexpected, text)));
        }
    }

    /// Carries chunk after chunk from the input to the output.
    fn carry(&self, mut form: Form) {
        let (mut chunk, mut batch) = (Chunk::default(), Batch::new(self.most_strays));
        while let Some((number, filled, _room)) = self.draw(&mut chunk, form.texts()) {
            match filled {
                Ok(true) if self.deliver(number, &chunk, &mut form, &mut batch) => {}
                Ok(true) => return,
                Ok(false) => return self.end(number, Ok(())),
                Err(failure) => return self.end(number, Err(failure)),
            }
        }
    }

    /// The next chunk with its number and the room for so many `texts` of it; the end and a failure have a number too, and behind them there is nothing.
    fn draw(&self, chunk: &mut Chunk, texts: usize) -> Option<(u64, Result<bool>, Taken<'_>)> {
        let mut source = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        if source.ended {
            return None;
        }
        let filled = source.inputs.fill(chunk);
        source.ended = !matches!(filled, Ok(true));
        source.number += 1;
        // Still before anybody reads on, so that room is taken in the order of the chunks.
        let room = self.room.take(chunk.bytes().len(), texts);
        Some((source.number - 1, filled, room))
    }

    /// Maps a chunk and writes it when its turn comes; says whether the work goes on.
    fn deliver(&self, number: u64, chunk: &Chunk, form: &mut Form, batch: &mut Batch) -> bool {
        let mut lines = chunk.lines();
        let mut bytes = chunk.length();
        loop {
            let more = batch.fill(form, chunk, &mut lines);
            batch.bytes = std::mem::take(&mut bytes);
            let Some(mut books) = self.turns.wait(number) else {
                return false;
            };
            let wanted = self.run.ambient.check_stop();
            let entered = wanted.and_then(|()| books.enter(&self.run, chunk, (batch, form)));
            if let Err(failure) = entered {
                books.close(&self.run);
                books.end(Err(failure));
                return false;
            }
            batch.clear();
            if !more {
                books.pass_on();
                return true;
            }
            // Its turn goes on: a chunk of small events gives several batches.
        }
    }

    /// Ends the work when everything before is written.
    fn end(&self, number: u64, how: Result<()>) {
        if let Some(books) = self.turns.wait(number) {
            books.close(&self.run);
            books.end(how);
        }
    }
}
