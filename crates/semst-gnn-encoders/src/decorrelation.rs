//! The DICR loss: two views should agree feature by feature and not repeat themselves.

use burn::tensor::Tensor;

/// Mean squared distance of the views' cross-correlation from the identity, diagonal and rest each on its own.
///
/// With the columns of both views [n, d] divided by their lengths over spots, C = Uᵀ V [d, d]:
/// `mean((diag C - 1)²) + mean(offdiag C²)` (RECIPES 1.1; MAFN). Returns [1].
pub fn decorrelation_loss(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    let [_, d] = a.dims();
    let device = a.device();
    let c = unit_columns(a).transpose().matmul(unit_columns(b));
    let eye = Tensor::<2>::eye(d, &device);
    let diagonal = ((c.clone() * eye.clone()).sum_dim(1) - 1.0).square().mean();
    let rest = (c * (eye.neg() + 1.0)).square().sum();
    diagonal + rest.div_scalar((d * d.saturating_sub(1)).max(1) as f64)
}

fn unit_columns(x: Tensor<2>) -> Tensor<2> {
    let norm = x.clone().square().sum_dim(0).sqrt().clamp_min(1e-12);
    x / norm
}
