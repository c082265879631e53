//! The trait for language models: texts in, vectors out.

mod address;

use std::ops::Range;

use ndarray::Array2;

pub use self::address::ModelAddress;
use crate::TextModelError;

/// A text to embed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextRequest<'a> {
    /// The text that the model reads.
    pub text: &'a str,
    /// Byte ranges of `text`; only their tokens are pooled. If empty, every token except padding is pooled.
    pub spans: &'a [Range<usize>],
}

impl<'a> TextRequest<'a> {
    /// A text whose tokens are all pooled.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { text, spans: &[] }
    }
}

/// A language model that turns a text into a vector.
///
/// The same text must get the same vector in any batch, up to rounding: vectors are stored in
/// a cache under [`TextModel::checksum`] and then used in any combination.
pub trait TextModel: Send + Sync {
    /// The name of the model for users; it is recorded with the vectors.
    fn name(&self) -> &str;

    /// The identity of the vectors: a digest of the weights, or the address and the name of the model if
    /// the weights are not accessible. Part of the cache key and of the provenance; contains no secret.
    fn checksum(&self) -> String;

    /// The preferred number of texts in a call of [`TextModel::embed`].
    fn batch_size(&self) -> usize;

    /// Whether [`TextModel::embed`] uses [`TextRequest::spans`]; a served model only returns its own pooling.
    fn pools_spans(&self) -> bool {
        false
    }

    /// How a text without spans becomes one vector, in words; it is recorded with the vectors.
    fn pooling(&self) -> &str {
        "pooled as the model does"
    }

    /// The number of texts so far that were too long for the model and were cut at their end; 0 if unknown.
    fn texts_cut(&self) -> usize {
        0
    }

    /// The number of batches that can run at the same time; 1 if one batch uses the whole machine.
    fn concurrency(&self) -> usize {
        1
    }

    /// Whether the model was trained on chats in ChatML (`<|im_start|>`), as Qwen's models are: prompts are then
    /// written in this form.
    fn reads_chat(&self) -> bool {
        false
    }

    /// One vector per text, `[batch × dimension]`, in the order of the batch.
    ///
    /// # Errors
    /// Any failure of the model; the message explains what to do.
    fn embed(&self, batch: &[TextRequest<'_>]) -> Result<Array2<f32>, TextModelError>;
}

#[cfg(test)]
pub(crate) mod lettered;
