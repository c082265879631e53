//! The errors of language models.

use std::path::PathBuf;

/// Every error of this crate; each variant carries the evidence.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextModelError {
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A language model cannot be opened, or its answer is not valid.
    #[error("{model}: {problem}")]
    Model {
        /// Its name, folder or address.
        model: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The cache of embedded texts cannot be used.
    #[error("the cache {} {problem}", path.display())]
    Cache {
        /// Its file.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// Two parts that belong together have different lengths.
    #[error("{what}: expected {expected}, got {got}")]
    Length {
        /// What was counted.
        what: String,
        /// The length requested.
        expected: usize,
        /// The length found.
        got: usize,
    },
    /// A setting is out of its bounds.
    #[error("{field} is {value}, must be {bound}")]
    Config {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What is allowed.
        bound: &'static str,
    },
}

impl TextModelError {
    /// An error of a language model: its name, folder or address, and what is wrong.
    pub fn model(model: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Model {
            model: model.into(),
            problem: problem.into(),
        }
    }
}
