//! A language model by what a user writes: a folder, or an address.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::{SemanticError, ServedConfig, TextModel};

/// Where a language model is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelAddress {
    /// Weights in a folder. Not run here yet: [`ModelAddress::open`] refuses it.
    Folder(PathBuf),
    /// An OpenAI-compatible server, as `http://host:8000/v1#NAME`; the name may be left out where it has one model.
    Served(String),
}

impl ModelAddress {
    /// Takes what begins with `http://` or `https://` for a server, all else for a folder.
    ///
    /// # Errors
    /// When an address holds a password or names no host, or the text is empty.
    ///
    /// ```
    /// use semst_semantic_embedding::ModelAddress;
    /// let served = ModelAddress::parse("http://localhost:11434/v1#nomic-embed-text")?;
    /// assert!(matches!(served, ModelAddress::Served(_)));
    /// assert_eq!(ModelAddress::parse("models/minilm")?, ModelAddress::Folder("models/minilm".into()));
    /// # Ok::<(), semst_semantic_embedding::SemanticError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, SemanticError> {
        if text.trim().is_empty() {
            return Err(SemanticError::Config {
                field: "model",
                value: "empty".into(),
                bound: "a folder or an address such as http://localhost:8000/v1#NAME",
            });
        }
        if !text.contains("://") {
            return Ok(Self::Folder(text.into()));
        }
        #[cfg(feature = "served")]
        crate::served::Address::parse(text)?;
        Ok(Self::Served(text.to_owned()))
    }

    /// Names the model of a server; a folder is one model.
    #[must_use]
    pub fn with_model(self, name: &str) -> Self {
        match self {
            Self::Served(address) => {
                let bare = address.split('#').next().unwrap_or_default();
                Self::Served(format!("{bare}#{name}"))
            }
            folder => folder,
        }
    }

    /// Opens the model. The settings are those of a server; a folder has none.
    ///
    /// # Errors
    /// When the model cannot be read or asked, or this build runs no such models.
    pub fn open(&self, config: &ServedConfig) -> Result<Arc<dyn TextModel>, SemanticError> {
        match self {
            Self::Folder(folder) => local(folder),
            Self::Served(address) => served(address, config),
        }
    }
}

#[cfg(feature = "served")]
fn served(address: &str, config: &ServedConfig) -> Result<Arc<dyn TextModel>, SemanticError> {
    Ok(Arc::new(crate::ServedModel::open(address, config)?))
}

#[cfg(not(feature = "served"))]
fn served(address: &str, _: &ServedConfig) -> Result<Arc<dyn TextModel>, SemanticError> {
    Err(SemanticError::model(
        address,
        "this build asks no servers: build it with the feature `served`",
    ))
}

fn local(folder: &Path) -> Result<Arc<dyn TextModel>, SemanticError> {
    Err(SemanticError::model(
        folder.display().to_string(),
        "is no address, and models in a folder are not run here yet: serve it with vLLM, Ollama, llama.cpp or \
         text-embeddings-inference, and give an address such as http://localhost:8000/v1#NAME",
    ))
}
