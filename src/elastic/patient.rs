//! What all who ask one server share: how patiently it is asked, and where that is said.
//!
//! Only holds it; who waits, and for what, [`super::connection`] decides.

use std::sync::Arc;
use std::time::Duration;

use crate::net::{Ambient, Pace, Patience};
use crate::term::Printer;

/// What is shared by all who ask: surroundings, budget, pause and printer.
#[derive(Clone)]
pub struct Patient {
    /// Clock, sleep, chance and the wish to stop.
    pub ambient: Ambient,
    /// How long without progress.
    pub patience: Arc<Patience>,
    /// The pause that the server asked for.
    pub pace: Arc<Pace>,
    /// How long a request may take, with all of its answer; large ones have longer.
    pub answer_within: Duration,
    /// Where to speak.
    pub printer: Printer,
}
