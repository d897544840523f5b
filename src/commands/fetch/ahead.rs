//! What lies ahead of a run, for whoever only wants to look at it.

use crate::insights::Selection;
use crate::store::Day;
use crate::time::Window;

/// What a run would ask for.
pub struct Ahead {
    pub selection: Selection,
    /// What would be fetched.
    pub windows: Vec<Window>,
    /// Days of an archive that would be counted, and fetched too if they are not whole.
    pub uncounted: Vec<Day>,
}
