//! The folder of a model, as Hugging Face's libraries write it and its hub caches it.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use candle_core::safetensors::Load;
use candle_core::{DType, Device, Tensor};
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{LocalConfig, LocalPooling, hub_cache};
use crate::TextModelError;

/// The files of one model.
pub(super) struct ModelFolder {
    root: PathBuf,
}

/// How sentence-transformers pools with this model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SentenceRecipe {
    pub(super) pooling: LocalPooling,
    pub(super) normalize: bool,
}

#[derive(Deserialize)]
struct Shards {
    weight_map: HashMap<String, String>,
}

#[derive(Deserialize)]
struct SentenceModule {
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

impl ModelFolder {
    /// Finds the folder with the files: the given one (`~/` is the user's home folder), or in a repository of a hub cache the
    /// snapshot of `refs/main`.
    pub(super) fn find(path: &Path) -> Result<Self, TextModelError> {
        let path = &match (path.strip_prefix("~"), std::env::var_os("HOME")) {
            (Ok(below), Some(home)) => Path::new(&home).join(below),
            _ => path.to_owned(),
        };
        let root = if path.join("config.json").is_file() {
            path.clone()
        } else {
            hub_cache::snapshot(path, None).unwrap_or_else(|| path.clone())
        };
        if root.join("config.json").is_file() {
            return Ok(Self { root });
        }
        let problem = if path.is_dir() {
            "holds no config.json: give a folder with config.json, tokenizer.json and model.safetensors, or \
             models--ORG--NAME of a Hugging Face cache"
        } else {
            "is not a folder: give the folder of a model, hf:ORG/NAME for one in the Hugging Face cache, or the address of \
             a server such as http://localhost:8000/v1#NAME"
        };
        Err(TextModelError::model(path.display().to_string(), problem))
    }

    /// `ORG/NAME` of a hub cache, else the name of the folder, with its parent if it is just called `model`.
    pub(super) fn name(&self) -> String {
        let root = std::path::absolute(&self.root).unwrap_or_else(|_| self.root.clone());
        let part = |levels: usize| {
            let name = root.ancestors().nth(levels).and_then(Path::file_name);
            name.map_or_else(String::new, |n| n.to_string_lossy().into_owned())
        };
        match (part(2).strip_prefix("models--"), &*part(0)) {
            (Some(name), _) => name.replacen("--", "/", 1),
            (None, "model") => part(1) + "/model",
            (None, name) => name.to_owned(),
        }
    }

    pub(super) fn error(&self, problem: impl Into<String>) -> TextModelError {
        TextModelError::model(self.root.display().to_string(), problem)
    }

    pub(super) fn bytes(&self, file: &str) -> Result<Vec<u8>, TextModelError> {
        let path = self.root.join(file);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(bytes),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(self.error(match file {
                "tokenizer.json" => "holds no tokenizer.json: AutoTokenizer.from_pretrained(MODEL).save_pretrained(FOLDER) of \
                                     transformers writes one"
                    .into(),
                _ => format!("{file} is missing: the model was fetched in part, fetch it again"),
            })),
            Err(source) => Err(TextModelError::Read { path, source }),
        }
    }

    pub(super) fn json<T: serde::de::DeserializeOwned>(
        &self,
        file: &str,
    ) -> Result<T, TextModelError> {
        serde_json::from_slice(&self.bytes(file)?)
            .map_err(|e| self.error(format!("{file} is not as expected: {e}")))
    }

    fn optional(&self, file: &str) -> Result<Option<Value>, TextModelError> {
        match self.root.join(file).is_file() {
            true => self.json(file).map(Some),
            false => Ok(None),
        }
    }

    /// The longest text, in tokens, that sentence-transformers passes to this model.
    pub(super) fn sentence_tokens(&self) -> Result<Option<usize>, TextModelError> {
        let config = self.optional("sentence_bert_config.json")?;
        Ok(config.and_then(|c| c["max_seq_length"].as_u64().map(|n| n as usize)))
    }

    /// How to pool: as set in the configuration, else as set in the folder.
    pub(super) fn recipe(&self, config: &LocalConfig) -> Result<SentenceRecipe, TextModelError> {
        let mut recipe = SentenceRecipe {
            pooling: LocalPooling::Mean,
            normalize: false,
        };
        if self.root.join("modules.json").is_file() {
            for module in self.json::<Vec<SentenceModule>>("modules.json")? {
                match module.kind.rsplit('.').next().unwrap_or_default() {
                    "Transformer" => {}
                    "Normalize" => recipe.normalize = true,
                    "Pooling" => recipe.pooling = self.pooling(&module.path)?,
                    other => {
                        return Err(self.error(format!(
                            "modules.json needs {other}; supported are Transformer, Pooling and Normalize"
                        )));
                    }
                }
            }
        } else if self.root.join("1_Pooling/config.json").is_file() {
            recipe.pooling = self.pooling("1_Pooling")?;
        }
        if config.pooling != LocalPooling::Auto {
            recipe.pooling = config.pooling;
        }
        Ok(recipe)
    }

    fn pooling(&self, path: &str) -> Result<LocalPooling, TextModelError> {
        let file = format!("{path}/config.json");
        let config: HashMap<String, Value> = self.json(&file)?;
        let mut modes: BTreeSet<&str> = config
            .iter()
            .filter(|(_, on)| **on == Value::Bool(true))
            .filter_map(|(key, _)| key.strip_prefix("pooling_mode_"))
            .collect();
        modes.extend(config.get("pooling_mode").and_then(Value::as_str));
        let modes: Vec<&str> = modes.into_iter().collect();
        match modes[..] {
            ["mean_tokens" | "mean"] => Ok(LocalPooling::Mean),
            ["cls_token" | "cls"] => Ok(LocalPooling::Cls),
            ["lasttoken"] => Ok(LocalPooling::Last),
            _ => Err(self.error(format!(
                "{file} pools by {}, supported are mean, cls and lasttoken, one of them",
                if modes.is_empty() {
                    "nothing".into()
                } else {
                    modes.join(" and ")
                }
            ))),
        }
    }

    /// All weights in single precision; the bytes of their files are added to `digest`.
    ///
    /// Files are read one after the other, so that at most one file is in memory in addition to the weights.
    pub(super) fn weights(
        &self,
        digest: &mut Sha256,
    ) -> Result<HashMap<String, Tensor>, TextModelError> {
        let index = "model.safetensors.index.json";
        let files: BTreeSet<String> = if self.root.join("model.safetensors").is_file() {
            BTreeSet::from(["model.safetensors".into()])
        } else if self.root.join(index).is_file() {
            self.json::<Shards>(index)?
                .weight_map
                .into_values()
                .collect()
        } else {
            return Err(self.error(
                "holds neither model.safetensors nor model.safetensors.index.json: weights in other formats \
                 (pytorch_model.bin, gguf, onnx) have to be converted",
            ));
        };
        let mut weights = HashMap::new();
        for file in &files {
            let bytes = self.bytes(file)?;
            digest.update(&bytes);
            self.add_weights(file, &bytes, &mut weights)?;
        }
        Ok(weights)
    }

    fn add_weights(
        &self,
        file: &str,
        bytes: &[u8],
        weights: &mut HashMap<String, Tensor>,
    ) -> Result<(), TextModelError> {
        let damaged = |e: String| self.error(format!("{file}: {e}; fetch it again"));
        let held = SafeTensors::deserialize(bytes).map_err(|e| damaged(e.to_string()))?;
        for (name, view) in held.tensors() {
            match view.dtype() {
                Dtype::F16 | Dtype::BF16 | Dtype::F32 | Dtype::F64 => {
                    let tensor = view
                        .load(&Device::Cpu)
                        .and_then(|tensor| tensor.to_dtype(DType::F32))
                        .map_err(|e| damaged(e.to_string()))?;
                    weights.insert(name, tensor);
                }
                // Old checkpoints contain the numbers of their positions.
                _ if name.ends_with("position_ids") => {}
                other => {
                    return Err(self.error(format!(
                        "{name} in {file} is of type {other:?}: quantised weights are not run here; fetch the model in \
                         bf16, f16 or f32, or serve it (vLLM, Ollama, llama.cpp) and give the server's address"
                    )));
                }
            }
        }
        Ok(())
    }
}
