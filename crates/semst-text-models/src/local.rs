//! Local language models: weights in a folder, run on the CPU.

mod config;
#[cfg(feature = "local-llm")]
mod folder;
#[cfg(feature = "local-llm")]
mod hub_cache;
#[cfg(feature = "local-llm")]
mod model;
#[cfg(feature = "local-llm")]
mod network;
#[cfg(feature = "local-llm")]
mod pooling;

pub use self::config::{LocalConfig, LocalPooling};
#[cfg(feature = "local-llm")]
pub(crate) use self::hub_cache::HubCache;
#[cfg(feature = "local-llm")]
pub use self::model::LocalModel;
