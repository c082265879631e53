//! Library-size normalisation.

use serde::{Deserialize, Serialize};

use crate::CountMatrix;

/// Scales every spot to the same total.
///
/// # Examples
/// ```
/// use semst_preprocess::{CountMatrix, Normalize};
/// let counts = CountMatrix::new((2, 2), vec![0, 2, 2], vec![0, 1], vec![1.0, 3.0]);
/// assert_eq!(Normalize::new(100.0).factors(&counts), [25.0, 0.0]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Normalize {
    /// The total of every spot afterwards (default 10⁴); `None` uses the median of the totals, as scanpy does.
    pub target_sum: Option<f64>,
    /// The genes whose counts are added up for the total.
    pub over: GeneScope,
}

/// Which genes count towards the total of a spot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GeneScope {
    /// All genes that passed the filter (GraphST, STAGATE, SEDR: `normalize_total` before the columns are taken).
    #[default]
    All,
    /// The selected genes only (SemST: X / rowsum(X over the HVGs)).
    Selected,
}

impl Default for Normalize {
    fn default() -> Self {
        Self {
            target_sum: Some(1e4),
            over: GeneScope::All,
        }
    }
}

impl Normalize {
    /// To `target_sum` over all genes.
    pub fn new(target_sum: f64) -> Self {
        Self {
            target_sum: Some(target_sum),
            ..Self::default()
        }
    }

    /// To the median total of the spots that have counts.
    pub fn to_median() -> Self {
        Self {
            target_sum: None,
            ..Self::default()
        }
    }

    /// With the total taken over `scope`.
    pub fn over(self, scope: GeneScope) -> Self {
        Self {
            over: scope,
            ..self
        }
    }

    /// The factor for every row; zero for rows without counts.
    pub fn factors(&self, counts: &CountMatrix) -> Vec<f64> {
        let total = |row: CsVecView| row.data().iter().map(|&value| f64::from(value)).sum();
        let totals: Vec<f64> = counts.outer_iterator().map(total).collect();
        let target = self.target_sum.unwrap_or_else(|| median(&totals));
        let factor = |&sum: &f64| if sum > 0.0 { target / sum } else { 0.0 };
        totals.iter().map(factor).collect()
    }
}

type CsVecView<'a> = sprs::CsVecViewI<'a, f32, u32>;

/// The median of the values above zero; one when there are none.
fn median(totals: &[f64]) -> f64 {
    let mut counted: Vec<f64> = totals.iter().copied().filter(|&t| t > 0.0).collect();
    counted.sort_by(f64::total_cmp);
    match counted.len() {
        0 => 1.0,
        n => (counted[(n - 1) / 2] + counted[n / 2]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_passes_over_empty_spots() {
        let counts = CountMatrix::new(
            (4, 1),
            vec![0, 1, 2, 2, 3],
            vec![0, 0, 0],
            vec![1.0, 4.0, 2.0],
        );
        assert_eq!(
            Normalize::to_median().factors(&counts),
            [2.0, 0.5, 0.0, 1.0]
        );
    }
}
