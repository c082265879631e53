//! A host that somebody else wrote: a simplified graph convolution (Wu et al., ICML 2019) as an auto-encoder.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use semst_fsm_modulation::Init;
use semst_gnn_encoders::{Batch, EncoderError, GcnLayer, Host, Losses, SlideData};
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

impl Host for Sgc {
    type Trace = ();

    fn d_latent(&self) -> usize {
        self.decoder.val().dims()[0]
    }

    fn prepare(&self, data: &SlideData, device: &Device) -> Result<Batch, EncoderError> {
        data.check()?;
        let a = data.spatial.with_diagonal_added(1.0).row_normalized();
        let a = to_matrix(&a, device)?;
        Ok(Batch::new(data.features.clone(), a.clone(), a))
    }

    fn encode(&self, batch: &Batch) -> (Tensor<2>, ()) {
        let messages = self.encoder.messages(&batch.features);
        let twice = |h| batch.spatial.spmm(batch.spatial.spmm(h));
        (self.encoder.propagate(messages, twice), ())
    }

    fn readout(&self, latent: Tensor<2>, _: &Batch) -> Tensor<2> {
        latent
    }

    fn loss(&self, latent: Tensor<2>, (): (), batch: &Batch) -> Losses {
        let error = reconstruction_loss(&batch.features, latent, self.decoder.val());
        Losses::new().with("reconstruction", 1.0, error)
    }
}

#[cfg(test)]
mod tests {
    use semst_gnn_encoders::testing::check_host;

    #[test]
    fn it_conforms() -> Result<(), String> {
        let device = burn::tensor::Device::flex();
        check_host(&device, |n_features, seed, device| {
            super::Sgc::new(n_features, 4, seed, device)
        })
    }
}
