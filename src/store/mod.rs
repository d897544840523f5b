//! Files and pipes: lines in, sinks out, what waits in between, what continues, and the ledger that says what is durable.
//!
//! Knows bytes, lines, positions and days; not what an event or a document is.

mod appending;
mod archive;
mod chunk;
mod chunks;
mod day_notes;
mod days;
mod dead_letters;
mod elements;
mod encoder;
mod folder;
mod input;
mod instants;
mod ledger;
mod lock;
mod manifest;
mod open_ended;
mod output;
mod packer;
mod partial;
mod pieces;
mod reading;
mod recent;
mod replace;
mod sealed;
mod settings;
mod shared;
mod sink;
mod spool;
mod state;
mod state_file;

pub use appending::check_appendable;
pub use archive::unfold_folders;
pub use chunk::{Chunk, Line, Overlong};
pub use chunks::MAX_LINE;
pub use days::{Archive, DayFacts, LOCK};
pub use dead_letters::{DeadLetters, Record};
pub use folder::{damaged, read_manifest};
pub use input::{Input, check_inputs};
pub use ledger::{Committed, Durable, Ledger, Ticket};
pub use lock::Patience;
pub use manifest::{Day, Head, MANIFEST, Manifest, SHORT, Span};
pub use open_ended::Lines;
pub use output::Output;
pub use packer::Packing;
pub use reading::{Inputs, cut_off};
pub use recent::{Digest, Recent};
pub use replace::replace_file;
pub use settings::Settings;
pub use shared::{Busy, SharedSink};
pub use sink::Sink;
pub use spool::{Budget, Spool};
pub use state::{Checkpoint, OpenGap, State, Walk};
pub use state_file::{StateFile, remove_state};
