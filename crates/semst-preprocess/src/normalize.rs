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
pub struct Normalize {
    /// The total of every spot afterwards (default 10⁴).
    pub target_sum: f64,
    /// The genes whose counts make the total.
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
            target_sum: 1e4,
            over: GeneScope::All,
        }
    }
}

impl Normalize {
    /// To `target_sum` over all genes.
    pub fn new(target_sum: f64) -> Self {
        Self {
            target_sum,
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

    /// What to multiply every row by; zero for rows without counts.
    pub fn factors(&self, counts: &CountMatrix) -> Vec<f64> {
        let factor = |sum: f64| {
            if sum > 0.0 {
                self.target_sum / sum
            } else {
                0.0
            }
        };
        counts
            .outer_iterator()
            .map(|row| factor(row.data().iter().map(|&value| f64::from(value)).sum()))
            .collect()
    }
}
