//! Language models that turn texts into vectors.
//!
//! ```no_run
//! use semst_text_models::{EmbeddingJob, LocalConfig, ModelAddress, ServedConfig, TextRequest};
//! let address: ModelAddress = "http://localhost:11434/v1#nomic-embed-text".parse()?;
//! let model = address.open(&ServedConfig::default(), &LocalConfig::default())?;
//! let texts = ["MBP: myelin basic protein", "GFAP: glial fibrillary acidic protein"].map(TextRequest::new);
//! let vectors = EmbeddingJob::new(model.as_ref()).run(&texts, &mut |_| {})?;
//! assert_eq!(vectors.nrows(), 2);
//! # Ok::<(), semst_text_models::TextModelError>(())
//! ```
//!
//! [`TextModel`] is the trait. A [`ModelAddress`] opens a model on a server (feature `served`) or from a folder (feature
//! `local-llm`). [`EmbeddingJob`] embeds many texts, each once, and keeps their vectors in an [`EmbeddingCache`].
//! [`PromptConfig`] writes the highest genes of each spot into prompts, and [`PromptedSpots`] embeds them with a model.
//!
//! Gene tables and their pooling are in `semst-semantic-embedding`, which uses no language models.

mod embedding;
mod error;
mod local;
mod prompt;
mod served;
mod text_model;

pub use self::embedding::{EmbeddingCache, EmbeddingJob, EmbeddingProgress};
pub use self::error::TextModelError;
#[cfg(feature = "local-llm")]
pub use self::local::LocalModel;
pub use self::local::{LocalConfig, LocalPooling};
pub use self::prompt::{
    GENES, PooledTokens, PromptConfig, PromptFormat, PromptRecord, PromptTemplate, PromptText,
    PromptedSpots, PromptedVectors, Prompts, SpotGenes,
};
pub use self::served::ServedConfig;
#[cfg(feature = "served")]
pub use self::served::ServedModel;
pub use self::text_model::{ModelAddress, TextModel, TextRequest};

/// The features of this build, in the order of the manifest.
pub const FEATURES: &[&str] = &[
    #[cfg(feature = "local-llm")]
    "local-llm",
    #[cfg(feature = "served")]
    "served",
];
