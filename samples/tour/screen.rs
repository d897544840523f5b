//! What the tour says, on standard output.

use std::io::{Stdout, Write};

/// Standard output; a reader that went away does not stop the tour.
#[derive(Debug)]
pub struct Screen(Stdout);

impl Default for Screen {
    fn default() -> Self {
        Self(std::io::stdout())
    }
}

impl Screen {
    /// Prints a line at once.
    pub fn line(&mut self, text: &str) {
        let _ = writeln!(self.0, "{text}");
        let _ = self.0.flush();
    }
}
