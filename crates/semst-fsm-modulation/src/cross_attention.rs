//! Fusion by cross-attention within a spot.

use crate::{Init, Modulator};
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Tensor, activation::softmax};

/// Number of tokens into which a semantic vector is cut.
const TOKENS: usize = 8;

/// The latent queries parts of the semantics of the spot: `z' = z + Wo · softmax(q kᵀ / √d) v`.
///
/// The semantic vector of a spot is projected to eight tokens of the width of the latent; the query is computed from the latent.
/// Spots do not attend to each other, so no array has the size spots × spots (SemST, Table 2, "cross-attention").
#[derive(Module, Debug)]
pub struct CrossAttention {
    query: Linear,
    keys: Linear,
    values: Linear,
    output: Linear,
    d_latent: usize,
}

impl CrossAttention {
    /// Initialises the four projections.
    pub fn new(d_latent: usize, d_semantics: usize, init: &mut Init) -> Self {
        Self {
            query: init.linear(d_latent, d_latent),
            keys: init.linear(d_semantics, TOKENS * d_latent),
            values: init.linear(d_semantics, TOKENS * d_latent),
            output: init.linear(d_latent, d_latent),
            d_latent,
        }
    }
}

impl Modulator for CrossAttention {
    fn forward(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2> {
        let [n, d] = latent.dims();
        let q = self.query.forward(latent.clone()).reshape([n, 1, d]);
        let k = self.keys.forward(semantics.clone()).reshape([n, TOKENS, d]);
        let v = self.values.forward(semantics).reshape([n, TOKENS, d]);
        let scores = (q * k).sum_dim(2) / (self.d_latent as f32).sqrt();
        let mixed = (softmax(scores, 1) * v).sum_dim(1).reshape([n, d]);
        latent + self.output.forward(mixed)
    }
}
