//! The number of domains by the Bayesian information criterion.

use std::ops::RangeInclusive;

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::mixture::{fit, reduced};
use crate::{ClusterError, GaussianMixtureConfig};

/// One number of domains and how well it fits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// Number of components.
    pub clusters: usize,
    /// Best log-likelihood found.
    pub log_likelihood: f64,
    /// Free parameters.
    pub parameters: usize,
    /// `2 log L - parameters · ln N`: mclust's sign, higher is better.
    pub bic: f64,
}

/// The table of [`select_k`] and its choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KSelection {
    /// One row per number of domains that could be fitted, ascending.
    pub table: Vec<Criterion>,
    /// Number of domains with the highest BIC, the smaller of a tie.
    pub best: usize,
}

/// Fits a mixture for every `k` of the range and chooses by BIC; `config.clusters` is not read.
///
/// On embeddings smoothed over space the spots are not independent, so the effective `N` is smaller than the number of
/// spots and BIC leans to too many domains: read the table, not the choice alone.
///
/// # Errors
/// [`ClusterError`] as the mixture head's, judged at the largest `k`; an empty range is [`ClusterError::Config`].
///
/// # Examples
/// ```
/// use semst_clustering_heads::{GaussianMixtureConfig, select_k};
///
/// let z = ndarray::Array2::from_shape_fn((90, 2), |(i, c)| {
///     (i % 3 * 9) as f32 + ((i * (7 + 6 * c) + c) % 11) as f32 * 0.1
/// });
/// let chosen = select_k(z.view(), 1..=5, &GaussianMixtureConfig::default(), 0)?;
/// assert_eq!(chosen.best, 3);
/// # Ok::<(), semst_clustering_heads::ClusterError>(())
/// ```
///
/// # References
/// Schwarz 1978; Fraley & Raftery 1998.
pub fn select_k(
    z: ArrayView2<'_, f32>,
    range: RangeInclusive<usize>,
    config: &GaussianMixtureConfig,
    seed: u64,
) -> Result<KSelection, ClusterError> {
    let at = |clusters| GaussianMixtureConfig {
        clusters,
        ..config.clone()
    };
    if range.is_empty() || *range.start() == 0 {
        let value = format!("{}..={}", range.start(), range.end());
        return Err(ClusterError::Config {
            field: "range",
            value,
            bound: "not empty and from 1",
        });
    }
    at(*range.end()).check()?;
    let x = reduced(z, &at(*range.end()))?;
    let log_n = (x.nrows() as f64).ln();
    let mut table = Vec::new();
    for clusters in range.clone() {
        let (best, _, width) = match fit(&x, &at(clusters), seed) {
            Err(ClusterError::Degenerate { .. }) if clusters > *range.start() => continue,
            other => other?,
        };
        let parameters = config.covariance.parameters(clusters, width);
        let bic = 2.0 * best.log_likelihood - parameters as f64 * log_n;
        table.push(Criterion {
            clusters,
            log_likelihood: best.log_likelihood,
            parameters,
            bic,
        });
    }
    let best = table
        .iter()
        .rev()
        .max_by(|a, b| a.bic.total_cmp(&b.bic))
        .map_or(*range.start(), |c| c.clusters);
    Ok(KSelection { table, best })
}
