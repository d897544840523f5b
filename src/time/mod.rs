//! Instants, ages, windows and retention as people write them and as JumpCloud understands them.
//!
//! Pure values: the clock is a parameter everywhere, so that every rule here is a plain test.

mod age;
mod day;
mod retention;
mod unreadable;
mod when;
mod window;

pub use age::parse_age;
pub use day::{day_name, day_number, whole_day};
pub use retention::{Retention, TooOld};
pub use unreadable::Unreadable;
pub use when::{parse_timestamp, parse_when, rfc3339};
pub use window::{Place, Window};
