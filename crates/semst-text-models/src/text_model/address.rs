//! The address of a language model: a folder, a name in the hub's cache, or a server.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

#[cfg(feature = "local-llm")]
use crate::local::HubCache;
use crate::{LocalConfig, ServedConfig, TextModel, TextModelError};

/// The address of a language model.
///
/// In a configuration it is a table such as `{ served = { url = "http://localhost:8000/v1" } }`; the short form of
/// [`ModelAddress::from_str`] is accepted as well.
///
/// ```
/// use semst_text_models::ModelAddress;
/// let served: ModelAddress = "http://localhost:11434/v1#nomic-embed-text".parse()?;
/// assert!(matches!(&served, ModelAddress::Served { model: Some(name), .. } if name == "nomic-embed-text"));
/// let folder: ModelAddress = "models/minilm".parse()?;
/// assert_eq!(folder, ModelAddress::Folder("models/minilm".into()));
/// let hub: ModelAddress = "hf:Qwen/Qwen3-0.6B".parse()?;
/// assert_eq!(hub.to_string(), "hf:Qwen/Qwen3-0.6B");
/// # Ok::<(), semst_text_models::TextModelError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(remote = "Self", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum ModelAddress {
    /// Weights in a folder.
    Folder(PathBuf),
    /// Weights in the Hugging Face cache of this machine; nothing is downloaded.
    Hub {
        /// `ORG/NAME`.
        name: String,
        /// A branch, a tag or a commit; by default the `main` of the cache.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<String>,
    },
    /// An OpenAI-compatible server.
    Served {
        /// Its address, such as `http://host:8000/v1`. Its query may hold a key: it is used, but neither shown nor stored.
        #[serde(serialize_with = "without_secrets")]
        url: String,
        /// The name of the model; it can be omitted if the server has only one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
    },
}

impl FromStr for ModelAddress {
    type Err = TextModelError;

    /// Reads the short form: `http://…` or `https://…` is a server, with `#NAME` at the end for its model; `hf:ORG/NAME` or
    /// `hf:ORG/NAME@REVISION` is in the cache; everything else is a folder.
    fn from_str(text: &str) -> Result<Self, TextModelError> {
        if text.trim().is_empty() {
            return Err(TextModelError::Config {
                field: "model",
                value: "empty".into(),
                bound: "a folder, hf:ORG/NAME or an address such as http://localhost:8000/v1#NAME",
            });
        }
        if let Some(name) = text.strip_prefix("hf:") {
            let (name, revision) = match name.split_once('@') {
                Some((name, revision)) => (name, Some(revision)),
                None => (name, None),
            };
            check_hub_name(name, revision)?;
            return Ok(Self::Hub {
                name: name.into(),
                revision: revision.map(str::to_owned),
            });
        }
        if !text.contains("://") {
            return Ok(Self::Folder(text.into()));
        }
        #[cfg(feature = "served")]
        crate::served::Address::parse(text)?;
        let (url, model) = text.split_once('#').unwrap_or((text, ""));
        Ok(Self::Served {
            url: url.into(),
            model: Some(model.to_owned()).filter(|m| !m.is_empty()),
        })
    }
}

impl fmt::Display for ModelAddress {
    /// The short form that [`ModelAddress::from_str`] accepts, without the query of an address and without a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::Hub { name, revision } => {
                let revision = revision.as_ref().map(|r| format!("@{r}"));
                write!(f, "hf:{name}{}", revision.unwrap_or_default())
            }
            Self::Served { url, model } => {
                let model = model.as_ref().map(|m| format!("#{m}"));
                write!(f, "{}{}", shown(url), model.unwrap_or_default())
            }
        }
    }
}

impl Serialize for ModelAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for ModelAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrTable;

        impl<'de> Visitor<'de> for TextOrTable {
            type Value = ModelAddress;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table with `folder`, `hub` or `served`, or the short form as text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ModelAddress, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_map<M: MapAccess<'de>>(self, table: M) -> Result<ModelAddress, M::Error> {
                ModelAddress::deserialize(MapAccessDeserializer::new(table))
            }
        }

        deserializer.deserialize_any(TextOrTable)
    }
}

impl ModelAddress {
    /// Sets the name of the model of a server; ignored for a folder, which has one model.
    #[must_use]
    pub fn with_model(self, name: &str) -> Self {
        match self {
            Self::Served { url, .. } => Self::Served {
                url,
                model: Some(name.into()),
            },
            local => local,
        }
    }

    /// Checks what can be checked without opening the model: its folder exists, or the address is well-formed and the key
    /// exists if its variable is named. No request is sent.
    ///
    /// # Errors
    /// As [`ModelAddress::open`].
    pub fn check(&self, served: &ServedConfig, local: &LocalConfig) -> Result<(), TextModelError> {
        match self {
            Self::Folder(folder) => check_folder(folder, local),
            Self::Hub { name, revision } => {
                check_hub_name(name, revision.as_deref())?;
                check_hub_cache(name, revision.as_deref(), local)
            }
            Self::Served { url, model } => check_server(&whole(url, model.as_deref()), served),
        }
    }

    /// Opens the model with the settings of servers, or of models that run here.
    ///
    /// # Errors
    /// When the model cannot be read or the server does not answer, or this build does not support such models.
    pub fn open(
        &self,
        served: &ServedConfig,
        local: &LocalConfig,
    ) -> Result<Arc<dyn TextModel>, TextModelError> {
        match self {
            Self::Folder(folder) => in_folder(folder, local),
            Self::Hub { name, revision } => in_hub_cache(name, revision.as_deref(), local),
            Self::Served { url, model } => on_server(&whole(url, model.as_deref()), served),
        }
    }
}

/// The address as it is asked.
fn whole(url: &str, model: Option<&str>) -> String {
    model.map_or_else(|| url.to_owned(), |model| format!("{url}#{model}"))
}

/// The address without its query and without name and password.
fn shown(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

fn without_secrets<S: Serializer>(url: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&shown(url))
}

fn check_hub_name(name: &str, revision: Option<&str>) -> Result<(), TextModelError> {
    let plain = |part: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        !part.is_empty() && !part.starts_with('.') && part.chars().all(known)
    };
    if name.split('/').count() <= 2 && name.split('/').chain(revision).all(plain) {
        return Ok(());
    }
    let revision = revision.map_or(String::new(), |r| format!("@{r}"));
    Err(TextModelError::Config {
        field: "model",
        value: format!("hf:{name}{revision}"),
        bound: "hf:ORG/NAME or hf:ORG/NAME@REVISION, such as hf:Qwen/Qwen3-0.6B",
    })
}

#[cfg(feature = "local-llm")]
fn in_folder(folder: &Path, config: &LocalConfig) -> Result<Arc<dyn TextModel>, TextModelError> {
    Ok(Arc::new(crate::LocalModel::open_with(folder, config)?))
}

#[cfg(feature = "local-llm")]
fn in_hub_cache(
    name: &str,
    revision: Option<&str>,
    config: &LocalConfig,
) -> Result<Arc<dyn TextModel>, TextModelError> {
    in_folder(&HubCache::of_environment().find(name, revision)?, config)
}

#[cfg(feature = "local-llm")]
fn check_folder(folder: &Path, config: &LocalConfig) -> Result<(), TextModelError> {
    crate::LocalModel::check(folder, config)
}

#[cfg(feature = "local-llm")]
fn check_hub_cache(
    name: &str,
    revision: Option<&str>,
    config: &LocalConfig,
) -> Result<(), TextModelError> {
    check_folder(&HubCache::of_environment().find(name, revision)?, config)
}

#[cfg(not(feature = "local-llm"))]
fn check_folder(folder: &Path, config: &LocalConfig) -> Result<(), TextModelError> {
    in_folder(folder, config).map(drop)
}

#[cfg(not(feature = "local-llm"))]
fn check_hub_cache(
    name: &str,
    revision: Option<&str>,
    config: &LocalConfig,
) -> Result<(), TextModelError> {
    in_hub_cache(name, revision, config).map(drop)
}

#[cfg(not(feature = "local-llm"))]
fn in_folder(folder: &Path, _: &LocalConfig) -> Result<Arc<dyn TextModel>, TextModelError> {
    Err(TextModelError::model(
        folder.display().to_string(),
        "is not an address, and this build runs no models: build it with the feature `local-llm`, or run a server (vLLM, \
         Ollama, llama.cpp, text-embeddings-inference) and give an address such as http://localhost:8000/v1#NAME",
    ))
}

#[cfg(not(feature = "local-llm"))]
fn in_hub_cache(
    name: &str,
    _: Option<&str>,
    config: &LocalConfig,
) -> Result<Arc<dyn TextModel>, TextModelError> {
    in_folder(&PathBuf::from(format!("hf:{name}")), config)
}

#[cfg(feature = "served")]
fn on_server(address: &str, config: &ServedConfig) -> Result<Arc<dyn TextModel>, TextModelError> {
    Ok(Arc::new(crate::ServedModel::open(address, config)?))
}

#[cfg(feature = "served")]
fn check_server(address: &str, config: &ServedConfig) -> Result<(), TextModelError> {
    crate::ServedModel::check(address, config)
}

#[cfg(not(feature = "served"))]
fn check_server(address: &str, config: &ServedConfig) -> Result<(), TextModelError> {
    on_server(address, config).map(drop)
}

#[cfg(not(feature = "served"))]
fn on_server(address: &str, _: &ServedConfig) -> Result<Arc<dyn TextModel>, TextModelError> {
    Err(TextModelError::model(
        address,
        "this build asks no servers: build it with the feature `served`",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_hub_cache_are_checked() -> Result<(), TextModelError> {
        for (text, hub, at) in [
            ("Qwen/Qwen3-0.6B", "Qwen/Qwen3-0.6B", None),
            ("gpt2", "gpt2", None),
            (
                "BAAI/bge-small-en-v1.5@main",
                "BAAI/bge-small-en-v1.5",
                Some("main"),
            ),
        ] {
            let address: ModelAddress = format!("hf:{text}").parse()?;
            let expected = ModelAddress::Hub {
                name: hub.into(),
                revision: at.map(str::to_owned),
            };
            assert_eq!(address, expected);
        }
        for wrong in ["", "a/b/c", "../b", "a/", "a b", "a/b@", "a/b@../c"] {
            let told = format!("hf:{wrong}").parse::<ModelAddress>();
            assert!(
                told.is_err_and(|e| e.to_string().contains("hf:ORG/NAME")),
                "{wrong}"
            );
        }
        Ok(())
    }

    #[test]
    fn unknown_keys_of_an_address_are_refused() {
        for text in [
            r#"{"served":{"url":"https://a:1/v1","modle":"m"}}"#,
            r#"{"hub":{"name":"a/b","revison":"main"}}"#,
        ] {
            let read = serde_json::from_str::<ModelAddress>(text);
            assert!(read.is_err_and(|e| e.to_string().contains("unknown field")));
        }
    }

    #[test]
    fn no_key_in_an_address_is_shown_or_stored() -> Result<(), Box<dyn std::error::Error>> {
        let address: ModelAddress = "https://a:1/v1?api_key=hunter2&v=1#m".parse()?;
        assert!(matches!(&address, ModelAddress::Served { url, .. } if url.contains("hunter2")));
        assert_eq!(address.to_string(), "https://a:1/v1#m");
        let stored = serde_json::to_string(&address)?;
        assert_eq!(stored, r#"{"served":{"url":"https://a:1/v1","model":"m"}}"#);
        assert_eq!(shown("https://me:hunter2@a:1/v1?k=v"), "https://a:1/v1");
        assert_eq!(shown("https://me:hunter2@a"), "https://a");
        Ok(())
    }

    #[test]
    fn configurations_hold_tables_or_the_short_form() -> Result<(), Box<dyn std::error::Error>> {
        for (text, json) in [
            ("models/minilm", r#"{"folder":"models/minilm"}"#),
            ("hf:gpt2@v1", r#"{"hub":{"name":"gpt2","revision":"v1"}}"#),
            ("http://a:1/v1", r#"{"served":{"url":"http://a:1/v1"}}"#),
            (
                "http://a:1/v1#m",
                r#"{"served":{"url":"http://a:1/v1","model":"m"}}"#,
            ),
        ] {
            let address: ModelAddress = text.parse()?;
            assert_eq!(serde_json::to_string(&address)?, json);
            assert_eq!(serde_json::from_str::<ModelAddress>(json)?, address);
            assert_eq!(
                serde_json::from_value::<ModelAddress>(text.into())?,
                address
            );
            assert_eq!(address.to_string(), text);
        }
        Ok(())
    }
}
