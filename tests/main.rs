//! All tests that need nothing but Rust: the real binary in private folders, against servers of our own.

#[path = "../samples/mod.rs"]
mod samples;

mod harness;

mod architecture;
mod fetch_doubts;
mod fetch_refusals;
mod fetch_walk;
mod invention;
mod loopback;
mod mapping;
mod push;
mod template;
