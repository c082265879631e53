//! An external network with semantics that modulate its hidden layer.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor, activation::relu};
use semst_fsm_modulation::{Fsm, FsmConfig, ModulatorError, Modulator};

/// Two layers with FSM between them.
#[derive(Module, Debug)]
pub struct Network {
    first: Linear,
    fsm: Fsm,
    last: Linear,
}

impl Network {
    /// Initialises the weights: 20 features, 16 hidden, 3 outputs, semantics of width 8.
    pub fn new(device: &Device) -> Result<Self, ModulatorError> {
        Ok(Self {
            first: LinearConfig::new(20, 16).init(device),
            fsm: FsmConfig::new(16, 8).init(0, device)?,
            last: LinearConfig::new(16, 3).init(device),
        })
    }

    /// [n, 20] and [n, 8] to [n, 3].
    pub fn forward(&self, x: Tensor<2>, semantics: Tensor<2>) -> Tensor<2> {
        let hidden = relu(self.first.forward(x));
        self.last.forward(self.fsm.forward(hidden, semantics))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_reach_the_modulator() {
        let device = Device::flex().autodiff();
        let network = Network::new(&device).expect("valid widths");
        let semantics = Tensor::<2>::ones([5, 8], &device).require_grad();
        let y = network.forward(Tensor::ones([5, 20], &device), semantics.clone());
        assert_eq!(y.dims(), [5, 3]);
        assert!(semantics.grad(&y.sum().backward()).is_some());
    }
}
