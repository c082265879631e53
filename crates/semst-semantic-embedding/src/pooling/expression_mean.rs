//! Mean of gene vectors weighted by expression.

use serde::{Deserialize, Serialize};

use super::Weigh;

/// `Σ x_g v_g / Σ x_g`: the weighted mean of GenePT (Chen and Zou 2025), of centred vectors.
///
/// Depth cancels out, so counts and normalised values differ only by the transform of each gene.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpressionMean {
    /// Weight by ln(1 + x) instead of x, so that a few very abundant genes do not dominate the spot.
    /// Default `false`, as GenePT (whose input is log-normalised already).
    #[serde(default)]
    pub log1p: bool,
}

impl ExpressionMean {
    /// Weighs by ln(1 + x).
    #[must_use]
    pub fn with_log1p(mut self, log1p: bool) -> Self {
        self.log1p = log1p;
        self
    }
}

impl Weigh for ExpressionMean {
    fn weigh(&self, _genes: &[u32], values: &[f32], _total: f32, weights: &mut Vec<f32>) {
        if self.log1p {
            weights.extend(values.iter().map(|v| v.ln_1p()));
        } else {
            weights.extend_from_slice(values);
        }
    }
}
