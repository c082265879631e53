//! Fusion by addition.

use crate::{Init, Modulator, SemanticHead};
use burn::module::Module;
use burn::tensor::Tensor;

/// `z' = z + head(s)` (SemST, Table 2, "add").
#[derive(Module, Debug)]
pub struct Add {
    head: SemanticHead,
}

impl Add {
    /// Initialises the head from semantics of width `d_semantics` to the width of the latent.
    pub fn new(d_latent: usize, d_semantics: usize, init: &mut Init) -> Self {
        Self {
            head: SemanticHead::new(d_semantics, d_latent, init),
        }
    }
}

impl Modulator for Add {
    fn forward(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2> {
        latent + self.head.forward(semantics)
    }
}
