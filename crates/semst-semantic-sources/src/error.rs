//! The reasons why semantics could not be made.

use crate::SourceConfig;
use semst_io::IoError;
use semst_preprocess::PreprocessError;
use semst_semantic_embedding::SemanticError;
use semst_text_models::TextModelError;

/// The reason why a source has no semantics for a slide.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A file of vectors could not be read.
    #[error(transparent)]
    Io(#[from] IoError),
    /// The genes could not be ranked.
    #[error("the genes of the spots cannot be ranked")]
    Preprocess(#[from] PreprocessError),
    /// Vectors could not be read, found or pooled.
    #[error(transparent)]
    Semantics(#[from] SemanticError),
    /// A language model or the cache of its vectors cannot be used.
    #[error(transparent)]
    TextModel(#[from] TextModelError),
    /// An unknown name of a source.
    #[error("no semantics are called `{name}`: choose {known}")]
    Unknown {
        /// The name that was given.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// An error of a third-party source.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl SourceError {
    /// An error for an unknown short form of a source.
    pub fn unknown<S: SourceConfig>(name: &str) -> Self {
        let known = match S::names() {
            [] => String::new(),
            [one] => (*one).into(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        };
        Self::Unknown {
            name: name.into(),
            known,
        }
    }
}
