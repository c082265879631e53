//! Mean of the vectors of the highest genes.

use serde::{Deserialize, Serialize};

use super::Weigh;
use crate::SemanticError;

/// Mean of the vectors of the `k` genes with the highest values in a spot; the earlier gene wins a tie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopK {
    /// Number of genes. Default 20 (SemST's paper gives 20 or 30 genes to the model).
    pub k: usize,
    /// Weigh the genes by their value. Default `false`.
    #[serde(default)]
    pub weighted: bool,
}

impl Default for TopK {
    fn default() -> Self {
        Self::new(20)
    }
}

impl TopK {
    /// The mean of `k` genes.
    pub fn new(k: usize) -> Self {
        Self { k, weighted: false }
    }

    /// Weighs the genes by their value.
    #[must_use]
    pub fn with_weighted(mut self, weighted: bool) -> Self {
        self.weighted = weighted;
        self
    }

    /// Indices of the `k` highest values, highest first; the earlier index wins a tie.
    pub(crate) fn highest(values: &[f32], k: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        let by_value = |a: &u32, b: &u32| {
            values[*b as usize]
                .total_cmp(&values[*a as usize])
                .then(a.cmp(b))
        };
        if k < order.len() {
            order.select_nth_unstable_by(k, by_value);
            order.truncate(k);
        }
        order.sort_unstable_by(by_value);
        order
    }

    pub(super) fn check(&self) -> Result<Self, SemanticError> {
        if self.k == 0 {
            return Err(SemanticError::Config {
                field: "k",
                value: "0".into(),
                bound: "at least 1",
            });
        }
        Ok(self.clone())
    }
}

impl Weigh for TopK {
    fn weigh(&self, _genes: &[u32], values: &[f32], _total: f32, weights: &mut Vec<f32>) {
        weights.resize(values.len(), 0.0);
        for at in Self::highest(values, self.k) {
            weights[at as usize] = if self.weighted {
                values[at as usize]
            } else {
                1.0
            };
        }
    }
}
