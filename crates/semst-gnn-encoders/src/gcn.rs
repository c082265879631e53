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
    /// Weight and bias U(±1/√d_output), as in the released SemST.
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
        self.propagate(x.matmul(self.weight.val()), |h| adjacency.spmm(h))
    }

    /// The messages `X W` [n, d_output] of input features, which may be sparse.
    pub fn messages(&self, x: &Features) -> Tensor<2> {
        x.matmul(self.weight.val())
    }

    /// Gathers messages by `sum` [n, d_output] -> [n, d_output] and adds the bias.
    pub fn propagate(
        &self,
        messages: Tensor<2>,
        sum: impl Fn(Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        let h = sum(messages);
        match &self.bias {
            Some(bias) => h + bias.val().unsqueeze(),
            None => h,
        }
    }
}

/// Two graph convolutions with a ReLU between: `A (relu(A (X W1) + b1) W2) + b2` (docs/methods.md 1.1).
///
/// # Shapes
/// - features [n, f], adjacency [n, n] -> [n, d_output]
#[derive(Module, Debug)]
pub struct Gcn {
    layer1: GcnLayer,
    layer2: GcnLayer,
}

impl Gcn {
    /// Initialises both layers.
    pub fn new(d_input: usize, d_hidden: usize, d_output: usize, init: &mut Init) -> Self {
        Self {
            layer1: GcnLayer::new(d_input, d_hidden, init),
            layer2: GcnLayer::new(d_hidden, d_output, init),
        }
    }

    /// Encodes features over a normalised graph.
    pub fn forward(&self, x: &Features, adjacency: &SparseMatrix) -> Tensor<2> {
        self.forward_with(self.messages(x), |h| adjacency.spmm(h), &mut |hidden| {
            hidden
        })
    }

    /// Messages of the first layer [n, d_hidden]: the expensive part, which can be reused over several graphs.
    pub fn messages(&self, x: &Features) -> Tensor<2> {
        self.layer1.messages(x)
    }

    /// Encodes from the messages of the first layer, with any linear `sum` over neighbours and a function applied to the hidden
    /// layer.
    pub fn forward_with(
        &self,
        messages: Tensor<2>,
        sum: impl Fn(Tensor<2>) -> Tensor<2>,
        inner: &mut dyn FnMut(Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        let hidden = inner(relu(self.layer1.propagate(messages, &sum)));
        self.layer2
            .propagate(hidden.matmul(self.layer2.weight.val()), &sum)
    }

    /// Width of the hidden layer.
    pub fn d_hidden(&self) -> usize {
        self.layer1.weight.val().dims()[1]
    }
}
