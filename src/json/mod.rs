//! JSON as bytes: what can be said of a text without turning it into values, so that what JumpCloud sent stays as sent.
//!
//! Knows no event, no file and no clock.

pub mod assembly;
pub mod check;
pub mod compact;
pub mod edits;
pub mod elements;
pub mod key;
pub mod marks;
pub mod members;
pub mod number;
pub mod scan;
pub mod slots;
pub mod span;
pub mod split;
pub mod text;
pub mod wanted;
