//! JumpCloud's Directory Insights API: asking for pages until a window is whole, and for counts (`docs/insights-api.md`).
//!
//! Knows no arguments, no files and no Elasticsearch; hands raw events to whoever asked.

mod auth;
mod client;
mod counting;
mod fault;
mod page;
mod query;
mod region;
mod request;
mod services;
mod sieve;
mod walk;

pub use auth::{Credentials, ServiceAccount};
pub use client::{Client, ClientSettings};
pub use counting::{Buckets, Interval, Scope};
pub use query::Query;
pub use region::Region;
pub use services::{Services, nearest};
pub use sieve::SieveCounts;
pub use walk::{Walked, walk};
