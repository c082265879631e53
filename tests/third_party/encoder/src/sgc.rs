//! The network: a simplified graph convolution (Wu et al., ICML 2019) as an auto-encoder.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use semst_fsm_modulation::Init;
use semst_gnn_encoders::{Encoder, EncoderError, GcnLayer, GraphInput, Losses, SlideData};
use semst_gnn_encoders::{reconstruction_loss, to_matrix};

/// `Z = A² X W + b`, and a linear decoder.
#[derive(Module, Debug)]
pub struct Sgc {
    encoder: GcnLayer,
    decoder: Param<Tensor<2>>,
}

impl Sgc {
    /// From `n_features` to a latent of width `d_latent`.
    pub fn new(n_features: usize, d_latent: usize, seed: u64, device: &Device) -> Self {
        let mut init = Init::new(seed, device);
        Self {
            encoder: GcnLayer::new(n_features, d_latent, &mut init),
            decoder: init.uniform(d_latent, n_features, 0.5),
        }
    }
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
