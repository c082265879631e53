//! Rows and columns of length one.

use burn::tensor::Tensor;

/// Divides by the Euclidean length along `dim`; rows or columns of length zero stay zero, and so does their gradient.
pub(crate) fn unit(x: Tensor<2>, dim: usize) -> Tensor<2> {
    let norm = length(x.clone().square().sum_dim(dim));
    x / norm
}

/// √s, at least 1e-12. The clamp comes first, because the slope of a root at zero is infinite.
pub(crate) fn length(squares: Tensor<2>) -> Tensor<2> {
    squares.clamp_min(1e-24).sqrt()
}
