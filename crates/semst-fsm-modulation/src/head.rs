//! The semantic head: maps semantic vectors to a working width.

use crate::init::Init;
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Tensor, activation::relu};

/// Linear s → s/2, ReLU, linear → d: the LLM head of SemST (docs/methods.md 1.1).
#[derive(Module, Debug)]
pub struct SemanticHead {
    hidden: Linear,
    output: Linear,
}

impl SemanticHead {
    /// Initialises a head from `d_semantics` to `d_output`.
    pub fn new(d_semantics: usize, d_output: usize, init: &mut Init) -> Self {
        let half = (d_semantics / 2).max(1);
        Self {
            hidden: init.linear(d_semantics, half),
            output: init.linear(half, d_output),
        }
    }

    /// Semantics [n, s] to [n, d].
    pub fn forward(&self, semantics: Tensor<2>) -> Tensor<2> {
        self.output.forward(relu(self.hidden.forward(semantics)))
    }
}
