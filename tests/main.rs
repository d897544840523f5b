//! All tests that need nothing but Rust: the real binary in private folders, against servers of our own.

mod architecture;
mod mapping;
mod template;
