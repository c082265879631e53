//! Attention over the views of a spot.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Tensor, activation::softmax};
use semst_fsm_modulation::Init;

/// Weights views of equal width for each spot: scores `tanh(v W + b) q`, softmax over the views, weighted sum.
///
/// # Shapes
/// - any number of views [n, d] -> [n, d]
///
/// # References
/// Wang et al., AM-GCN, KDD 2020.
#[derive(Module, Debug)]
pub struct ViewAttention {
    hidden: Linear,
    query: Linear,
}

impl ViewAttention {
    /// Initialises both layers as PyTorch does; the query has no bias.
    pub fn new(d_view: usize, d_hidden: usize, init: &mut Init) -> Self {
        Self {
            hidden: init.linear(d_view, d_hidden),
            query: Linear {
                weight: init.uniform(d_hidden, 1, 1.0 / (d_hidden.max(1) as f64).sqrt()),
                bias: None,
            },
        }
    }

    /// The weight of each view, [n, views]; rows sum to one.
    pub fn weights(&self, views: &[Tensor<2>]) -> Tensor<2> {
        let scores = views
            .iter()
            .map(|view| self.query.forward(self.hidden.forward(view.clone()).tanh()))
            .collect();
        softmax(Tensor::cat(scores, 1), 1)
    }

    /// The weighted sum of the views, [n, d].
    ///
    /// # Panics
    /// When there are no views.
    pub fn forward(&self, views: &[Tensor<2>]) -> Tensor<2> {
        let weights = self.weights(views);
        let parts = views.iter().enumerate();
        parts
            .map(|(i, view)| view.clone() * weights.clone().narrow(1, i, 1))
            .reduce(|a, b| a + b)
            .expect("at least one view")
    }
}
