//! The socket that language models plug into: text in, vectors out.

mod address;

use std::ops::Range;

use ndarray::Array2;

pub use self::address::ModelAddress;
use crate::TextModelError;

/// A text to embed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextRequest<'a> {
    /// The text, as the model is to read it.
    pub text: &'a str,
    /// Byte ranges of `text` whose tokens alone are pooled; empty: every token but padding.
    pub spans: &'a [Range<usize>],
}

impl<'a> TextRequest<'a> {
    /// A text of which every token is pooled.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { text, spans: &[] }
    }
}

/// A language model that turns a text into a vector.
///
/// The same text must get the same vector in whatever batch it comes, up to rounding: vectors are kept in
/// a cache under [`TextModel::checksum`] and mixed freely afterwards.
pub trait TextModel: Send + Sync {
    /// The model's name, for people: it is recorded with the vectors.
    fn name(&self) -> &str;

    /// What identifies the vectors: a digest of the weights, or the address and the model's name where
    /// the weights are out of reach. Part of the cache key and of the provenance; holds no secret.
    fn checksum(&self) -> String;

    /// How many texts [`TextModel::embed`] wants at once.
    fn batch_size(&self) -> usize;

    /// Whether [`TextModel::embed`] uses [`TextRequest::spans`]; a served model returns its own pooling only.
    fn pools_spans(&self) -> bool {
        false
    }

    /// How a text without spans becomes one vector, in words: it is recorded with the vectors.
    fn pooling(&self) -> &str {
        "pooled as the model does"
    }

    /// How many texts so far were longer than the model reads, and were cut at their end; 0 where that is not known.
    fn texts_cut(&self) -> usize {
        0
    }

    /// How many batches may be on their way at once; 1 where the machine is busy with one.
    fn concurrency(&self) -> usize {
        1
    }

    /// Whether the model was trained on turns of a chat in ChatML (`<|im_start|>`), as Qwen's are: prompts are then
    /// written so.
    fn reads_chat(&self) -> bool {
        false
    }

    /// One vector per text, `[batch × dimension]`, in the order of the batch.
    ///
    /// # Errors
    /// Whatever keeps the model from answering; the message says what to do.
    fn embed(&self, batch: &[TextRequest<'_>]) -> Result<Array2<f32>, TextModelError>;
}

#[cfg(test)]
pub(crate) mod lettered;
