//! The networks that candle runs, by `model_type`.

use std::collections::HashMap;

use candle_core::{DType, Device, Result as CandleResult, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::{bert, qwen3};
use serde_json::Value;

use super::folder::ModelFolder;
use crate::TextModelError;

/// A network up to its last hidden states.
pub(super) enum Network {
    /// Attends in both directions; padding is masked.
    Bert(Box<bert::BertModel>),
    /// Attends only to earlier tokens, so padding at the end changes nothing.
    Qwen3(qwen3::Model),
}

/// The `model_type`s that [`Network::open`] supports.
const SUPPORTED: &str = "bert, qwen3";

impl Network {
    /// Builds the network described by `config.json` from its weights.
    pub(super) fn open(
        folder: &ModelFolder,
        mut config: Value,
        weights: HashMap<String, Tensor>,
        max_tokens: usize,
    ) -> Result<Self, TextModelError> {
        check_sizes(folder, &config)?;
        let kind = config["model_type"]
            .as_str()
            .unwrap_or("missing")
            .to_owned();
        let unread = |e: serde_json::Error| folder.error(format!("config.json of a {kind}: {e}"));
        let unbuilt = |e: candle_core::Error| {
            folder.error(format!(
                "the weights do not make the {kind} of config.json: {e}"
            ))
        };
        match kind.as_str() {
            "bert" => {
                let config: bert::Config = serde_json::from_value(config).map_err(unread)?;
                let weights = VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu);
                let model = bert::BertModel::load(weights, &config).map_err(unbuilt)?;
                Ok(Self::Bert(Box::new(model)))
            }
            "qwen3" => {
                rotary(folder, &mut config)?;
                let mut config: qwen3::Config = serde_json::from_value(config).map_err(unread)?;
                // The table of rotations has only as many positions as are used.
                config.max_position_embeddings = config.max_position_embeddings.min(max_tokens);
                // Qwen3-Embedding is saved without the head, and therefore without this prefix.
                let bare = weights.contains_key("embed_tokens.weight");
                let weights = VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu);
                let weights = match bare {
                    true => weights.rename_f(|name: &str| {
                        name.strip_prefix("model.").unwrap_or(name).to_owned()
                    }),
                    false => weights,
                };
                Ok(Self::Qwen3(qwen3::Model::new(&config, weights).map_err(unbuilt)?))
            }
            other => Err(folder.error(format!(
                "its model_type is {other}, supported here are {SUPPORTED}; serve it (vLLM, TEI, Ollama) and give the \
                 server's address"
            ))),
        }
    }

    /// Last hidden states `[texts, tokens, hidden]`; `ids` and `mask` are `[texts, tokens]`, padded at the end.
    pub(super) fn hidden(&self, ids: &Tensor, mask: &Tensor) -> CandleResult<Tensor> {
        match self {
            Self::Bert(model) => model.forward(ids, &ids.zeros_like()?, Some(mask)),
            // A clone shares the weights; only its cache of keys and values, empty at first, is separate.
            Self::Qwen3(model) => model.clone().forward(ids, 0),
        }
    }
}

/// Sizes of `config.json` that must be above zero and, for what is allocated by them, not absurd: about a hundred times those of
/// the largest models.
const SIZES: [(&str, u64); 8] = [
    ("head_dim", 1 << 16),
    ("hidden_size", 1 << 20),
    ("intermediate_size", 1 << 22),
    ("max_position_embeddings", 1 << 26),
    ("num_attention_heads", 1 << 14),
    ("num_hidden_layers", 1 << 12),
    ("num_key_value_heads", 1 << 14),
    ("vocab_size", 1 << 26),
];

/// candle divides by some of these sizes and allocates by others.
fn check_sizes(folder: &ModelFolder, config: &Value) -> Result<(), TextModelError> {
    for (field, most) in SIZES {
        let value = &config[field];
        let good = value.is_null() || value.as_u64().is_some_and(|n| (1..=most).contains(&n));
        if !good {
            let problem = format!("config.json: {field} is {value}, must be from 1 to {most}");
            return Err(folder.error(problem));
        }
    }
    Ok(())
}

/// Reads the rotation as written by transformers 5; stretched rotations are an error.
fn rotary(folder: &ModelFolder, config: &mut Value) -> Result<(), TextModelError> {
    for key in ["rope_parameters", "rope_scaling"] {
        let rope = &config[key];
        let kind = rope["rope_type"].as_str().or_else(|| rope["type"].as_str());
        if let Some(kind) = kind.filter(|k| *k != "default") {
            return Err(folder.error(format!(
                "config.json stretches positions by {kind}, which is not supported here: serve the model and give the \
                 server's address"
            )));
        }
    }
    let rope = &config["rope_parameters"]["rope_theta"];
    let theta = if config["rope_theta"].is_null() {
        rope.clone()
    } else {
        Value::Null
    };
    if let Some(fields) = config.as_object_mut() {
        if !theta.is_null() {
            fields.insert("rope_theta".into(), theta);
        }
        let layers = fields.get("num_hidden_layers").cloned().unwrap_or_default();
        fields.entry("max_window_layers").or_insert(layers);
        fields.entry("use_sliding_window").or_insert(false.into());
        fields.entry("attention_bias").or_insert(false.into());
        fields.entry("tie_word_embeddings").or_insert(false.into());
    }
    Ok(())
}
