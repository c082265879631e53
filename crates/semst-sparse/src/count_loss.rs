//! Count likelihood of linear heads, fused with the heads.

use crate::SparseMatrix;
use crate::backend::SparseOps;
use burn::backend::Dispatch;
use burn::tensor::Tensor;

/// Mean negative log-likelihood of counts under linear heads, (zero-inflated) negative binomial.
///
/// With h the last hidden layer, μ = clamp(exp(h W_μ + b_μ), 1e-5, 1e6), θ = clamp(softplus(h W_θ + b_θ), 1e-4, 1e4) and
/// π = σ(h W_π + b_π), an entry x costs
///
/// - NB: ln Γ(θ) + ln Γ(x + 1) - ln Γ(x + θ) + (θ + x) ln(1 + μ/θ) + x (ln θ - ln μ);
/// - ZINB: the same `- ln(1 - π)` where x > 0, and `-ln(π + (1 - π) (θ/(θ + μ))^θ)` where x = 0, plus `ridge · π²`.
///
/// Heads, activations, likelihood and gradients run in one pass over tiles: nothing of size spots × genes is kept.
///
/// # References
/// Eraslan et al., DCA, Nat. Commun. 2019; SemST, AAAI 2026 (docs/methods.md 1.1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountLoss {
    zero_inflated: bool,
    ridge: f32,
}

impl CountLoss {
    /// Negative binomial: heads mean | dispersion.
    pub fn nb() -> Self {
        Self {
            zero_inflated: false,
            ridge: 0.0,
        }
    }

    /// Zero-inflated negative binomial: heads mean | dispersion | dropout, `ridge` on π² (SemST: 0.05).
    pub fn zinb(ridge: f32) -> Self {
        Self {
            zero_inflated: true,
            ridge,
        }
    }

    /// Number of linear heads: 2 or 3.
    pub fn n_heads(&self) -> usize {
        if self.zero_inflated { 3 } else { 2 }
    }

    /// Loss `[1]` of `h` [n, hidden], `weight` [hidden, heads · genes], `bias` [heads · genes] and a target [n, genes].
    ///
    /// Gradients reach `h`, `weight` and `bias`.
    ///
    /// # Panics
    /// When the shapes do not fit together.
    pub fn forward(
        &self,
        h: Tensor<2>,
        weight: Tensor<2>,
        bias: Tensor<1>,
        target: &SparseMatrix,
    ) -> Tensor<1> {
        let ([n, hidden], [n_target, genes]) = (h.dims(), target.dims());
        let width = self.n_heads() * genes;
        assert_eq!(n, n_target, "h and target differ in spots");
        assert_eq!(
            weight.dims(),
            [hidden, width],
            "weight is [hidden, heads · genes]"
        );
        assert_eq!(bias.dims(), [width], "bias is [heads · genes]");
        Tensor::from_dispatch(Dispatch::count_head(
            h.into_dispatch(),
            weight.into_dispatch(),
            bias.into_dispatch(),
            target.values().into_dispatch(),
            target.csr(),
            self.zero_inflated,
            self.ridge,
        ))
    }
}
