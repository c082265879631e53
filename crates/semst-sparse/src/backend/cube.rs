//! The extension on burn's Cube backend: one set of kernels for wgpu and CUDA.
//!
//! Products along edges, softmax and likelihoods are kernels of this crate. Dense products and sums are burn's,
//! so that its tuned matrix products do most of the work. Sums run in 32 bits, in an order that the device chooses:
//! results agree with those of the CPU to about 1e-4, not to the bit.

mod count_head;
mod csr;
mod launch;
mod likelihood;
mod pairwise;
mod plain;

use super::{Csr, SparseOps};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn_cubecl::CubeBackend;

impl SparseOps for CubeBackend {
    fn spmm(vals: FloatTensor<Self>, x: FloatTensor<Self>, g: Csr<Self>) -> FloatTensor<Self> {
        csr::spmm(vals, x, g.ptr, g.col, None)
    }

    fn spmm_t(vals: FloatTensor<Self>, y: FloatTensor<Self>, g: Csr<Self>) -> FloatTensor<Self> {
        csr::spmm(vals, y, g.t_ptr, g.t_col, Some(g.t_perm))
    }

    fn sddmm(a: FloatTensor<Self>, b: FloatTensor<Self>, g: Csr<Self>) -> FloatTensor<Self> {
        csr::sddmm(a, b, g.ptr, g.col)
    }

    fn edge_softmax(scores: FloatTensor<Self>, g: Csr<Self>) -> FloatTensor<Self> {
        csr::edge_softmax(scores, g.ptr)
    }

    fn edge_softmax_backward(
        softmax: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        g: Csr<Self>,
    ) -> FloatTensor<Self> {
        csr::edge_softmax_backward(softmax, grad, g.ptr)
    }

    fn count_head(
        h: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        values: FloatTensor<Self>,
        target: Csr<Self>,
        zero_inflated: bool,
        ridge: f32,
    ) -> FloatTensor<Self> {
        count_head::CountHead::new(h, weight, bias, values, target, zero_inflated, ridge).loss()
    }

    fn count_head_grads(
        h: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        values: FloatTensor<Self>,
        target: Csr<Self>,
        zero_inflated: bool,
        ridge: f32,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        count_head::CountHead::new(h, weight, bias, values, target, zero_inflated, ridge).grads()
    }

    fn pair_loss(
        z: FloatTensor<Self>,
        vals: FloatTensor<Self>,
        shifts: IntTensor<Self>,
        g: Csr<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        pairwise::run(z, vals, shifts, g)
    }

    fn elu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        plain::elu::<Self>(x)
    }

    fn elu_backward(y: FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self> {
        plain::elu_backward::<Self>(y, grad)
    }

    fn with_gradients(
        value: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        plain::copy::<Self>(value)
    }
}
