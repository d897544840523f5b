//! The parts that both remotes share: the HTTP agent, the retry policy, the rate bucket and pause, secrets, base URLs.
//!
//! Knows neither JumpCloud nor Elasticsearch: which status means what is decided on the floor above.

mod agent;
mod ambient;
mod base_url;
mod fingerprint;
mod pace;
mod pinned;
mod proxy;
mod retry;
mod secret;
mod tls;
mod trust;

pub use agent::{
    AgentSettings, Call, Loss, Trouble, build_agent, header, retry_after, send, send_within,
};
pub use ambient::Ambient;
pub use base_url::BaseUrl;
pub use fingerprint::Fingerprint;
pub use pace::Pace;
pub use retry::{Patience, Retry, Verdict};
pub use secret::{KeyPlaces, Secret};
pub use trust::{Trust, TrustSettings};
