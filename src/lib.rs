//! `jcx`: every JumpCloud Directory Insights event, mapped as Elastic's integration maps it, loaded exactly once.
//!
//! Data flows one way: bytes in → events → documents → bytes out. The modules stand on four floors and import only
//! downwards (a test holds this): `cli`, `commands`, `exit` / `insights`, `ecs`, `elastic` / `net`, `store`, `term` /
//! `time`, `event`, `json`, `hash`, `failure`.

pub mod cli;
pub mod commands;
pub mod ecs;
pub mod elastic;
pub mod event;
pub mod exit;
pub mod failure;
pub mod hash;
pub mod insights;
pub mod json;
pub mod net;
pub mod store;
pub mod term;
pub mod time;
