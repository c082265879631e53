//! No modulation, for runs without semantics.

use crate::Modulator;
use burn::module::Module;
use burn::tensor::Tensor;

/// Returns the latent unchanged; the semantics are not used.
#[derive(Module, Debug, Default)]
pub struct NoModulation {}

impl Modulator for NoModulation {
    fn forward(&self, latent: Tensor<2>, _: Tensor<2>) -> Tensor<2> {
        latent
    }
}
