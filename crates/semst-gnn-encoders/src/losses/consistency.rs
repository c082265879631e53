//! The consistency loss: two views should have the same similarities between spots.

use crate::unit::unit;
use burn::tensor::Tensor;

/// Mean squared difference of the Gram matrices of two views [n, d], columns centred over spots and rows of length one.
///
/// `|U₁U₁ᵀ - U₂U₂ᵀ|² / n² = (|U₁ᵀU₁|² - 2 |U₁ᵀU₂|² + |U₂ᵀU₂|²) / n²`: only d × d numbers are stored. Returns `[1]`.
///
/// # References
/// Wang et al., AM-GCN, KDD 2020; Spatial-MGCN, Brief. Bioinf. 2023 (docs/methods.md 1.7).
pub fn consistency_loss(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    let n = a.dims()[0].max(1) as f64;
    let (a, b) = (centred_unit_rows(a), centred_unit_rows(b));
    // Divided before squaring, so that the sums stay near one.
    let square = |a: &Tensor<2>, b: &Tensor<2>| {
        let product = a.clone().transpose().matmul(b.clone());
        product.div_scalar(n).square().sum()
    };
    square(&a, &a) - square(&a, &b).mul_scalar(2.0) + square(&b, &b)
}

fn centred_unit_rows(x: Tensor<2>) -> Tensor<2> {
    let mean = x.clone().mean_dim(0);
    unit(x - mean, 1)
}
