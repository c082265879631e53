//! The DICR loss: features of two views should agree, and different features should be uncorrelated.

use crate::unit::unit;
use burn::tensor::Tensor;

/// Mean squared distance of the cross-correlation of the views from the identity, with separate means for the diagonal and the
/// rest.
///
/// With the columns of both views [n, d] divided by their lengths over spots, C = Uᵀ V [d, d]:
/// `mean((diag C - 1)²) + mean(offdiag C²)` (docs/methods.md 1.1; MAFN). Returns `[1]`.
pub fn decorrelation_loss(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    let [_, d] = a.dims();
    let device = a.device();
    let c = unit(a, 0).transpose().matmul(unit(b, 0));
    let eye = Tensor::<2>::eye(d, &device);
    let diagonal = ((c.clone() * eye.clone()).sum_dim(1) - 1.0).square().mean();
    let rest = (c * (eye.neg() + 1.0)).square().sum();
    diagonal + rest.div_scalar((d * d.saturating_sub(1)).max(1) as f64)
}
