//! The one place that prints to a person: errors, warnings, progress, and the summary at the end.
//!
//! Data never passes here; secrets cannot (they have no text). Knows neither remote.

mod bars;
mod counted;
mod metrics;
mod printer;
mod summary;

pub use bars::bars;
pub use counted::counted;
pub use metrics::prometheus;
pub use printer::{LogFormat, Printer, Verbosity, printable};
pub use summary::{ErrorText, Gap, Summary, WindowText, Windows};
