//! Operations for which burn's implementation is good enough on a GPU.

use burn::backend::{Backend, tensor::FloatTensor};

/// `x` above zero, `eˣ - 1` below.
pub(super) fn elu<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let below = B::float_exp(B::float_clamp_max(x.clone(), 0.0.into()));
    let above = B::float_clamp_min(x, 0.0.into());
    B::float_sub_scalar(B::float_add(above, below), 1.0.into())
}

/// The slope is 1 above zero and `eˣ = y + 1` below.
pub(super) fn elu_backward<B: Backend>(y: FloatTensor<B>, grad: FloatTensor<B>) -> FloatTensor<B> {
    let slope = B::float_add_scalar(B::float_clamp_max(y, 0.0.into()), 1.0.into());
    B::float_mul(slope, grad)
}

/// A copy of the tensor: an output must not be an input.
pub(super) fn copy<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    B::float_mul_scalar(x, 1.0.into())
}
