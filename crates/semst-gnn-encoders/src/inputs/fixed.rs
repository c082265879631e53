//! The input of encoders whose latent needs no training.

use burn::tensor::Tensor;

/// Features and a latent that is computed once, the input of [`crate::Pca`] and [`crate::Diffusion`].
#[derive(Debug, Clone)]
pub struct FixedInput {
    /// Features [n, f], which a decoder after a modulator reconstructs.
    pub features: Tensor<2>,
    /// The latent [n, f].
    pub latent: Tensor<2>,
}
