//! A slide whose latent needs no training.

use burn::tensor::Tensor;

/// Features and a latent that is computed once, as [`crate::Pca`] and [`crate::Diffusion`] read a slide.
#[derive(Debug, Clone)]
pub struct FixedInput {
    /// Features [n, f], which a decoder behind a modulator reconstructs.
    pub features: Tensor<2>,
    /// The latent [n, f].
    pub latent: Tensor<2>,
}
