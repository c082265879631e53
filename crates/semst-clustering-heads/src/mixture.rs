//! Gaussian mixtures with the best likelihood of many starts.

mod climb;
mod config;
mod em;
mod frame;
mod hierarchical;
mod search;
mod split_merge;
mod start;
mod ward;

#[cfg(test)]
mod tests;

use ndarray::ArrayView2;

pub use config::GaussianMixtureConfig;

use crate::head::canonical;
use crate::{Assignment, ClusterError, ClusterHead, points, reduction};

/// A Gaussian mixture with one full covariance for all components (mclust's EEE, scikit-learn's "tied"), fitted by EM from many
/// starts; the highest log-likelihood is kept.
///
/// The likelihood of one embedding has many local optima, and its value shows which is good
/// (docs/protocol.md). So the head searches. The starts are a model-based hierarchy (VVV on SVD-scaled columns, mclust's start),
/// Ward trees, and k-means in plain and whitened coordinates; each takes a few EM steps, and the best continue.
/// The best of those are improved by split-and-merge moves, ranked without randomness. The best of all converges to the
/// tolerance. The seed only affects subsets and k-means seeds, so different seeds nearly always end in the same
/// optimum (`examples/stability.rs` measures it).
///
/// # Small components
/// With 20 columns, the likelihood is often highest with a component of a few outlying spots: on the 262 spots of the olfactory
/// bulb the best unrestricted fit has groups of 241, 13, 6, 1 and 1 spots, ARI 0.02. So a fit with a component of fewer than
/// `least_spots` expected spots ranks below every fit without one, and small files are clustered in fewer columns
/// (`spots_per_dimension`). [`GaussianMixtureConfig::plain`] switches both off, and maximises the same function as scikit-learn's
/// `GaussianMixture(covariance_type="tied")`.
///
/// # Singular covariances
/// Null directions of the embedding (variance below 1e-10 of the largest) are left out. Only a singular covariance gets a ridge,
/// of 1e-6 of the mean variance. The components share their covariance, so the likelihood is bounded and cannot become infinite
/// for a tiny component.
///
/// # Complexity
/// An EM step is `O(N d k)`; starts run in parallel. Results are the same bits for any number of threads.
///
/// # Examples
/// ```
/// use ndarray::Array2;
/// use semst_clustering_heads::{ClusterHead, GaussianMixtureConfig};
///
/// let z = Array2::from_shape_fn((60, 2), |(i, c)| (i % 3 * 10) as f32 + ((i * 7 + c * 3) % 5) as f32 * 0.3);
/// let head = GaussianMixtureConfig::new().init(3)?;
/// let domains = head.assign(z.view(), 0)?;
/// assert_eq!(domains.n_clusters, 3);
/// assert_eq!(domains.labels[0], domains.labels[3]);
/// assert!(domains.log_likelihood.is_some() && domains.confidence.is_some());
/// # Ok::<(), semst_clustering_heads::ClusterError>(())
/// ```
///
/// # References
/// Fraley & Raftery 2002; Biernacki, Celeux & Govaert 2003 (short runs of EM); Ueda et al. 2000 (split and merge).
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianMixture {
    config: GaussianMixtureConfig,
    n_clusters: usize,
}

impl GaussianMixtureConfig {
    /// Builds the head for `n_clusters` components.
    ///
    /// # Errors
    /// As [`check`](Self::check), and if `n_clusters` is zero or more than the rows of the search.
    pub fn init(self, n_clusters: usize) -> Result<GaussianMixture, ClusterError> {
        self.check()?;
        self.check_clusters(n_clusters)?;
        Ok(GaussianMixture {
            config: self,
            n_clusters,
        })
    }
}

impl ClusterHead for GaussianMixture {
    fn name(&self) -> &'static str {
        "gmm"
    }

    fn assign(&self, z: ArrayView2<'_, f32>, seed: u64) -> Result<Assignment, ClusterError> {
        let (config, k) = (&self.config, self.n_clusters);
        points::check(z, k)?;
        let x = reduction::principal_components(z, config.width(z.nrows(), z.ncols(), k));
        let frame = frame::Frame::new(&x);
        let Some(best) = search::search(&x, &frame, config, k, seed) else {
            let starts = config.starts + if config.hierarchy_rows > 0 { 3 } else { 0 };
            return Err(ClusterError::Degenerate { starts });
        };
        let posterior = best.mixture.posterior(&frame, em::CHUNK);
        let mut labels = em::hard(&posterior);
        let confidence = posterior
            .rows()
            .into_iter()
            .map(|r| r.fold(0.0f64, |a, &b| a.max(b)) as f32)
            .collect();
        let n_clusters = canonical(&mut labels);
        Ok(Assignment {
            labels,
            n_clusters,
            log_likelihood: Some(best.log_likelihood),
            confidence: Some(confidence),
            converged: best.converged,
            start: best.origin.to_string(),
            dimensions: x.ncols(),
        })
    }
}
