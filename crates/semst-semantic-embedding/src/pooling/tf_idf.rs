//! Mean of gene vectors weighted by expression and rarity.

use serde::{Deserialize, Serialize};

use super::{Present, SpotGenes, Weigh};

/// `Σ x_g i_g v_g / Σ x_g i_g` with `i_g = ln((1 + N) / (1 + n_g)) + 1` and `n_g` the number of spots that express the gene:
/// scikit-learn's smooth idf, so a gene found everywhere still has weight 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TfIdf {}

pub(super) struct Fitted {
    idf: Vec<f32>,
}

impl TfIdf {
    pub(super) fn fit(&self, present: &Present<'_>) -> Fitted {
        let mut spots_with = vec![0u32; present.genes()];
        let mut spot = SpotGenes::default();
        for i in 0..present.spots() {
            present.read(i, &mut spot);
            for &gene in &spot.genes {
                spots_with[gene as usize] += 1;
            }
        }
        let all = 1.0 + present.spots() as f64;
        let idf = spots_with
            .iter()
            .map(|&n| ((all / (1.0 + f64::from(n))).ln() + 1.0) as f32)
            .collect();
        Fitted { idf }
    }
}

impl Weigh for Fitted {
    fn weigh(&self, genes: &[u32], values: &[f32], _total: f32, weights: &mut Vec<f32>) {
        weights.extend(
            genes
                .iter()
                .zip(values)
                .map(|(&g, &v)| v * self.idf[g as usize]),
        );
    }
}
