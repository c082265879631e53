//! Rows and columns of length one.

use burn::tensor::Tensor;

/// Divides by the Euclidean length along `dim`; what has no length stays zero, and so does its gradient.
pub(crate) fn unit(x: Tensor<2>, dim: usize) -> Tensor<2> {
    let norm = length(x.clone().square().sum_dim(dim));
    x / norm
}

/// √s, held above 1e-12: the clamp comes first, as the slope of a root at zero is infinite.
pub(crate) fn length(squares: Tensor<2>) -> Tensor<2> {
    squares.clamp_min(1e-24).sqrt()
}
