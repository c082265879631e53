//! The filter of genes.

use serde::{Deserialize, Serialize};

use crate::CountMatrix;

/// Keeps genes that are found in enough spots (as scanpy's `filter_genes`, but with both bounds at once).
///
/// # Examples
/// ```
/// use semst_preprocess::{CountMatrix, GeneFilter};
/// let counts = CountMatrix::new((2, 3), vec![0, 2, 3], vec![0, 1, 1], vec![9.0, 1.0, 1.0]);
/// let filtered = GeneFilter::new().with_min_cells(2).apply(&counts);
/// assert_eq!((filtered.kept, filtered.dropped), (vec![1], 2));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GeneFilter {
    /// The least number of spots with a count above zero (default 0; SemST `min_cells = 100`, SEDR 50).
    pub min_cells: usize,
    /// The least sum of counts (default 0; SEDR 10).
    pub min_counts: f64,
}

/// What [`GeneFilter::apply`] kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filtered {
    /// Indices into the input, ascending.
    pub kept: Vec<usize>,
    /// How many were dropped.
    pub dropped: usize,
    /// How many of the dropped had no count at all.
    pub all_zero: usize,
}

impl GeneFilter {
    /// Keeps every gene.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a least number of spots.
    pub fn with_min_cells(self, min_cells: usize) -> Self {
        Self { min_cells, ..self }
    }

    /// With a least sum of counts.
    pub fn with_min_counts(self, min_counts: f64) -> Self {
        Self { min_counts, ..self }
    }

    /// Decides for every column. O(nnz).
    pub fn apply(&self, counts: &CountMatrix) -> Filtered {
        let (cells, sums) = gene_totals(counts);
        let keep = |&gene: &usize| cells[gene] >= self.min_cells && sums[gene] >= self.min_counts;
        let kept: Vec<usize> = (0..cells.len()).filter(keep).collect();
        let all_zero = (0..cells.len())
            .filter(|gene| !keep(gene) && cells[*gene] == 0)
            .count();
        Filtered {
            dropped: cells.len() - kept.len(),
            kept,
            all_zero,
        }
    }
}

/// For every gene, the number of spots that have it and the sum of its counts.
pub(crate) fn gene_totals(counts: &CountMatrix) -> (Vec<usize>, Vec<f64>) {
    let (mut cells, mut sums) = (vec![0; counts.cols()], vec![0.0; counts.cols()]);
    for (&gene, &value) in counts
        .indices()
        .iter()
        .zip(counts.data())
        .filter(|&(_, &value)| value > 0.0)
    {
        cells[gene as usize] += 1;
        sums[gene as usize] += f64::from(value);
    }
    (cells, sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_act_together() {
        // Gene sums 3, 0, 4.
        let counts = CountMatrix::new((3, 3), vec![0, 1, 3, 3], vec![2, 0, 1], vec![4.0, 3.0, 0.0]);
        let genes = |cells, sum| {
            GeneFilter::new()
                .with_min_cells(cells)
                .with_min_counts(sum)
                .apply(&counts)
        };
        assert_eq!(genes(0, 0.0).kept, [0, 1, 2]);
        assert_eq!(
            genes(1, 0.0),
            Filtered {
                kept: vec![0, 2],
                dropped: 1,
                all_zero: 1
            }
        );
        assert_eq!(
            genes(1, 4.0),
            Filtered {
                kept: vec![2],
                dropped: 2,
                all_zero: 1
            }
        );
    }
}
