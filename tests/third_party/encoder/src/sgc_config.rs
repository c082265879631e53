//! The configuration that starts the network.

use crate::Sgc;
use burn::tensor::Device;
use semst_gnn_encoders::{EncoderConfig, EncoderError};
use serde::{Deserialize, Serialize};

/// Starts [`Sgc`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SgcConfig {
    /// Width of the latent.
    pub d_latent: usize,
}

impl Default for SgcConfig {
    fn default() -> Self {
        Self { d_latent: 16 }
    }
}

impl EncoderConfig for SgcConfig {
    type Encoder = Sgc;

    const NAME: &'static str = "sgc";

    fn check(&self) -> Result<(), EncoderError> {
        EncoderError::positive("d_latent", self.d_latent)
    }

    fn init(&self, n_features: usize, seed: u64, device: &Device) -> Result<Sgc, EncoderError> {
        self.check()?;
        EncoderError::positive("n_features", n_features)?;
        Ok(Sgc::new(n_features, self.d_latent, seed, device))
    }
}
