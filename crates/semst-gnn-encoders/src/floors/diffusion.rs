//! The diffusion encoder: a floor that a trained network must exceed.

use crate::{EncoderConfig, EncoderError, FixedLatent, Recipe, SlideData, Untrained};
use burn::tensor::Device;
use ndarray::Array2;
use semst_spatial_graph::{Laplacian, diffuse_pieces};
use serde::{Deserialize, Serialize};

/// Configures [`Diffusion`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiffusionConfig {
    /// How far features spread: a of `(I + aL)⁻¹` (docs/protocol.md: 10, and 30 in addition).
    pub strength: f64,
    /// The kind of Laplacian (symmetric).
    pub laplacian: Laplacian,
}

/// Features spread over the spatial graph, `(I + aL)⁻¹ X`.
pub type Diffusion = Untrained<DiffusionConfig>;

impl Default for DiffusionConfig {
    fn default() -> Self {
        Self {
            strength: 10.0,
            laplacian: Laplacian::Symmetric,
        }
    }
}

impl DiffusionConfig {
    /// The defaults of docs/protocol.md.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how far features spread.
    pub fn with_strength(mut self, strength: f64) -> Self {
        self.strength = strength;
        self
    }

    /// Sets the Laplacian.
    pub fn with_laplacian(mut self, laplacian: Laplacian) -> Self {
        self.laplacian = laplacian;
        self
    }
}

impl EncoderConfig for DiffusionConfig {
    type Encoder = Diffusion;

    const NAME: &'static str = "diffusion";

    fn check(&self) -> Result<(), EncoderError> {
        EncoderError::not_negative("strength", self.strength)
    }

    fn recipe(&self) -> Recipe {
        Recipe::floor()
    }

    fn is_floor(&self) -> bool {
        true
    }

    fn init(
        &self,
        n_features: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Diffusion, EncoderError> {
        Untrained::new(self, n_features, seed, device)
    }
}

impl FixedLatent for DiffusionConfig {
    fn width(&self, n_features: usize) -> usize {
        n_features
    }

    /// Spreads the features: a solve takes a few milliseconds for principal components.
    fn latent(&self, slide: &SlideData) -> Result<Array2<f32>, EncoderError> {
        let mut features = slide.features.to_matrix().to_dense();
        if let Some(values) = features.as_slice_mut() {
            let spread = diffuse_pieces(&slide.spatial, values, self.strength, self.laplacian)?;
            values.copy_from_slice(&spread);
        }
        Ok(features)
    }
}
