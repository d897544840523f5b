//! Instants, ages, windows and retention as people write them and as JumpCloud understands them.
//!
//! Pure values: the clock is a parameter everywhere, so that every rule here is a plain test.

mod age;
mod retention;
mod unreadable;
mod when;
mod window;

pub use age::parse_age;
pub use retention::{Retention, TooOld};
pub use unreadable::Unreadable;
pub use when::{parse_timestamp, parse_when, rfc3339};
pub use window::{Place, Window};
