//! Fusion by a gate.

use crate::{Init, Modulator, SemanticHead};
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Tensor, activation::sigmoid};

/// `z' = g ⊙ z + (1 - g) ⊙ e`, with e = head(s) and g = σ(W [z | e] + b).
///
/// # References
/// Arevalo et al., Gated multimodal units, 2017.
#[derive(Module, Debug)]
pub struct Gate {
    head: SemanticHead,
    gate: Linear,
}

impl Gate {
    /// Initialises a head to the width of the latent, and the gate.
    pub fn new(d_latent: usize, d_semantics: usize, init: &mut Init) -> Self {
        Self {
            head: SemanticHead::new(d_semantics, d_latent, init),
            gate: init.linear(2 * d_latent, d_latent),
        }
    }
}

impl Modulator for Gate {
    fn forward(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2> {
        let e = self.head.forward(semantics);
        let g = sigmoid(
            self.gate
                .forward(Tensor::cat(vec![latent.clone(), e.clone()], 1)),
        );
        e.clone() + g * (latent - e)
    }
}
