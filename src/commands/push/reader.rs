//! The thread that reads the inputs ahead of the one that fills batches.

use std::thread::Builder;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::failure::{Kind, OrFail, Result};
use crate::store::{Chunk, Inputs};

/// What the thread hands over; ends with `None`.
pub type Read = Result<Option<Chunk>>;

/// Chunks that are under way at once: one being filled, one waiting, one being taken apart.
const CHUNKS: usize = 3;

/// Starts it: what it read, and where chunks go that are to be filled anew.
pub fn start(inputs: Inputs) -> Result<(Receiver<Read>, Sender<Chunk>)> {
    let (sender, chunks) = bounded(1);
    let (spent, empty) = bounded(CHUNKS);
    Builder::new()
        .name("reader".to_owned())
        .spawn(move || read(inputs, &sender, &empty))
        .or_fail(Kind::Unexpected, || "starting a thread")?;
    Ok((chunks, spent))
}

/// Fills chunks until the inputs are at their end. A thread that died says nothing; only `None` is the end.
fn read(mut inputs: Inputs, chunks: &Sender<Read>, empty: &Receiver<Chunk>) {
    let mut goes_on = true;
    while goes_on {
        let mut chunk = empty.try_recv().unwrap_or_default();
        let filled = inputs.fill(&mut chunk);
        goes_on = matches!(filled, Ok(true));
        let chunk = filled.map(|filled| filled.then_some(chunk));
        goes_on &= chunks.send(chunk).is_ok();
    }
}
