//! The trait for heads: an embedding in, one label per spot out.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::ClusterError;

/// Turns an embedding into domains.
///
/// | method | | purpose |
/// |---|---|---|
/// | [`name`](Self::name) | required | stable lower-case name for tables and files |
/// | [`assign`](Self::assign) | required | the clustering |
///
/// `testing::check_head` (feature `testing`) checks the contract. Labels are `0..n_clusters`, one per
/// row, and each is used. The same seed gives the same bits for any number of threads. The partition does
/// not depend on the order of the rows if the groups are clear. NaN, infinities, no rows and too few rows are errors.
pub trait ClusterHead: Send + Sync {
    /// Stable name of the head, as in `--head`.
    fn name(&self) -> &'static str;

    /// Labels the rows of `z`.
    ///
    /// # Shapes
    /// `z`: `[N spots, d]`.
    ///
    /// # Errors
    /// [`ClusterError`] if `z` is empty, not finite, or has fewer (different) rows than requested domains.
    fn assign(&self, z: ArrayView2<'_, f32>, seed: u64) -> Result<Assignment, ClusterError>;
}

/// One label per spot, and how it was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// Domain of each spot, `0..n_clusters`, the largest domain first.
    pub labels: Vec<u32>,
    /// Number of domains in use; may be below the number requested.
    pub n_clusters: usize,
    /// Log-likelihood (natural log, summed over spots) of a model-based head, in the coordinates it clustered.
    pub log_likelihood: Option<f64>,
    /// Largest responsibility of each spot, `1/k..=1`, of a model-based head.
    pub confidence: Option<Vec<f32>>,
    /// Whether the iteration ended by its tolerance and not by its limit.
    pub converged: bool,
    /// The start that gave the result, as text ("ward", "k-means 17 + 2 split-merges").
    pub start: String,
    /// Columns that were clustered, after the head's own reduction.
    pub dimensions: usize,
}

/// Renames labels to `0..used`, the largest domain first, ties by first spot; returns the number of used labels.
pub(crate) fn canonical(labels: &mut [u32]) -> usize {
    let top = labels.iter().copied().max().map_or(0, |m| m as usize + 1);
    let mut size = vec![0usize; top];
    let mut first = vec![usize::MAX; top];
    for (i, &l) in labels.iter().enumerate() {
        size[l as usize] += 1;
        first[l as usize] = first[l as usize].min(i);
    }
    let mut order: Vec<usize> = (0..top).filter(|&l| size[l] > 0).collect();
    order.sort_by_key(|&l| (std::cmp::Reverse(size[l]), first[l]));
    let mut rename = vec![0u32; top];
    for (new, &old) in order.iter().enumerate() {
        rename[old] = new as u32;
    }
    for l in labels.iter_mut() {
        *l = rename[*l as usize];
    }
    order.len()
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn labels_are_renamed_by_size_then_by_first_spot() {
        let mut labels = vec![5, 2, 2, 9, 9, 5, 2];
        assert_eq!(canonical(&mut labels), 3);
        assert_eq!(labels, [1, 0, 0, 2, 2, 1, 0]);
    }
}
