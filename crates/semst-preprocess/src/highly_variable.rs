//! Highly variable genes as defined by Seurat v3 and scanpy's `flavor="seurat_v3"`.

use serde::{Deserialize, Serialize};

use crate::{CountMatrix, Loess, PreprocessError};

/// Ranks genes by the variance of their clipped, standardised counts.
///
/// With mean μ and unbiased variance s² of every gene over N spots, a [`Loess`] of log₁₀ s² on log₁₀ μ (degree 2, genes with s² > 0) gives
/// the expected σ². Counts are clipped at μ + √N σ, and the score is Σ (x − μ)² / ((N − 1) σ²). Genes that do not vary score zero.
/// Equal scores are ordered by index (scanpy leaves them to an unstable sort).
///
/// # References
/// Stuart et al., *Comprehensive Integration of Single-Cell Data*, Cell 177 (2019), <https://doi.org/10.1016/j.cell.2019.05.031>.
///
/// # Examples
/// ```
/// use semst_preprocess::{CountMatrix, SeuratV3};
/// let counts = CountMatrix::new((4, 2), vec![0, 2, 3, 4, 5], vec![0, 1, 0, 0, 0], vec![1.0, 9.0, 1.0, 1.0, 1.0]);
/// let ranked = SeuratV3::new().rank(&counts)?;
/// assert_eq!(ranked.top(1), [1]);
/// # Ok::<(), semst_preprocess::PreprocessError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeuratV3 {
    /// Share of the genes in a neighbourhood of the regression (scanpy, Seurat: 0.3).
    pub span: f64,
}

/// Genes with their scores.
#[derive(Debug, Clone, PartialEq)]
pub struct HighlyVariable {
    /// Mean of every gene.
    pub means: Vec<f64>,
    /// Unbiased variance of every gene.
    pub variances: Vec<f64>,
    /// Score of every gene: the variance of its clipped, standardised counts.
    pub normalized_variances: Vec<f64>,
    /// All genes, best first.
    pub ranking: Vec<usize>,
}

impl Default for SeuratV3 {
    fn default() -> Self {
        Self { span: 0.3 }
    }
}

impl SeuratV3 {
    /// With a span of 0.3.
    pub fn new() -> Self {
        Self::default()
    }

    /// Scores and ranks every gene. O(nnz + G log G).
    ///
    /// # Errors
    /// As [`check_counts`](crate::check_counts), or a span that is not in (0, 1]. It does not check that values are whole
    /// numbers.
    pub fn rank(&self, counts: &CountMatrix) -> Result<HighlyVariable, PreprocessError> {
        crate::check_counts(counts, false)?;
        let (n, g) = (counts.rows(), counts.cols());
        let Sums { total, square, .. } = Sums::of(counts, |_| f64::INFINITY);
        let means: Vec<f64> = total.iter().map(|total| total / n as f64).collect();
        let variance = |(&square, &mean): (&f64, &f64)| {
            let sum = square - n as f64 * mean * mean;
            // A difference from rounding alone does not count as variance.
            if sum > 1e-13 * square {
                sum / (n.max(2) - 1) as f64
            } else {
                0.0
            }
        };
        let variances: Vec<f64> = square.iter().zip(&means).map(variance).collect();
        let varying: Vec<usize> = (0..g).filter(|&gene| variances[gene] > 0.0).collect();
        let log = |values: &[f64]| {
            varying
                .iter()
                .map(|&gene| values[gene].log10())
                .collect::<Vec<f64>>()
        };
        let fit = Loess::new(self.span).fit(&log(&means), &log(&variances))?;
        let mut normalized_variances = vec![0.0; g];
        let mut deviations = vec![f64::INFINITY; g];
        varying
            .iter()
            .zip(fit)
            .for_each(|(&gene, fit)| deviations[gene] = 10f64.powf(fit).sqrt());
        let ceiling = |gene: usize| means[gene] + (n as f64).sqrt() * deviations[gene];
        let clipped = Sums::of(counts, ceiling);
        for gene in varying {
            let (mean, clips) = (means[gene], clipped.clips[gene] as f64);
            let total = clipped.total[gene]
                + if clips > 0.0 {
                    clips * ceiling(gene)
                } else {
                    0.0
                };
            let square = clipped.square[gene]
                + if clips > 0.0 {
                    clips * ceiling(gene).powi(2)
                } else {
                    0.0
                };
            let sum = n as f64 * mean * mean + square - 2.0 * total * mean;
            normalized_variances[gene] = sum / ((n.max(2) - 1) as f64 * deviations[gene].powi(2));
        }
        let mut ranking: Vec<usize> = (0..g).collect();
        ranking.sort_by(|&a, &b| {
            normalized_variances[b]
                .total_cmp(&normalized_variances[a])
                .then(a.cmp(&b))
        });
        Ok(HighlyVariable {
            means,
            variances,
            normalized_variances,
            ranking,
        })
    }
}

impl HighlyVariable {
    /// The `n_top` best genes (all when there are fewer), in ascending order of index, as in scanpy.
    pub fn top(&self, n_top: usize) -> Vec<usize> {
        let mut top = self.ranking[..n_top.min(self.ranking.len())].to_vec();
        top.sort_unstable();
        top
    }
}

/// Sums over the values of every gene that are not above its ceiling. Sums of whole numbers are exact. So genes with the same
/// counts in any order of spots get the same bits, and count as tied.
struct Sums {
    total: Vec<f64>,
    square: Vec<f64>,
    /// How many values are above the ceiling.
    clips: Vec<usize>,
}

impl Sums {
    fn of(counts: &CountMatrix, ceiling: impl Fn(usize) -> f64) -> Self {
        let g = counts.cols();
        let ceilings: Vec<f64> = (0..g).map(ceiling).collect();
        let mut sums = Self {
            total: vec![0.0; g],
            square: vec![0.0; g],
            clips: vec![0; g],
        };
        for (&gene, &value) in counts.indices().iter().zip(counts.data()) {
            let (gene, value) = (gene as usize, f64::from(value));
            if value > ceilings[gene] {
                sums.clips[gene] += 1;
            } else {
                sums.total[gene] += value;
                sums.square[gene] += value * value;
            }
        }
        sums
    }
}
