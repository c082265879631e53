//! Fusion by concatenation.

use crate::{Init, Modulator, SemanticHead};
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;

/// `z' = W [z | head(s)] + b`, back to the width of the latent, so that any encoder can use it (SemST, Table 2, "concat").
#[derive(Module, Debug)]
pub struct Concat {
    head: SemanticHead,
    merge: Linear,
}

impl Concat {
    /// Initialises a head to half the width of the latent, and the merging layer.
    pub fn new(d_latent: usize, d_semantics: usize, init: &mut Init) -> Self {
        let code = (d_latent / 2).max(1);
        Self {
            head: SemanticHead::new(d_semantics, code, init),
            merge: init.linear(d_latent + code, d_latent),
        }
    }
}

impl Modulator for Concat {
    fn forward(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2> {
        let code = self.head.forward(semantics);
        self.merge.forward(Tensor::cat(vec![latent, code], 1))
    }
}
