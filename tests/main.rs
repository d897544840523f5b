//! All tests that need nothing but Rust: the real binary in private folders, against servers of our own.

#[path = "../samples/mod.rs"]
mod samples;

mod gateway;
mod harness;

mod architecture;
mod count;
mod differential;
mod endings;
mod fetch_archive;
mod fetch_continue;
mod fetch_doubts;
mod fetch_kills;
mod fetch_late;
mod fetch_network;
mod fetch_proof;
mod fetch_refusals;
mod fetch_selection;
mod fetch_walk;
mod fields;
mod geoip;
mod insights_client;
mod invention;
mod loopback;
mod map_inputs;
mod map_run;
mod map_table;
mod mapping;
mod parallel;
mod push;
mod reference;
mod repository;
mod state_file;
mod template;
mod tour;
