//! What is known of a run before it begins, of whichever command it is.
//!
//! Only says it; what follows from it, the run itself decides.

use crate::cli::CommonArgs;
use crate::failure::Failure;
use crate::term::Summary;

/// What is known of a run before it begins.
pub struct Frame {
    /// The subcommand.
    pub command: &'static str,
    /// How it speaks.
    pub common: CommonArgs,
    /// Whether its data goes to stdout.
    pub data_on_stdout: bool,
    /// Writes a zero for each count that applies to it, so that it is in the summary however early the run ends.
    pub zero: fn(&mut Summary),
    /// Why it does not begin.
    pub refusal: Option<Failure>,
}
