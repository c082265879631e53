//! A two-layer perceptron.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Tensor, activation::relu};
use semst_fsm_modulation::Init;

/// Linear, ReLU, linear: [n, d_input] -> [n, d_output].
#[derive(Module, Debug)]
pub struct Mlp {
    hidden: Linear,
    output: Linear,
}

impl Mlp {
    /// Initialises both layers as PyTorch does.
    pub fn new(d_input: usize, d_hidden: usize, d_output: usize, init: &mut Init) -> Self {
        Self {
            hidden: init.linear(d_input, d_hidden),
            output: init.linear(d_hidden, d_output),
        }
    }

    /// Applies the perceptron.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.output.forward(relu(self.hidden.forward(x)))
    }
}
