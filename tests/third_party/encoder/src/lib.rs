//! An encoder that somebody else wrote: a simplified graph convolution (Wu et al., ICML 2019) as an auto-encoder.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use semst_fsm_modulation::Init;
use semst_gnn_encoders::{Encoder, EncoderConfig, EncoderError, GcnLayer, GraphInput, Losses};
use semst_gnn_encoders::{SlideData, reconstruction_loss, to_matrix};
use serde::{Deserialize, Serialize};

/// `Z = A² X W + b`, and a linear decoder.
#[derive(Module, Debug)]
pub struct Sgc {
    encoder: GcnLayer,
    decoder: Param<Tensor<2>>,
}

impl Encoder for Sgc {
    type Input = GraphInput;
    type Trace = ();

    fn d_latent(&self) -> usize {
        self.decoder.val().dims()[0]
    }

    fn n_spots(&self, input: &GraphInput) -> usize {
        input.features.dims()[0]
    }

    fn prepare(&self, slide: &SlideData, device: &Device) -> Result<GraphInput, EncoderError> {
        slide.check()?;
        let a = slide.spatial.with_diagonal_added(1.0).row_normalized();
        let a = to_matrix(&a, device)?;
        Ok(GraphInput::new(slide.features.clone(), a.clone(), a))
    }

    fn encode(&self, input: &GraphInput, _: u64) -> (Tensor<2>, ()) {
        let messages = self.encoder.messages(&input.features);
        let twice = |h| input.spatial.spmm(input.spatial.spmm(h));
        (self.encoder.propagate(messages, twice), ())
    }

    fn readout(&self, latent: Tensor<2>, _: &GraphInput) -> Tensor<2> {
        latent
    }

    fn loss(&self, latent: Tensor<2>, (): (), input: &GraphInput, _: u64) -> Losses {
        let error = reconstruction_loss(&input.features, latent, self.decoder.val());
        Losses::new().with("reconstruction", 1.0, error)
    }
}

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

    fn names() -> Vec<&'static str> {
        vec!["sgc"]
    }

    fn named(name: &str) -> Option<Self> {
        (name == "sgc").then(Self::default)
    }

    fn name(&self) -> &'static str {
        "sgc"
    }

    fn check(&self) -> Result<(), EncoderError> {
        EncoderError::positive("d_latent", self.d_latent)
    }

    fn init(&self, n_features: usize, seed: u64, device: &Device) -> Result<Sgc, EncoderError> {
        self.check()?;
        EncoderError::positive("n_features", n_features)?;
        let mut init = Init::new(seed, device);
        Ok(Sgc {
            encoder: GcnLayer::new(n_features, self.d_latent, &mut init),
            decoder: init.uniform(self.d_latent, n_features, 0.5),
        })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_conforms() -> Result<(), String> {
        semst_gnn_encoders::testing::check_config::<super::SgcConfig>()
    }
}
