//! JumpCloud's Directory Insights API: asking for pages until a window is whole, and for counts (`docs/insights-api.md`).
//!
//! Knows no arguments, no files and no Elasticsearch; hands raw events to whoever asked.

mod again;
mod alert_name;
mod attempts;
mod auth;
mod client;
mod counting;
mod fault;
mod filter;
mod fit;
mod interval;
mod page;
mod query;
mod question;
mod reach;
mod recent;
mod region;
mod request;
mod seen;
mod selection;
mod services;
mod sieve;
mod slices;
mod tenancy;
mod trouble;
mod value;
mod walk;

pub use auth::{Credentials, ServiceAccount};
pub use client::{Client, ClientSettings};
pub use counting::{Buckets, Scope};
pub use filter::Filters;
pub use interval::Interval;
pub use query::Query;
pub use question::Tries;
pub use recent::Recent;
pub use region::Region;
pub use selection::Selection;
pub use services::{Services, nearest};
pub use sieve::{Received, Sieve, SieveCounts, digest};
pub use slices::{Slice, Wish, behind, by_time, halves, plan};
pub use tenancy::Tenancy;
pub use trouble::{Cause, Trouble};
pub use walk::{Step, Walk};
