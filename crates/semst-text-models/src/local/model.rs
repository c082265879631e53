//! A language model in a folder, run on this machine.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{Device, Result as CandleResult, Tensor};
use ndarray::{Array2, ArrayView2};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokenizers::{Encoding, Tokenizer, TruncationParams};

use super::folder::{ModelFolder, SentenceRecipe};
use super::network::Network;
use super::{LocalConfig, LocalPooling, pooling};
use crate::{TextModel, TextModelError, TextRequest};

/// Texts per call of a job; they run in batches of [`LocalConfig::batch_tokens`].
const BATCH: usize = 64;

/// A language model with weights in a folder, run by candle on the CPU.
///
/// Decoders of the type Qwen3 (Qwen3, Qwen3-Embedding) and encoders of the type BERT (MiniLM, BGE). The vector of a
/// text is computed from its last hidden states by [`LocalPooling`]. If a request has spans, it is the mean over the
/// tokens that overlap them.
///
/// Weights are read into memory as `f32`, not mapped: mapping a file that can change is `unsafe`, and candle
/// does not multiply bfloat16 on a CPU. That needs 4 bytes per weight (2.4 GB for Qwen3-0.6B) and, while the model opens, also
/// the memory of one file of weights.
///
/// ```no_run
/// use semst_text_models::{LocalModel, TextModel, TextRequest};
/// let model = LocalModel::open("models/all-MiniLM-L6-v2".as_ref())?;
/// let vectors = model.embed(&[TextRequest::new("MBP: myelin basic protein")])?;
/// assert_eq!(vectors.dim(), (1, 384));
/// # Ok::<(), semst_text_models::TextModelError>(())
/// ```
pub struct LocalModel {
    name: String,
    checksum: String,
    tokenizer: Tokenizer,
    network: Network,
    recipe: SentenceRecipe,
    max_tokens: usize,
    batch_tokens: usize,
    texts_cut: AtomicUsize,
}

impl std::fmt::Debug for LocalModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalModel")
            .field("name", &self.name)
            .field("checksum", &self.checksum)
            .finish_non_exhaustive()
    }
}

impl LocalModel {
    /// Checks that a folder contains a model and that the settings are valid, without reading its weights.
    ///
    /// # Errors
    /// When the folder is missing or has no `config.json`, or a setting is out of its bounds.
    pub fn check(path: &Path, config: &LocalConfig) -> Result<(), TextModelError> {
        config.check()?;
        ModelFolder::find(path).map(drop)
    }

    /// Opens a model with the default settings; see [`LocalModel::open_with`].
    ///
    /// # Errors
    /// As [`LocalModel::open_with`].
    pub fn open(path: &Path) -> Result<Self, TextModelError> {
        Self::open_with(path, &LocalConfig::default())
    }

    /// Opens the model in a folder with `config.json`, `tokenizer.json` and `model.safetensors`, in one file or in shards,
    /// or in a repository of a Hugging Face cache (`models--ORG--NAME`, at `refs/main`).
    ///
    /// # Errors
    /// When a file is missing or damaged, or the model is of a type that is not supported.
    pub fn open_with(path: &Path, config: &LocalConfig) -> Result<Self, TextModelError> {
        config.check()?;
        let folder = ModelFolder::find(path)?;
        // Tokenizer and network may panic on files that do not go together.
        semst_guard::guarded(|| Self::of_folder(&folder, config))
            .unwrap_or_else(|panic| Err(folder.error(format!("cannot be opened: {panic}"))))
    }

    fn of_folder(folder: &ModelFolder, config: &LocalConfig) -> Result<Self, TextModelError> {
        let described: Value = folder.json("config.json")?;
        let recipe = folder.recipe(config)?;
        let positions = described["max_position_embeddings"].as_u64();
        let limits = [positions.map(|n| n as usize), folder.sentence_tokens()?];
        let max_tokens = limits
            .into_iter()
            .flatten()
            .fold(config.max_tokens, usize::min);

        let spelled = folder.bytes("tokenizer.json")?;
        let mut tokenizer = Tokenizer::from_bytes(&spelled)
            .map_err(|e| folder.error(format!("tokenizer.json cannot be read: {e}")))?;
        tokenizer.with_padding(None);
        let cut = TruncationParams {
            max_length: max_tokens,
            ..TruncationParams::default()
        };
        tokenizer.with_truncation(Some(cut)).map_err(|e| {
            folder.error(format!("texts cannot be cut at {max_tokens} tokens: {e}"))
        })?;

        let mut digest = Sha256::new();
        digest.update(folder.bytes("config.json")?);
        digest.update(&spelled);
        digest.update(format!("{recipe:?} {max_tokens}"));
        let weights = folder.weights(&mut digest)?;
        let network = Network::open(folder, described, weights, max_tokens)?;
        Ok(Self {
            name: folder.name(),
            checksum: format!("sha256:{}", hex::encode(digest.finalize())),
            tokenizer,
            network,
            recipe,
            max_tokens,
            batch_tokens: config.batch_tokens,
            texts_cut: AtomicUsize::new(0),
        })
    }

    /// Texts longer than this many tokens are cut at their end.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    fn problem(&self, problem: impl Into<String>) -> TextModelError {
        TextModelError::model(&self.name, problem)
    }

    /// The tokens of each text, and the tokens that are pooled.
    fn read(&self, batch: &[TextRequest<'_>]) -> Result<Vec<ReadText>, TextModelError> {
        let texts: Vec<&str> = batch.iter().map(|request| request.text).collect();
        let encoded: Vec<Encoding> = self
            .tokenizer
            .encode_batch(texts, true)
            .map_err(|e| self.problem(format!("a text cannot be cut into tokens: {e}")))?;
        let cut = encoded.iter().filter(|e| !e.get_overflowing().is_empty());
        self.texts_cut.fetch_add(cut.count(), Ordering::Relaxed);
        let shown = |text: &str| text.chars().take(60).collect::<String>();
        let read = encoded.iter().zip(batch).map(|(encoding, request)| {
            let ids = encoding.get_ids().to_vec();
            if ids.is_empty() {
                return Err(self.problem(format!(
                    "the text {:?} has no tokens, so it has no vector: leave it out",
                    shown(request.text)
                )));
            }
            let offsets = encoding.get_offsets();
            let pooled = pooling::pooled_tokens(self.recipe.pooling, offsets, request.spans);
            if pooled.is_empty() {
                return Err(self.problem(format!(
                    "no token is in the spans {:?} of the text {:?}: texts are cut at {} tokens",
                    request.spans,
                    shown(request.text),
                    self.max_tokens
                )));
            }
            Ok(ReadText { ids, pooled })
        });
        read.collect()
    }

    /// Last hidden states of these texts `[texts, tokens, hidden]`, flattened, with the number of tokens and the width.
    fn hidden(&self, texts: &[ReadText], of: &[usize]) -> CandleResult<(Vec<f32>, usize, usize)> {
        let longest = of.iter().map(|&i| texts[i].ids.len()).max().unwrap_or(0);
        let (mut ids, mut mask) = (Vec::new(), Vec::new());
        for &i in of {
            let own = &texts[i].ids;
            // The padding id does not matter: it is masked, or comes after all tokens that are used.
            ids.extend(
                own.iter()
                    .copied()
                    .chain(std::iter::repeat_n(0, longest - own.len())),
            );
            mask.extend((0..longest).map(|t| u32::from(t < own.len())));
        }
        let ids = Tensor::from_vec(ids, (of.len(), longest), &Device::Cpu)?;
        let mask = Tensor::from_vec(mask, (of.len(), longest), &Device::Cpu)?;
        let hidden = self.network.hidden(&ids, &mask)?;
        let width = hidden.dim(2)?;
        Ok((hidden.flatten_all()?.to_vec1()?, longest, width))
    }
}

/// A text as input of the network.
struct ReadText {
    ids: Vec<u32>,
    pooled: Vec<usize>,
}

impl TextModel for LocalModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn checksum(&self) -> String {
        self.checksum.clone()
    }

    fn batch_size(&self) -> usize {
        BATCH
    }

    fn pools_spans(&self) -> bool {
        true
    }

    fn reads_chat(&self) -> bool {
        self.tokenizer.token_to_id("<|im_start|>").is_some()
    }

    fn pooling(&self) -> &str {
        match (self.recipe.pooling, self.recipe.normalize) {
            (LocalPooling::Cls, false) => "the first token",
            (LocalPooling::Cls, true) => "the first token, at unit length",
            (LocalPooling::Last, false) => "the last token",
            (LocalPooling::Last, true) => "the last token, at unit length",
            (LocalPooling::Auto | LocalPooling::Mean, false) => "mean of all tokens but padding",
            (LocalPooling::Auto | LocalPooling::Mean, true) => {
                "mean of all tokens but padding, at unit length"
            }
        }
    }

    fn texts_cut(&self) -> usize {
        self.texts_cut.load(Ordering::Relaxed)
    }

    fn embed(&self, batch: &[TextRequest<'_>]) -> Result<Array2<f32>, TextModelError> {
        semst_guard::guarded(|| self.vectors(batch))
            .unwrap_or_else(|panic| Err(self.problem(format!("cannot run: {panic}"))))
    }
}

impl LocalModel {
    fn vectors(&self, batch: &[TextRequest<'_>]) -> Result<Array2<f32>, TextModelError> {
        let texts = self.read(batch)?;
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|&i| (std::cmp::Reverse(texts[i].ids.len()), i));
        let mut vectors = Array2::zeros((batch.len(), 0));
        let mut rest = &order[..];
        while let Some(&first) = rest.first() {
            let fit = (self.batch_tokens / texts[first].ids.len()).clamp(1, rest.len());
            let (now, later) = rest.split_at(fit);
            rest = later;
            let failed = |e: String| self.problem(format!("cannot run on {fit} texts: {e}"));
            let (hidden, longest, width) = self
                .hidden(&texts, now)
                .map_err(|e| failed(e.to_string()))?;
            if vectors.ncols() != width {
                vectors = Array2::zeros((batch.len(), width));
            }
            for (states, &i) in hidden.chunks_exact(longest * width).zip(now) {
                let states = ArrayView2::from_shape((longest, width), states)
                    .map_err(|e| failed(e.to_string()))?;
                let vector = pooling::mean(states, &texts[i].pooled, self.recipe.normalize);
                vectors.row_mut(i).assign(&vector);
            }
        }
        Ok(vectors)
    }
}
