//! Mean of gene vectors weighted by rank within the spot.

use serde::{Deserialize, Serialize};

use super::Weigh;

/// `Σ r_g v_g / Σ r_g` with `r_g` the rank of the gene among those that the spot expresses: 1 for the lowest, their number
/// for the highest, the mean rank for ties. Does not depend on the scale of expression.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RankMean {}

impl Weigh for RankMean {
    fn weigh(&self, _genes: &[u32], values: &[f32], _total: f32, weights: &mut Vec<f32>) {
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        order.sort_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]));
        weights.resize(values.len(), 0.0);
        let mut start = 0;
        while start < order.len() {
            let value = values[order[start] as usize];
            let ties = order[start..]
                .iter()
                .take_while(|&&g| values[g as usize] == value)
                .count();
            let rank = start as f32 + (ties as f32 + 1.0) / 2.0;
            for &g in &order[start..start + ties] {
                weights[g as usize] = rank;
            }
            start += ties;
        }
    }
}
