//! The sources of semantics that a run selects by name.
//!
//! A [`SourceConfig`] makes the semantics of a slide, `[n, s]`. [`ShippedSemantics`] is the choice of the shipped sources: the
//! shipped gene table, tables and spot vectors in files or in slots of an `.h5ad` ([`VectorPlace`]), language models that read
//! the highest genes of each spot ([`PromptedConfig`]), and the controls of each. [`SemanticsConfig`] joins a source with its
//! settings.
//!
//! ```
//! use semst_semantic_sources::{SemanticsConfig, ShippedSemantics, SourceConfig};
//!
//! let source = ShippedSemantics::parse("table:genes.npz")?;
//! assert_eq!(source.name(), "table:genes.npz");
//! let config = SemanticsConfig { source, ..SemanticsConfig::default() };
//! assert!(config.check().is_err()); // there is no such file
//! # Ok::<(), semst_semantic_sources::SourceError>(())
//! ```
//!
//! Related crates: `semst-semantic-embedding` pools gene vectors, `semst-text-models` runs language models. This crate joins them
//! with the slide of `semst-io`. It uses neither graphs nor tensors.

mod error;
mod prompted_config;
mod semantics_config;
mod shipped_semantics;
mod source_config;
mod vector_place;

pub use error::SourceError;
pub use prompted_config::{CacheChoice, PromptRanking, PromptedConfig};
pub use semantics_config::SemanticsConfig;
pub use shipped_semantics::ShippedSemantics;
pub use source_config::{
    SourceConfig, SourceRequest, SourceSettings, log_expression, spot_expression,
};
pub use vector_place::{VectorPlace, VectorSlot};
