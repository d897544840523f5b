//! JSON as the reference reads it: a strict reader, a tree whose scalars stay raw, and what their texts say.
//!
//! A copy on purpose: a defect of the program's own reader must not hide here as well.

pub mod compact;
pub mod read;
pub mod text;
pub mod tree;
