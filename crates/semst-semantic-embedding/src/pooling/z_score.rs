//! Sum of gene vectors weighted by the z-score of each gene over spots.

use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use super::{Present, SpotGenes, Weigh};
use crate::SemanticError;

/// `Σ_g z_g v_g / √G` with `z_g = (y_g − mean_g) / sd_g` over spots and G the number of genes with a vector: the genes that
/// the spot expresses more, or less, than the slide.
///
/// Stays sparse: `Σ z v = Σ (y / sd) v − Σ (mean / sd) v`, and the second sum is the same for all spots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZScore {
    /// `y = ln(1 + x · target / Σ x)`; `None` uses the values unchanged (already normalised).
    /// Default 10,000 (usual in scanpy), for counts.
    pub target_sum: Option<f32>,
}

impl Default for ZScore {
    fn default() -> Self {
        Self {
            target_sum: Some(1e4),
        }
    }
}

pub(super) struct Fitted {
    target_sum: Option<f32>,
    /// 1 / sd, zero for genes that do not vary.
    scale: Vec<f32>,
    mean: Vec<f32>,
}

impl ZScore {
    /// Uses values unchanged (`None`) or log-normalises them to a target sum.
    #[must_use]
    pub fn with_target_sum(mut self, target_sum: Option<f32>) -> Self {
        self.target_sum = target_sum;
        self
    }

    pub(super) fn check(&self) -> Result<(), SemanticError> {
        match self.target_sum.filter(|t| !(1e-6..=1e12).contains(t)) {
            None => Ok(()),
            Some(target) => Err(SemanticError::Config {
                field: "target_sum",
                value: target.to_string(),
                bound: "from 1e-6 to 1e12",
            }),
        }
    }

    pub(super) fn fit(&self, present: &Present<'_>) -> Result<Fitted, SemanticError> {
        self.check()?;
        let genes = present.genes();
        let (mut sum, mut squares) = (vec![0f64; genes], vec![0f64; genes]);
        let mut spot = SpotGenes::default();
        for i in 0..present.spots() {
            present.read(i, &mut spot);
            for (&gene, &value) in spot.genes.iter().zip(&spot.values) {
                let y = f64::from(normalise(value, spot.total, self.target_sum));
                sum[gene as usize] += y;
                squares[gene as usize] += y * y;
            }
        }
        let n = present.spots().max(1) as f64;
        let scale = |g: usize| {
            let variance = (squares[g] / n - (sum[g] / n).powi(2)).max(0.0);
            // For a constant gene, rounding leaves about 1e-16 · y².
            if variance > 1e-12 * squares[g] / n {
                (1.0 / (variance * genes as f64).sqrt()) as f32
            } else {
                0.0
            }
        };
        Ok(Fitted {
            target_sum: self.target_sum,
            scale: (0..genes).map(scale).collect(),
            mean: sum.iter().map(|s| (s / n) as f32).collect(),
        })
    }
}

impl Weigh for Fitted {
    fn weigh(&self, genes: &[u32], values: &[f32], total: f32, weights: &mut Vec<f32>) {
        let weight =
            |(&g, &v): (&u32, &f32)| normalise(v, total, self.target_sum) * self.scale[g as usize];
        weights.extend(genes.iter().zip(values).map(weight));
    }

    fn is_mean(&self) -> bool {
        false
    }

    fn offset(&self, vectors: &Array2<f32>) -> Option<Array1<f32>> {
        let mut sum = Array1::<f64>::zeros(vectors.ncols());
        for (g, vector) in vectors.outer_iter().enumerate() {
            let weight = f64::from(self.mean[g] * self.scale[g]);
            sum.zip_mut_with(&vector, |s, &v| *s -= weight * f64::from(v));
        }
        Some(sum.mapv(|s| s as f32))
    }
}

fn normalise(value: f32, total: f32, target_sum: Option<f32>) -> f32 {
    match target_sum {
        Some(target) => (value * (target / total)).ln_1p(),
        None => value,
    }
}
