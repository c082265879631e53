//! A modulator of a third party: semantics scale each feature of the latent, and nothing is added.

use burn::{module::Module, nn::Linear, tensor::Device, tensor::Tensor};
use semst_fsm_modulation::{Init, Modulator, ModulatorConfig, ModulatorError};
use serde::{Deserialize, Serialize};

/// `z' = (1 + tanh(s W + b)) ⊙ z`.
#[derive(Module, Debug)]
pub struct Stretch {
    amount: Linear,
}

impl Modulator for Stretch {
    fn forward(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2> {
        latent * (self.amount.forward(semantics).tanh() + 1.0)
    }
}

/// Starts [`Stretch`], which has no settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StretchConfig {}

impl ModulatorConfig for StretchConfig {
    type Modulator = Stretch;

    const NAME: &'static str = "stretch";

    fn check(&self) -> Result<(), ModulatorError> {
        Ok(())
    }

    fn init(
        &self,
        d_latent: usize,
        d_semantics: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Stretch, ModulatorError> {
        let amount = Init::new(seed, device).linear(d_semantics, d_latent);
        Ok(Stretch { amount })
    }
}

#[cfg(test)]
mod tests {
    use super::{ModulatorConfig, StretchConfig};
    use semst_fsm_modulation::testing::{check_identity_at_zero, check_modulator};

    #[test]
    fn it_conforms() -> Result<(), String> {
        let device = burn::tensor::Device::flex();
        let init = |d_latent: usize, d_semantics: usize, device: &_| {
            let stretch = StretchConfig {}.init(d_latent, d_semantics, 0, device);
            stretch.expect("it has no settings")
        };
        check_modulator(&device, init)?;
        check_identity_at_zero(&device, init)
    }
}
