//! Graph convolution layers.

use crate::Features;
use burn::module::{Module, Param};
use burn::tensor::{Tensor, activation::relu};
use semst_fsm_modulation::Init;
use semst_sparse::SparseMatrix;

/// One graph convolution, `A (X W) + b`: message `x W`, sum over neighbours, bias as update.
///
/// # Shapes
/// - x [n, d_input], adjacency [n, n] normalised -> [n, d_output]
///
/// # References
/// Kipf & Welling, ICLR 2017.
#[derive(Module, Debug)]
pub struct GcnLayer {
    weight: Param<Tensor<2>>,
    bias: Option<Param<Tensor<1>>>,
}

impl GcnLayer {
    /// Weight and bias U(±1/√d_output), as the released SemST starts them.
    pub fn new(d_input: usize, d_output: usize, init: &mut Init) -> Self {
        let bound = 1.0 / (d_output.max(1) as f64).sqrt();
        Self {
            weight: init.uniform(d_input, d_output, bound),
            bias: Some(init.uniform_vector(d_output, bound)),
        }
    }

    /// Without bias, weight U(±bound).
    pub fn without_bias(d_input: usize, d_output: usize, bound: f64, init: &mut Init) -> Self {
        Self {
            weight: init.uniform(d_input, d_output, bound),
            bias: None,
        }
    }

    /// Convolves dense hidden features.
    pub fn forward(&self, x: Tensor<2>, adjacency: &SparseMatrix) -> Tensor<2> {
        self.update(adjacency.spmm(x.matmul(self.weight.val())))
    }

    /// Convolves input features, which may be sparse.
    pub fn forward_features(&self, x: &Features, adjacency: &SparseMatrix) -> Tensor<2> {
        self.update(adjacency.spmm(x.matmul(self.weight.val())))
    }

    fn update(&self, h: Tensor<2>) -> Tensor<2> {
        match &self.bias {
            Some(bias) => h + bias.val().unsqueeze(),
            None => h,
        }
    }
}

/// Two graph convolutions with a ReLU between: `A (relu(A (X W1) + b1) W2) + b2` (RECIPES 1.1).
///
/// # Shapes
/// - features [n, f], adjacency [n, n] -> [n, d_output]
#[derive(Module, Debug)]
pub struct Gcn {
    layer1: GcnLayer,
    layer2: GcnLayer,
}

impl Gcn {
    /// Starts both layers.
    pub fn new(d_input: usize, d_hidden: usize, d_output: usize, init: &mut Init) -> Self {
        Self {
            layer1: GcnLayer::new(d_input, d_hidden, init),
            layer2: GcnLayer::new(d_hidden, d_output, init),
        }
    }

    /// Encodes features over a normalised graph.
    pub fn forward(&self, x: &Features, adjacency: &SparseMatrix) -> Tensor<2> {
        let hidden = relu(self.layer1.forward_features(x, adjacency));
        self.layer2.forward(hidden, adjacency)
    }
}
