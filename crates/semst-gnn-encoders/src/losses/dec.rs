//! Deep embedded clustering: draws spots to cluster centres.

use burn::module::{Module, Param};
use burn::tensor::Tensor;

/// Cluster centres, and the loss that makes the assignments to them more definite.
///
/// # References
/// Xie, Girshick & Farhadi, ICML 2016; docs/methods.md 1.5.
#[derive(Module, Debug)]
pub struct Dec {
    centres: Param<Tensor<2>>,
}

impl Dec {
    /// Initialises with given centres [k, d], e.g. those of k-means on the embedding.
    pub fn new(centres: Tensor<2>) -> Self {
        Self {
            centres: Param::from_tensor(centres),
        }
    }

    /// Soft assignments by Student's t with one degree of freedom, `q_ik ∝ 1 / (1 + |z_i - c_k|²)`: [n, d] -> [n, k].
    pub fn assign(&self, z: Tensor<2>) -> Tensor<2> {
        let c = self.centres.val();
        let own = z.clone().square().sum_dim(1);
        let other = c.clone().square().sum_dim(1).transpose();
        let distance = own + other - z.matmul(c.transpose()).mul_scalar(2.0);
        let q = (distance.clamp_min(0.0) + 1.0).recip();
        let sum = q.clone().sum_dim(1);
        q / sum
    }

    /// The sharpened target, `p_ik ∝ q_ik² / Σ_i q_ik`, [n, k], without gradient.
    pub fn target(q: Tensor<2>) -> Tensor<2> {
        let q = q.detach();
        let p = q.clone().square() / q.sum_dim(0);
        let sum = p.clone().sum_dim(1);
        p / sum
    }

    /// Mean over spots of `KL(p | q)` for a target p [n, k]. Returns `[1]`.
    pub fn loss(&self, z: Tensor<2>, target: Tensor<2>) -> Tensor<1> {
        let n = z.dims()[0].max(1) as f64;
        let gap = target.clone().clamp_min(1e-30).log() - self.assign(z).log();
        (target * gap).sum().div_scalar(n)
    }
}
