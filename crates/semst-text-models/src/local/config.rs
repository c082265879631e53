//! How a model in a folder is run.

use serde::{Deserialize, Serialize};

use crate::TextModelError;

/// Which hidden states make the vector of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LocalPooling {
    /// As set in the folder's `modules.json` and `1_Pooling/config.json`; [`LocalPooling::Mean`] without them.
    #[default]
    Auto,
    /// The mean over all tokens except padding (SemST's script; MiniLM).
    Mean,
    /// The first token (BGE).
    Cls,
    /// The last token (Qwen3-Embedding).
    Last,
}

/// How a model in a folder is run. Weights and activations are in single precision, for any type in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocalConfig {
    /// Default `auto`. Texts with spans are always the mean over the tokens of their spans.
    pub pooling: LocalPooling,
    /// Longer texts are cut at their end. Default 2560 (SemST's script); never more than the limit of the model, which
    /// is `max_seq_length` of `sentence_bert_config.json` and `max_position_embeddings` of `config.json`.
    pub max_tokens: usize,
    /// Tokens that run at once, padding included. Default 1024: a larger batch exceeds the caches of a CPU and is slower.
    pub batch_tokens: usize,
}

impl Default for LocalConfig {
    fn default() -> Self {
        Self {
            pooling: LocalPooling::default(),
            max_tokens: 2560,
            batch_tokens: 1024,
        }
    }
}

impl LocalConfig {
    /// Sets the pooling.
    #[must_use]
    pub fn with_pooling(mut self, pooling: LocalPooling) -> Self {
        self.pooling = pooling;
        self
    }

    /// Cuts texts at this many tokens.
    #[must_use]
    pub fn with_max_tokens(mut self, max_tokens: usize) -> Self {
        self.max_tokens = max_tokens;
        self
    }

    /// Runs this many tokens at once.
    #[must_use]
    pub fn with_batch_tokens(mut self, batch_tokens: usize) -> Self {
        self.batch_tokens = batch_tokens;
        self
    }

    /// Checks the bounds.
    ///
    /// # Errors
    /// When `max_tokens` is below 8 or `batch_tokens` is 0.
    pub fn check(&self) -> Result<(), TextModelError> {
        let bad = |field, value: usize, bound| {
            Err(TextModelError::Config {
                field,
                value: value.to_string(),
                bound,
            })
        };
        if !(8..=1 << 20).contains(&self.max_tokens) {
            return bad("max_tokens", self.max_tokens, "from 8 to 1048576");
        }
        if !(1..=1 << 26).contains(&self.batch_tokens) {
            return bad("batch_tokens", self.batch_tokens, "from 1 to 67108864");
        }
        Ok(())
    }
}
