//! The count decoder: a hidden layer and linear heads with a ZINB likelihood.

use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig, Linear};
use burn::tensor::{Device, Tensor, activation::relu};
use semst_fsm_modulation::Init;
use semst_sparse::{CountLoss, SparseMatrix};

/// Linear, batch norm, ReLU, then heads for dropout π, dispersion θ and mean μ of each gene (docs/methods.md 1.1).
#[derive(Module, Debug)]
pub struct ZinbDecoder {
    hidden: Linear,
    norm: BatchNorm,
    pi: Linear,
    dispersion: Linear,
    mean: Linear,
}

impl ZinbDecoder {
    /// Initialises a decoder from an embedding of width `d_input` to `n_genes`.
    pub fn new(
        d_input: usize,
        d_hidden: usize,
        n_genes: usize,
        init: &mut Init,
        device: &Device,
    ) -> Self {
        Self {
            hidden: init.linear(d_input, d_hidden),
            norm: BatchNormConfig::new(d_hidden).init(device),
            pi: init.linear(d_hidden, n_genes),
            dispersion: init.linear(d_hidden, n_genes),
            mean: init.linear(d_hidden, n_genes),
        }
    }

    /// Mean ZINB loss `[1]` of an embedding [n, d_input] against counts [n, n_genes], with `ridge` on π².
    pub fn loss(&self, embedding: Tensor<2>, counts: &SparseMatrix, ridge: f32) -> Tensor<1> {
        let hidden = relu(self.norm.forward(self.hidden.forward(embedding)));
        let heads = [&self.mean, &self.dispersion, &self.pi];
        let weight = Tensor::cat(heads.iter().map(|head| head.weight.val()).collect(), 1);
        let bias = Tensor::cat(
            heads
                .iter()
                .filter_map(|head| head.bias.as_ref())
                .map(|b| b.val())
                .collect(),
            0,
        );
        CountLoss::zinb(ridge).forward(hidden, weight, bias, counts)
    }
}
