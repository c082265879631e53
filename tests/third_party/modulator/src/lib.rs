//! A modulator that somebody else wrote: semantics stretch each feature of the latent, and nothing is added.

use burn::{module::Module, nn::Linear, tensor::Device, tensor::Tensor};
use semst_fsm_modulation::{Init, Modulator};

/// `z' = (1 + tanh(s W + b)) ⊙ z`.
#[derive(Module, Debug)]
pub struct Stretch {
    amount: Linear,
}

impl Stretch {
    /// Between a latent of width `d_latent` and semantics of width `d_semantics`.
    pub fn new(d_latent: usize, d_semantics: usize, seed: u64, device: &Device) -> Self {
        let amount = Init::new(seed, device).linear(d_semantics, d_latent);
        Self { amount }
    }
}

impl Modulator for Stretch {
    fn forward(&self, latent: Tensor<2>, semantics: Tensor<2>) -> Tensor<2> {
        latent * (self.amount.forward(semantics).tanh() + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use semst_fsm_modulation::testing::{check_identity_at_zero, check_modulator};

    #[test]
    fn it_conforms() -> Result<(), String> {
        let device = burn::tensor::Device::flex();
        let init = |d_latent: usize, d_semantics: usize, device: &_| {
            super::Stretch::new(d_latent, d_semantics, 0, device)
        };
        check_modulator(&device, init)?;
        check_identity_at_zero(&device, init)
    }
}
