//! Elasticsearch and OpenSearch: documents in batches, sent until every one has its fate; the target looked at before.
//!
//! Installs a template that it does not understand. Knows neither JumpCloud nor ECS, no arguments, no
//! clock and no file.

mod answer;
mod batch;
mod connection;
mod delivery;
mod document;
mod exchange;
mod filling;
mod hunt;
mod index_templates;
mod lanes;
mod loader;
mod look;
mod part;
mod pressure;
mod reader;
mod redaction;
mod repair;
mod reply;
mod search;
mod server_error;
mod stopping;
mod suspects;
mod target;
mod template;

pub use batch::{Batch, Entry, Named, Place};
pub use connection::{Connection, Patient};
pub use document::{Document, Flaw, NOT_JSON};
pub use filling::{Filling, Limits, SizeLimit};
pub use loader::{Bulk, Loader};
pub use look::{Look, look};
pub use part::Deferred;
pub use reader::Reader;
pub use redaction::{echoed, error_type, harmless, redacted};
pub use reply::{Final, Refusal};
pub use suspects::Held;
pub use target::{Target, named_target};
pub use template::{Installation, Installed, Product, install, product};
