//! Files and pipes: lines in, sinks out, what waits in between, and the ledger that says what is durable.
//!
//! Knows bytes, lines and positions; not what an event or a document is.

mod archive;
mod chunk;
mod chunks;
mod dead_letters;
mod elements;
mod encoder;
mod input;
mod ledger;
mod open_ended;
mod output;
mod partial;
mod pieces;
mod reading;
mod replace;
mod shared;
mod sink;
mod spool;

pub use archive::unfold_folders;
pub use chunk::{Chunk, Line, Overlong};
pub use chunks::MAX_LINE;
pub use dead_letters::{DeadLetters, Record};
pub use input::{Input, check_inputs};
pub use ledger::{Committed, Durable, Ledger, Ticket};
pub use open_ended::Lines;
pub use output::Output;
pub use reading::{Inputs, cut_off};
pub use replace::replace_file;
pub use shared::{Busy, SharedSink};
pub use sink::Sink;
pub use spool::{Budget, Spool};
