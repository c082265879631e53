//! A language model by what a user writes: a folder, a name in the hub's cache, or an address.

use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(feature = "local-llm")]
use crate::local::HubCache;
use crate::{LocalConfig, SemanticError, ServedConfig, TextModel};

/// Where a language model is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelAddress {
    /// Weights in a folder.
    Folder(PathBuf),
    /// Weights in the Hugging Face cache of this machine, as `hf:ORG/NAME` or `hf:ORG/NAME@REVISION`; nothing is fetched.
    Hub(String),
    /// An OpenAI-compatible server, as `http://host:8000/v1#NAME`; the name may be left out where it has one model.
    Served(String),
}

impl ModelAddress {
    /// Takes what begins with `http://` or `https://` for a server, with `hf:` for a name in the cache, all else for a
    /// folder.
    ///
    /// # Errors
    /// When an address holds a password or names no host, a name in the cache is none, or the text is empty.
    ///
    /// ```
    /// use semst_semantic_embedding::ModelAddress;
    /// let served = ModelAddress::parse("http://localhost:11434/v1#nomic-embed-text")?;
    /// assert!(matches!(served, ModelAddress::Served(_)));
    /// assert_eq!(ModelAddress::parse("models/minilm")?, ModelAddress::Folder("models/minilm".into()));
    /// assert_eq!(ModelAddress::parse("hf:Qwen/Qwen3-0.6B")?, ModelAddress::Hub("Qwen/Qwen3-0.6B".into()));
    /// # Ok::<(), semst_semantic_embedding::SemanticError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, SemanticError> {
        if text.trim().is_empty() {
            return Err(SemanticError::Config {
                field: "model",
                value: "empty".into(),
                bound: "a folder, hf:ORG/NAME or an address such as http://localhost:8000/v1#NAME",
            });
        }
        if let Some(name) = text.strip_prefix("hf:") {
            return Self::hub(name);
        }
        if !text.contains("://") {
            return Ok(Self::Folder(text.into()));
        }
        #[cfg(feature = "served")]
        crate::served::Address::parse(text)?;
        Ok(Self::Served(text.to_owned()))
    }

    fn hub(name: &str) -> Result<Self, SemanticError> {
        let (repository, revision) = name.split_once('@').unwrap_or((name, "main"));
        let plain = |part: &str| {
            let known = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            !part.is_empty() && !part.starts_with('.') && part.chars().all(known)
        };
        if repository.split('/').count() <= 2 && repository.split('/').chain([revision]).all(plain)
        {
            return Ok(Self::Hub(name.to_owned()));
        }
        Err(SemanticError::Config {
            field: "model",
            value: format!("hf:{name}"),
            bound: "hf:ORG/NAME or hf:ORG/NAME@REVISION, such as hf:Qwen/Qwen3-0.6B",
        })
    }

    /// Names the model of a server; a folder is one model.
    #[must_use]
    pub fn with_model(self, name: &str) -> Self {
        match self {
            Self::Served(address) => {
                let bare = address.split('#').next().unwrap_or_default();
                Self::Served(format!("{bare}#{name}"))
            }
            local => local,
        }
    }

    /// Checks what can be known without opening the model: its folder is there, or the address is well-formed and a key is
    /// there where one is named. No server is asked.
    ///
    /// # Errors
    /// As [`ModelAddress::open`].
    pub fn check(&self, served: &ServedConfig, local: &LocalConfig) -> Result<(), SemanticError> {
        match self {
            Self::Folder(folder) => check_folder(folder, local),
            Self::Hub(name) => check_hub_cache(name, local),
            Self::Served(address) => check_server(address, served),
        }
    }

    /// Opens the model with the settings of servers, or of models that run here.
    ///
    /// # Errors
    /// When the model cannot be read or asked, or this build runs no such models.
    pub fn open(
        &self,
        served: &ServedConfig,
        local: &LocalConfig,
    ) -> Result<Arc<dyn TextModel>, SemanticError> {
        match self {
            Self::Folder(folder) => in_folder(folder, local),
            Self::Hub(name) => in_hub_cache(name, local),
            Self::Served(address) => on_server(address, served),
        }
    }
}

#[cfg(feature = "local-llm")]
fn in_folder(folder: &Path, config: &LocalConfig) -> Result<Arc<dyn TextModel>, SemanticError> {
    Ok(Arc::new(crate::LocalModel::open_with(folder, config)?))
}

#[cfg(feature = "local-llm")]
fn in_hub_cache(name: &str, config: &LocalConfig) -> Result<Arc<dyn TextModel>, SemanticError> {
    in_folder(&HubCache::of_environment().find(name)?, config)
}

#[cfg(feature = "local-llm")]
fn check_folder(folder: &Path, config: &LocalConfig) -> Result<(), SemanticError> {
    crate::LocalModel::check(folder, config)
}

#[cfg(feature = "local-llm")]
fn check_hub_cache(name: &str, config: &LocalConfig) -> Result<(), SemanticError> {
    check_folder(&HubCache::of_environment().find(name)?, config)
}

#[cfg(not(feature = "local-llm"))]
fn check_folder(folder: &Path, config: &LocalConfig) -> Result<(), SemanticError> {
    in_folder(folder, config).map(drop)
}

#[cfg(not(feature = "local-llm"))]
fn check_hub_cache(name: &str, config: &LocalConfig) -> Result<(), SemanticError> {
    in_hub_cache(name, config).map(drop)
}

#[cfg(not(feature = "local-llm"))]
fn in_folder(folder: &Path, _: &LocalConfig) -> Result<Arc<dyn TextModel>, SemanticError> {
    Err(SemanticError::model(
        folder.display().to_string(),
        "is no address, and this build runs no models: build it with the feature `local-llm`, or serve the model (vLLM, \
         Ollama, llama.cpp, text-embeddings-inference) and give an address such as http://localhost:8000/v1#NAME",
    ))
}

#[cfg(not(feature = "local-llm"))]
fn in_hub_cache(name: &str, config: &LocalConfig) -> Result<Arc<dyn TextModel>, SemanticError> {
    in_folder(&PathBuf::from(format!("hf:{name}")), config)
}

#[cfg(feature = "served")]
fn on_server(address: &str, config: &ServedConfig) -> Result<Arc<dyn TextModel>, SemanticError> {
    Ok(Arc::new(crate::ServedModel::open(address, config)?))
}

#[cfg(feature = "served")]
fn check_server(address: &str, config: &ServedConfig) -> Result<(), SemanticError> {
    crate::ServedModel::check(address, config)
}

#[cfg(not(feature = "served"))]
fn check_server(address: &str, config: &ServedConfig) -> Result<(), SemanticError> {
    on_server(address, config).map(drop)
}

#[cfg(not(feature = "served"))]
fn on_server(address: &str, _: &ServedConfig) -> Result<Arc<dyn TextModel>, SemanticError> {
    Err(SemanticError::model(
        address,
        "this build asks no servers: build it with the feature `served`",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_hub_cache_are_checked() -> Result<(), SemanticError> {
        for name in ["Qwen/Qwen3-0.6B", "gpt2", "BAAI/bge-small-en-v1.5@main"] {
            let address = ModelAddress::parse(&format!("hf:{name}"))?;
            assert_eq!(address, ModelAddress::Hub(name.into()));
        }
        for wrong in ["", "a/b/c", "../b", "a/", "a b", "a/b@", "a/b@../c"] {
            let told = ModelAddress::parse(&format!("hf:{wrong}"));
            assert!(
                told.is_err_and(|e| e.to_string().contains("hf:ORG/NAME")),
                "{wrong}"
            );
        }
        Ok(())
    }
}
