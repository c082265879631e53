//! A model for tests: it counts letters, and may fail after some texts.

use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::Array2;

use super::{TextModel, TextRequest};
use crate::TextModelError;

/// Vectors are the counts of A, C, G and T in the pooled bytes, and 1.
#[derive(Debug, Default)]
pub(crate) struct Lettered {
    /// Texts embedded so far.
    pub(crate) asked: AtomicUsize,
    /// Fails once this many texts were embedded.
    pub(crate) fails_after: Option<usize>,
    pub(crate) spans: bool,
    pub(crate) chat: bool,
    pub(crate) concurrency: usize,
    /// A fault for tests: columns that are added to the width.
    pub(crate) wider: usize,
    pub(crate) gives: Option<f32>,
}

impl TextModel for Lettered {
    fn name(&self) -> &str {
        "lettered"
    }

    fn checksum(&self) -> String {
        format!("lettered {}", self.spans)
    }

    fn batch_size(&self) -> usize {
        2
    }

    fn pools_spans(&self) -> bool {
        self.spans
    }

    fn concurrency(&self) -> usize {
        self.concurrency.max(1)
    }

    fn reads_chat(&self) -> bool {
        self.chat
    }

    fn embed(&self, batch: &[TextRequest<'_>]) -> Result<Array2<f32>, TextModelError> {
        let before = self.asked.fetch_add(batch.len(), Ordering::SeqCst);
        if self.fails_after.is_some_and(|limit| before >= limit) {
            return Err(TextModelError::model("lettered", "is tired"));
        }
        let mut vectors = Array2::zeros((batch.len(), 5 + self.wider));
        for (mut row, request) in vectors.outer_iter_mut().zip(batch) {
            let whole = 0..request.text.len();
            let spans = match request.spans {
                [] => std::slice::from_ref(&whole),
                spans => spans,
            };
            for byte in spans.iter().flat_map(|s| request.text[s.clone()].bytes()) {
                if let Some(at) = b"ACGT".iter().position(|b| *b == byte) {
                    row[at] += 1.0;
                }
            }
            row[4] = self.gives.unwrap_or(1.0);
        }
        Ok(vectors)
    }
}
