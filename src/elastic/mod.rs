//! Elasticsearch and OpenSearch: documents in batches, sent until every one has its fate; the target looked at before.
//!
//! Installs a template that it does not understand. Knows neither JumpCloud nor ECS, no arguments, no
//! clock and no file.

mod again;
mod answer;
mod backing;
mod batch;
mod claims;
mod cloud_id;
mod cluster;
mod connection;
mod delivery;
mod document;
mod doubts;
mod exchange;
mod filling;
mod freshness;
mod hunt;
mod identity;
mod index_templates;
mod items;
mod known;
mod lanes;
mod loader;
mod look;
mod lookup;
mod node;
mod part;
mod patient;
mod pressure;
mod reader;
mod recognition;
mod redaction;
mod repair;
mod reply;
mod rota;
mod search;
mod server_error;
mod stopping;
mod suspects;
mod target;
mod template;

pub use backing::Backing;
pub use batch::{Batch, Entry, Named, Place};
pub use cloud_id::cloud_url;
pub use connection::{Connection, Patient};
pub use document::{Document, Flaw, NOT_JSON};
pub use filling::{Filling, Limits, SizeLimit};
pub use identity::cluster_uuid;
pub use loader::{Bulk, Loader};
pub use look::{Look, look};
pub use node::Node;
pub use part::Deferred;
pub use reader::Reader;
pub use recognition::Dedupe;
pub use redaction::{echoed, error_type, harmless, redacted};
pub use reply::{Final, Refusal};
pub use suspects::Held;
pub use target::{Target, named_target};
pub use template::{Installation, Installed, Product, install, product};
