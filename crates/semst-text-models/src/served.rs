//! Language models on servers with the interface of OpenAI.

#[cfg(feature = "served")]
mod address;
#[cfg(feature = "served")]
mod answer;
mod config;
#[cfg(feature = "served")]
mod key;
#[cfg(feature = "served")]
mod model;
#[cfg(feature = "served")]
mod redactor;
#[cfg(feature = "served")]
mod retry_policy;

#[cfg(feature = "served")]
pub(crate) use self::address::Address;
pub use self::config::ServedConfig;
#[cfg(feature = "served")]
pub use self::model::ServedModel;

#[cfg(all(test, feature = "served"))]
mod tests;
