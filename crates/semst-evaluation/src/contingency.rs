//! Counts of spots by true class and predicted cluster, from which every agreement score is computed.

use std::collections::BTreeMap;

use crate::EvaluationError;
use crate::error::same_length;

/// Spots per (true class, predicted cluster); spots without a true class are left out.
///
/// ```
/// use semst_evaluation::Contingency;
///
/// let table = Contingency::new(&[Some(0), Some(0), Some(4), None], &[7, 7, 7, 2])?;
/// assert_eq!(table.counts(), [[2], [1]]);
/// assert_eq!((table.classes(), table.clusters()), (&[0, 4][..], &[7][..]));
/// # Ok::<(), semst_evaluation::EvaluationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contingency {
    classes: Vec<u32>,
    clusters: Vec<u32>,
    counts: Vec<Vec<u64>>,
}

impl Contingency {
    /// Counts spots. Classes and clusters may be any numbers; rows and columns are in ascending order.
    ///
    /// # Errors
    /// [`EvaluationError::Length`] if the labels differ in length, [`EvaluationError::Empty`] if no spot has a true class.
    pub fn new(truth: &[Option<u32>], predicted: &[u32]) -> Result<Self, EvaluationError> {
        same_length("the prediction", predicted.len(), truth.len())?;
        let mut cells: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for (t, &p) in truth.iter().zip(predicted) {
            if let Some(t) = *t {
                *cells.entry((t, p)).or_default() += 1;
            }
        }
        if cells.is_empty() {
            return Err(EvaluationError::Empty {
                what: "no spot has a true label",
            });
        }
        let names = |of: fn(&(u32, u32)) -> u32| {
            let mut names: Vec<u32> = cells.keys().map(of).collect();
            names.sort_unstable();
            names.dedup();
            names
        };
        let (classes, clusters) = (names(|c| c.0), names(|c| c.1));
        let mut counts = vec![vec![0; clusters.len()]; classes.len()];
        for ((t, p), n) in cells {
            let (Ok(t), Ok(p)) = (classes.binary_search(&t), clusters.binary_search(&p)) else {
                continue;
            };
            counts[t][p] = n;
        }
        Ok(Self {
            classes,
            clusters,
            counts,
        })
    }

    /// True classes, ascending: the rows.
    pub fn classes(&self) -> &[u32] {
        &self.classes
    }

    /// Predicted clusters, ascending: the columns.
    pub fn clusters(&self) -> &[u32] {
        &self.clusters
    }

    /// Spots by class and cluster.
    pub fn counts(&self) -> &[Vec<u64>] {
        &self.counts
    }

    /// Scored spots.
    pub fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// Spots per class.
    pub fn class_sizes(&self) -> Vec<u64> {
        self.counts.iter().map(|r| r.iter().sum()).collect()
    }

    /// Spots per cluster.
    pub fn cluster_sizes(&self) -> Vec<u64> {
        (0..self.clusters.len())
            .map(|c| self.counts.iter().map(|r| r[c]).sum())
            .collect()
    }
}
