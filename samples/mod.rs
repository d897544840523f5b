//! Loopback servers and invented data, shared by the tour and the tests.
//!
//! Nothing here knows jcx: the tenant plays JumpCloud, the target plays Elasticsearch or OpenSearch, and the inventor makes
//! up a company's events. Only `std` is used, so that a defect of a crate jcx stands on cannot hide on both sides.

#![allow(
    dead_code,
    unused_imports,
    reason = "each program that includes this folder uses a part of it"
)]

pub mod http;
pub mod instant;
pub mod invent;
pub mod json;
pub mod mmdb;
pub mod target;
pub mod tenant;
