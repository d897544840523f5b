//! The parts that both remotes share: the HTTP agent, the retry policy, the rate bucket and pause, secrets, base URLs.
//!
//! Knows neither JumpCloud nor Elasticsearch: which status means what is decided on the floor above.

mod agent;
mod ambient;
mod base_url;
mod pace;
mod proxy;
mod retry;
mod secret;

pub use agent::{
    AgentSettings, Call, Trouble, build_agent, header, retry_after, send, send_within,
};
pub use ambient::Ambient;
pub use base_url::BaseUrl;
pub use pace::Pace;
pub use retry::{Patience, Retry, Verdict};
pub use secret::{KeyPlaces, Secret};
