//! Gaussian mixtures whose answer is the best likelihood over many starts.

mod covariance;
mod em;
mod frame;
mod hierarchical;
mod search;
mod split_merge;
mod ward;

#[cfg(test)]
mod tests;

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

pub use covariance::CovarianceModel;

use crate::head::canonical;
use crate::{Assignment, ClusterError, ClusterHead, points, reduction};

/// Configuration of [`GaussianMixture`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GaussianMixtureConfig {
    /// Number of components; required.
    pub clusters: usize,
    /// Covariance model. EEE (what GraphST, STAGATE and SEDR ask of mclust, RECIPES 1.2 to 1.5).
    pub covariance: CovarianceModel,
    /// Wider embeddings are reduced to this many principal components first; 0 keeps all. 20 (GraphST's readout, RECIPES 1.2).
    pub dimensions: usize,
    /// k-means starts, half of them in whitened coordinates. 40 (own measurement, `examples/stability.rs`).
    pub starts: usize,
    /// Rows that the hierarchical starts see; 0 leaves those starts out. 2,000 (mclust's subset, RECIPES 1.4).
    pub hierarchy_rows: usize,
    /// Above this number of rows, the search runs on a random subset of this size and only the last climb on all. 20,000.
    pub search_rows: usize,
    /// EM steps of a short climb. 30.
    pub short_steps: usize,
    /// Short climbs that go on to convergence. 8.
    pub finalists: usize,
    /// Converged fits that are improved by split-and-merge moves. 3.
    pub improved: usize,
    /// Split-and-merge moves tried per round. 16.
    pub moves: usize,
    /// Most rounds of split-and-merge; 0 leaves them out. 20.
    pub rounds: usize,
    /// Stops at `|Δ log L| / (1 + |log L|)` below this. 1e-9; mclust's 1e-5 stops half a nat early on a slide.
    pub tolerance: f64,
    /// Most EM iterations of a long climb. 2,000 (mclust has no limit).
    pub max_iterations: usize,
}

impl Default for GaussianMixtureConfig {
    fn default() -> Self {
        Self {
            clusters: 0,
            covariance: CovarianceModel::default(),
            dimensions: 20,
            starts: 40,
            hierarchy_rows: 2000,
            search_rows: 20_000,
            short_steps: 30,
            finalists: 8,
            improved: 3,
            moves: 16,
            rounds: 20,
            tolerance: 1e-9,
            max_iterations: 2000,
        }
    }
}

impl GaussianMixtureConfig {
    /// `clusters` components with the defaults.
    pub fn new(clusters: usize) -> Self {
        Self {
            clusters,
            ..Self::default()
        }
    }

    /// Sets the covariance model.
    pub fn with_covariance(mut self, covariance: CovarianceModel) -> Self {
        self.covariance = covariance;
        self
    }

    /// Sets the number of principal components; 0 keeps all columns.
    pub fn with_dimensions(mut self, dimensions: usize) -> Self {
        self.dimensions = dimensions;
        self
    }

    /// Sets the number of k-means starts.
    pub fn with_starts(mut self, starts: usize) -> Self {
        self.starts = starts;
        self
    }

    /// Sets the rows of the hierarchical starts; 0 leaves them out.
    pub fn with_hierarchy_rows(mut self, rows: usize) -> Self {
        self.hierarchy_rows = rows;
        self
    }

    /// Sets the most rounds of split-and-merge.
    pub fn with_rounds(mut self, rounds: usize) -> Self {
        self.rounds = rounds;
        self
    }

    /// Sets the relative tolerance.
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Checks the values.
    ///
    /// # Errors
    /// [`ClusterError::Config`] names the field that is out of bounds.
    pub fn check(&self) -> Result<(), ClusterError> {
        let positive = [
            ("clusters", self.clusters),
            ("short_steps", self.short_steps),
            ("finalists", self.finalists),
            ("improved", self.improved),
            ("max_iterations", self.max_iterations),
            (
                "starts (or hierarchy_rows)",
                self.starts.max(self.hierarchy_rows),
            ),
        ];
        for (field, value) in positive {
            if value == 0 {
                return Err(ClusterError::Config {
                    field,
                    value: "0".into(),
                    bound: "at least 1",
                });
            }
        }
        for (field, value) in [
            ("hierarchy_rows", self.hierarchy_rows),
            ("search_rows", self.search_rows),
        ] {
            if value < self.clusters && (field == "search_rows" || value > 0) {
                let bound = "at least the number of clusters";
                return Err(ClusterError::Config {
                    field,
                    value: value.to_string(),
                    bound,
                });
            }
        }
        if !(self.tolerance > 0.0 && self.tolerance < 1.0) {
            let value = self.tolerance.to_string();
            return Err(ClusterError::Config {
                field: "tolerance",
                value,
                bound: "between 0 and 1",
            });
        }
        Ok(())
    }

    /// Builds the head.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn init(self) -> Result<GaussianMixture, ClusterError> {
        self.check()?;
        Ok(GaussianMixture { config: self })
    }
}

/// A Gaussian mixture, fitted by EM from many starts; the highest log-likelihood wins.
///
/// One mixture on one embedding has many local optima, and the likelihood knows which is good
/// (PROTOCOL.md). So the head searches: a model-based hierarchy (VVV on SVD-scaled columns, mclust's start),
/// Ward trees, and k-means starts in plain and whitened coordinates each take a few EM steps; the best go on to
/// convergence; the best of those are improved by split-and-merge moves, ranked without randomness. The seed
/// moves only subsets and k-means seeds, hence different seeds end in the same optimum nearly always
/// (numbers in `examples/stability.rs`).
///
/// # Singular covariances
/// Null directions of the embedding (variance below 1e-10 of the largest) are left out for EEE and VVV. A singular component
/// covariance gets a ridge of 1e-6 of the mean variance, and only then. EEE, EII and EEI pool the covariance, so their
/// likelihood is bounded and a tiny component cannot win by collapsing; for VII, VVI and VVV it can, hence a fit that needed
/// the ridge (or has a VVV component of at most `d` spots) loses against every fit that did not.
///
/// # Complexity
/// An EM step is `O(N d k)` for all models but VVV (`O(N d² k)`); starts run in parallel. Results are the same bits for any number of threads.
///
/// # Examples
/// ```
/// use ndarray::Array2;
/// use semst_clustering_heads::{ClusterHead, GaussianMixtureConfig};
///
/// let z = Array2::from_shape_fn((60, 2), |(i, c)| (i % 3 * 10) as f32 + ((i * 7 + c * 3) % 5) as f32 * 0.3);
/// let head = GaussianMixtureConfig::new(3).init()?;
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
}

impl ClusterHead for GaussianMixture {
    fn name(&self) -> &'static str {
        "gmm"
    }

    fn assign(&self, z: ArrayView2<'_, f32>, seed: u64) -> Result<Assignment, ClusterError> {
        let c = &self.config;
        let x = reduced(z, c)?;
        let (best, posterior, _) = fit(&x, c, seed)?;
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
            start: best.origin,
            dimensions: x.ncols(),
        })
    }
}

/// The embedding, checked and reduced to the head's width.
pub(crate) fn reduced(
    z: ArrayView2<'_, f32>,
    config: &GaussianMixtureConfig,
) -> Result<Array2<f64>, ClusterError> {
    points::check(z, config.clusters)?;
    Ok(reduction::principal_components(z, config.dimensions))
}

/// The best fit, its posterior `[n, k]`, and the working width.
pub(crate) fn fit(
    x: &Array2<f64>,
    config: &GaussianMixtureConfig,
    seed: u64,
) -> Result<(em::Fit, Array2<f64>, usize), ClusterError> {
    let frame = frame::Frame::new(x, config.covariance);
    let best = search::search(x, &frame, config, seed).into_iter().next();
    let Some(best) = best else {
        let starts = config.starts + if config.hierarchy_rows > 0 { 3 } else { 0 };
        return Err(ClusterError::Degenerate {
            starts,
            model: config.covariance.name(),
        });
    };
    let mut posterior = Array2::zeros((frame.len(), config.clusters));
    best.mixture.expect(&frame, &mut posterior);
    Ok((best, posterior, frame.width()))
}
