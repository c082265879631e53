//! The input of encoders whose latent needs no training.

use crate::Features;
use burn::tensor::Tensor;

/// Features and a latent that is computed once, the input of [`crate::Untrained`].
#[derive(Debug, Clone)]
pub struct FixedInput {
    /// Features [n, f], which a decoder after a modulator reconstructs.
    pub features: Features,
    /// The latent [n, d].
    pub latent: Tensor<2>,
}
