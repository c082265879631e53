//! The encoder that uses no coordinates: its latent is the features.

use crate::{EncoderConfig, EncoderError, FixedLatent, Recipe, SlideData, Untrained};
use burn::tensor::Device;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Configures [`Pca`], which has no settings: it uses the given features, which are the components.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PcaConfig {}

/// The features themselves [n, f], without the coordinates of the spots: the lower floor of docs/protocol.md.
pub type Pca = Untrained<PcaConfig>;

impl PcaConfig {
    /// The only configuration.
    pub fn new() -> Self {
        Self::default()
    }
}

impl EncoderConfig for PcaConfig {
    type Encoder = Pca;

    const NAME: &'static str = "pca";

    fn check(&self) -> Result<(), EncoderError> {
        Ok(())
    }

    fn recipe(&self) -> Recipe {
        Recipe::floor()
    }

    fn is_floor(&self) -> bool {
        true
    }

    fn init(&self, n_features: usize, seed: u64, device: &Device) -> Result<Pca, EncoderError> {
        Untrained::new(self, n_features, seed, device)
    }
}

impl FixedLatent for PcaConfig {
    fn width(&self, n_features: usize) -> usize {
        n_features
    }

    fn latent(&self, slide: &SlideData) -> Result<Array2<f32>, EncoderError> {
        Ok(slide.features.to_matrix().to_dense())
    }

    /// Zero links: the graph is not used.
    fn hops(&self) -> Option<usize> {
        Some(0)
    }
}
