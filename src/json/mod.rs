//! JSON as bytes: what can be said of a text without turning it into values, so that what JumpCloud sent stays as sent.
//!
//! Knows no event, no file and no clock.

pub mod check;
pub mod compact;
pub mod elements;
pub mod members;
pub mod read;
pub mod split;
pub mod text;
pub mod tree;
